/*
 * The tenant's calls: a page of the list, the list as a file, one call.
 */
#include "config.h"

#include <stdio.h>

#include "api/api.h"
#include "api/api_answer.h"
#include "api/api_body.h"
#include "api/api_filter.h"
#include "api/api_match.h"
#include "io/crypt.h"
#include "io/id.h"

#define LIMIT_DEFAULT 25
#define LIMIT_MOST 100
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

/* The list ---------------------------------------------------------------- */

/*
 * What was asked, for the audit: the names of what was given, and never the
 * words, which are people's. Another question is another line: so a digest.
 */
static enum err_code
name_question(struct arena *a, const struct api_filters *f, struct str cursor,
    struct str *named_r, struct err *e)
{
	struct crypt_digest digest;
	struct buf names, values;
	struct str text;
	enum err_code code;

	buf_init(&names, a);
	buf_init(&values, a);
	buf_add(&names, f->names);
	buf_add(&values, f->json);
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
    const struct api_filters *f, struct db_values *v)
{
	statement_tenant_calls(v, x->arena,
	    &(struct statement_tenant_calls){ .most = DB_NUMBER(p->most),
		.after_at = p->at,
		.after_id = p->id,
		.filters = f->json,
		.actor = acts(x) ? x->actor : STR_NONE,
		.action = f->searches ? STR("search_calls") : STR("list_calls"),
		.subject = p->question });
}

/* Who lists or searches as the clinic leaves a line; the clinic does not. */
enum err_code
api_calls(struct exchange *x, struct err *e)
{
	const struct db_result *r;
	struct page p = { .question = STR_NONE };
	struct api_filters f;
	struct db_values v;
	struct api_query q;
	enum err_code code;

	if (api_query_init(&q, x, e) != ERR_OK)
		return (e->code);
	p.most = api_query_number(&q, "limit", LIMIT_MOST, LIMIT_DEFAULT);
	api_query_cursor(&q, &p.at, &p.id);
	if ((code = api_filters_read(x, &q, &f, e)) != ERR_OK)
		return (code);
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
	struct api_filters filters;
	char at[CSV_TIME_SIZE]; /* the place that was reached */
	char id[ID_SIZE];
	bool begun;
	bool done;
};

/* The first page leaves the audit row. */
static void
take_csv_page(const struct csv *c, struct arena *a, struct db_values *v)
{
	bool first = !c->begun;

	statement_tenant_csv_page(v, a,
	    &(struct statement_tenant_csv_page){ .most = DB_NUMBER(CSV_ROWS),
		.after_at = first ? STR_NONE : str_of(c->at),
		.after_id = first ? STR_NONE : str_of(c->id),
		.filters = c->filters.json,
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
	if ((code = api_filters_read(x, &q, &c->filters, e)) != ERR_OK)
		return (code);
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
