/*
 * words: what a text is found by. Case and accents go, whichever locale there
 * is; what joins words parts them; nothing past a slice is read; bounds hold.
 */
#include "config.h"

#include <locale.h>
#include <string.h>
#include <wchar.h>

#include "base/words.h"
#include "tap.h"

static const struct {
	const char *text;
	const char *words;
} splits[] = {
	{ "", "" },
	{ " \t\n", "" },
	{ "One two, ONE", "one two" },
	{ "+1 (555) 010-7786", "010 1 555 7786" },
	{ "anna.b@example.com", "anna b com example" },
	{ "M\xc3\x9cLLER M\xc3\xbcller muller Mu\xcc\x88ller", "muller" },
	{ "Stra\xc3\x9f"
	  "e STRASSE STRA\xe1\xba\x9e"
	  "E",
	    "strasse" },
	{ "\xc4\xb0stanbul ISTANBUL \xc4\xb1stanbul", "istanbul" },
	{ "\xce\x9f\xce\x94\xce\x9f\xce\xa3 \xce\xbf\xce\xb4\xcf\x8c\xcf\x82",
	    "\xce\xbf\xce\xb4\xce\xbf\xcf\x83" },
	{ "\xc3\x86r\xc3\xb8 ZA\xc5\xbb\xc3\x93\xc5\x81\xc4\x86",
	    "aero zazolc" },
	{ "\xd0\x96\xd0\x81\xd0\x9b\xd0\xa2\xd0\xab\xd0\x99",
	    "\xd0\xb6\xd0\xb5\xd0\xbb\xd1\x82\xd1\x8b\xd0\xb8" },
	{ "\xef\xac\x81ne 1\xc2\xaa \xef\xbc\xa1\xef\xbc\xa2", "1a ab fine" },
	{ "\xd9\xa3\xd9\xa4\xd9\xa5 \xef\xbc\x95", "345 5" },
	{ "\xc2\xbfQu\xc3\xa9?\xc2\xa0\xe2\x80\x9cS\xc3\xad\xe2\x80\x9d",
	    "que si" },
	{ "rock\xe2\x80\x99n\xe2\x80\x94roll", "n rock roll" },
	{ "co\xc2\xadoperate", "cooperate" },
	{ "COL\xc2\xb7LEGI co\xc5\x80legi", "collegi" },
	{ "na\xc3\xafve\xf0\x9f\x98\x80ok", "naive ok" },
	/* Korean and Chinese stay as they are */
	{ "\xed\x95\x9c\xea\xb5\xad \xe4\xb8\xad\xe6\x96\x87\xe3\x80\x82",
	    "\xe4\xb8\xad\xe6\x96\x87 \xed\x95\x9c\xea\xb5\xad" },
	/* vowel signs are letters there */
	{ "\xe0\xa4\xb9\xe0\xa4\xbf\xe0\xa4\x82\xe0\xa4\xa6\xe0\xa5\x80",
	    "\xe0\xa4\xb9\xe0\xa4\xbf\xe0\xa4\x82\xe0\xa4\xa6\xe0\xa5\x80" },
	/* no UTF-8 */
	{ "a\xff"
	  "b\xc3 c\xe2\x82",
	    "a b c" },
};

static struct str
joined(struct arena *a, struct str text, size_t most, size_t bytes_most,
    bool *full_r)
{
	struct str all = STR_NONE;
	struct words w;
	struct err e;

	words_init(&w, a, most, bytes_most);
	if (words_add(&w, text, &e) != ERR_OK ||
	    words_join(&w, STR_NONE, &all, &e) != ERR_OK)
		return (STR_NONE);
	*full_r = w.full;
	return (all);
}

static void
test_splits(struct arena *a, const char *locale)
{
	char name[200];
	bool full;

	for (size_t i = 0; i < sizeof(splits) / sizeof(splits[0]); i++) {
		(void)snprintf(name, sizeof(name), "%s: \"%s\"", locale,
		    splits[i].words);
		is_str(joined(a, str_of(splits[i].text), 100, 1000, &full),
		    splits[i].words, name);
		/* what is folded stays as it is */
		is_str(joined(a, str_of(splits[i].words), 100, 1000, &full),
		    splits[i].words, "and again");
	}
}

static void
test_many(struct arena *a)
{
	struct words w;
	char text[40];
	bool all = true;
	struct err e;

	words_init(&w, a, 5000, 100000);
	for (int i = 0; i < 20000; i++) {
		(void)snprintf(text, sizeof(text), "n%d N%d", i % 4000, i % 3);
		all = all && words_add(&w, str_of(text), &e) == ERR_OK;
	}
	ok(all && w.n == 4000 && !w.full, "of many each is kept once");
	ok(str_is(w.word[0], "n0") && str_is(w.word[3999], "n3999"),
	    "in the order in which they came");
}

static void
test_bounds(struct arena *a)
{
	char text[WORDS_WORD_BYTES + 10];
	struct str all;
	bool full;

	memset(text, 'x', sizeof(text));
	all = joined(a, (struct str){ text, sizeof(text) }, 100, 1000, &full);
	ok(all.n == sizeof(text) + 1 && all.p[10] == ' ',
	    "a word that is too long counts as two");
	all = joined(a, STR("a b c a b"), 2, 1000, &full);
	is_str(all, "a b", "the first ones are kept");
	ok(full, "and it is told that there are more");
	all = joined(a, STR("a b a b"), 2, 1000, &full);
	ok(!full && str_is(all, "a b"), "as many as fit are all");
	test_many(a);
	is_str(joined(a, STR("aa bbb c"), 10, 3, &full), "aa c",
	    "no more bytes than these");
	is_str(joined(a, str_first(STR("here and"), 6), 10, 100, &full),
	    "a here", "nothing past the slice is read");
}

static void
test_begin(struct arena *a)
{
	struct words w;
	struct err e;

	words_init(&w, a, 10, 100);
	if (words_add(&w, STR("M\xc3\xbcller's appointment"), &e) != ERR_OK) {
		ok(false, "words");
		return;
	}
	ok(words_have_prefix(&w, STR("mull")) &&
		words_have_prefix(&w, STR("muller")) &&
		words_have_prefix(&w, STR("appo")),
	    "a word is found by its beginning");
	ok(!words_have_prefix(&w, STR("ppoint")) &&
		!words_have_prefix(&w, STR("mullers")),
	    "and by nothing else");
}

/* Each character by itself. */
static void
test_all(struct arena *a)
{
	bool stable = true, small = true, full;
	struct str once, twice;
	char text[5] = "";

	for (unsigned c = 0x80; c < 0x20000; c++) {
		if (c >= 0xd800 && c < 0xe000)
			continue;
		(void)snprintf(text, sizeof(text), "%lc", (wint_t)c);
		arena_reset(a);
		once = joined(a, str_of(text), 10, 100, &full);
		twice = joined(a, once, 10, 100, &full);
		stable = stable && str_eq(once, twice);
		small = small && once.n <= 3 * strlen(text);
	}
	ok(stable, "what was folded stays as it is");
	ok(small, "no character becomes more than three times as long");
}

int
main(void)
{
	struct arena *a = arena_new((size_t)1024 * 1024);

	if (a == NULL)
		return (1);
	test_splits(a, "C");
	test_bounds(a);
	test_begin(a);
	if (setlocale(LC_ALL, "C.UTF-8") != NULL) {
		test_splits(a, "C.UTF-8");
		test_all(a);
	}
	arena_free(a);
	return (done());
}
