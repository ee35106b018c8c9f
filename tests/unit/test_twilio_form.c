/* twilio_form: decoded once, kept in order, nothing guessed. */
#include "config.h"

#include "tap.h"
#include "twilio_form.h"

static struct arena *arena;

static void
test_decode(void)
{
	struct twilio_form form = { 0 };
	struct str v = STR_NONE;
	struct err e;

	is_int(twilio_form_decode(arena,
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
	is_int(twilio_form_get(&form, "From", &v, &e), ERR_OK, "found");
	is_str(v, "+1555", "its value");
	is_int(twilio_form_get(&form, "from", &v, &e), ERR_ABSENT,
	    "case counts");
	is_int(twilio_form_decode(arena, STR_NONE, &form, &e), ERR_OK,
	    "no body");
	is_int((int64_t)form.n, 0, "no parameters");
}

static void
test_twice(void)
{
	struct twilio_form form = { 0 };
	struct str v = STR_NONE;
	struct err e;

	is_int(twilio_form_decode(arena,
		   STR("From=%2B1&From=%2B2&To=3&To=3"
		       "&From%2B1=555"),
		   &form, &e),
	    ERR_OK, "names twice");
	is_int(twilio_form_get(&form, "From", &v, &e), ERR_CONFLICT,
	    "two values: none is chosen");
	ok(v.p == NULL && strstr(e.text, "+1") == NULL, "nor told");
	is_int(twilio_form_get(&form, "To", &v, &e), ERR_OK,
	    "the same value twice");
	is_str(v, "3", "is that value");
}

static void
test_refused(void)
{
	static const char *const bad[] = { "a=%", "a=%4", "a=%zz", "a=%4g",
		"%=1", "a=1&b=%-1", "a=%00", "%00=a", "a=%ff", "a=%c3",
		"a=%ed%a0%80", "a=\xff" };
	struct twilio_form form = { 0 };
	struct err e;
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ok(twilio_form_decode(arena, str_of(bad[i]), &form, &e) ==
			    ERR_INPUT &&
			form.params == NULL,
		    "refused: %s", bad[i]);
	is_int(twilio_form_decode(arena, STR("a=\0"), &form, &e), ERR_INPUT,
	    "a raw NUL");
}

static void
test_bounds(void)
{
	struct twilio_form form = { 0 };
	char *body = arena_alloc(arena, TWILIO_FORM_BYTES_MAX + 1);
	struct err e;
	size_t i;

	if (!ok(body != NULL, "a body"))
		return;
	for (i = 0; i < 201; i++)
		memcpy(body + 2 * i, "a&", 2);
	is_int(twilio_form_decode(arena, (struct str){ body, 400 }, &form, &e),
	    ERR_OK, "200 parameters");
	is_int(twilio_form_decode(arena, (struct str){ body, 402 }, &form, &e),
	    ERR_TOO_LARGE, "201 parameters");
	memset(body, 'x', TWILIO_FORM_BYTES_MAX + 1);
	is_int(twilio_form_decode(arena,
		   (struct str){ body, TWILIO_FORM_BYTES_MAX }, &form, &e),
	    ERR_OK, "64 KiB");
	is_int(twilio_form_decode(arena,
		   (struct str){ body, TWILIO_FORM_BYTES_MAX + 1 }, &form, &e),
	    ERR_TOO_LARGE, "a byte more");
}

static void
test_json(void)
{
	static const char *const bad[] = { "", "[]", "\"x\"", "{\"a\":1",
		"{\"a\":\"1\",\"a\":\"2\"}", "{\"a\":\"\\u0000\"}", "a=1" };
	struct twilio_form form = { 0 };
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
	ok(twilio_form_get(&form, "From", &v, &e) == ERR_OK &&
		str_is(v, "+1 %41"),
	    "text as it is");
	ok(twilio_form_get(&form, "n", &v, &e) == ERR_OK && str_is(v, "12"),
	    "a number");
	ok(twilio_form_get(&form, "t", &v, &e) == ERR_OK && str_is(v, "true"),
	    "a truth");
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		is_int(twilio_form_decode_json(arena, str_of(bad[i]), &form,
			   &e),
		    ERR_INPUT, bad[i]);
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
	struct twilio_form form = { 0 };
	struct str text = STR_NONE;
	struct buf b;

	buf_init(&b, arena);
	twilio_form_add(&b, "From", STR("+1 555&=%"));
	twilio_form_add(&b, "Na me", STR("\xc3\xa9~-._*"));
	twilio_form_add(&b, "None", STR_NONE);
	ok(buf_done(&b, &text, NULL) == ERR_OK, "written");
	is_str(text, "From=%2B1%20555%26%3D%25&Na%20me=%C3%A9~-._%2A&None=",
	    "percent-encoded");
	ok(twilio_form_decode(arena, text, &form, NULL) == ERR_OK &&
		form.n == 3 && str_is(form.params[0].value, "+1 555&=%"),
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
	test_bounds();
	test_json();
	test_add();
	arena_free(arena);
	return (done());
}
