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

	if (api_check_id(x, e) != ERR_OK)
		return (e->code);
	statement_tenant_call(&v, x->arena,
	    &(struct statement_tenant_call){ .id = x->path_id,
		.actor = api_actor(x) });
	if ((code = api_run(x, &v, true, &r, e)) != ERR_OK ||
	    (code = api_answer_row(x, r, e)) != ERR_OK)
		return (code);
	return (api_match_tag(x, db_str(r, 0, TENANT_CALL_ETAG), e));
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

	if (api_check_id(x, e) != ERR_OK ||
	    api_match_read(x, &tags, e) != ERR_OK)
		return (e->code);
	complaints_init(&c, x->arena);
	if (api_body_read(x, fields, sizeof(fields) / sizeof(fields[0]), false,
		&c, &body, e) != ERR_OK)
		return (e->code);
	if (c.any)
		return (answer_complaints(x, &c, e));
	statement_tenant_call_change(&v, x->arena,
	    &(struct statement_tenant_call_change){ .call_id = x->path_id,
		.body = body,
		.if_match = tags,
		.actor = api_actor(x) });
	if ((code = api_run(x, &v, true, &r, e)) != ERR_OK ||
	    (code = api_answer_outcome(x, r, 200, e)) != ERR_OK)
		return (code);
	return (api_match_tag(x, db_str(r, 0, TENANT_CALL_CHANGE_ETAG), e));
}

/* Filters ----------------------------------------------------------------- */

enum filter {
	FILTER_STATUS,
	FILTER_NUMBER,
	FILTER_SINCE,
	FILTER_UNTIL,
	FILTER_WORDS,
	FILTER_FOLLOW_UP,
	FILTER_OUTCOME,
	FILTER_TAG,
	FILTER_INTENT,
	FILTER_NUMBER_ID,
	FILTER_FROM,
	FILTER_TO,
	FILTERS
};

/* As the query names them. */
static const char *const filter_names[FILTERS] = {
	[FILTER_STATUS] = "status",
	[FILTER_NUMBER] = "number",
	[FILTER_SINCE] = "since",
	[FILTER_UNTIL] = "until",
	[FILTER_WORDS] = "q",
	[FILTER_FOLLOW_UP] = "follow_up",
	[FILTER_OUTCOME] = "outcome",
	[FILTER_TAG] = "tag",
	[FILTER_INTENT] = "intent",
	[FILTER_NUMBER_ID] = "phone_number_id",
	[FILTER_FROM] = "from",
	[FILTER_TO] = "to",
};

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
	struct str *value = f->value;
	struct api_span s;

	api_query_span(q, &s);
	value[FILTER_STATUS] = query_status(q);
	value[FILTER_NUMBER] = query_number(q, a);
	value[FILTER_SINCE] = s.since;
	value[FILTER_UNTIL] = s.until;
	value[FILTER_WORDS] = api_query_text(q, "q", WORDS_MAX_BYTES);
	value[FILTER_FOLLOW_UP] =
	    api_query_word(q, "follow_up", "none|open|in_progress|done|needed");
	value[FILTER_OUTCOME] =
	    api_query_word(q, "outcome", "answered|missed|after_hours");
	value[FILTER_TAG] = api_query_text(q, "tag", WORDS_MAX_BYTES);
	value[FILTER_INTENT] = api_query_text(q, "intent", WORDS_MAX_BYTES);
	value[FILTER_NUMBER_ID] = api_query_uuid(q, "phone_number_id");
	value[FILTER_FROM] = s.from;
	value[FILTER_TO] = s.to;
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

/* Which page of the list, and what is noted of the asking. */
struct page {
	struct str at, id; /* behind this call */
	int64_t most;
	struct str question; /* STR_NONE: nothing is noted */
};

static void
take_page(const struct exchange *x, const struct page *p,
    const struct filters *f, struct db_values *v)
{
	const struct str *value = f->value;
	bool searches =
	    value[FILTER_WORDS].p != NULL || value[FILTER_NUMBER].p != NULL;

	statement_tenant_calls(v, x->arena,
	    &(struct statement_tenant_calls){ .most = DB_NUMBER(p->most),
		.after_at = p->at,
		.after_id = p->id,
		.status = value[FILTER_STATUS],
		.number = value[FILTER_NUMBER],
		.since = value[FILTER_SINCE],
		.until = value[FILTER_UNTIL],
		.words = value[FILTER_WORDS],
		.follow_up = value[FILTER_FOLLOW_UP],
		.outcome = value[FILTER_OUTCOME],
		.tag = value[FILTER_TAG],
		.intent = value[FILTER_INTENT],
		.phone_number_id = value[FILTER_NUMBER_ID],
		.first_day = value[FILTER_FROM],
		.last_day = value[FILTER_TO],
		.actor = acts(x) ? x->actor : STR_NONE,
		.action = searches ? STR("search_calls") : STR("list_calls"),
		.subject = p->question });
}

/* Who lists or searches as the clinic leaves a line; the clinic does not. */
enum err_code
api_calls(struct exchange *x, struct err *e)
{
	const struct db_result *r;
	struct page p = { .question = STR_NONE };
	struct filters f;
	struct db_values v;
	struct api_query q;
	enum err_code code;

	if (api_query_init(&q, x, e) != ERR_OK)
		return (e->code);
	p.most = api_query_number(&q, "limit", LIMIT_MOST, LIMIT_DEFAULT);
	api_query_cursor(&q, &p.at, &p.id);
	read_filters(&q, x->arena, &f);
	if (q.complaints.any)
		return (answer_complaints(x, &q.complaints, e));
	if (acts(x) &&
	    (code = name_question(x->arena, &f, p.id, &p.question, e)) !=
		ERR_OK)
		return (code);
	take_page(x, &p, &f, &v);
	if ((code = api_run(x, &v, acts(x), &r, e)) != ERR_OK)
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

/* The first page leaves the audit row. */
static void
take_csv_page(const struct csv *c, struct arena *a, struct db_values *v)
{
	const struct str *value = c->filters.value;
	bool first = !c->begun;

	statement_tenant_csv_page(v, a,
	    &(struct statement_tenant_csv_page){ .most = DB_NUMBER(CSV_ROWS),
		.after_at = first ? STR_NONE : str_of(c->at),
		.after_id = first ? STR_NONE : str_of(c->id),
		.status = value[FILTER_STATUS],
		.number = value[FILTER_NUMBER],
		.since = value[FILTER_SINCE],
		.until = value[FILTER_UNTIL],
		.words = value[FILTER_WORDS],
		.follow_up = value[FILTER_FOLLOW_UP],
		.outcome = value[FILTER_OUTCOME],
		.tag = value[FILTER_TAG],
		.intent = value[FILTER_INTENT],
		.phone_number_id = value[FILTER_NUMBER_ID],
		.first_day = value[FILTER_FROM],
		.last_day = value[FILTER_TO],
		.actor = first ? api_actor(c->x) : STR_NONE });
}

static enum err_code
read_csv_page(struct csv *c, struct arena *a, int64_t deadline_ms,
    struct str *rows_r, struct err *e)
{
	const struct db_result *r;
	struct db_values v;
	enum err_code code;
	struct str at, id;

	take_csv_page(c, a, &v);
	if ((code = api_run_in(c->x, a, &v, !c->begun, deadline_ms, &r, e)) !=
	    ERR_OK)
		return (code);
	at = db_str(r, 0, TENANT_CSV_PAGE_LAST_AT);
	id = db_str(r, 0, TENANT_CSV_PAGE_LAST_ID);
	c->begun = true;
	c->done = db_bool(r, 0, TENANT_CSV_PAGE_DONE);
	(void)snprintf(c->at, sizeof(c->at), "%.*s", (int)at.n,
	    at.p == NULL ? "" : at.p);
	(void)snprintf(c->id, sizeof(c->id), "%.*s", (int)id.n,
	    id.p == NULL ? "" : id.p);
	*rows_r = db_str(r, 0, TENANT_CSV_PAGE_ROWS);
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
