/*
 * Turns what a statement returned into an answer.
 */
#include "config.h"

#include "api/api_answer.h"
#include "base/clock.h"
#include "base/log.h"
#include "io/db_pool.h"
#include "io/id.h"
#include "io/json.h"

#define DB_MS 8000

/* What is wrong ----------------------------------------------------------- */

void
complaints_init(struct complaints *c, struct arena *a)
{
	c->arena = a;
	c->root = json_new_object(a);
	c->list = json_add_array(c->root, "errors");
	c->any = false;
}

struct json *
complain(struct complaints *c, const char *field, enum api_problem problem)
{
	struct json *one = json_push_object(c->list);

	json_add_str(one, "field", str_of(field));
	json_add_str(one, "code", api_problem_code(problem));
	c->any = true;
	return (json_add_object(one, "params"));
}

void
complain_words(struct complaints *c, const char *field, const char *words)
{
	struct json *params = complain(c, field, PROBLEM_NOT_ONE_OF);
	struct str rest = str_of(words), told = STR("");
	struct buf b;

	buf_init(&b, c->arena);
	while (str_find(rest, '|') < rest.n) {
		buf_adds(&b, b.n > 0 ? ", " : "");
		buf_add(&b, str_cut(&rest, '|'));
	}
	if (buf_done(&b, &told, NULL) == ERR_OK)
		json_add_str(params, "words", told);
	json_add_str(params, "last", rest);
}

/* Code, parameters and the message, which is called name in the answer. */
static struct str
add_problem(struct arena *a, struct json *o, const struct json *told,
    const char *name)
{
	struct str code = json_str(json_get(told, "code"));
	const struct json *params = json_get(told, "params");
	struct str message = api_problem_message(a, code, params);

	json_add_str(o, "code", code);
	if (json_is_object(params))
		json_add_copy(o, "params", params);
	else
		(void)json_add_object(o, "params");
	json_add_str(o, name, message);
	return (message);
}

static enum err_code
answer_body(struct exchange *x, int status, const struct json *o, struct err *e)
{
	enum err_code code;
	struct str body;

	if ((code = json_format(x->arena, o, &body, e)) != ERR_OK)
		return (code);
	response_set(&x->resp, status, "application/problem+json", body);
	response_header(&x->resp, "Cache-Control", "private, no-store");
	return (ERR_OK);
}

static enum err_code
answer_errors(struct exchange *x, const struct json *errors, struct err *e)
{
	struct json *o = response_problem_new(x->arena, &x->req, 422), *one;
	struct json *list = json_add_array(o, "errors");
	const struct json *told;

	for (told = json_first(errors); told != NULL; told = json_next(told)) {
		one = json_push_object(list);
		json_add_str(one, "field", json_str(json_get(told, "field")));
		(void)add_problem(x->arena, one, told, "message");
	}
	return (answer_body(x, 422, o, e));
}

enum err_code
answer_complaints(struct exchange *x, const struct complaints *c, struct err *e)
{
	return (answer_errors(x, json_get(c->root, "errors"), e));
}

/* What the log calls a problem that a handler found. */
static enum err_code
code_of(int status)
{
	switch (status) {
	case 401:
		return (ERR_AUTH);
	case 403:
		return (ERR_DENIED);
	case 404:
		return (ERR_ABSENT);
	case 409:
	case 412:
		return (ERR_CONFLICT);
	default:
		return (ERR_INPUT);
	}
}

/* told: {"code", "params"} */
static enum err_code
answer_told(struct exchange *x, int status, const struct json *told,
    struct err *e)
{
	struct json *o = response_problem_new(x->arena, &x->req, status);
	struct str detail = add_problem(x->arena, o, told, "detail");

	(void)err_set(&x->trouble, code_of(status), "%.*s", (int)detail.n,
	    detail.p);
	return (answer_body(x, status, o, e));
}

enum err_code
api_answer_problem(struct exchange *x, int status, enum api_problem problem,
    struct err *e)
{
	struct json *told = json_new_object(x->arena);

	json_add_str(told, "code", api_problem_code(problem));
	return (answer_told(x, status, told, e));
}

enum err_code
api_answer_refusal(struct exchange *x, int status, struct err *e)
{
	static const enum api_problem problems[] = {
		[EXCHANGE_NO_CHOICE] = PROBLEM_CHOOSE_ORGANIZATION,
		[EXCHANGE_NO_CLINIC] = PROBLEM_NO_CLINIC,
		[EXCHANGE_OWNER_ONLY] = PROBLEM_OWNER_ONLY,
	};

	return (api_answer_problem(x, status, problems[x->refusal], e));
}

/* Statements -------------------------------------------------------------- */

/*
 * What callward.tenant_enter makes the transaction's claims of: the names with
 * a prefix are ours, since "role" and "sub" mean something to Supabase.
 */
static enum err_code
format_claims(const struct exchange *x, struct arena *a, struct str *claims_r,
    struct err *e)
{
	struct json *o = json_new_object(a);

	json_add_str(o, "callward_login", x->login);
	json_add_str(o, "callward_role", x->owner ? STR("owner") : STR("desk"));
	json_add_str(o, "callward_actor", x->actor);
	if (x->name.p != NULL)
		json_add_str(o, "callward_name", x->name);
	return (json_format(a, o, claims_r, e));
}

/* Whose it was, for the log line, and whether it could have been written. */
static enum err_code
take_told(struct exchange *x, const struct db_pool_told *told, struct err *e)
{
	char *tenant;

	x->standby = told->standby;
	x->entered = true;
	if (str_eq(told->tenant, x->tenant))
		return (ERR_OK);
	if ((tenant = str_dup(x->arena, told->tenant)) == NULL)
		return (err_set(e, ERR_TOO_LARGE, "no memory"));
	x->tenant = str_of(tenant);
	return (ERR_OK);
}

enum err_code
api_run_in(struct exchange *x, struct arena *a, const struct db_values *v,
    bool writes, int64_t deadline_ms, const struct db_result **result_r,
    struct err *e)
{
	struct db_pool_who who = { .login = x->login,
		.before = x->entered ? x->tenant : STR_NONE,
		.writes = writes };
	int64_t began = clock_mono_ms();
	struct db_pool_told told = { 0 };
	enum err_code code;

	if ((code = format_claims(x, a, &who.claims, e)) != ERR_OK)
		return (code);
	code = db_pool_run(x->app->pool, a, &who, v, deadline_ms, &told,
	    result_r, e);
	x->db_ms += clock_mono_ms() - began;
	if (told.nobody) {
		x->refusal = EXCHANGE_NO_CLINIC;
		return (code);
	}
	/* What the database refuses should have been refused before. */
	if (code == ERR_INPUT || code == ERR_DENIED ||
	    (code == ERR_CONFLICT && !writes))
		return (e->code = ERR_BUG);
	return (code == ERR_OK ? take_told(x, &told, e) : code);
}

enum err_code
api_run(struct exchange *x, const struct db_values *v, bool writes,
    const struct db_result **result_r, struct err *e)
{
	return (api_run_in(x, x->arena, v, writes, clock_mono_ms() + DB_MS,
	    result_r, e));
}

void
api_note(const struct exchange *x, struct str action, struct str subject)
{
	struct log_line line;

	if (!x->standby)
		return;
	log_begin(&line, LOG_LEVEL_INFO, "read");
	log_text(&line, "id", x->req.id);
	log_str(&line, "tenant", x->tenant);
	log_str(&line, "actor", x->actor);
	log_str(&line, "action", action);
	log_str(&line, "subject", subject);
	log_end(&line);
}

static enum err_code
absent(struct err *e)
{
	return (err_set(e, ERR_ABSENT, "no such thing of this tenant"));
}

enum err_code
api_check_id(const struct exchange *x, struct err *e)
{
	return (id_is_uuid(x->path_id) ? ERR_OK : absent(e));
}

enum err_code
api_answer_row(struct exchange *x, const struct db_result *r, struct err *e)
{
	if (db_rows(r) == 0)
		return (absent(e));
	response_set(&x->resp, 200, "application/json",
	    db_str(r, 0, db_column(r, "answer")));
	response_header(&x->resp, "Cache-Control", "private, no-store");
	return (ERR_OK);
}

enum err_code
api_answer_read(struct exchange *x, const struct db_values *v, struct err *e)
{
	const struct db_result *r;
	enum err_code code;

	if ((code = api_run(x, v, false, &r, e)) != ERR_OK)
		return (code);
	return (api_answer_row(x, r, e));
}

/* "/api/assistants" and the new one's id. */
static enum err_code
add_location(struct exchange *x, struct str answer, struct err *e)
{
	const struct json *root;
	enum err_code code;
	struct str text;
	struct buf b;

	if ((code = json_parse(x->arena, answer, &root, e)) != ERR_OK)
		return (code);
	buf_init(&b, x->arena);
	buf_add(&b, x->req.path);
	buf_addc(&b, '/');
	buf_add(&b, json_str(json_get(root, "id")));
	if ((code = buf_done(&b, &text, e)) != ERR_OK)
		return (code);
	response_header(&x->resp, "Location", text.p);
	return (ERR_OK);
}

static enum err_code
answer_done(struct exchange *x, int status, struct str answer, struct err *e)
{
	if (status == 204)
		response_set(&x->resp, status, NULL, STR(""));
	else
		response_set(&x->resp, status, "application/json", answer);
	response_header(&x->resp, "Cache-Control", "private, no-store");
	return (status == 201 ? add_location(x, answer, e) : ERR_OK);
}

enum err_code
api_answer_outcome(struct exchange *x, const struct db_result *r, int status,
    struct err *e)
{
	const struct json *root;
	struct str outcome, answer;
	enum err_code code;

	outcome = db_rows(r) > 0 ? db_str(r, 0, db_column(r, "outcome")) :
				   STR("absent");
	if (str_is(outcome, "absent"))
		return (absent(e));
	answer = db_str(r, 0, db_column(r, "answer"));
	if (str_is(outcome, "ok"))
		return (answer_done(x, status, answer, e));
	if ((code = json_parse(x->arena, answer, &root, e)) != ERR_OK)
		return (code);
	if (str_is(outcome, "refused"))
		return (answer_errors(x, root, e));
	if (str_is(outcome, "conflict"))
		return (answer_told(x, 409, root, e));
	if (str_is(outcome, "changed"))
		return (answer_told(x, 412, root, e));
	if (str_is(outcome, "limit"))
		return (answer_told(x, 429, root, e));
	return (err_set(e, ERR_BUG, "an outcome that nobody knows"));
}

enum err_code
api_answer_write(struct exchange *x, const struct db_values *v, int status,
    struct err *e)
{
	const struct db_result *r;
	enum err_code code;

	if ((code = api_run(x, v, true, &r, e)) != ERR_OK)
		return (code);
	return (api_answer_outcome(x, r, status, e));
}
