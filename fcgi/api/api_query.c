/*
 * Each kind of parameter is one function; all of them complain by name.
 */
#include "config.h"

#include "api/api_body.h"
#include "api/api_query.h"
#include "base/clock.h"
#include "io/id.h"

#define TIME_MAX_BYTES 40
#define OFFSET_MAX_HOURS 14

enum err_code
api_query_init(struct api_query *q, struct exchange *x, struct err *e)
{
	complaints_init(&q->complaints, x->arena);
	return (form_decode(x->arena, x->req.query, &q->form, e));
}

struct str
api_query_get(struct api_query *q, const char *name)
{
	struct str value;

	switch (form_get(&q->form, name, &value, NULL)) {
	case ERR_OK:
		return (value.n == 0 ? STR_NONE : value);
	case ERR_ABSENT:
		return (STR_NONE);
	default:
		(void)complain(&q->complaints, name, PROBLEM_GIVEN_TWICE);
		return (STR_NONE);
	}
}

struct str
api_query_text(struct api_query *q, const char *name, size_t most)
{
	struct str text = api_query_get(q, name);

	if (text.n <= most)
		return (text);
	(void)complain(&q->complaints, name, PROBLEM_TOO_MANY_BYTES);
	return (STR_NONE);
}

struct str
api_query_uuid(struct api_query *q, const char *name)
{
	struct str text = api_query_get(q, name);

	if (text.p == NULL || id_is_uuid(text))
		return (text);
	(void)complain(&q->complaints, name, PROBLEM_NOT_AN_ID);
	return (STR_NONE);
}

/*
 * A time that the database reads too: no year 0000, no part of a second that is
 * inserted, no absurd offset.
 */
static bool
is_time(struct str text)
{
	int64_t ms, hours;

	if (text.n > TIME_MAX_BYTES || str_starts(text, "0000") ||
	    str_starts(str_skip(text, sizeof("2026-01-31T09:00:") - 1),
		"60.") ||
	    clock_parse_rfc3339(text, &ms, NULL) != ERR_OK)
		return (false);
	if (text.p[text.n - 1] == 'Z' || text.p[text.n - 1] == 'z')
		return (true);
	return (str_parse_int(str_first(str_skip(text, text.n - 5), 2), 0,
		    OFFSET_MAX_HOURS, &hours, NULL) == ERR_OK);
}

struct str
api_query_time(struct api_query *q, const char *name)
{
	struct str text = api_query_get(q, name);

	if (text.p == NULL || is_time(text))
		return (text);
	(void)complain(&q->complaints, name, PROBLEM_NOT_A_MOMENT);
	return (STR_NONE);
}

static struct str
query_date(struct api_query *q, const char *name)
{
	struct str text = api_query_get(q, name);

	if (text.p == NULL || api_is_date(text))
		return (text);
	(void)complain(&q->complaints, name, PROBLEM_NOT_A_DATE);
	return (STR_NONE);
}

void
api_query_alone(struct api_query *q, const char *name, const char *other)
{
	json_add_str(complain(&q->complaints, name, PROBLEM_GIVEN_BESIDE),
	    "other", str_of(other));
}

void
api_query_span(struct api_query *q, struct api_span *span_r)
{
	struct api_span s = { .since = api_query_time(q, "since"),
		.until = api_query_time(q, "until"),
		.from = query_date(q, "from"),
		.to = query_date(q, "to") };

	if (s.since.p != NULL || s.until.p != NULL) {
		const char *other = s.since.p != NULL ? "since" : "until";
		if (s.from.p != NULL)
			api_query_alone(q, "from", other);
		if (s.to.p != NULL)
			api_query_alone(q, "to", other);
	}
	*span_r = s;
}

struct str
api_query_word(struct api_query *q, const char *name, const char *words)
{
	struct str text = api_query_get(q, name);

	if (text.p == NULL || str_is_one_of(text, words))
		return (text);
	complain_words(&q->complaints, name, words);
	return (STR_NONE);
}

int64_t
api_query_number(struct api_query *q, const char *name, int64_t most,
    int64_t fallback)
{
	struct str text = api_query_get(q, name);
	int64_t number = fallback;
	struct json *params;

	if (text.p == NULL ||
	    str_parse_int(text, 1, most, &number, NULL) == ERR_OK)
		return (number);
	params = complain(&q->complaints, name, PROBLEM_NOT_A_COUNT);
	json_add_number(params, "from", 1);
	json_add_number(params, "to", (double)most);
	return (fallback);
}

void
api_query_cursor(struct api_query *q, struct str *at_r, struct str *id_r)
{
	struct str text = api_query_get(q, "cursor");

	*at_r = *id_r = STR_NONE;
	if (text.p == NULL)
		return;
	*id_r = text;
	*at_r = str_cut(id_r, '_');
	if (id_is_uuid(*id_r) && is_time(*at_r))
		return;
	(void)complain(&q->complaints, "cursor", PROBLEM_NOT_A_CURSOR);
	*at_r = *id_r = STR_NONE;
}
