/*
 * json_raw: a character that cannot be becomes U+FFFD, a bound leaves out and
 * says so, and what is written for jsonb is JSON that jsonb takes.
 */
#include "config.h"

#include "io/json.h"
#include "io/json_raw.h"
#include "tap.h"

#define BAD "\xef\xbf\xbd"

static struct arena *arena;

static const struct {
	const char *raw;
	const char *text;
} texts[] = {
	{ "\"\"", "" },
	{ "\"plain\"", "plain" },
	{ "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "\"\\/\b\f\n\r\t" },
	{ "\"\\u0041\\u00e9\\u20ac\\ud83d\\ude00\"",
	    "A\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80" },
	{ "\"\xc3\xa9\xf0\x9f\x98\x80\"", "\xc3\xa9\xf0\x9f\x98\x80" },
	{ "\"\\ud83d\"", BAD },
	{ "\"\\ud83dx\"", BAD "x" },
	{ "\"\\ude00\\ud83d\"", BAD BAD },
	{ "\"\\ud83d\\ud83d\\ude00\"", BAD "\xf0\x9f\x98\x80" },
	{ "\"\\ud83d\\n\"", BAD "\n" },
	{ "\"\\ud83d\\u0041\"", BAD "A" },
	{ "\"a\\u0000b\"", "a" BAD "b" },
	{ "\"\\x41\"", BAD "41" },
	{ "\"\\\xc3\xa9z\"", BAD "z" },
	{ "\"\\u12\"", BAD "12" },
	{ "\"\\u12g4\"", BAD "12g4" },
	{ "\"a\xff\xfe b\"", "a" BAD BAD " b" },
	{ "\"\xed\xa0\x80\"", BAD BAD BAD },
	{ "\"a\tb\"", "a\tb" },
	{ "7", NULL },
	{ "null", NULL },
	{ "[\"x\"]", NULL },
};

static void
test_texts(void)
{
	struct str text;
	struct err e = { 0 };
	bool over = false;

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		is_int(json_raw_text(arena, str_of(texts[i].raw), 100, &text,
			   &over, &e),
		    ERR_OK, texts[i].raw);
		is_str(text, texts[i].text, "its text");
	}
	is_int(json_raw_text(arena, STR("\"a\0b\""), 100, &text, &over, &e),
	    ERR_OK, "a NUL as a byte");
	is_str(text, "a" BAD "b", "is none, too");
	is_int(json_raw_text(arena, STR_NONE, 100, &text, &over, &e), ERR_OK,
	    "nothing");
	ok(text.p == NULL, "has no text");
	ok(!over, "and none of all these was too long");
}

static void
test_text_bounds(void)
{
	static const char *const fits[] = { "\"123456\"", "\"12345\\n\"",
		"\"123\\u0000\"" };
	static const char *const longer[] = { "\"1234567\"", "\"123456\\n\"",
		"\"1234\\u0000\"" };
	struct str text;
	struct err e = { 0 };
	bool over;

	for (size_t i = 0; i < 3; i++) {
		over = false;
		ok(json_raw_text(arena, str_of(fits[i]), 6, &text, &over, &e) ==
			    ERR_OK &&
			text.n == 6 && !over,
		    "six bytes of six: %s", fits[i]);
		ok(json_raw_text(arena, str_of(longer[i]), 6, &text, &over,
		       &e) == ERR_OK &&
			text.p == NULL && over,
		    "seven are left out: %s", longer[i]);
	}
}

static void
test_numbers(void)
{
	ok(json_raw_number(STR("12.5"), -1) == 12.5, "a number");
	ok(json_raw_number(STR("-0"), -1) == 0, "less than nothing");
	ok(json_raw_number(STR("1e999"), -1) == -1, "one past all is none");
	ok(json_raw_number(STR("1e-999"), -1) == -1, "nor one below all");
	ok(json_raw_number(STR("0e-999"), -1) == 0, "but nothing is nothing");
	ok(json_raw_number(STR("11111111111111111111111111111111111111111111111"
			       "11111111111"
			       "111111"),
	       -1) == -1,
	    "64 digits are too many");
	ok(json_raw_number(STR("\"1\""), -1) == -1, "a text is none");
	ok(json_raw_number(STR_NONE, -1) == -1, "what is not there is none");
}

#define DIGITS64                                                               \
	"1234567890123456789012345678901234567890123456789012345678901234"

static const struct {
	const char *raw;
	const char *tree;
} trees[] = {
	{ "{}", NULL },
	{ "[ ]", NULL },
	{ "7", NULL },
	{ "\"x\"", NULL },
	{ "{ \"a\" : [ 1 , true , null , {} ] }", "{\"a\":[1,true,null,{}]}" },
	{ "[1.50,-0,1E5,0.1e-3]", "[1.50,-0,1E5,0.1e-3]" },
	{ "[" DIGITS64 "]", "[\"" DIGITS64 "\"]" },
	{ "[1e999,-1e999,1e-999]", "[\"1e999\",\"-1e999\",\"1e-999\"]" },
	{ "[0.00000000000000000000000000000000000000000000000000000000000001]",
	    "[\"0.000000000000000000000000000000000000000000000000000000000000"
	    "01\"]" },
	{ "[0.0000000000000000000000000000000000000000000000000000000000001]",
	    "[0.0000000000000000000000000000000000000000000000000000000000001"
	    "]" },
	{ "[\"\\ud800\",\"\\u0000\",\"\\x\"]",
	    "[\"" BAD "\",\"" BAD "\",\"" BAD "\"]" },
	{ "{\"\\ud800\":1,\"\\u0000\":2,\"\xef\xbf\xbd\":3}",
	    "{\"" BAD "\":1}" },
	{ "{\"a\":1,\"b\":2,\"a\":{\"c\":[]},\"\\u0061\":4}",
	    "{\"a\":1,\"b\":2}" },
	{ "{\"a\":{\"a\":1,\"a\":2},\"b\":{\"a\":3}}",
	    "{\"a\":{\"a\":1},\"b\":{\"a\":3}}" },
	{ "[{\"a\":1},{\"a\":2}]", "[{\"a\":1},{\"a\":2}]" },
	{ "[\"\\u001b\\n\"]", "[\"\\u001b\\n\"]" },
	{ "[0e-20000,-0.0e99999999999,0E0,0.00]", "[0,-0,0,0]" },
};

static void
test_trees(void)
{
	const struct json *root;
	struct err e = { 0 };
	bool over = false;
	struct str tree;

	for (size_t i = 0; i < sizeof(trees) / sizeof(trees[0]); i++) {
		is_int(json_raw_tree(arena, str_of(trees[i].raw), 1000, &tree,
			   &over, &e),
		    ERR_OK, trees[i].raw);
		is_str(tree, trees[i].tree, "for jsonb");
		ok(tree.p == NULL ||
			json_parse(arena, tree, &root, &e) == ERR_OK,
		    "is strict JSON");
	}
	ok(!over, "none is over the bound");
	is_int(json_raw_tree(arena, STR("[01]"), 1000, &tree, &over, &e),
	    ERR_INPUT, "a number that is none is a fault");
	is_int(json_raw_tree(arena, STR("[NaN]"), 1000, &tree, &over, &e),
	    ERR_INPUT, "and so is a word");
}

static void
test_tree_bounds(void)
{
	const struct json *root = NULL, *at;
	struct str raw = STR_NONE, tree = STR_NONE;
	struct err e = { 0 };
	bool over = false;
	struct buf b;
	int i;

	buf_init(&b, arena);
	for (i = 0; i < 70; i++)
		buf_addc(&b, '[');
	buf_addc(&b, '1');
	for (i = 0; i < 70; i++)
		buf_addc(&b, ']');
	ok(buf_done(&b, &raw, &e) == ERR_OK &&
		json_raw_tree(arena, raw, 1000, &tree, &over, &e) == ERR_OK &&
		json_parse(arena, tree, &root, &e) == ERR_OK,
	    "seventy levels: %s", e.text);
	for (i = 1, at = json_first(root); json_is_array(at);
	     at = json_first(at))
		i++;
	is_int(i, JSON_RAW_DEPTH_MAX, "of which so many are kept");
	ok(json_is_null(at), "and null below");

	ok(json_raw_tree(arena, STR("[\"12345\"]"), 9, &tree, &over, &e) ==
		    ERR_OK &&
		tree.n == 9 && !over,
	    "nine bytes of nine");
	ok(json_raw_tree(arena, STR("[\"123456\"]"), 9, &tree, &over, &e) ==
		    ERR_OK &&
		tree.p == NULL && over,
	    "ten are left out");
	over = false;
	ok(json_raw_tree(arena, STR("[ 1 , 2 ,\n 3 ]"), 7, &tree, &over, &e) ==
		    ERR_OK &&
		!over,
	    "white space does not count");
}

/* Forty thousand names in one object, each of them twice. */
static void
test_many_names(void)
{
	struct str raw = STR_NONE, tree = STR_NONE;
	struct err e = { 0 };
	bool over = false;
	size_t commas = 0;
	struct buf b;

	buf_init(&b, arena);
	buf_addc(&b, '{');
	for (int i = 0; i < 80000; i++)
		buf_addf(&b, "%s\"%d\":1", i == 0 ? "" : ",", i % 40000);
	buf_addc(&b, '}');
	ok(buf_done(&b, &raw, &e) == ERR_OK &&
		json_raw_tree(arena, raw, SIZE_MAX, &tree, &over, &e) == ERR_OK,
	    "many names: %s", e.text);
	for (size_t i = 0; i < tree.n; i++)
		commas += tree.p[i] == ',';
	is_int((int64_t)commas, 39999, "each is kept once");
}

static void
test_lenient(void)
{
	const struct json *root = NULL;
	struct err e = { 0 };

	is_int(json_parse_lenient(arena,
		   STR("{\"a\":\"x\\ud83d\",\"n\":1e999,\"id\":\"1\","
		       "\"id\":\"2\"} "),
		   &root, &e),
	    ERR_OK, "an answer with what cannot be");
	is_str(json_str(json_get(root, "a")), "x" BAD, "is read");
	is_str(json_str(json_get(root, "n")), "1e999", "each as it can be");
	is_str(json_str(json_get(root, "id")), "1", "and the first of two");
	ok(json_parse_lenient(arena, STR("{}"), &root, &e) == ERR_OK &&
		json_is_object(root),
	    "an empty one");
	ok(json_parse_lenient(arena, STR("7"), &root, &e) == ERR_OK &&
		json_is_number(root),
	    "a number");
	is_int(json_parse_lenient(arena, STR("{\"a\":1}x"), &root, &e),
	    ERR_INPUT, "but no bytes behind it");
	is_int(json_parse_lenient(arena, STR("{\"a\":[}"), &root, &e),
	    ERR_INPUT, "nor brackets that cross");
	is_int(json_parse_lenient(arena, STR("html"), &root, &e), ERR_INPUT,
	    "nor what is no JSON at all");
}

int
main(void)
{
	if ((arena = arena_new((size_t)64 << 20)) == NULL)
		return (1);
	test_texts();
	test_text_bounds();
	test_numbers();
	test_trees();
	test_tree_bounds();
	test_many_names();
	test_lenient();
	arena_free(arena);
	return (done());
}
