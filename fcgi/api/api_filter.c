/*
 * The table of filters. A row's name is that of the query, of a field of
 * callward.call_filter, and of a parameter in doc/openapi.json.
 */
#include "config.h"

#include <assert.h>
#include <string.h>

#include "api/api_filter.h"
#include "api/api_phone.h"
#include "io/json.h"
#include "tenancy/call.h"

#define TEXT_MAX_BYTES 200
#define NUMBER_MAX_BYTES 128

struct filter {
	const char *name;
	struct str (*read)(struct api_query *, const struct filter *);
	const char *words; /* of filter_word: "a|b|c" */
	bool searches;	   /* as api_filters has it */
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
	{ "status", filter_status, NULL, false },
	{ "number", filter_number, NULL, true },
	{ "q", filter_text, NULL, true },
	{ "follow_up", filter_word, "none|open|in_progress|done|needed",
	    false },
	{ "outcome", filter_word, "answered|missed|after_hours|transferred",
	    false },
	{ "tag", filter_text, NULL, false },
	{ "intent", filter_text, NULL, false },
	{ "phone_number_id", filter_uuid, NULL, false },
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

static void
add(struct json *given, struct buf *names, const char *name, struct str value)
{
	if (value.p == NULL)
		return;
	json_add_str(given, name, value);
	buf_addf(names, "%s ", name);
}

enum err_code
api_filters_read(struct exchange *x, struct api_query *q,
    struct api_filters *filters_r, struct err *e)
{
	struct arena *a = q->complaints.arena;
	struct json *given = json_new_object(a);
	struct str value[FILTERS];
	struct api_span span;
	struct buf names;
	enum err_code code;

	filters_r->searches = false;
	buf_init(&names, a);
	/* of a time there are two kinds, and one is refused beside the other */
	api_query_span(q, &span);
	add(given, &names, "since", span.since);
	add(given, &names, "until", span.until);
	add(given, &names, "from", span.from);
	add(given, &names, "to", span.to);
	for (size_t i = 0; i < FILTERS; i++)
		value[i] = filters[i].read(q, &filters[i]);
	if (!q->complaints.any &&
	    (code = api_phone_search(x, value_of(value, "number"),
		 value_of(value, "q"), e)) != ERR_OK)
		return (code);
	for (size_t i = 0; i < FILTERS; i++) {
		add(given, &names, filters[i].name, value[i]);
		filters_r->searches |=
		    filters[i].searches && value[i].p != NULL;
	}
	if ((code = json_format(a, given, &filters_r->json, e)) != ERR_OK)
		return (code);
	return (buf_done(&names, &filters_r->names, e));
}
