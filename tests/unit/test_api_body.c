/* api_body: what people send is brought to one form, or told what it lacks. */
#include "config.h"

#include "api/api_body.h"
#include "tap.h"

static struct arena *arena;

static const struct api_field fields[] = {
	{ "name", API_TEXT, 1, 5, API_REQUIRED, NULL },
	{ "note", API_TEXT, 0, 5, API_NULLABLE, NULL },
	{ "empty", API_TEXT, 0, 5, 0, NULL },
	{ "number", API_PHONE, 0, 0, 0, NULL },
	{ "on", API_BOOL, 0, 0, 0, NULL },
	{ "seconds", API_INT, 10, 600, 0, NULL },
	{ "owner", API_UUID, 0, 0, API_NULLABLE, NULL },
	{ "weekday", API_WEEKDAY, 0, 6, 0, NULL },
	{ "day", API_DATE, 0, 0, 0, NULL },
	{ "open", API_TIME, 0, 0, 0, NULL },
	{ "tags", API_TEXTS, 1, 4, 0, NULL },
	{ "kind", API_ENUM, 0, 0, 0, "one|two|three" },
	{ "extra", API_OBJECT, 0, 20, API_NULLABLE, NULL },
	{ "slug", API_SLUG, 0, 0, 0, NULL },
	{ "zone", API_TIMEZONE, 0, 0, 0, NULL },
	{ "language", API_LANGUAGE, 0, 0, 0, NULL },
};
#define FIELDS (sizeof(fields) / sizeof(fields[0]))

/* {what was sent, what comes out or what is complained about} */
struct sample {
	const char *body;
	const char *want;
};

static const struct sample good[] = {
	{ "{}", "{}" },
	{ "{\"name\":\" A \\n\"}", "{\"name\":\"A\"}" },
	{ "{\"name\":\"a\\r\\nb\\tc\"}", "{\"name\":\"a\\nb\\tc\"}" },
	{ "{\"name\":\"äöüß🦷\"}", "{\"name\":\"äöüß🦷\"}" },
	{ "{\"note\":null}", "{\"note\":null}" },
	{ "{\"note\":\"  \"}", "{\"note\":null}" },
	{ "{\"empty\":\" \"}", "{\"empty\":\"\"}" },
	{ "{\"number\":\"+1 (555) 111-1111\"}",
	    "{\"number\":\"+15551111111\"}" },
	{ "{\"on\":false}", "{\"on\":false}" },
	{ "{\"seconds\":10}", "{\"seconds\":10}" },
	{ "{\"seconds\":6e2}", "{\"seconds\":600}" },
	{ "{\"owner\":\"0190163d-8694-739b-aea5-966c26f8ad91\"}",
	    "{\"owner\":\"0190163d-8694-739b-aea5-966c26f8ad91\"}" },
	{ "{\"owner\":null}", "{\"owner\":null}" },
	{ "{\"weekday\":6}", "{\"weekday\":6}" },
	{ "{\"day\":\"2024-02-29\"}", "{\"day\":\"2024-02-29\"}" },
	{ "{\"open\":\"00:00\"}", "{\"open\":\"00:00\"}" },
	{ "{\"open\":\"24:00\"}", "{\"open\":\"24:00\"}" },
	{ "{\"tags\":[\" a\",\"\",\"b \"]}", "{\"tags\":[\"a\",\"b\"]}" },
	{ "{\"tags\":[]}", "{\"tags\":[]}" },
	{ "{\"kind\":\"three\"}", "{\"kind\":\"three\"}" },
	{ "{\"extra\":{\"a\":[1,null]}}", "{\"extra\":{\"a\":[1,null]}}" },
	{ "{\"slug\":\"a_9\"}", "{\"slug\":\"a_9\"}" },
	{ "{\"zone\":\"America/Argentina/Buenos_Aires\"}",
	    "{\"zone\":\"America/Argentina/Buenos_Aires\"}" },
	{ "{\"language\":\"es-MX\"}", "{\"language\":\"es-MX\"}" },
	{ "{\"language\":\"zh-Hant-TW\"}", "{\"language\":\"zh-Hant-TW\"}" },
};

static const struct sample bad[] = {
	{ "{\"name\":\"\"}", "name is required" },
	{ "{\"name\":null}", "name is required" },
	{ "{\"name\":\"\\u00a0\"}", "name is required" },
	{ "{\"name\":\"\\u200b\"}", "name is required" },
	{ "{\"name\":\" \\ufeff\\u3000\\n\\u2800\"}", "name is required" },
	{ "{\"name\":\"\\udb40\\udc20\"}", "name is required" },
	{ "{\"name\":7}", "name must be text" },
	{ "{\"name\":\"äöüß🦷x\"}", "name is longer than 5 characters" },
	{ "{\"name\":\"a\\u0001\"}",
	    "name holds a character that cannot be shown" },
	{ "{\"name\":\"a\\u0085\"}",
	    "name holds a character that cannot be shown" },
	{ "{\"name\":\"a\\rb\"}",
	    "name holds a character that cannot be shown" },
	{ "{\"number\":\"call me\"}",
	    "number must be a phone number such as +1 555 111 1111" },
	{ "{\"number\":\"+44 (0)20 7946 0018\"}",
	    "number was read as +442079460018; send that if it is meant" },
	{ "{\"number\":\"+1 555 111 1111 x12\"}",
	    "number was read as +15551111111; send that if it is meant" },
	{ "{\"number\":15551111111}",
	    "number must be a phone number such as +1 555 111 1111" },
	{ "{\"number\":\"+266 696 687\"}",
	    "number stands for a number that is withheld" },
	{ "{\"on\":\"true\"}", "on must be true or false" },
	{ "{\"on\":null}", "on is required" },
	{ "{\"seconds\":9}", "seconds must be a whole number from 10 to 600" },
	{ "{\"seconds\":10.5}",
	    "seconds must be a whole number from 10 to 600" },
	{ "{\"seconds\":\"10\"}",
	    "seconds must be a whole number from 10 to 600" },
	{ "{\"seconds\":1e300}",
	    "seconds must be a whole number from 10 to 600" },
	{ "{\"owner\":\"x\"}", "owner must be an id" },
	{ "{\"owner\":[]}", "owner must be an id" },
	{ "{\"weekday\":7}", "weekday must be a day from 0, Sunday, to 6" },
	{ "{\"day\":\"2026-02-29\"}", "day must be a date such as 2026-01-31" },
	{ "{\"day\":\"2100-02-29\"}", "day must be a date such as 2026-01-31" },
	{ "{\"day\":\"2026-13-01\"}", "day must be a date such as 2026-01-31" },
	{ "{\"day\":\"0000-01-01\"}", "day must be a date such as 2026-01-31" },
	{ "{\"open\":\"24:01\"}", "open must be a time such as 09:30" },
	{ "{\"open\":\"9:30\"}", "open must be a time such as 09:30" },
	{ "{\"open\":\"09:60\"}", "open must be a time such as 09:30" },
	{ "{\"tags\":\"a\"}", "tags must be a list of texts" },
	{ "{\"tags\":[null]}", "tags must be a list of texts" },
	{ "{\"tags\":[\"abcde\"]}", "tags is longer than 4 characters" },
	{ "{\"tags\":[\"a\",\"a\",\"a\",\"a\",\"a\",\"a\",\"a\",\"a\",\"a\","
	  "\"a\",\"a\",\"a\",\"a\",\"a\",\"a\",\"a\",\"a\",\"a\",\"a\",\"a\","
	  "\"a\"]}",
	    "tags holds more than 20 texts" },
	{ "{\"kind\":\"on\"}", "kind must be one, two or three" },
	{ "{\"kind\":\"one|two\"}", "kind must be one, two or three" },
	{ "{\"kind\":1}", "kind must be one, two or three" },
	{ "{\"extra\":[]}", "extra must be an object" },
	{ "{\"extra\":{\"a\":\"0123456789012\"}}", "extra is too large" },
	{ "{\"slug\":\"a\"}",
	    "slug must be 2 to 50 small letters, digits and _, a letter first" },
	{ "{\"slug\":\"9a\"}",
	    "slug must be 2 to 50 small letters, digits and _, a letter first" },
	{ "{\"zone\":\"-1\"}",
	    "zone must be a time zone such as America/New_York" },
	{ "{\"zone\":\"a b\"}",
	    "zone must be a time zone such as America/New_York" },
	{ "{\"language\":\"e\"}",
	    "language must be a language such as en or es-MX" },
	{ "{\"language\":\"en_US\"}",
	    "language must be a language such as en or es-MX" },
	{ "{\"language\":\"en-\"}",
	    "language must be a language such as en or es-MX" },
	{ "{\"Name\":\"a\"}", "Name is not a field of this" },
	{ "{\"user_id\":\"x\"}", "user_id is not a field of this" },
};

/* The first complaint as "field message"; "" when there is none. */
static const char *
first_complaint(const struct complaints *c)
{
	const struct json *one = json_first(json_get(c->root, "errors"));
	static char told[200];

	told[0] = '\0';
	if (one != NULL)
		(void)snprintf(told, sizeof(told), "%s %s",
		    json_str(json_get(one, "field")).p,
		    api_problem_message(arena, json_str(json_get(one, "code")),
			json_get(one, "params"))
			.p);
	return (told);
}

static enum err_code
read_body(const char *body, bool create, struct complaints *c,
    struct str *text_r)
{
	struct exchange x = { .arena = arena };
	struct err e;

	*text_r = STR_NONE;
	x.req.body = str_of(body);
	complaints_init(c, arena);
	return (api_body_read(&x, fields, FIELDS, create, c, text_r, &e));
}

static void
test_samples(void)
{
	struct complaints c;
	struct str text;

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		ok(read_body(good[i].body, false, &c, &text) == ERR_OK &&
			!c.any,
		    "%s is taken", good[i].body);
		is_str(text, good[i].want, "as it should be");
		arena_reset(arena);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		ok(read_body(bad[i].body, false, &c, &text) == ERR_OK && c.any,
		    "%s is not", bad[i].body);
		is_str(str_of(first_complaint(&c)), bad[i].want,
		    "and it is told");
		arena_reset(arena);
	}
}

static void
test_create(void)
{
	struct complaints c;
	struct str text;

	is_int(read_body("{}", true, &c, &text), ERR_OK, "a new one");
	is_str(str_of(first_complaint(&c)), "name is required", "wants a name");
	is_int(read_body("{\"name\":\"a\"}", true, &c, &text), ERR_OK, "with");
	ok(!c.any, "it is content");
	arena_reset(arena);
}

static void
test_no_object(void)
{
	static const char *const bodies[] = { "", "{", "[]", "null", "\"x\"",
		"{\"name\":\"a\",\"name\":\"b\"}", "{} {}",
		"{\"name\":\"\\u0000\"}", "{\"name\":\"\\ud800\"}" };
	struct complaints c;
	struct str text;

	for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
		is_int(read_body(bodies[i], false, &c, &text), ERR_INPUT,
		    bodies[i]);
		arena_reset(arena);
	}
}

static void
test_items(void)
{
	struct exchange x = { .arena = arena };
	const struct json *root, *item;
	struct json *out;
	struct complaints c;
	struct err e;

	x.req.body = STR("{\"data\":[{\"name\":\"\"},7]}");
	complaints_init(&c, arena);
	is_int(api_body_parse(&x, &root, &e), ERR_OK, "an object is");
	out = json_new_object(arena);
	item = json_first(json_get(root, "data"));
	api_body_check(arena, item, fields, FIELDS, true, "data[0].", &c, out);
	is_str(str_of(first_complaint(&c)), "data[0].name is required",
	    "an item's field");
	complaints_init(&c, arena);
	api_body_check(arena, json_next(item), fields, FIELDS, true, "data[1].",
	    &c, out);
	is_str(str_of(first_complaint(&c)), "data[1] must be an object",
	    "no item");
	arena_reset(arena);
}

int
main(void)
{
	arena = arena_new(1024 * 1024);
	test_samples();
	test_create();
	test_no_object();
	test_items();
	arena_free(arena);
	return (done());
}
