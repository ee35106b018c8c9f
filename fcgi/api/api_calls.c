/*
 * The tenant's calls: a page of the list, the list as a file, one call.
 */
#include "config.h"

#include <stdio.h>

#include "api/api.h"
#include "api/api_answer.h"
#include "api/api_body.h"
#include "api/api_match.h"
#include "api/api_query.h"
#include "tenancy/call.h"
#include "io/crypt.h"
#include "io/id.h"
#include "tenancy/phone.h"

#define LIMIT_DEFAULT 25
#define LIMIT_MOST 100
#define WORDS_MAX_BYTES 200
#define NUMBER_MAX_BYTES 128
#define CSV_ROWS 1000
#define QUESTION_BYTES 8 /* of its digest */
#define CSV_TIME_SIZE 40

/* One call ---------------------------------------------------------------- */

enum err_code
api_call(struct exchange *x, struct err *e)
{
	const struct db_result *r;
	struct db_values v;
	enum err_code code;

	if (api_bind_id(x, &v, e) != ERR_OK)
		return (e->code);
	db_bind_str(&v, api_actor(x));
	if ((code = api_run(x, STATEMENT_TENANT_CALL, &v, true, &r, e)) !=
		ERR_OK ||
	    (code = api_answer_row(x, r, e)) != ERR_OK)
		return (code);
	return (api_match_tag(x, db_str(r, 0, 1), e));
}

enum err_code
api_call_change(struct exchange *x, struct err *e)
{
	static const struct api_field fields[] = {
		{ "follow_up_state", API_ENUM, 0, 0, 0,
		    "none|open|in_progress|done" },
		{ "follow_up_note", API_TEXT, 0, 1000, API_NULLABLE, NULL },
		{ "follow_up_by", API_TEXT, 0, 80, API_NULLABLE, NULL },
		{ "tags", API_TEXTS, 1, 40, 0, NULL },
		{ "notes", API_TEXT, 0, 4000, API_NULLABLE, NULL },
	};
	const struct db_result *r;
	struct complaints c;
	struct db_values v;
	struct str body, tags;
	enum err_code code;

	if (api_bind_id(x, &v, e) != ERR_OK ||
	    api_match_read(x, &tags, e) != ERR_OK)
		return (e->code);
	complaints_init(&c, x->arena);
	if (api_body_read(x, fields, sizeof(fields) / sizeof(fields[0]), false,
		&c, &body, e) != ERR_OK)
		return (e->code);
	if (c.any)
		return (answer_complaints(x, &c, e));
	db_bind_str(&v, body);
	db_bind_str(&v, tags);
	db_bind_str(&v, api_actor(x));
	if ((code = api_run(x, STATEMENT_TENANT_CALL_CHANGE, &v, true, &r,
		 e)) != ERR_OK ||
	    (code = api_answer_outcome(x, r, 200, e)) != ERR_OK)
		return (code);
	return (api_match_tag(x, db_str(r, 0, 2), e));
}

/* Filters ----------------------------------------------------------------- */

enum { FILTER_NUMBER = 1, FILTER_WORDS = 4, FILTERS = 12 };

/* In the order of the statements' parameters, after limit and cursor. */
static const char *const filter_names[FILTERS] = { "status", "number", "since",
	"until", "q", "follow_up", "outcome", "tag", "intent",
	"phone_number_id", "from", "to" };

struct filters {
	struct str value[FILTERS];
};

static struct str
query_status(struct api_query *q)
{
	struct str text = api_query_get(q, "status");

	if (text.p == NULL)
		return (text);
	for (int s = CALL_INITIATED; s < CALL_STATUSES; s++)
		if (str_is(text, call_status_text((enum call_status)s)))
			return (text);
	(void)complain(&q->complaints, "status", PROBLEM_NOT_A_CALL_STATUS);
	return (STR_NONE);
}

/* A number as people type it; what is none is compared as it is. */
static struct str
query_number(struct api_query *q, struct arena *a)
{
	struct str text = api_query_text(q, "number", NUMBER_MAX_BYTES);
	struct phone number;
	char *copy;

	if (phone_normalise(text, &number, NULL) != ERR_OK ||
	    (copy = str_dup(a, str_of(number.text))) == NULL)
		return (text);
	return (str_of(copy));
}

static void
read_filters(struct api_query *q, struct arena *a, struct filters *f)
{
	struct api_span s;
	size_t n = 0;

	api_query_span(q, &s);
	f->value[n++] = query_status(q);
	f->value[n++] = query_number(q, a);
	f->value[n++] = s.since;
	f->value[n++] = s.until;
	f->value[n++] = api_query_text(q, "q", WORDS_MAX_BYTES);
	f->value[n++] =
	    api_query_word(q, "follow_up", "none|open|in_progress|done|needed");
	f->value[n++] =
	    api_query_word(q, "outcome", "answered|missed|after_hours");
	f->value[n++] = api_query_text(q, "tag", WORDS_MAX_BYTES);
	f->value[n++] = api_query_text(q, "intent", WORDS_MAX_BYTES);
	f->value[n++] = api_query_uuid(q, "phone_number_id");
	f->value[n++] = s.from;
	f->value[n++] = s.to;
}

static void
bind_list(struct db_values *v, int64_t limit, struct str at, struct str id,
    const struct filters *f)
{
	db_bind_int(v, limit);
	db_bind_str(v, at);
	db_bind_str(v, id);
	for (size_t i = 0; i < FILTERS; i++)
		db_bind_str(v, f->value[i]);
}

/*
 * What was asked, for the audit: the names of what was given, and never the
 * words, which are people's. Another question is another line: so a digest.
 */
static enum err_code
name_question(struct arena *a, const struct filters *f, struct str cursor,
    struct str *named_r, struct err *e)
{
	struct crypt_digest digest;
	struct buf names, values;
	struct str text;
	enum err_code code;

	buf_init(&names, a);
	buf_init(&values, a);
	for (size_t i = 0; i < FILTERS; i++) {
		if (f->value[i].p != NULL)
			buf_addf(&names, "%s ", filter_names[i]);
		buf_addf(&values, "%zu:", f->value[i].n);
		buf_add(&values, f->value[i]);
	}
	if (cursor.p != NULL)
		buf_adds(&names, "cursor ");
	buf_add(&values, cursor);
	if ((code = buf_done(&values, &text, e)) != ERR_OK ||
	    (code = crypt_digest(CRYPT_SHA256, text, &digest, e)) != ERR_OK ||
	    (code = crypt_hex(a,
		 (struct str){ (char *)digest.p, QUESTION_BYTES }, &text, e)) !=
		ERR_OK)
		return (code);
	buf_addc(&names, '#');
	buf_add(&names, text);
	return (buf_done(&names, named_r, e));
}

/* Is somebody else at work in the clinic's name? */
static bool
acts(const struct exchange *x)
{
	return (x->actor.p != NULL && !str_eq(x->actor, x->tenant));
}

/* Who lists or searches as the clinic leaves a line; the clinic does not. */
static enum err_code
bind_audit(const struct exchange *x, struct db_values *v,
    const struct filters *f, struct str cursor, struct err *e)
{
	bool searches = f->value[FILTER_WORDS].p != NULL ||
	    f->value[FILTER_NUMBER].p != NULL;
	struct str question = STR_NONE;
	enum err_code code;

	if (acts(x) &&
	    (code = name_question(x->arena, f, cursor, &question, e)) != ERR_OK)
		return (code);
	db_bind_str(v, acts(x) ? x->actor : STR_NONE);
	db_bind_text(v, searches ? "search_calls" : "list_calls");
	db_bind_str(v, question);
	return (ERR_OK);
}

enum err_code
api_calls(struct exchange *x, struct err *e)
{
	const struct db_result *r;
	struct filters f;
	struct db_values v;
	struct api_query q;
	struct str at, id;
	enum err_code code;
	int64_t limit;

	if (api_query_init(&q, x, e) != ERR_OK)
		return (e->code);
	limit = api_query_number(&q, "limit", LIMIT_MOST, LIMIT_DEFAULT);
	api_query_cursor(&q, &at, &id);
	read_filters(&q, x->arena, &f);
	if (q.complaints.any)
		return (answer_complaints(x, &q.complaints, e));
	db_values_init(&v, x->arena);
	bind_list(&v, limit, at, id, &f);
	if ((code = bind_audit(x, &v, &f, id, e)) != ERR_OK ||
	    (code = api_run(x, STATEMENT_TENANT_CALLS, &v, acts(x), &r, e)) !=
		ERR_OK)
		return (code);
	return (api_answer_row(x, r, e));
}

/* The list as a file ------------------------------------------------------ */

/* Where an export stands. */
struct csv {
	struct exchange *x;
	struct filters filters;
	char at[CSV_TIME_SIZE]; /* the place that was reached */
	char id[ID_SIZE];
	bool begun;
	bool done;
};

/* The next page; the first one leaves the audit row. */
static enum err_code
read_csv_page(struct csv *c, struct arena *a, int64_t deadline_ms,
    struct str *rows_r, struct err *e)
{
	bool first = !c->begun;
	const struct db_result *r;
	struct db_values v;
	enum err_code code;
	struct str at, id;

	db_values_init(&v, a);
	bind_list(&v, CSV_ROWS, first ? STR_NONE : str_of(c->at),
	    first ? STR_NONE : str_of(c->id), &c->filters);
	db_bind_str(&v, first ? api_actor(c->x) : STR_NONE);
	if ((code = api_run_in(c->x, a, STATEMENT_TENANT_CSV_PAGE, &v, first,
		 deadline_ms, &r, e)) != ERR_OK)
		return (code);
	at = db_str(r, 0, 1);
	id = db_str(r, 0, 2);
	c->begun = true;
	c->done = db_bool(r, 0, 3);
	(void)snprintf(c->at, sizeof(c->at), "%.*s", (int)at.n,
	    at.p == NULL ? "" : at.p);
	(void)snprintf(c->id, sizeof(c->id), "%.*s", (int)id.n,
	    id.p == NULL ? "" : id.p);
	*rows_r = db_str(r, 0, 0);
	return (ERR_OK);
}

/*
 * The first piece has the names of the columns. A page may be empty where there
 * is much to look at: then the next ones belong to the same piece.
 */
static enum err_code
produce_csv(void *ctx, struct arena *a, int64_t deadline_ms,
    struct str *piece_r, struct err *e)
{
	static const char names[] =
	    "id,created_at,status,caller_phone_number,assistant_phone_number,"
	    "duration_seconds,ended_reason,after_hours,intent,"
	    "success_evaluation,summary,follow_up_state,tags,notes,cost_usd,"
	    "is_test\r\n";
	struct csv *c = ctx;
	bool first = !c->begun;
	enum err_code code = ERR_OK;
	struct buf b;

	*piece_r = STR("");
	do {
		if (c->done)
			return (ERR_OK);
		arena_reset(a);
		code = read_csv_page(c, a, deadline_ms, piece_r, e);
	} while (code == ERR_OK && !first && piece_r->n == 0);
	if (code != ERR_OK || !first)
		return (code);
	buf_init(&b, a);
	buf_adds(&b, names);
	buf_add(&b, *piece_r);
	return (buf_done(&b, piece_r, e));
}

enum err_code
api_calls_csv(struct exchange *x, struct err *e)
{
	struct csv *c = arena_alloc(x->arena, sizeof(*c));
	struct api_query q;
	enum err_code code;

	if (c == NULL)
		return (err_set(e, ERR_TOO_LARGE, "no memory"));
	if (api_query_init(&q, x, e) != ERR_OK)
		return (e->code);
	c->x = x;
	read_filters(&q, x->arena, &c->filters);
	if (q.complaints.any)
		return (answer_complaints(x, &q.complaints, e));
	if ((code = admission_hold(x, e)) != ERR_OK)
		return (code);
	response_stream(&x->resp, 200, "text/csv; charset=utf-8", -1,
	    produce_csv, c);
	response_header(&x->resp, "Content-Disposition",
	    "attachment; filename=\"calls.csv\"");
	response_header(&x->resp, "Cache-Control", "private, no-store");
	return (ERR_OK);
}
