/*
 * The body names a step to begin, or a code to check; the answer is the number
 * with what became of it.
 */
#include "config.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "api/api_answer.h"
#include "api/api_body.h"
#include "api/api_verification.h"
#include "base/clock.h"
#include "io/db_pool.h"
#include "io/id.h"
#include "base/log.h"
#include "webhooks/loop.h"
#include "tenancy/phone.h"
#include "twilio/twilio_call.h"
#include "tenancy/verification.h"

#define DB_MS 5000
#define RING_MS 8000  /* Twilio's answer to our request */
#define HELD_MS 10000 /* that, and to note it; whether anybody is rung or not */
#define RING_FOR_S 40 /* how long it rings; under the minute of an attempt */
#define TRY_PAUSE_MS 50
#define TRIES_MAX 11 /* looks for a try, while others are compared */

/* An attempt, once its answer is written. */
struct ring {
	bool may; /* false: the number is active for somebody */
	struct str id;
	struct str to;
	struct str line;
	struct str language;
};

/* Ringing ----------------------------------------------------------------- */

/* The account that calls are made for; false: its id was not told. */
static bool
find_account(const struct app *app, struct twilio_call *call)
{
	if (!twilio_accounts_named(&app->accounts))
		return (false);
	call->account_sid = str_of(app->accounts.row[0].sid);
	call->token = str_of(app->accounts.row[0].token);
	return (true);
}

static void
tell(const struct exchange *x, struct str id, const struct err *e)
{
	struct log_line line;

	log_begin(&line, LOG_LEVEL_WARN, "not_rung");
	log_text(&line, "id", x->req.id);
	log_str(&line, "tenant", x->tenant);
	log_str(&line, "verification", id);
	log_failure(&line, e);
	log_end(&line);
}

static int64_t
earlier(int64_t a, int64_t b)
{
	return (a < b ? a : b);
}

/* Ring, and note what Twilio calls it; what is uncertain stays as it is. */
static void
ring_number(struct exchange *x, const struct ring *r, int64_t until_ms)
{
	struct twilio_call call = { .api_url = x->app->settings.twilio_api_url,
		.from = r->line,
		.to = r->to,
		.timeout_s = RING_FOR_S };
	struct loop_address out = { "out", r->id, r->language },
			    status = { "status", r->id, STR_NONE };
	struct str call_sid = STR_NONE;
	enum err_code code;
	struct err e;
	bool found;

	found = find_account(x->app, &call);
	assert(found); /* or begin had refused */
	if ((code = loop_url(x, &out, &call.url, &e)) == ERR_OK &&
	    (code = loop_url(x, &status, &call.status_url, &e)) == ERR_OK)
		code = twilio_call_start(x->app->http_after, x->arena, &call,
		    clock_mono_ms() + RING_MS, &call_sid, &e);
	if (code != ERR_OK)
		tell(x, r->id, &e);
	if (code == ERR_UNCERTAIN)
		return;
	if (verification_rung(x->app->lanes, x->arena, r->id, call_sid,
		earlier(clock_mono_ms() + DB_MS, until_ms), &e) != ERR_OK)
		tell(x, r->id, &e);
}

/*
 * The thread and the place are held equally long, whatever Twilio takes and
 * whether anybody is rung: a clinic that counts its free places would learn of
 * numbers that are active for others.
 */
static void
ring_after(struct exchange *x)
{
	const struct ring *r = x->after_ctx;
	int64_t until_ms = clock_mono_ms() + HELD_MS;

	if (r->may)
		ring_number(x, r, until_ms);
	http_pause(x->app->http_after, until_ms);
}

/* Answering --------------------------------------------------------------- */

static bool
came_to(const struct db_result *r, const char *outcome)
{
	return (db_rows(r) == 1 &&
	    str_is(db_str(r, 0, db_column(r, "outcome")), outcome));
}

/* Did a function say that it may go on? What else it said is answered. */
static bool
goes_on(const struct db_result *r)
{
	return (came_to(r, "ok"));
}

static enum err_code
answer_number(struct exchange *x, int status, struct err *e)
{
	struct db_values v;
	enum err_code code;

	statement_tenant_number_get(&v, x->arena,
	    &(struct statement_tenant_number_get){ .id = x->path_id });
	if ((code = api_answer_read(x, &v, e)) == ERR_OK)
		x->resp.status = status;
	return (code);
}

/* Beginning --------------------------------------------------------------- */

/* Which number, from which line; done_r: it was answered why not. */
static enum err_code
find_target(struct exchange *x, struct ring *ring, bool *done_r, struct err *e)
{
	struct phone to = { "" }, line = { "" };
	struct twilio_call account;
	const struct db_result *r;
	struct db_values v;
	enum err_code code;

	*done_r = true;
	statement_verification_target(&v, x->arena,
	    &(struct statement_verification_target){ .number = x->path_id });
	if ((code = api_run(x, &v, false, &r, e)) != ERR_OK)
		return (code);
	if (!goes_on(r))
		return (api_answer_outcome(x, r, 200, e));
	if (!find_account(x->app, &account))
		return (api_answer_problem(x, 409, PROBLEM_NO_CALLS_YET, e));
	ring->to = db_str(r, 0, VERIFICATION_TARGET_PHONE_NUMBER);
	ring->line = db_str(r, 0, VERIFICATION_TARGET_LINE);
	if (phone_parse(ring->to, &to, NULL) != ERR_OK ||
	    phone_parse(ring->line, &line, NULL) != ERR_OK ||
	    !phone_may_dial(&to, &line, x->app->settings.dial_prefixes))
		return (api_answer_problem(x, 409, PROBLEM_NUMBER_NOT_RUNG, e));
	*done_r = false;
	return (ERR_OK);
}

static enum err_code
begin(struct exchange *x, struct str step, struct err *e)
{
	struct ring *ring;
	const struct db_result *r;
	struct db_values v;
	enum err_code code;
	bool done;

	if ((code = admission_hold(x, e)) != ERR_OK)
		return (code);
	if ((ring = arena_alloc(x->arena, sizeof(*ring))) == NULL)
		return (err_set(e, ERR_TOO_LARGE, "no memory"));
	if ((code = find_target(x, ring, &done, e)) != ERR_OK || done)
		return (code);
	statement_verification_begin(&v, x->arena,
	    &(struct statement_verification_begin){ .number = x->path_id,
		.step = step });
	if ((code = api_run(x, &v, true, &r, e)) != ERR_OK)
		return (code);
	if (!goes_on(r))
		return (api_answer_outcome(x, r, 200, e));
	ring->id = db_str(r, 0, VERIFICATION_BEGIN_ID);
	ring->may = db_bool(r, 0, VERIFICATION_BEGIN_RUNG);
	ring->language = db_str(r, 0, VERIFICATION_BEGIN_LANGUAGE);
	if ((code = answer_number(x, 202, e)) == ERR_OK) {
		x->after = ring_after;
		x->after_ctx = ring;
	}
	return (code);
}

/* Checking ---------------------------------------------------------------- */

/* "123 456" and "123-456" are what people type too. */
static struct str
plain_digits(struct str text, char out[VERIFICATION_DIGITS_SIZE])
{
	size_t n = 0;

	for (size_t i = 0; i < text.n; i++) {
		if (text.p[i] == ' ' || text.p[i] == '-')
			continue;
		if (n == VERIFICATION_DIGITS_SIZE - 1)
			return (STR(""));
		out[n++] = text.p[i];
	}
	return ((struct str){ out, n });
}

static enum err_code
answer_wrong(struct exchange *x, int64_t tries_left, struct err *e)
{
	struct complaints c;

	complaints_init(&c, x->arena);
	json_add_number(complain(&c, "code", PROBLEM_WRONG_CODE), "n",
	    (double)tries_left);
	return (answer_complaints(x, &c, e));
}

/*
 * A try is taken before anything is compared. While the last ones of several
 * at once are being compared, what they come to is waited for: a code that
 * proves the number is right however often it is sent.
 */
static enum err_code
take_try(struct exchange *x, const struct db_result **r_r, struct err *e)
{
	struct db_values v;
	enum err_code code;

	statement_verification_try(&v, x->arena,
	    &(struct statement_verification_try){ .number = x->path_id });
	for (int i = 0; i < TRIES_MAX; i++) {
		if (i > 0)
			clock_sleep_ms(TRY_PAUSE_MS);
		if ((code = api_run(x, &v, true, r_r, e)) != ERR_OK)
			return (code);
		if (!came_to(*r_r, "wait"))
			break;
	}
	return (ERR_OK);
}

static enum err_code
answer_none_waits(struct exchange *x, struct err *e)
{
	return (api_answer_problem(x, 409, PROBLEM_NO_CODE_WAITS, e));
}

static enum err_code
check(struct exchange *x, struct str typed, struct err *e)
{
	char digits[VERIFICATION_DIGITS_SIZE];
	const struct db_result *r;
	struct str id;
	enum err_code code;
	int64_t tries_left = 0;
	bool right;

	if ((code = take_try(x, &r, e)) != ERR_OK)
		return (code);
	if (came_to(r, "wait"))
		return (answer_none_waits(x, e));
	if (!goes_on(r))
		return (api_answer_outcome(x, r, 200, e));
	id = db_str(r, 0, VERIFICATION_TRY_ID);
	if ((code = verification_check(&x->app->keys, VERIFICATION_CODE, id,
		 plain_digits(typed, digits), &right, e)) != ERR_OK)
		return (code);
	code = verification_compared(x->app->lanes, x->arena, id, right,
	    clock_mono_ms() + DB_MS, &tries_left, e);
	if (code == ERR_ABSENT)
		return (answer_none_waits(x, e));
	if (code != ERR_OK)
		return (code);
	return (
	    right ? answer_number(x, 200, e) : answer_wrong(x, tries_left, e));
}

enum err_code
api_verification(struct exchange *x, struct err *e)
{
	static const struct api_field fields[] = {
		{ "step", API_ENUM, 0, 0, 0, "code|loop" },
		{ "code", API_TEXT, 1, 20, 0, NULL },
	};
	struct json *out = json_new_object(x->arena);
	const struct json *root;
	struct complaints c;
	struct str code_typed, step;
	enum err_code code;

	if (!id_is_uuid(x->path_id))
		return (err_set(e, ERR_ABSENT, "no such number"));
	if ((code = api_body_parse(x, &root, e)) != ERR_OK)
		return (code);
	complaints_init(&c, x->arena);
	api_body_check(x->arena, root, fields,
	    sizeof(fields) / sizeof(fields[0]), true, "", &c, out);
	step = json_str(json_get(out, "step"));
	code_typed = json_str(json_get(out, "code"));
	if (step.p != NULL && code_typed.p != NULL)
		(void)complain(&c, "code", PROBLEM_CODE_WITH_STEP);
	if (c.any)
		return (answer_complaints(x, &c, e));
	if (code_typed.p != NULL)
		return (check(x, code_typed, e));
	return (begin(x, step.p == NULL ? STR("code") : step, e));
}
