/*
 * The request's thread holds the conversation after its answer was written
 * (x->after). What goes wrong is told to the clinic as a sentence of the
 * test, and to the operator in a line of the log.
 */
#include "config.h"

#include <stdio.h>

#include "api/api_answer.h"
#include "api/api_trial.h"
#include "base/clock.h"
#include "io/json.h"
#include "base/log.h"
#include "vapi/vapi_chat.h"

#define TURN_MS 20000
#define TRIAL_MS 120000 /* the database takes 3 minutes for a dead one */
#define LINES_MAX 10
#define TRIES 3
#define PAUSE_MS 1000

struct trial {
	struct exchange *x;
	struct str began; /* names the run, as the database wrote it */
	struct str script;
	struct vapi_chat chat;
	int64_t began_ms;
	struct json *heard;
	struct json *turns;
	struct buf called;
	double cost;
	char failure[120]; /* for the clinic; "": none */
};

/* The conversation -------------------------------------------------------- */

static void
add_turn(struct trial *t, const char *role, struct str text)
{
	struct json *turn = json_push_object(t->turns);

	json_add_str(turn, "role", str_of(role));
	json_add_str(turn, "message", text);
	json_add_number(turn, "secondsFromStart",
	    (double)(clock_mono_ms() - t->began_ms) / 1000);
}

/* What the clinic can do about it. */
static const char *
remedy(enum err_code code, int64_t turn_ms)
{
	switch (code) {
	case ERR_DENIED:
		return (
		    "the provider does not let us in; ask your operator to check the key");
	case ERR_INPUT:
		return (
		    "the provider refused it; ask your operator to check the assistant there");
	case ERR_TEMPORARY:
		return (
		    "the provider could not be reached; try again in a minute");
	default:
		return (turn_ms >= TURN_MS ?
			"the assistant did not answer in time" :
			"the provider broke off; run the test again");
	}
}

static enum err_code
say(struct trial *t, int n, struct str line, struct err *e)
{
	int64_t now = clock_mono_ms(), until_ms = now + TURN_MS;
	struct vapi_chat_turn turn = { 0 };
	struct exchange *x = t->x;
	enum err_code code;

	if (until_ms > t->began_ms + TRIAL_MS)
		until_ms = t->began_ms + TRIAL_MS;
	if (now >= until_ms) {
		(void)snprintf(t->failure, sizeof(t->failure),
		    "the test took longer than %d seconds", TRIAL_MS / 1000);
		return (err_set(e, ERR_TEMPORARY, "no time left"));
	}
	add_turn(t, "user", line);
	code = vapi_chat_say(x->app->http_after, x->arena, &t->chat, line,
	    until_ms, &turn, e);
	x->vapi_ms += clock_mono_ms() - now;
	if (code != ERR_OK) {
		(void)snprintf(t->failure, sizeof(t->failure), "line %d: %s", n,
		    remedy(code, clock_mono_ms() - now));
		return (code);
	}
	if (turn.said.n > 0)
		add_turn(t, "bot", turn.said);
	buf_add(&t->called, turn.called);
	t->cost += turn.cost;
	return (ERR_OK);
}

static enum err_code
talk(struct trial *t, struct err *e)
{
	struct str rest = t->script, line;
	enum err_code code;
	int n = 0;

	while (rest.p != NULL && n < LINES_MAX) {
		line = str_trim(str_cut(&rest, '\n'));
		if (line.n == 0)
			continue;
		if ((code = say(t, ++n, line, e)) != ERR_OK)
			return (code);
	}
	return (ERR_OK);
}

/* The database ------------------------------------------------------------ */

/* Nobody waits: a database that is away for a moment is asked again. */
static enum err_code
run_patiently(struct exchange *x, const struct db_values *v, bool writes,
    const struct db_result **result_r, struct err *e)
{
	enum err_code code = ERR_TEMPORARY;

	for (int i = 0; i < TRIES; i++) {
		if (i > 0)
			clock_sleep_ms(PAUSE_MS);
		code = api_run(x, v, writes, result_r, e);
		if (code != ERR_TEMPORARY && code != ERR_UNCERTAIN)
			break;
	}
	return (code);
}

static enum err_code
load(struct trial *t, struct err *e)
{
	struct exchange *x = t->x;
	const struct db_result *r;
	struct db_values v;
	enum err_code code;

	statement_tenant_trial_script(&v, x->arena,
	    &(struct statement_tenant_trial_script){ .id = x->path_id });
	if ((code = run_patiently(x, &v, false, &r, e)) != ERR_OK)
		return (code);
	if (db_rows(r) == 0)
		return (err_set(e, ERR_ABSENT, "the test is gone"));
	t->began = db_str(r, 0, TENANT_TRIAL_SCRIPT_BEGAN);
	t->script = db_str(r, 0, TENANT_TRIAL_SCRIPT_SCRIPT);
	t->chat = (struct vapi_chat){ .api_url = x->app->settings.vapi_api_url,
		.api_key = x->app->settings.vapi_api_key,
		.assistant_id =
		    db_str(r, 0, TENANT_TRIAL_SCRIPT_VAPI_ASSISTANT_ID),
		.overrides = { .language =
				   db_str(r, 0, TENANT_TRIAL_SCRIPT_LANGUAGE),
		    .clinic_name =
			db_str(r, 0, TENANT_TRIAL_SCRIPT_CLINIC_NAME) } };
	return (ERR_OK);
}

static enum err_code
file(struct trial *t, struct str heard, struct err *e)
{
	struct exchange *x = t->x;
	const struct db_result *r;
	struct db_values v;
	enum err_code code;

	statement_tenant_trial_finish(&v, x->arena,
	    &(struct statement_tenant_trial_finish){ .id = x->path_id,
		.began = t->began,
		.heard = heard });
	if ((code = run_patiently(x, &v, true, &r, e)) != ERR_OK)
		return (code);
	x->outcome =
	    str_dup(x->arena, db_str(r, 0, TENANT_TRIAL_FINISH_ENDING));
	return (ERR_OK);
}

static enum err_code
finish(struct trial *t, struct err *e)
{
	int64_t ms = clock_mono_ms() - t->began_ms;
	struct exchange *x = t->x;
	struct str called, heard;
	enum err_code code;

	if ((code = buf_done(&t->called, &called, e)) != ERR_OK)
		return (code);
	json_add_str(t->heard, "called", called);
	json_add_number(t->heard, "seconds", (double)((ms + 500) / 1000));
	json_add_number(t->heard, "cost", t->cost);
	if (t->failure[0] != '\0')
		json_add_str(t->heard, "error", str_of(t->failure));
	if ((code = json_format(x->arena, t->heard, &heard, e)) != ERR_OK)
		return (code);
	return (file(t, heard, e));
}

/* What was heard cannot be kept: the run ends all the same. */
static void
give_up(struct trial *t)
{
	struct err e;

	if (file(t,
		STR("{\"turns\": [], \"error\": \"what was said could not "
		    "be kept; ask your operator to look into the log\"}"),
		&e) != ERR_OK)
		t->x->outcome = NULL;
}

/* The run ----------------------------------------------------------------- */

static void
account(const struct trial *t, const struct err *e)
{
	const struct exchange *x = t->x;
	struct log_line line;

	log_begin(&line, e->code == ERR_OK ? LOG_LEVEL_INFO : LOG_LEVEL_WARN,
	    "trial");
	log_text(&line, "id", x->req.id);
	log_str(&line, "tenant", x->tenant);
	log_str(&line, "test", x->path_id);
	if (x->outcome != NULL)
		log_text(&line, "outcome", x->outcome);
	log_int(&line, "ms", clock_mono_ms() - t->began_ms);
	log_int(&line, "db_ms", x->db_ms);
	log_int(&line, "vapi_ms", x->vapi_ms);
	log_failure(&line, e);
	log_end(&line);
}

static void
hold(struct exchange *x)
{
	struct trial t = { .x = x, .began_ms = clock_mono_ms() };
	struct err e = { .code = ERR_OK }, late;

	t.heard = json_new_object(x->arena);
	t.turns = json_add_array(t.heard, "turns");
	buf_init(&t.called, x->arena);
	x->db_ms = 0;
	switch (load(&t, &e)) {
	case ERR_OK:
		e.code = talk(&t, &e);
		if (finish(&t, &late) != ERR_OK) {
			e = late;
			if (e.code != ERR_TEMPORARY && e.code != ERR_UNCERTAIN)
				give_up(&t);
		}
		break;
	case ERR_ABSENT:
		/* Removed by the clinic, which it may. */
		x->outcome = "absent";
		e.code = ERR_OK;
		break;
	default:
		break;
	}
	account(&t, &e);
}

enum err_code
api_trial_run(struct exchange *x, struct err *e)
{
	struct db_values v;
	enum err_code code;

	if ((code = api_check_id(x, e)) != ERR_OK)
		return (code);
	statement_tenant_trial_begin(&v, x->arena,
	    &(struct statement_tenant_trial_begin){ .id = x->path_id });
	if ((code = admission_hold(x, e)) != ERR_OK ||
	    (code = api_answer_write(x, &v, 202, e)) != ERR_OK)
		return (code);
	if (x->resp.status == 202)
		x->after = hold;
	return (ERR_OK);
}
