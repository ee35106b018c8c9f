/*
 * The table of filters. A row's name is that of the query, of a field of
 * callward.call_filter, and of a parameter in doc/openapi.json.
 */
#include "config.h"

#include <assert.h>
#include <string.h>

#include "api/api_filter.h"
#include "api/api_phone.h"
#include "api/api_search.h"
#include "io/json.h"
#include "tenancy/call.h"

#define TEXT_MAX_BYTES 200
#define NUMBER_MAX_BYTES 128

struct filter {
	const char *name;
	struct str (*read)(struct api_query *, const struct filter *);
	const char *words; /* of filter_word: "a|b|c" */
	bool searches;	   /* as api_filters has it */
	bool becomes_term; /* sent as terms (api_search.h), not by its name */
};

static struct str
filter_status(struct api_query *q, const struct filter *f)
{
	struct str text = api_query_get(q, f->name);

	if (text.p == NULL)
		return (text);
	for (int s = CALL_INITIATED; s < CALL_STATUSES; s++)
		if (str_is(text, call_status_text((enum call_status)s)))
			return (text);
	(void)complain(&q->complaints, f->name, PROBLEM_NOT_A_CALL_STATUS);
	return (STR_NONE);
}

static struct str
filter_number(struct api_query *q, const struct filter *f)
{
	return (api_query_text(q, f->name, NUMBER_MAX_BYTES));
}

static struct str
filter_text(struct api_query *q, const struct filter *f)
{
	return (api_query_text(q, f->name, TEXT_MAX_BYTES));
}

static struct str
filter_word(struct api_query *q, const struct filter *f)
{
	return (api_query_word(q, f->name, f->words));
}

static struct str
filter_uuid(struct api_query *q, const struct filter *f)
{
	return (api_query_uuid(q, f->name));
}

static const struct filter filters[] = {
	{ "status", filter_status, NULL, false, false },
	{ "number", filter_number, NULL, true, true },
	{ "q", filter_text, NULL, true, true },
	{ "follow_up", filter_word, "none|open|in_progress|done|needed", false,
	    false },
	{ "outcome", filter_word, "answered|missed|after_hours|transferred",
	    false, false },
	{ "tag", filter_text, NULL, false, true },
	{ "intent", filter_text, NULL, false, true },
	{ "phone_number_id", filter_uuid, NULL, false, false },
};

#define FILTERS (sizeof(filters) / sizeof(filters[0]))

/* Where the value of a filter is read to. */
static struct str *
value_of(struct str *value, const char *name)
{
	size_t i = 0;

	while (i < FILTERS && strcmp(filters[i].name, name) != 0)
		i++;
	assert(i < FILTERS);
	return (&value[i]);
}

/* The filters that were given: as asked, and as sent to the database. */
struct given {
	struct json *asked, *sent;
	struct buf names;
};

static void
add(struct given *given, const char *name, bool sent, struct str value)
{
	if (value.p == NULL)
		return;
	json_add_str(given->asked, name, value);
	if (sent)
		json_add_str(given->sent, name, value);
	buf_addf(&given->names, "%s ", name);
}

/* A span is given by instants or by days; not by both. */
static void
add_span(struct given *given, struct api_query *q)
{
	struct api_span span;

	api_query_span(q, &span);
	add(given, "since", true, span.since);
	add(given, "until", true, span.until);
	add(given, "from", true, span.from);
	add(given, "to", true, span.to);
}

enum err_code
api_filters_read(struct exchange *x, struct api_query *q,
    struct api_filters *filters_r, struct err *e)
{
	struct arena *a = q->complaints.arena;
	struct given given = { json_new_object(a), json_new_object(a), { 0 } };
	struct api_search search;
	struct str value[FILTERS];
	enum err_code code;

	filters_r->searches = false;
	buf_init(&given.names, a);
	add_span(&given, q);
	for (size_t i = 0; i < FILTERS; i++)
		value[i] = filters[i].read(q, &filters[i]);
	if (!q->complaints.any &&
	    (code = api_phone_search(x, value_of(value, "number"),
		 value_of(value, "q"), e)) != ERR_OK)
		return (code);
	for (size_t i = 0; i < FILTERS; i++) {
		add(&given, filters[i].name, !filters[i].becomes_term,
		    value[i]);
		filters_r->searches |=
		    filters[i].searches && value[i].p != NULL;
	}
	search = (struct api_search){ .words = *value_of(value, "q"),
		.number = *value_of(value, "number"),
		.tag = *value_of(value, "tag"),
		.intent = *value_of(value, "intent") };
	if ((!q->complaints.any &&
		(code = api_search_add(x, &search, given.sent, e)) != ERR_OK) ||
	    (code = json_format(a, given.asked, &filters_r->asked, e)) !=
		ERR_OK ||
	    (code = json_format(a, given.sent, &filters_r->json, e)) != ERR_OK)
		return (code);
	return (buf_done(&given.names, &filters_r->names, e));
}
