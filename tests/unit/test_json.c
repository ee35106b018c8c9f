/* json: what two readers could read differently is refused. */
#include "config.h"

#include "io/json.h"
#include "tap.h"

static struct arena *arena;

static enum err_code
parse(struct str text, const struct json **root_r)
{
	static struct err e;

	return (json_parse(arena, text, root_r, &e));
}

static const char *const refused[] = {
	"",
	" ",
	"x",
	"{",
	"[",
	"[1",
	"[1,",
	"[1,]",
	"{\"a\"}",
	"{\"a\":}",
	"{\"a\":1,}",
	"{a:1}",
	"{'a':1}",
	"{\"a\" 1}",
	"[1 2]",
	"]",
	"{]",
	"nul",
	"True",
	"NaN",
	"Infinity",
	"-",
	"+1",
	"01",
	"-01",
	"1.",
	".5",
	"1e",
	"1e+",
	"0x10",
	"1e999",
	"-1e999",
	"1234567890123456789012345678901234567890123456789012345678901234",
	"\"",
	"\"a",
	"\"\\\"",
	"\"\\x\"",
	"\"\\u12\"",
	"\"\\u12g4\"",
	"\"\\u0000\"",
	"\"a\\u0000b\"",
	"\"\\ud800\"",
	"\"\\ud800x\"",
	"\"\\udc00\"",
	"\"\\ud800\\u0041\"",
	"\"\\ud800\\ud800\"",
	"\"a\tb\"",
	"\"a\nb\"",
	"\"\xff\"",
	"\"\xc0\xaf\"",
	"\"\xed\xa0\x80\"",
	"\xef\xbb\xbf{}",
	"{} {}",
	"{}x",
	"1 2",
	"[]\x01",
	"\v1",
	"{\"a\":1,\"a\":1}",
	"{\"a\":1,\"\\u0061\":2}",
	"{\"x\":[{\"b\":1,\"c\":2,\"b\":3}]}",
	"/* */ 1",
	"\"\\",
};

static const char *const taken[] = {
	"1",
	"-0",
	"0.5",
	"1e3",
	"-1.5E-7",
	"\"\"",
	"true",
	"false",
	"null",
	"[]",
	"{}",
	" [ 1 , 2 ] \r\n\t",
	"{\"a\":{\"a\":1}}",
	"{\"a\":1,\"A\":2}",
	"\"\\u00e9\\n\\/\"",
	"\"\\ud83d\\ude00\"",
	"\"\xf0\x9f\x98\x80\"",
	"[1e-999]",
	"\"\x7f\"",
};

static void
test_grammar(void)
{
	const struct json *j = NULL;
	size_t i;

	for (i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
		ok(parse(str_of(refused[i]), &j) == ERR_INPUT && j == NULL,
		    "refused: %zu", i);
	for (i = 0; i < sizeof(taken) / sizeof(taken[0]); i++)
		is_int(parse(str_of(taken[i]), &j), ERR_OK, taken[i]);
	j = NULL;
	is_int(parse(STR("{\"a\":1}\0"), &j), ERR_INPUT, "a NUL at the end");
	is_int(parse(STR("{\"a\0b\":1}"), &j), ERR_INPUT, "a NUL in a name");
	is_int(parse(STR_NONE, &j), ERR_INPUT, "no text at all");
	is_int(parse((struct str){ "12", 1 }, &j), ERR_OK, "a slice");
	ok(json_number(j, 0) == 1, "nothing past its end is read");
}

static struct str
repeat(const char *open, size_t n, const char *middle, const char *close)
{
	struct str s = STR_NONE;
	struct buf b;
	size_t i;

	buf_init(&b, arena);
	for (i = 0; i < n; i++)
		buf_adds(&b, open);
	buf_adds(&b, middle);
	for (i = 0; i < n; i++)
		buf_adds(&b, close);
	ok(buf_done(&b, &s, NULL) == ERR_OK, "a text of %zu repeats", n);
	return (s);
}

static void
test_limits(void)
{
	const struct json *j = NULL;
	struct err e;

	is_int(parse(repeat("[", 64, "", "]"), &j), ERR_OK, "64 deep");
	is_int(parse(repeat("[", 65, "", "]"), &j), ERR_TOO_LARGE, "65 deep");
	is_int(parse(repeat("[{\"a\":", 500, "1", "}]"), &j), ERR_TOO_LARGE,
	    "1,000 deep");
	is_int(parse(repeat("[", 100000, "", ""), &j), ERR_TOO_LARGE,
	    "100,000 open");
	is_int(parse(repeat("[", 1, "0", ",0]"), &j), ERR_OK, "two values");
	is_int(parse(repeat("", 199998, "[0", ",0"), &j), ERR_INPUT,
	    "an array without its end");
	is_int(json_parse(arena, STR("[1,,2]"), &j, &e), ERR_INPUT,
	    "a value is missing");
	is_str(str_of(e.text), "json: a value is expected, at byte 3",
	    "the rule and the byte are named");
}

static void
test_many(void)
{
	struct str head = repeat("", 199998, "[0", ",0"), text;
	const struct json *j;
	struct buf b;

	buf_init(&b, arena);
	buf_add(&b, head);
	buf_addc(&b, ']');
	ok(buf_done(&b, &text, NULL) == ERR_OK && parse(text, &j) == ERR_OK,
	    "200,000 values");
	buf_init(&b, arena);
	buf_add(&b, head);
	buf_adds(&b, ",0]");
	ok(buf_done(&b, &text, NULL) == ERR_OK &&
		parse(text, &j) == ERR_TOO_LARGE,
	    "200,001 values");
}

static void
test_many_names(bool twice)
{
	const struct json *j;
	struct str text;
	struct buf b;
	int i;

	buf_init(&b, arena);
	for (i = 0; i < 100000; i++)
		buf_addf(&b, "%c\"n%d\":%d", i == 0 ? '{' : ',', i, i);
	buf_adds(&b, twice ? ",\"n77\":0}" : "}");
	ok(buf_done(&b, &text, NULL) == ERR_OK &&
		parse(text, &j) == (twice ? ERR_INPUT : ERR_OK),
	    "100,000 names, %s", twice ? "one of them twice" : "none twice");
}

static void
test_read(void)
{
	const struct json *j = NULL, *m;

	if (!ok(parse(STR("{\"call\":{\"id\":\"x\",\"n\":1.5,\"t\":true,"
			  "\"z\":null},\"Call\":2,\"list\":[\"a\",\"b\"],"
			  "\"e\":\"\\u00e9\\\"\\n\"}"),
		    &j) == ERR_OK,
		"a text to read"))
		return;
	is_str(json_str(json_path(j, "call.id")), "x", "a path");
	ok(json_path(j, "call.id.x") == NULL && json_path(j, "no.id") == NULL &&
		json_path(j, "call.ID") == NULL &&
		json_path(j, "list.0") == NULL,
	    "paths that lead nowhere");
	ok(json_get(j, "CALL") == NULL &&
		json_number(json_get(j, "Call"), 0) == 2,
	    "names are exact, case included");
	ok(json_number(json_path(j, "call.n"), 0) == 1.5, "a number");
	ok(json_number(json_path(j, "call.id"), -1) == -1, "no number");
	ok(json_bool(json_path(j, "call.t"), false), "a truth");
	ok(json_bool(json_path(j, "call.n"), true), "no truth");
	ok(json_is_null(json_path(j, "call.z")) &&
		!json_is_null(json_path(j, "call.y")),
	    "null and absent differ");
	is_str(json_str(json_get(j, "e")), "\xc3\xa9\"\n", "escapes");
	ok(json_str(json_get(j, "Call")).p == NULL, "no text");
	m = json_first(json_get(j, "list"));
	is_str(json_str(m), "a", "first item");
	is_str(json_str(json_next(m)), "b", "next item");
	ok(json_next(json_next(m)) == NULL, "no more");
	is_str(json_name(json_first(j)), "call", "name of a member");
	ok(json_get(NULL, "x") == NULL && json_first(NULL) == NULL &&
		json_str(NULL).p == NULL && !json_is_object(NULL) &&
		!json_is_null(NULL) && json_name(NULL).p == NULL,
	    "NULL is absent");
}

static void
format_is(const struct json *j, const char *want)
{
	struct str text = STR_NONE;
	struct err e;

	is_int(json_format(arena, j, &text, &e), ERR_OK, "formatted");
	is_str(text, want, want);
}

static void
test_round(void)
{
	static const char *const same[] = {
		"{\"a\":[1,-2.5,true,false,null,\"x\"],\"b\":{}}",
		"[]",
		"9007199254740991",
		"9007199254740992",
		"-9007199254740991",
		"1767225700123",
		"0",
		"0.1",
		"1e+300",
		"15.158",
		"0.0231",
		"0.30000000000000004",
		"\"\\\"\\\\\\b\\f\\n\\r\\t\\u0001\"",
		"\"\xc3\xa9\xf0\x9f\x98\x80\"",
		"\"\"",
	};
	const struct json *j;
	size_t i;

	for (i = 0; i < sizeof(same) / sizeof(same[0]); i++)
		if (ok(parse(str_of(same[i]), &j) == ERR_OK, "read %zu", i))
			format_is(j, same[i]);
}

static void
test_build(void)
{
	struct json *j = json_new_object(arena), *list, *o;
	const struct json *old = NULL;
	struct str text;
	struct err e;

	ok(parse(STR("{\"deep\":[1]}"), &old) == ERR_OK, "a tree to copy");
	json_add_str(j, "s", (struct str){ "abcd", 2 });
	json_add_str(j, "none", STR_NONE);
	json_add_number(j, "n", 1767225700123.0);
	json_add_bool(j, "b", false);
	json_add_null(j, "z");
	list = json_add_array(j, "list");
	json_push_str(list, STR("x"));
	o = json_push_object(list);
	json_add_copy(o, "c", old);
	json_add_copy(o, "d", NULL);
	(void)json_add_object(j, "o");
	format_is(j,
	    "{\"s\":\"ab\",\"none\":null,\"n\":1767225700123,"
	    "\"b\":false,\"z\":null,\"list\":[\"x\",{\"c\":{\"deep\":[1]},"
	    "\"d\":null}],\"o\":{}}");
	json_add_str(o, "bad", STR("\xff"));
	is_int(json_format(arena, j, &text, &e), ERR_BUG,
	    "text that is no UTF-8 is remembered");
	j = json_new_object(arena);
	json_add_str(j, "bad", STR("a\0b"));
	is_int(json_format(arena, j, &text, &e), ERR_BUG, "and a NUL");
	j = json_new_object(arena);
	json_add_number(j, "bad", 1e308 * 10);
	is_int(json_format(arena, j, &text, &e), ERR_BUG, "and an infinity");
	j = json_new_array(arena);
	json_add_null(j, "bad");
	is_int(json_format(arena, j, &text, &e), ERR_BUG,
	    "and a name in an array");
	json_add_str(NULL, "x", STR("y"));
	is_int(json_format(arena, NULL, &text, &e), ERR_TOO_LARGE,
	    "no tree at all");
}

static void
test_quote(void)
{
	struct str text = STR_NONE;
	struct buf b;

	buf_init(&b, arena);
	json_quote(&b,
	    STR("a\"\\\n\x01\0\xff"
		"b\xc3\xa9"));
	ok(buf_done(&b, &text, NULL) == ERR_OK, "quoted");
	is_str(text,
	    "\"a\\\"\\\\\\n\\u0001\\u0000\xef\xbf\xbd"
	    "b\xc3\xa9\"",
	    "every byte has its writer");
}

static void
test_ceiling(void)
{
	struct arena *small = arena_new(100);
	const struct json *j = NULL;
	struct err e;

	if (small == NULL)
		return;
	ok(arena_alloc(small, 90) != NULL, "an arena that is almost full");
	is_int(json_parse(small, STR("[1]"), &j, &e), ERR_TOO_LARGE,
	    "a tree that cannot be tied is freed");
	ok(json_new_object(small) == NULL, "nor can a new one");
	arena_free(small);
}

int
main(void)
{
	if ((arena = arena_new(32 << 20)) == NULL)
		return (1);
	test_grammar();
	test_limits();
	arena_reset(arena);
	test_many();
	test_many_names(false);
	test_many_names(true);
	arena_reset(arena);
	test_read();
	test_round();
	test_build();
	test_quote();
	test_ceiling();
	arena_free(arena);
	return (done());
}
