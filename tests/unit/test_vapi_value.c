/*
 * What is read of a report, wherever it stands and however it is written: each
 * row of tests/data/vapi-values.tsv, and the table itself.
 */
#include "config.h"

#include "tap.h"
#include "told.h"
#include "io/json.h"
#include "vapi/vapi_message.h"
#include "vapi/vapi_raw.h"
#include "vapi/vapi_value.h"
#include "vapi/vapi_within.h"

#define LINE_BYTES 16384

static struct arena *arena;

static struct str
format(const struct json *value)
{
	struct str text = STR_NONE;

	return (
	    json_format(arena, value, &text, NULL) == ERR_OK ? text : STR_NONE);
}

/* A column or a detail as JSON, or a member of the event. */
static const struct json *
value_of(const struct tenancy_event *ev, const char *name)
{
	const struct json *root = NULL, *value;
	struct json *object;
	struct str own;

	if (ev->told.p != NULL &&
	    json_parse(arena, ev->told, &root, NULL) != ERR_OK)
		ok(false, "what is told is JSON");
	if ((value = json_get(root, name)) != NULL ||
	    (value = json_get(json_get(root, "details"), name)) != NULL)
		return (value);
	if ((own = told(ev, name)).p == NULL)
		return (NULL);
	if (json_raw_kind(own) >= JSON_RAW_ARRAY)
		return (json_parse(arena, own, &value, NULL) == ERR_OK ? value :
									 NULL);
	object = json_new_object(arena);
	json_add_str(object, "text", own);
	return (json_get(object, "text"));
}

static bool
is_same(const struct json *got, const struct json *want)
{
	double difference;

	if (got == NULL)
		return (json_is_null(want));
	if (!json_is_number(got) || !json_is_number(want))
		return (str_eq(format(got), format(want)));
	difference = json_number(got, 0) - json_number(want, 0);
	return (difference < 1e-9 && difference > -1e-9);
}

static void
test_row(const struct str row[3])
{
	struct vapi_message m = { 0 };
	const struct json *want;
	struct err e = { 0 };
	struct str text;
	struct buf b;

	buf_init(&b, arena);
	buf_adds(&b, "{\"message\":{\"type\":\"end-of-call-report\",");
	buf_add(&b, str_skip(row[1], 1));
	buf_addc(&b, '}');
	if (!ok(buf_done(&b, &text, &e) == ERR_OK &&
		    vapi_message_read(arena, text, &m, &e) == ERR_OK &&
		    json_parse(arena, row[2], &want, &e) == ERR_OK,
		"%s: is read", row[0].p)) {
		printf("# %s\n", e.text);
		return;
	}
	for (want = json_first(want); want != NULL; want = json_next(want)) {
		const char *name = json_name(want).p;
		const struct json *got = value_of(&m.event, name);

		if (!ok(is_same(got, want), "%s: %s", row[0].p, name))
			printf("#  got: %s\n# want: %s\n",
			    got == NULL ? "nothing" : format(got).p,
			    format(want).p);
	}
}

static void
test_rows(void)
{
	static char line[LINE_BYTES];
	FILE *f = open_data("vapi-values.tsv");
	struct str row[3];
	int n = 0;

	for (; read_row(f, line, sizeof(line), row, 3) == 3; n++) {
		test_row(row);
		arena_reset(arena);
	}
	(void)fclose(f);
	ok(n >= 150, "%d rows were read", n);
}

/* What of outputs stands behind 256 KiB of them is not seen. */
static void
test_outputs_bytes(void)
{
	static const char summary[] =
	    "\"b\":{\"name\":\"Summary\",\"result\":\"Booked.\"}";
	struct vapi_message m = { 0 };
	struct str text = STR_NONE;
	struct err e = { 0 };
	struct buf b;

	for (int before = 0; before < 2; before++) {
		arena_reset(arena);
		buf_init(&b, arena);
		buf_adds(&b,
		    "{\"message\":{\"type\":\"end-of-call-report\","
		    "\"artifact\":{\"structuredOutputs\":{");
		buf_addf(&b, "%s%s\"a\":{\"name\":\"x\",\"result\":\"",
		    before ? summary : "", before ? "," : "");
		for (size_t i = 0; i < VAPI_OUTPUTS_BYTES; i++)
			buf_addc(&b, 'x');
		buf_addf(&b, "\"}%s%s}}}}", before ? "" : ",",
		    before ? "" : summary);
		ok(buf_done(&b, &text, &e) == ERR_OK &&
			vapi_message_read(arena, text, &m, &e) == ERR_OK,
		    "outputs of 256 KiB");
		is_str(m.event.summary, before ? "Booked." : NULL,
		    before ? "what stands in front of them is read" :
			     "what stands behind is not");
		is_str(m.event.details, "{\"left_out\":[\"structured_data\"]}",
		    "which is told");
		is_str(m.event.structured_data,
		    before ? "{\"Summary\":\"Booked.\"}" : NULL,
		    "what was seen is kept");
	}
}

/* A value has a form and a place, and all of them find room. */
static void
test_table(void)
{
	size_t n = 0;

	for (size_t i = 0; i < vapi_values_n; i++) {
		const struct vapi_value *v = &vapi_values[i];
		struct str rest = str_of(v->places);
		struct vapi_place place;
		size_t before = n;

		for (; vapi_place_next(&rest, &place); n++)
			if (place.path.n == 0)
				ok(false, "%s: an empty place", v->name);
		ok(v->form != VAPI_FORM_NONE && v->form < VAPI_FORMS &&
			n > before &&
			(v->kept == VAPI_KEPT_EVENT) == (v->event != 0),
		    "%s: form, places and where it is kept", v->name);
	}
	ok(n <= VAPI_RAW_PLACES, "%zu places", n);
}

int
main(void)
{
	if ((arena = arena_new(16 << 20)) == NULL)
		return (1);
	test_table();
	test_rows();
	test_outputs_bytes();
	arena_free(arena);
	return (done());
}
