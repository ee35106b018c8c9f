/*
 * Binding and reading of each webhook statement, side by side. All statements
 * of one call take the lane of its caller's number, so that they keep their
 * order and limits are counted exactly within a process.
 */
#include "config.h"

#include <string.h>

#include "tenancy/tenancy.h"

static const char *const verdict_names[TENANCY_VERDICTS] = {
	[TENANCY_NONE] = "none",
	[TENANCY_NEW] = "new",
	[TENANCY_REPEAT] = "repeat",
	[TENANCY_WAIT] = "wait",
	[TENANCY_UNKNOWN] = "unknown",
	[TENANCY_UNLISTED] = "unlisted",
	[TENANCY_CONFLICT] = "conflict",
	[TENANCY_MISMATCH] = "mismatch",
	[TENANCY_BUSY] = "busy",
	[TENANCY_CLOSED] = "closed",
	[TENANCY_FORWARD] = "forward",
	[TENANCY_CAPPED] = "capped",
	[TENANCY_LOOP] = "loop",
};

const char *
tenancy_verdict_name(enum tenancy_verdict v)
{
	return ((unsigned)v < TENANCY_VERDICTS ? verdict_names[v] : "none");
}

static enum tenancy_verdict
verdict_of(struct str text)
{
	for (int v = TENANCY_NEW; v < TENANCY_VERDICTS; v++)
		if (str_is(text, verdict_names[v]))
			return ((enum tenancy_verdict)v);
	return (TENANCY_NONE);
}

/* A number that is stored was checked when it was stored; none stays "". */
static struct phone
stored_phone(struct str text)
{
	struct phone number;

	memset(&number, 0, sizeof(number));
	if (text.p != NULL && phone_parse(text, &number, NULL) != ERR_OK)
		memset(&number, 0, sizeof(number));
	return (number);
}

enum err_code
tenancy_open_call(struct db_lanes *lanes, struct arena *a,
    const struct tenancy_arrival *in, int64_t deadline_ms,
    struct tenancy_call *call, struct err *e)
{
	const struct db_result *r;
	struct db_values v;
	enum err_code code;

	memset(call, 0, sizeof(*call));
	db_values_init(&v, a);
	db_bind_text(&v, in->call_id);
	db_bind_str(&v, in->call_sid);
	db_bind_str(&v, in->from);
	db_bind_str(&v, in->to);
	db_bind_str(&v, in->called);
	db_bind_str(&v, in->forwarded_from);
	db_bind_str(&v, in->diversion);
	db_bind_str(&v, in->stir_verstat);
	db_bind_int(&v, in->calls_at_once);
	db_bind_int(&v, in->calls_per_minute);
	if ((code = db_lanes_run_one(lanes, a, in->from, STATEMENT_OPEN_CALL,
		 &v, deadline_ms, &r, e)) != ERR_OK)
		return (code);
	call->verdict = verdict_of(db_str(r, 0, 0));
	call->answer = db_str(r, 0, 1);
	call->age_ms = db_int(r, 0, 2);
	call->user_id = db_str(r, 0, 3);
	call->call_id = db_str(r, 0, 4);
	call->assistant_id = db_str(r, 0, 5);
	call->phone_number_id = db_str(r, 0, 6);
	call->vapi_assistant_id = db_str(r, 0, 7);
	call->vapi_phone_number_id = db_str(r, 0, 9);
	call->fallback = stored_phone(db_str(r, 0, 10));
	call->line_fallback = stored_phone(db_str(r, 0, 11));
	call->dialled_recently = db_bool(r, 0, 12);
	call->capped = db_bool(r, 0, 13);
	call->greeting = db_str(r, 0, 14);
	call->language = db_str(r, 0, 15);
	call->clinic_name = db_str(r, 0, 16);
	call->after_hours_message = db_str(r, 0, 17);
	call->message_language = db_str(r, 0, 18);
	call->line_dialled_recently = db_bool(r, 0, 19);
	if (call->verdict == TENANCY_NONE)
		return (err_set(e, ERR_BUG, "open_call: unknown verdict"));
	return (ERR_OK);
}

enum err_code
tenancy_bind_session(struct db_lanes *lanes, struct arena *a,
    const struct tenancy_arrival *in, const struct tenancy_call *call,
    struct str vapi_call_id, struct str metadata, struct str answer,
    int64_t deadline_ms, struct str *answer_r, struct err *e)
{
	const struct db_result *r;
	struct db_values v;
	enum err_code code;

	db_values_init(&v, a);
	db_bind_str(&v, call->user_id);
	db_bind_str(&v, call->call_id);
	db_bind_str(&v, in->call_sid);
	db_bind_str(&v, vapi_call_id);
	db_bind_str(&v, answer);
	db_bind_str(&v, metadata);
	if ((code = db_lanes_run_one(lanes, a, in->from, STATEMENT_BIND_SESSION,
		 &v, deadline_ms, &r, e)) != ERR_OK)
		return (code);
	if (str_is(db_str(r, 0, 0), "taken"))
		return (err_set(e, ERR_CONFLICT,
		    "bind_session: this vapi call belongs to another call"));
	*answer_r = db_str(r, 0, 1);
	if (answer_r->p == NULL)
		return (err_set(e, ERR_BUG, "bind_session: no such call"));
	return (ERR_OK);
}

enum err_code
tenancy_settle_call(struct db_lanes *lanes, struct arena *a,
    const struct tenancy_arrival *in, const struct tenancy_call *call,
    struct str answer, bool dialled, const char *ended_reason,
    int64_t deadline_ms, struct str *answer_r, struct err *e)
{
	const bool owned =
	    call != NULL && call->user_id.p != NULL && call->call_id.p != NULL;
	const struct db_result *r;
	struct db_values v;
	enum err_code code;

	db_values_init(&v, a);
	db_bind_str(&v, in->call_sid);
	db_bind_str(&v, answer);
	db_bind_bool(&v, dialled);
	db_bind_str(&v, owned ? call->user_id : STR_NONE);
	db_bind_str(&v, owned ? call->call_id : STR_NONE);
	db_bind_text(&v, ended_reason);
	if ((code = db_lanes_run_one(lanes, a, in->from, STATEMENT_SETTLE_CALL,
		 &v, deadline_ms, &r, e)) != ERR_OK)
		return (code);
	*answer_r = db_str(r, 0, 1);
	if (answer_r->p == NULL)
		*answer_r = answer;
	return (ERR_OK);
}

enum err_code
tenancy_find_answer(struct db_lanes *lanes, struct arena *a,
    const struct tenancy_arrival *in, int64_t deadline_ms, struct str *answer_r,
    struct err *e)
{
	const struct db_result *r;
	struct db_values v;
	enum err_code code;

	db_values_init(&v, a);
	db_bind_str(&v, in->call_sid);
	if ((code = db_lanes_run(lanes, a, in->from, STATEMENT_FIND_ANSWER, &v,
		 deadline_ms, &r, e)) != ERR_OK)
		return (code);
	if (db_rows(r) == 0)
		return (err_set(e, ERR_ABSENT, "find_answer: no such call"));
	*answer_r = db_str(r, 0, 1);
	return (ERR_OK);
}

static void
read_applied(const struct db_result *r, struct tenancy_applied *applied)
{
	applied->verdict = db_str(r, 0, 0);
	applied->reason = db_str(r, 0, 1);
	applied->user_id = db_str(r, 0, 2);
	applied->call_id = db_str(r, 0, 3);
}

static void
bind_owner(struct db_values *v, const struct metadata *owner)
{
	static const struct metadata nobody;

	if (owner == NULL)
		owner = &nobody;
	db_bind_str(v, owner->user_id);
	db_bind_str(v, owner->call_id);
	db_bind_str(v, owner->assistant_id);
	db_bind_str(v, owner->phone_number_id);
	db_bind_str(v, owner->caller_phone_number);
	db_bind_str(v, owner->assistant_phone_number);
}

enum err_code
tenancy_apply_event(struct db_lanes *lanes, struct arena *a,
    const struct tenancy_event *ev, int64_t deadline_ms,
    struct tenancy_applied *applied, struct err *e)
{
	const struct str key =
	    ev->owner != NULL && ev->owner->caller_phone_number.p != NULL ?
	    ev->owner->caller_phone_number :
	    ev->vapi_call_id;
	const struct db_result *r;
	struct db_values v;
	enum err_code code;

	db_values_init(&v, a);
	bind_owner(&v, ev->owner);
	db_bind_str(&v, ev->metadata);
	db_bind_str(&v, ev->vapi_call_id);
	db_bind_str(&v, ev->twilio_call_sid);
	db_bind_str(&v, ev->type);
	db_bind_text(&v, call_status_text(ev->status));
	db_bind_str(&v, ev->ended_reason);
	db_bind_time(&v, ev->started_ms);
	db_bind_time(&v, ev->ended_ms);
	if (ev->duration_s < 0)
		db_bind_null(&v);
	else
		db_bind_int(&v, ev->duration_s);
	db_bind_str(&v, ev->recording_url);
	db_bind_str(&v, ev->transcript);
	db_bind_str(&v, ev->messages);
	db_bind_str(&v, ev->summary);
	db_bind_str(&v, ev->analysis);
	db_bind_str(&v, ev->structured_data);
	db_bind_str(&v, ev->success_evaluation);
	db_bind_str(&v, ev->cost_usd);
	db_bind_bytes(&v, ev->body_sha256);
	db_bind_int(&v, (int64_t)ev->body_bytes);
	db_bind_str(&v, ev->details);
	db_bind_str(&v, ev->line);
	db_bind_time(&v, ev->received_ms);
	if ((code = db_lanes_run_one(lanes, a, key, STATEMENT_APPLY_EVENT, &v,
		 deadline_ms, &r, e)) != ERR_OK)
		return (code);
	read_applied(r, applied);
	return (ERR_OK);
}

enum err_code
tenancy_apply_status(struct db_lanes *lanes, struct arena *a,
    const struct tenancy_status *st, int64_t deadline_ms,
    struct tenancy_applied *applied, struct err *e)
{
	const struct db_result *r;
	struct db_values v;
	enum err_code code;

	db_values_init(&v, a);
	db_bind_str(&v, st->call_sid);
	db_bind_str(&v, st->from);
	db_bind_text(&v, call_status_text(st->status));
	if (st->duration_s < 0)
		db_bind_null(&v);
	else
		db_bind_int(&v, st->duration_s);
	if ((code = db_lanes_run_one(lanes, a, st->from, STATEMENT_APPLY_STATUS,
		 &v, deadline_ms, &r, e)) != ERR_OK)
		return (code);
	read_applied(r, applied);
	return (ERR_OK);
}

enum err_code
tenancy_record_event(struct db_lanes *lanes, struct arena *a,
    const struct tenancy_record *rec, int64_t deadline_ms, struct err *e)
{
	const struct db_result *r;
	struct db_values v;

	db_values_init(&v, a);
	db_bind_text(&v, rec->id);
	db_bind_text(&v, rec->provider);
	db_bind_str(&v, rec->event_type);
	db_bind_str(&v, rec->provider_call_id);
	db_bind_str(&v, rec->twilio_call_sid);
	db_bind_text(&v, rec->verdict);
	db_bind_str(&v, rec->reason);
	db_bind_str(&v, rec->details);
	db_bind_bytes(&v, rec->body_sha256);
	db_bind_int(&v, (int64_t)rec->body_bytes);
	db_bind_bytes(&v, rec->body);
	return (db_lanes_run(lanes, a, str_of(rec->id), STATEMENT_RECORD_EVENT,
	    &v, deadline_ms, &r, e));
}

enum err_code
tenancy_ping(struct db_lanes *lanes, struct arena *a, int64_t deadline_ms,
    int64_t *version_r, struct err *e)
{
	const struct db_result *r;
	struct db_values v;
	enum err_code code;

	db_values_init(&v, a);
	if ((code = db_lanes_probe(lanes, a, STATEMENT_PING, &v, deadline_ms,
		 &r, e)) != ERR_OK)
		return (code);
	*version_r = db_int(r, 0, 0);
	return (ERR_OK);
}

enum err_code
tenancy_functions(struct db_lanes *lanes, struct arena *a, int64_t deadline_ms,
    bool *same_r, struct err *e)
{
	const struct db_result *r;
	struct db_values v;
	enum err_code code;

	db_values_init(&v, a);
	if ((code = db_lanes_run_one(lanes, a, STR("functions"),
		 STATEMENT_FUNCTIONS_DIGEST, &v, deadline_ms, &r, e)) != ERR_OK)
		return (code);
	*same_r = str_is(db_str(r, 0, 0), FUNCTIONS_SHA256);
	return (ERR_OK);
}
