/*
 * json_pick: what is wanted comes out as it was sent, what decides is read
 * strictly, and what nobody wants costs nothing but its bytes.
 */
#include "config.h"

#include <stddef.h>

#include "io/json_pick.h"
#include "tap.h"

struct inner {
	struct str self, id, text;
};

struct outer {
	struct str a, b;
	struct inner in, soft;
};

static const struct json_want inner_wants[] = {
	{ "id", true, offsetof(struct inner, id), NULL, 0 },
	{ "text", false, offsetof(struct inner, text), NULL, 0 },
};

static const struct json_want wants[] = {
	{ "a", true, offsetof(struct outer, a), NULL, 0 },
	{ "b", false, offsetof(struct outer, b), NULL, 0 },
	{ "in", true, offsetof(struct outer, in), inner_wants, 2 },
	{ "soft", false, offsetof(struct outer, soft), inner_wants, 2 },
};

static struct outer out;
static struct err e;

static enum err_code
pick(struct str text)
{
	memset(&out, 0, sizeof(out));
	memset(&e, 0, sizeof(e));
	return (json_pick(text, wants, 4, &out, &e));
}

static void
test_values(void)
{
	is_int(pick(STR(" { \"b\" : [1, {\"a\":2}] , \"a\":\"x\\n\",\n"
			"\"in\":{\"id\":7,\"other\":{},\"text\":null},"
			"\"A\":1,\"ab\":2,\"\":3} ")),
	    ERR_OK, "an object");
	is_str(out.a, "\"x\\n\"", "a text as it was sent");
	is_str(out.b, "[1, {\"a\":2}]", "a list, white space and all");
	is_str(out.in.id, "7", "a member of a member");
	is_str(out.in.text, "null", "a null that is there");
	is_str(out.in.self, "{\"id\":7,\"other\":{},\"text\":null}",
	    "and the object itself");
	ok(out.soft.self.p == NULL, "what is not there is none");
	is_int(pick(STR("{\"in\":[{\"id\":1}],\"soft\":\"x\"}")), ERR_OK,
	    "no objects where some are expected");
	is_str(out.in.self, "[{\"id\":1}]", "are what they are");
	ok(out.in.id.p == NULL, "and hold nothing");
	is_int(pick(STR("{}")), ERR_OK, "an empty one");
	is_int(pick(STR("{\"\\u0061\":1,\"\\u0069\\u006e\":{\"\\u0069d\":2}}")),
	    ERR_OK, "escaped names");
	is_str(out.a, "1", "are the names");
	is_str(out.in.id, "2", "inside, too");
}

/* Each is passed over where it is not wanted. */
static const char *const odd[] = { "\"\\ud83d\"", "\"\\u0000\"", "\"\\x\"",
	"\"\\u12\"", "\"\xff\"", "\"a\tb\"", "\"\x01\"", "01", "1e999", "NaN",
	"-", "tru", "{\"a\":1,\"a\":2}", "{\"\\ud800\":{\"in\":[]}}",
	"[[[{\"a\":[]},{}],[]]]", "\"\\\\\"", "\"]}\\\"\"",
	"1111111111111111111111111111111111111111111111111111111111111111111" };

static void
test_ignored(void)
{
	char text[1024];

	for (size_t i = 0; i < sizeof(odd) / sizeof(odd[0]); i++) {
		(void)snprintf(text, sizeof(text),
		    "{\"x\":%s,\"in\":{\"y\":[%s],\"id\":1},\"a\\u0000\":%s,"
		    "\"a\\ud800\":%s,\"\\a\":%s,\"b\":2,\"b\":%s,"
		    "\"soft\":{},\"soft\":{\"id\":%s},\"a\":3}",
		    odd[i], odd[i], odd[i], odd[i], odd[i], odd[i], odd[i]);
		ok(pick(str_of(text)) == ERR_OK, "passed over: %s %s", odd[i],
		    e.text);
		ok(str_is(out.in.id, "1") && str_is(out.a, "3"),
		    "what is wanted stands");
		is_str(out.b, "2", "the first of two counts");
		ok(out.soft.id.p == NULL, "also of two objects");
	}
}

static const struct {
	const char *text;
	const char *rule;
} bad[] = {
	{ "", "an object is expected" },
	{ "[]", "an object is expected" },
	{ "7", "an object is expected" },
	{ "\xef\xbb\xbf{}", "an object is expected" },
	{ "{", "a name in quotes is expected" },
	{ "{\"x\":1", "a comma is expected" },
	{ "{\"x\":1}}", "bytes follow the end" },
	{ "{\"x\":1}{}", "bytes follow the end" },
	{ "{\"x\"}", "a colon is expected" },
	{ "{\"x\":}", "a value is expected" },
	{ "{\"x\":1,}", "a name in quotes is expected" },
	{ "{x:1}", "a name in quotes is expected" },
	{ "{\"x\":[1,]}", "a value is expected" },
	{ "{\"x\":[1 2]}", "a comma is expected" },
	{ "{\"x\":[}", "a value is expected" },
	{ "{\"x\":[1}", "a comma is expected" },
	{ "{\"x\":{\"y\":1]}", "a comma is expected" },
	{ "{\"x\":[{]}]}", "a name in quotes is expected" },
	{ "{\"x\":1[2]}", "a comma is expected" },
	{ "{\"x\":{\"y\":1{}}}", "a comma is expected" },
	{ "{\"x\":\"", "a text has no end" },
	{ "{\"x\":\"\\", "a text has no end" },
	{ "{\"x\":\"\\\"", "a text has no end" },
	{ "{\"a\":1,\"a\":2}", "a name stands twice" },
	{ "{\"a\":1,\"\\u0061\":2}", "a name stands twice" },
	{ "{\"in\":{},\"in\":{}}", "a name stands twice" },
	{ "{\"in\":{\"id\":1,\"id\":1}}", "a name stands twice" },
	{ "{\"soft\":{\"id\":1,\"id\":1}}", "a name stands twice" },
	{ "{\"a\":\"\\u0000\"}", "a text that decides holds what is none" },
	{ "{\"a\":\"\\ud83d\"}", "a text that decides holds what is none" },
	{ "{\"a\":\"\\udc00\"}", "a text that decides holds what is none" },
	{ "{\"a\":\"\\x\"}", "a text that decides holds what is none" },
	{ "{\"a\":\"\xff\"}", "a text that decides holds what is none" },
	{ "{\"a\":\"a\tb\"}", "a text that decides holds what is none" },
	{ "{\"a\":01}", "a value is expected" },
	{ "{\"b\":01}", "a value is expected" },
	{ "{\"b\":NaN}", "a value is expected" },
	{ "{\"b\":nul}", "a value is expected" },
	{ "{\"b\":1.}", "a value is expected" },
	{ "{\"b\":1e}", "a value is expected" },
	{ "{\"b\":-}", "a value is expected" },
	{ "{\"b\":+1}", "a value is expected" },
};

static void
test_faults(void)
{
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		ok(pick(str_of(bad[i].text)) == ERR_INPUT, "refused: %s",
		    bad[i].text);
		ok(strstr(e.text, bad[i].rule) != NULL, "since %s: %s",
		    bad[i].rule, e.text);
	}
	ok(pick(STR("{\"a\":\"one\",\"in\":{\"id\":2,\"text\":[")) == ERR_INPUT,
	    "a text that was cut off");
	is_str(out.a, "\"one\"", "what came before is known");
	is_str(out.in.id, "2", "also inside");
	is_str(out.in.self, "{\"id\":2,\"text\":[", "as far as it goes");
}

/* A backslash that is escaped escapes nothing. */
static void
test_quotes(void)
{
	is_int(pick(STR("{\"b\":\"\\\\\",\"a\":\"\\\"\\\\\\\"\"}")), ERR_OK,
	    "quotes behind one, two and three backslashes");
	is_str(out.b, "\"\\\\\"", "two end a text");
	is_str(out.a, "\"\\\"\\\\\\\"\"", "one and three do not");
	is_int(pick(STR("{\"a\":\"x\\")), ERR_INPUT, "cut off behind one");
	ok(strstr(e.text, "a text has no end") != NULL, "is no text: %s",
	    e.text);
}

/* A list is gone through once, object by object. */
static void
test_next(void)
{
	const struct str text = STR("[{\"a\":1} , {\"b\":[2]},{\"b\":01}]");
	struct json_cursor c;

	json_cursor_init(&c, text);
	memset(&out, 0, sizeof(out));
	ok(json_cursor_enter(&c, '[') && json_cursor_item(&c) &&
		json_pick_next(&c, wants, 4, &out),
	    "the first object");
	is_str(out.a, "1", "its member");
	ok(json_cursor_item(&c) && json_pick_next(&c, wants, 4, &out),
	    "the next one");
	is_str(out.b, "[2]", "its own");
	memset(&out, 0, sizeof(out));
	ok(json_cursor_item(&c) && !json_pick_next(&c, wants, 4, &out),
	    "a number that is none");
	is_int(json_pick_error(&c, text, &e), ERR_INPUT, "is a fault");
	ok(strstr(e.text, "a value is expected") != NULL, "that is named: %s",
	    e.text);
	json_cursor_init(&c, STR("[1]"));
	ok(!json_pick_next(&c, wants, 4, &out) && c.rule != NULL,
	    "and so is what is no object");
}

/* As deep, and as wide, as a body can be. */
static void
test_bounds(void)
{
	const size_t n = (size_t)8 << 20;
	char *text = malloc(2 * n + 64);
	const size_t at = strlen("{\"x\":");

	if (!ok(text != NULL, "room for a body"))
		return;
	memcpy(text, "{\"x\":", at);
	memset(text + at, '[', n);
	memset(text + at + n, ']', n - 1);
	memcpy(text + at + 2 * n - 1, "],\"a\":1}", 8);
	ok(pick((struct str){ text, at + 2 * n + 7 }) == ERR_OK,
	    "eight million levels: %s", e.text);
	is_str(out.a, "1", "and what comes behind");
	text[at + n] = '}';
	is_int(pick((struct str){ text, at + 2 * n + 7 }), ERR_INPUT,
	    "a bracket of another kind down there");
	free(text);
}

int
main(void)
{
	test_values();
	test_ignored();
	test_faults();
	test_quotes();
	test_next();
	test_bounds();
	return (done());
}
