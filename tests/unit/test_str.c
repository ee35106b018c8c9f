/* str: slices keep to their length, UTF-8 as in RFC 3629, buffers grow. */
#include "config.h"

#include "base/str.h"
#include "tap.h"

static void
test_compare(void)
{
	ok(str_eq(STR_NONE, STR_NONE), "no value equals no value");
	ok(!str_eq(STR_NONE, STR("")), "no value is not the empty text");
	ok(str_is(STR("abc"), "abc") && !str_is(STR("abc"), "abcd") &&
		!str_is(STR("abc"), "ab"),
	    "str_is compares all");
	ok(str_is_nocase(STR("X-Ab"), "x-aB"), "case is ignored where asked");
	ok(!str_is_nocase(STR("ab"), "abc") && !str_is_nocase(STR("abc"), "ab"),
	    "but not length");
	ok(!str_is_nocase(STR("["), "{"), "only letters have case");
	ok(str_is_one_of(STR("b"), "ab|b|c") && str_is_one_of(STR("c"), "c") &&
		!str_is_one_of(STR("a"), "ab|b|c") &&
		!str_is_one_of(STR("b|c"), "ab|b|c") &&
		!str_is_one_of(STR_NONE, "a|b") && !str_is_one_of(STR(""), "a"),
	    "one of some words");
	ok(str_starts(STR("abc"), "ab") && !str_starts(STR("a"), "ab"),
	    "str_starts");
	ok(str_holds(STR("abc"), "abc") && str_holds(STR("abc"), "bc") &&
		!str_holds(STR("abc"), "cd") && !str_holds(STR_NONE, "a"),
	    "str_holds");
	ok(str_has_nul(STR("a\0b")) && !str_has_nul(STR("ab")), "NUL inside");
	ok(str_hash(STR("")) == UINT64_C(0xcbf29ce484222325) &&
		str_hash(STR("foobar")) == UINT64_C(0x85944171f73967e8),
	    "FNV-1a of its published vectors");
}

static void
test_slices(void)
{
	struct str rest = STR("a,,b"), s;

	is_int((int64_t)str_find(STR("abc"), 'c'), 2, "str_find");
	is_int((int64_t)str_find(STR("abc"), 'x'), 3, "not found is n");
	is_str(str_skip(STR("abc"), 5), "", "skip past the end");
	is_str(str_first(STR("abc"), 2), "ab", "first two");
	is_str(str_trim(STR(" \t a b\t ")), "a b", "trim");
	is_str(str_trim(STR("  ")), "", "trim of blanks");
	is_str(str_cut(&rest, ','), "a", "cut: first");
	is_str(str_cut(&rest, ','), "", "cut: empty piece");
	is_str(str_cut(&rest, ','), "b", "cut: last");
	ok(rest.p == NULL, "cut: then nothing");
	s = STR("a,");
	(void)str_cut(&s, ',');
	ok(s.p != NULL && s.n == 0, "cut: a last empty piece is there");
}

static void
test_utf8(void)
{
	static const char *const good[] = { "", "a", "\xc2\x80", "\xdf\xbf",
		"\xe0\xa0\x80", "\xed\x9f\xbf", "\xee\x80\x80", "\xef\xbf\xbf",
		"\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf" };
	static const char *const bad[] = { "\x80", "\xc0\xaf", "\xc1\xbf",
		"\xe0\x9f\xbf", "\xed\xa0\x80", "\xf0\x8f\xbf\xbf",
		"\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xff", "\xc2",
		"\xe2\x82", "\xf0\x9f\x98", "\302a", "a\xe2\x28\xa1" };
	size_t i;

	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		ok(str_is_utf8(str_of(good[i])), "UTF-8 %zu is good", i);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ok(!str_is_utf8(str_of(bad[i])), "UTF-8 %zu is bad", i);
	ok(str_is_utf8(STR("a\0b")), "NUL is a character");
	is_int((int64_t)str_utf8_length(STR("\xe2\x82\xac"
					    "x")),
	    3, "length of the first character");
}

static void
test_unprintable(void)
{
	static const struct {
		const char *text;
		size_t n;
	} cases[] = { { "a", 0 }, { " ", 0 }, { "~", 0 }, { "\t", 1 },
		{ "\n", 1 }, { "\x1b[2J", 1 }, { "\x7f", 1 }, { "\xc2\x80", 2 },
		{ "\xc2\x9f", 2 }, { "\xc2\xa0", 0 }, { "\xc3\x80", 0 },
		{ "\xe2\x80\xa7", 0 }, { "\xe2\x80\xa8", 3 },
		{ "\xe2\x80\xa9", 3 }, { "\xe2\x80\xaa", 3 },
		{ "\xe2\x80\xae", 3 }, { "\xe2\x80\xaf", 0 },
		{ "\xe2\x81\xa5", 0 }, { "\xe2\x81\xa6", 3 },
		{ "\xe2\x81\xa9", 3 }, { "\xe2\x81\xaa", 0 },
		/* joiners and marks */
		{ "\xe2\x80\x8c", 0 }, { "\xe2\x80\x8f", 0 },
		{ "\xe3\x80\xa8", 0 }, { "\xf0\x9f\xa6\xb7", 0 }, { "\x80", 1 },
		{ "\xe2\x80", 1 }, { "\xff", 1 }, { "", 0 } };

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		ok(str_unprintable(str_of(cases[i].text)) == cases[i].n,
		    "what must not be shown, %zu", i);
	is_int((int64_t)str_unprintable(STR("\0x")), 1, "a NUL");
	is_int((int64_t)str_unprintable(STR_NONE), 0, "nothing");
}

static void
test_numbers(void)
{
	static const char *const bad[] = { "", "-1", "+1", " 1", "1 ", "0x1",
		"1.0", "11", "9223372036854775808", "99999999999999999999" };
	struct err e;
	int64_t v = 7;
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ok(str_parse_int(str_of(bad[i]), 0, 10, &v, &e) == ERR_INPUT &&
			v == 7,
		    "number \"%s\" is refused", bad[i]);
	ok(str_parse_int(STR("10"), 0, 10, &v, &e) == ERR_OK && v == 10,
	    "the upper bound is in");
	ok(str_parse_int(STR("9223372036854775807"), 0, INT64_MAX, &v, NULL) ==
		    ERR_OK &&
		v == INT64_MAX,
	    "the largest number");
	ok(str_parse_int((struct str){ "123", 2 }, 0, 99, &v, NULL) == ERR_OK &&
		v == 12,
	    "nothing past n is read");
}

static void
test_buf(struct arena *a)
{
	struct str text;
	struct buf b;
	struct err e;
	int i;

	buf_init(&b, a);
	ok(buf_done(&b, &text, &e) == ERR_OK && text.n == 0 &&
		text.p[0] == '\0',
	    "an empty buffer is an empty text");
	for (i = 0; i < 100; i++)
		buf_addf(&b, "%02d,", i);
	buf_addc(&b, '!');
	buf_adds(&b, NULL);
	ok(buf_done(&b, &text, &e) == ERR_OK && text.n == 301 &&
		text.p[text.n] == '\0' && str_starts(text, "00,01,") &&
		text.p[300] == '!',
	    "it grows and ends in NUL");
	buf_init(&b, a);
	for (i = 0; i < 256; i++)
		buf_addc(&b, 'x');
	ok(buf_done(&b, &text, &e) == ERR_OK && text.n == 256 &&
		text.p[256] == '\0',
	    "room for the NUL at a chunk's end");
	buf_init(&b, a);
	for (i = 0; i < 5000; i++)
		buf_adds(&b, "0123456789");
	is_int(buf_done(&b, &text, &e), ERR_TOO_LARGE, "past the ceiling");
}

/* Whatever stands wherever, also where many bytes are taken at once. */
static void
test_plain(void)
{
	char text[70];
	size_t wrong = 0, n, want;

	for (int c = 0; c < 256; c++)
		for (size_t at = 0; at < sizeof(text); at++) {
			memset(text, 'x', sizeof(text));
			text[at] = (char)c;
			want = c < 0x20 || c >= 0x7f || c == '"' || c == '\\' ?
			    at :
			    sizeof(text);
			n = str_plain((struct str){ text, sizeof(text) });
			wrong += n != want;
		}
	ok(wrong == 0, "bytes that mean themselves: %zu wrong", wrong);
	ok(str_plain(STR_NONE) == 0 && str_plain(STR("")) == 0,
	    "nothing has none");
}

int
main(void)
{
	struct arena *a = arena_new(20000);

	if (a == NULL)
		return (1);
	test_compare();
	test_slices();
	test_utf8();
	test_unprintable();
	test_numbers();
	test_plain();
	test_buf(a);
	is_str(str_of(str_dup(a, (struct str){ "abc", 2 })), "ab", "str_dup");
	arena_free(a);
	return (done());
}
