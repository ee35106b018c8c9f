/*
 * The tenant's calls: a page of the list, and one call.
 */
#include "config.h"

#include "api/api.h"
#include "api/api_answer.h"
#include "api/api_body.h"
#include "api/api_filter.h"
#include "api/api_match.h"
#include "io/crypt.h"
#include "io/id.h"

#define LIMIT_DEFAULT 25
#define LIMIT_MOST 100
#define QUESTION_BYTES 8 /* of its digest */

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
		.actor = x->actor });
	if ((code = api_run(x, &v, true, &r, e)) != ERR_OK ||
	    (code = api_answer_row(x, r, e)) != ERR_OK)
		return (code);
	api_note(x, STR("read_call"), x->path_id);
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
		{ "follow_up_by_id", API_TEXT, 1, 64, API_NULLABLE, NULL },
		{ "tags", API_TEXTS, 1, 40, 0, NULL },
		{ "notes", API_TEXT, 0, 4000, API_NULLABLE, NULL },
	};
	const struct db_result *r;
	struct db_values v;
	struct str body, tags;
	enum err_code code;

	if (api_check_id(x, e) != ERR_OK ||
	    api_match_read(x, &tags, e) != ERR_OK)
		return (e->code);
	if ((code = api_body_take(x, fields, sizeof(fields) / sizeof(fields[0]),
		 false, &body, e)) != ERR_OK ||
	    body.p == NULL)
		return (code);
	statement_tenant_call_change(&v, x->arena,
	    &(struct statement_tenant_call_change){ .call_id = x->path_id,
		.body = body,
		.if_match = tags,
		.actor = x->actor });
	if ((code = api_run(x, &v, true, &r, e)) != ERR_OK ||
	    (code = api_answer_outcome(x, r, 200, e)) != ERR_OK)
		return (code);
	return (api_match_tag(x, db_str(r, 0, TENANT_CALL_CHANGE_ETAG), e));
}

/* The list ---------------------------------------------------------------- */

/*
 * What was asked, for the audit: the names of the filters, and never their
 * values, which may name people. A digest tells two questions apart; it has a
 * key, since without one a reader of the audit could try all numbers.
 */
static enum err_code
name_question(const struct exchange *x, const struct api_filters *f,
    struct str cursor, struct str *named_r, struct err *e)
{
	const struct str key = { (const char *)x->app->keys.row[0].question_key,
		KEYRING_KEY_BYTES };
	struct arena *a = x->arena;
	struct crypt_digest digest;
	struct buf names, values;
	struct str text;
	enum err_code code;

	buf_init(&names, a);
	buf_init(&values, a);
	buf_add(&names, f->names);
	buf_add(&values, f->asked);
	if (cursor.p != NULL)
		buf_adds(&names, "cursor ");
	buf_add(&values, cursor);
	if ((code = buf_done(&values, &text, e)) != ERR_OK ||
	    (code = crypt_hmac(CRYPT_SHA256, key, text, &digest, e)) !=
		ERR_OK ||
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
	return (x->acting && !str_eq(x->actor, x->login));
}

/* Which page of the list, and what is noted of the asking. */
struct page {
	struct str at, id; /* behind this call */
	int64_t most;
	struct str action;
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
		.action = p->action,
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
	p.action = f.searches ? STR("search_calls") : STR("list_calls");
	if (acts(x) &&
	    (code = name_question(x, &f, p.id, &p.question, e)) != ERR_OK)
		return (code);
	take_page(x, &p, &f, &v);
	if ((code = api_run(x, &v, acts(x), &r, e)) != ERR_OK)
		return (code);
	if (acts(x))
		api_note(x, p.action, p.question);
	return (api_answer_row(x, r, e));
}
