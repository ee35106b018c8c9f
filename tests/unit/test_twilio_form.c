/* twilio_form: decoded once, kept in order, nothing guessed. */
#include "config.h"

#include "tap.h"
#include "twilio/twilio_form.h"

static struct arena *arena;

static void
test_decode(void)
{
	struct form form = { 0 };
	struct str v = STR_NONE;
	struct err e;

	is_int(form_decode(arena,
		   STR("From=%2B1555&Name=A+B%26C&&"
		       "Empty=&Bare&To=a=b&u=%c3%a9"),
		   &form, &e),
	    ERR_OK, "a form");
	is_int((int64_t)form.n, 6, "empty pieces are skipped");
	is_str(form.params[0].name, "From", "in order");
	is_str(form.params[0].value, "+1555", "a plus that was escaped");
	is_str(form.params[1].value, "A B&C", "a space");
	ok(form.params[2].value.p != NULL && form.params[2].value.n == 0,
	    "an empty value is there");
	is_str(form.params[3].name, "Bare", "a name without '='");
	is_str(form.params[4].value, "a=b", "cut at the first '='");
	is_str(form.params[5].value, "\xc3\xa9", "UTF-8, small hex digits");
	is_int(form_get(&form, "From", &v, &e), ERR_OK, "found");
	is_str(v, "+1555", "its value");
	is_int(form_get(&form, "from", &v, &e), ERR_ABSENT, "case counts");
	is_int(form_decode(arena, STR_NONE, &form, &e), ERR_OK, "no body");
	is_int((int64_t)form.n, 0, "no parameters");
}

static void
test_twice(void)
{
	struct form form = { 0 };
	struct str v = STR_NONE;
	struct err e;

	is_int(form_decode(arena,
		   STR("From=%2B1&From=%2B2&To=3&To=3"
		       "&From%2B1=555"),
		   &form, &e),
	    ERR_OK, "names twice");
	is_int(form_get(&form, "From", &v, &e), ERR_CONFLICT,
	    "two values: none is chosen");
	ok(v.p == NULL && strstr(e.text, "+1") == NULL, "nor told");
	is_int(form_get(&form, "To", &v, &e), ERR_OK, "the same value twice");
	is_str(v, "3", "is that value");
}

static void
test_refused(void)
{
	static const char *const bad[] = { "a=%", "a=%4", "a=%zz", "a=%4g",
		"%=1", "a=1&b=%-1", "a=%00", "%00=a", "a=%ff", "a=%c3",
		"a=%ed%a0%80", "a=\xff" };
	struct form form = { 0 };
	struct err e;
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ok(form_decode(arena, str_of(bad[i]), &form, &e) == ERR_INPUT &&
			form.params == NULL,
		    "refused: %s", bad[i]);
	is_int(form_decode(arena, STR("a=\0"), &form, &e), ERR_INPUT,
	    "a raw NUL");
}

/* What Twilio sends: only the names that decide have to be text. */
static void
test_sent(void)
{
	static const char *const bad[] = { "From=%ff", "To=%c3", "CallSid=%00",
		"AccountSid=%ed%a0%80", "a=%", "a=%zz" };
	struct form form = { 0 };
	struct str v = STR_NONE;
	struct err e;
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		is_int(twilio_form_decode_sent(arena, str_of(bad[i]), &form,
			   &e),
		    ERR_INPUT, bad[i]);
	is_int(twilio_form_decode_sent(arena,
		   STR("From=%2B1555&CallerName=J%e9r&N%ff=1&Z=%00&Two=%ff"
		       "&Two=2&Z=%00"),
		   &form, &e),
	    ERR_OK, "others may be anything");
	is_int((int64_t)form.n, 7, "all are there, for the signature");
	is_str(form.params[1].value, "J\xe9r", "as they came");
	is_str(form.params[2].name, "N\xff", "names as well");
	is_int(form_get(&form, "CallerName", &v, &e), ERR_ABSENT,
	    "but not sent");
	is_int(form_get(&form, "Z", &v, &e), ERR_ABSENT, "nor a NUL");
	is_int(form_get(&form, "Two", &v, &e), ERR_OK,
	    "of two the one that is text");
	is_str(v, "2", "its value");
	ok(form_has(&form, "CallerName") && !form_has(&form, "Callername"),
	    "what is there can be asked");
}

static void
test_find(void)
{
	struct form form = { 0 };

	is_int(twilio_form_decode_sent(arena,
		   STR("a=1234&b=&c=1&c=2&d=%ff&e=5&e=5"), &form, NULL),
	    ERR_OK, "a form");
	is_str(form_find(&form, "a", 4), "1234", "an optional value");
	ok(form_find(&form, "a", 3).p == NULL, "too long: not sent");
	ok(form_find(&form, "b", 9).p == NULL, "empty");
	ok(form_find(&form, "c", 9).p == NULL, "two values");
	ok(form_find(&form, "d", 9).p == NULL, "no text");
	ok(form_find(&form, "z", 9).p == NULL, "not there");
	is_str(form_find(&form, "e", 9), "5", "one value twice");
}

static void
test_bounds(void)
{
	struct form form = { 0 };
	char *body = arena_alloc(arena, FORM_BYTES_MAX + 1);
	struct err e;
	size_t i;

	if (!ok(body != NULL, "a body"))
		return;
	for (i = 0; i < 201; i++)
		memcpy(body + 2 * i, "a&", 2);
	is_int(form_decode(arena, (struct str){ body, 400 }, &form, &e), ERR_OK,
	    "200 parameters");
	is_int(form_decode(arena, (struct str){ body, 402 }, &form, &e),
	    ERR_TOO_LARGE, "201 parameters");
	memset(body, 'x', FORM_BYTES_MAX + 1);
	is_int(form_decode(arena, (struct str){ body, FORM_BYTES_MAX }, &form,
		   &e),
	    ERR_OK, "64 KiB");
	is_int(form_decode(arena, (struct str){ body, FORM_BYTES_MAX + 1 },
		   &form, &e),
	    ERR_TOO_LARGE, "a byte more");
}

static void
test_json(void)
{
	static const char *const bad[] = { "", "[]", "\"x\"", "{\"a\":1",
		"{\"To\":\"1\",\"To\":\"1\"}", "{\"From\":null,\"From\":\"1\"}",
		"{\"From\":\"\\u0000\"}", "{\"CallSid\":\"\\ud83d\"}",
		"{\"AccountSid\":\"\xff\"}", "{\"To\":+1}", "a=1", "{",
		"{\"a\"", "{\"a\":}", "{\"a\":1,}", "{\"a\":[}]}",
		"{\"a\":[\"]}", "{\"a\":1}{", "{\"a\" 1}", "{a:1}",
		"{\"a\":1 \"b\":2}" };
	struct form form = { 0 };
	struct str v = STR_NONE, body = STR_NONE;
	struct buf b;
	struct err e;
	size_t i;

	is_int(twilio_form_decode_json(arena,
		   STR("{\"From\":\"+1 %41\","
		       "\"n\":12,\"t\":true,\"z\":null,\"o\":{\"From\":\"x\"}"
		       "}"),
		   &form, &e),
	    ERR_OK, "an object");
	is_int((int64_t)form.n, 3, "null and containers are left out");
	ok(form_get(&form, "From", &v, &e) == ERR_OK && str_is(v, "+1 %41"),
	    "text as it is");
	ok(form_get(&form, "n", &v, &e) == ERR_OK && str_is(v, "12"),
	    "a number");
	ok(form_get(&form, "t", &v, &e) == ERR_OK && str_is(v, "true"),
	    "a truth");
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		is_int(twilio_form_decode_json(arena, str_of(bad[i]), &form,
			   &e),
		    ERR_INPUT, bad[i]);
	is_int(twilio_form_decode_json(arena,
		   STR(" { \"Called\" : \"a\\u0000\" , \"x\":\"\\ud83d\","
		       "\"a\":\"1\",\"a\":\"2\",\"\\ud83d\":\"+2\","
		       "\"n\":1e999,\"o\":{\"a\":[{\"From\":\"}\"}]},\"z\":[],"
		       "\"\\u0046rom\":\"+1\" } "),
		   &form, &e),
	    ERR_OK, "what is not asked for costs nothing");
	ok(form_get(&form, "From", &v, &e) == ERR_OK && str_is(v, "+1"),
	    "a name is read before it is compared");
	ok(form_find(&form, "Called", 9).p == NULL && form_has(&form, "Called"),
	    "a text with a NUL: there, and not sent");
	ok(form_find(&form, "x", 9).p == NULL &&
		form_find(&form, "a", 9).p == NULL,
	    "half an emoji, two values: not sent");
	is_str(form_find(&form, "n", 9), "1e999", "a number as it is written");
	buf_init(&b, arena);
	for (i = 0; i < 30000; i++)
		buf_addc(&b, i == 0 ? '{' : '[');
	ok(buf_done(&b, &body, &e) == ERR_OK &&
		twilio_form_decode_json(arena, body, &form, &e) == ERR_INPUT,
	    "deep, and no object");
	buf_init(&b, arena);
	buf_adds(&b, "{\"a\":");
	for (i = 0; i < 60000; i++)
		buf_addc(&b, i < 30000 ? '[' : ']');
	buf_adds(&b, ",\"To\":\"+2\"}");
	ok(buf_done(&b, &body, &e) == ERR_OK &&
		twilio_form_decode_json(arena, body, &form, &e) == ERR_OK &&
		form_get(&form, "To", &v, &e) == ERR_OK,
	    "deep beside it");
	buf_init(&b, arena);
	for (i = 0; i < 201; i++)
		buf_addf(&b, "%c\"n%zu\":1", i == 0 ? '{' : ',', i);
	buf_addc(&b, '}');
	ok(buf_done(&b, &body, &e) == ERR_OK &&
		twilio_form_decode_json(arena, body, &form, &e) ==
		    ERR_TOO_LARGE,
	    "201 members");
}

static void
test_add(void)
{
	struct form form = { 0 };
	struct str text = STR_NONE;
	struct buf b;

	buf_init(&b, arena);
	form_add(&b, "From", STR("+1 555&=%"));
	form_add(&b, "Na me", STR("\xc3\xa9~-._*"));
	form_add(&b, "None", STR_NONE);
	ok(buf_done(&b, &text, NULL) == ERR_OK, "written");
	is_str(text, "From=%2B1%20555%26%3D%25&Na%20me=%C3%A9~-._%2A&None=",
	    "percent-encoded");
	ok(form_decode(arena, text, &form, NULL) == ERR_OK && form.n == 3 &&
		str_is(form.params[0].value, "+1 555&=%"),
	    "and read back");
}

int
main(void)
{
	if ((arena = arena_new(4 << 20)) == NULL)
		return (1);
	test_decode();
	test_twice();
	test_refused();
	test_sent();
	test_find();
	test_bounds();
	test_json();
	test_add();
	arena_free(arena);
	return (done());
}
