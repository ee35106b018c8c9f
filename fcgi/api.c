/*
 * Reading of the query, one field after the other; what is wrong with any of
 * them is told for all at once (422), before the database is asked.
 */
#include "config.h"

#include "api.h"
#include "call.h"
#include "clock.h"
#include "db_pool.h"
#include "id.h"
#include "json.h"

#define DB_MS 8000
#define LIMIT_DEFAULT 25
#define LIMIT_MOST 100
#define WORDS_MAX_BYTES 200
#define NUMBER_MAX_BYTES 128
#define TIME_MAX_BYTES 40
#define OFFSET_MAX_HOURS 14

/* What is wrong with a query: {field, message} each. */
struct complaints {
	struct json *root;
	struct json *list;
	bool any;
};

static void
complaints_init(struct complaints *c, struct arena *a)
{
	c->root = json_new_object(a);
	c->list = json_add_array(c->root, "errors");
	c->any = false;
}

static void
complain(struct complaints *c, const char *field, const char *message)
{
	struct json *one = json_push_object(c->list);

	json_add_str(one, "field", str_of(field));
	json_add_str(one, "message", str_of(message));
	c->any = true;
}

static enum err_code
answer_complaints(struct exchange *x, const struct complaints *c, struct err *e)
{
	struct json *o = json_new_object(x->arena);
	enum err_code code;
	struct str body;

	json_add_str(o, "type", STR("about:blank"));
	json_add_str(o, "title", STR("Unprocessable Content"));
	json_add_number(o, "status", 422);
	json_add_str(o, "request_id", str_of(x->req.id));
	json_add_copy(o, "errors", json_get(c->root, "errors"));
	if ((code = json_format(x->arena, o, &body, e)) != ERR_OK)
		return (code);
	response_set(&x->resp, 422, "application/problem+json", body);
	response_header(&x->resp, "Cache-Control", "private, no-store");
	return (ERR_OK);
}

/* Run the statement for the tenant and answer its one row's JSON. */
static enum err_code
answer_statement(struct exchange *x, enum statement st,
    const struct db_values *v, struct err *e)
{
	struct json *o = json_new_object(x->arena);
	const struct db_result *r;
	int64_t began = clock_mono_ms();
	struct str claims;
	enum err_code code;

	json_add_str(o, "sub", x->tenant);
	if ((code = json_format(x->arena, o, &claims, e)) != ERR_OK)
		return (code);
	code = db_pool_run(x->app->pool, x->arena, claims, false, st, v,
	    began + DB_MS, &r, e);
	x->db_ms = clock_mono_ms() - began;
	/* What the database refuses should have been refused here. */
	if (code == ERR_INPUT || code == ERR_CONFLICT || code == ERR_DENIED)
		return (e->code = ERR_BUG);
	if (code != ERR_OK)
		return (code);
	if (db_rows(r) == 0)
		return (err_set(e, ERR_ABSENT, "no such thing of this tenant"));
	response_set(&x->resp, 200, "application/json", db_str(r, 0, 0));
	response_header(&x->resp, "Cache-Control", "private, no-store");
	return (ERR_OK);
}

enum err_code
api_me(struct exchange *x, struct err *e)
{
	struct db_values v;

	db_values_init(&v, x->arena);
	return (answer_statement(x, STATEMENT_TENANT_ME, &v, e));
}

enum err_code
api_call(struct exchange *x, struct err *e)
{
	struct db_values v;

	/* What is no id at all is nobody's call either. */
	if (!id_is_uuid(x->path_id))
		return (err_set(e, ERR_ABSENT, "no such thing of this tenant"));
	db_values_init(&v, x->arena);
	db_bind_str(&v, x->path_id);
	return (answer_statement(x, STATEMENT_TENANT_CALL, &v, e));
}

/* The list ---------------------------------------------------------------- */

/* A parameter's value; STR_NONE when it is missing or empty. */
static struct str
query_get(const struct twilio_form *query, const char *name,
    struct complaints *c)
{
	struct str value;

	switch (twilio_form_get(query, name, &value, NULL)) {
	case ERR_OK:
		return (value.n == 0 ? STR_NONE : value);
	case ERR_ABSENT:
		return (STR_NONE);
	default:
		complain(c, name, "is given twice");
		return (STR_NONE);
	}
}

static int64_t
query_limit(const struct twilio_form *query, struct complaints *c)
{
	struct str text = query_get(query, "limit", c);
	int64_t limit = LIMIT_DEFAULT;

	if (text.p != NULL &&
	    str_parse_int(text, 1, LIMIT_MOST, &limit, NULL) != ERR_OK)
		complain(c, "limit", "must be a number from 1 to 100");
	return (limit);
}

/* A time that the database reads too: no year 0000, no absurd offset. */
static bool
is_time(struct str text)
{
	int64_t ms, hours;

	if (text.n > TIME_MAX_BYTES || str_starts(text, "0000") ||
	    clock_parse_rfc3339(text, &ms, NULL) != ERR_OK)
		return (false);
	if (text.p[text.n - 1] == 'Z' || text.p[text.n - 1] == 'z')
		return (true);
	return (str_parse_int(str_first(str_skip(text, text.n - 5), 2), 0,
		    OFFSET_MAX_HOURS, &hours, NULL) == ERR_OK);
}

static struct str
query_time(const struct twilio_form *query, const char *name,
    struct complaints *c)
{
	struct str text = query_get(query, name, c);

	if (text.p != NULL && !is_time(text)) {
		complain(c, name,
		    "must be a time such as "
		    "2026-01-31T09:00:00Z");
		return (STR_NONE);
	}
	return (text);
}

/* A cursor is the time and the id of the last call that was shown. */
static void
query_cursor(const struct twilio_form *query, struct str *at, struct str *id,
    struct complaints *c)
{
	struct str text = query_get(query, "cursor", c);

	*at = *id = STR_NONE;
	if (text.p == NULL)
		return;
	*id = text;
	*at = str_cut(id, '_');
	if (!id_is_uuid(*id) || !is_time(*at))
		complain(c, "cursor", "must be a next_cursor of this list");
}

static struct str
query_status(const struct twilio_form *query, struct complaints *c)
{
	struct str text = query_get(query, "status", c);

	if (text.p == NULL)
		return (text);
	for (int s = CALL_INITIATED; s < CALL_STATUSES; s++)
		if (str_is(text, call_status_text((enum call_status)s)))
			return (text);
	complain(c, "status", "must be a status of a call");
	return (STR_NONE);
}

static struct str
query_text(const struct twilio_form *query, const char *name, size_t most,
    struct complaints *c)
{
	struct str text = query_get(query, name, c);

	if (text.n > most)
		complain(c, name, "is too long");
	return (text);
}

enum err_code
api_calls(struct exchange *x, struct err *e)
{
	struct twilio_form query;
	struct complaints c;
	struct db_values v;
	struct str at, id;

	complaints_init(&c, x->arena);
	if (twilio_form_decode(x->arena, x->req.query, &query, e) != ERR_OK)
		return (e->code);
	db_values_init(&v, x->arena);
	db_bind_int(&v, query_limit(&query, &c));
	query_cursor(&query, &at, &id, &c);
	db_bind_str(&v, at);
	db_bind_str(&v, id);
	db_bind_str(&v, query_status(&query, &c));
	db_bind_str(&v, query_text(&query, "number", NUMBER_MAX_BYTES, &c));
	db_bind_str(&v, query_time(&query, "since", &c));
	db_bind_str(&v, query_time(&query, "until", &c));
	db_bind_str(&v, query_text(&query, "q", WORDS_MAX_BYTES, &c));
	if (c.any)
		return (answer_complaints(x, &c, e));
	return (answer_statement(x, STATEMENT_TENANT_CALLS, &v, e));
}
