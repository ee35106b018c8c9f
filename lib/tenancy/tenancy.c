/*
 * What each webhook statement is given and what it answers, side by side. All
 * statements of one call take the lane of its caller's number, so that they
 * keep their order and limits are counted exactly within a process.
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

/*
 * The key under which statements keep their order: the caller's number, so that
 * limits by number are counted one call after the other. Where the number is
 * withheld it is id, so that such callers do not wait for each other.
 */
static struct str
lane_key(struct str caller, struct str id)
{
	return (phone_is_withheld(caller) ? id : caller);
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
	statement_open_call(&v, a,
	    &(struct statement_open_call){ .call_id = db_text(in->call_id),
		.call_sid = in->call_sid,
		.sender = in->from,
		.recipient = in->to,
		.called = in->called,
		.forwarded_from = in->forwarded_from,
		.diversion = in->diversion,
		.stir_verstat = in->stir_verstat,
		.came = in->came,
		.calls_at_once = DB_NUMBER(in->calls_at_once),
		.calls_per_minute = DB_NUMBER(in->calls_per_minute) });
	if ((code = db_lanes_run_one(lanes, a, lane_key(in->from, in->call_sid),
		 &v, deadline_ms, &r, e)) != ERR_OK)
		return (code);
	call->verdict = verdict_of(db_str(r, 0, OPEN_CALL_VERDICT));
	call->answer = db_str(r, 0, OPEN_CALL_ANSWER);
	call->age_ms = db_int(r, 0, OPEN_CALL_AGE_MS);
	call->user_id = db_str(r, 0, OPEN_CALL_USER_ID);
	call->call_id = db_str(r, 0, OPEN_CALL_CALL_ID);
	call->assistant_id = db_str(r, 0, OPEN_CALL_ASSISTANT_ID);
	call->phone_number_id = db_str(r, 0, OPEN_CALL_PHONE_NUMBER_ID);
	call->vapi_assistant_id = db_str(r, 0, OPEN_CALL_VAPI_ASSISTANT_ID);
	call->vapi_phone_number_id =
	    db_str(r, 0, OPEN_CALL_VAPI_PHONE_NUMBER_ID);
	call->fallback = stored_phone(db_str(r, 0, OPEN_CALL_FALLBACK));
	call->line_fallback =
	    stored_phone(db_str(r, 0, OPEN_CALL_LINE_FALLBACK));
	call->dialled_recently = db_bool(r, 0, OPEN_CALL_DIALLED_RECENTLY);
	call->capped = db_bool(r, 0, OPEN_CALL_CAPPED);
	call->greeting = db_str(r, 0, OPEN_CALL_GREETING);
	call->language = db_str(r, 0, OPEN_CALL_LANGUAGE);
	call->clinic_name = db_str(r, 0, OPEN_CALL_CLINIC_NAME);
	call->after_hours_message = db_str(r, 0, OPEN_CALL_AFTER_HOURS_MESSAGE);
	call->message_language = db_str(r, 0, OPEN_CALL_MESSAGE_LANGUAGE);
	call->own_number = str_is(db_str(r, 0, OPEN_CALL_OWNER_RULE), "from");
	call->line_dialled_recently =
	    db_bool(r, 0, OPEN_CALL_LINE_DIALLED_RECENTLY);
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

	statement_bind_session(&v, a,
	    &(struct statement_bind_session){ .user_id = call->user_id,
		.call_id = call->call_id,
		.call_sid = in->call_sid,
		.vapi_call_id = vapi_call_id,
		.answer = answer,
		.metadata = metadata });
	if ((code = db_lanes_run_one(lanes, a, lane_key(in->from, in->call_sid),
		 &v, deadline_ms, &r, e)) != ERR_OK)
		return (code);
	if (str_is(db_str(r, 0, BIND_SESSION_VERDICT), "taken"))
		return (err_set(e, ERR_CONFLICT,
		    "bind_session: this vapi call belongs to another call"));
	*answer_r = db_str(r, 0, BIND_SESSION_ANSWER);
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

	statement_settle_call(&v, a,
	    &(struct statement_settle_call){ .call_sid = in->call_sid,
		.answer = answer,
		.dialled = DB_TRUTH(dialled),
		.user_id = owned ? call->user_id : STR_NONE,
		.call_id = owned ? call->call_id : STR_NONE,
		.ended_reason = db_text(ended_reason) });
	if ((code = db_lanes_run_one(lanes, a, lane_key(in->from, in->call_sid),
		 &v, deadline_ms, &r, e)) != ERR_OK)
		return (code);
	*answer_r = db_str(r, 0, SETTLE_CALL_ANSWER);
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

	statement_find_answer(&v, a,
	    &(struct statement_find_answer){ .call_sid = in->call_sid });
	if ((code = db_lanes_run(lanes, a, lane_key(in->from, in->call_sid), &v,
		 deadline_ms, &r, e)) != ERR_OK)
		return (code);
	if (db_rows(r) == 0)
		return (err_set(e, ERR_ABSENT, "find_answer: no such call"));
	*answer_r = db_str(r, 0, FIND_ANSWER_ANSWER);
	return (ERR_OK);
}

enum err_code
tenancy_count_dials(struct db_lanes *lanes, struct arena *a,
    const struct tenancy_arrival *in, const struct phone *number,
    int64_t deadline_ms, int64_t *dials_r, struct err *e)
{
	const struct db_result *r;
	struct db_values v;
	enum err_code code;

	statement_count_dials(&v, a,
	    &(struct statement_count_dials){ .phone_number =
						 str_of(number->text),
		.sender = in->from,
		.recipient = in->to,
		.forwarded_from = in->forwarded_from,
		.diversion = in->diversion });
	if ((code = db_lanes_run_one(lanes, a, lane_key(in->from, in->call_sid),
		 &v, deadline_ms, &r, e)) != ERR_OK)
		return (code);
	*dials_r = db_int(r, 0, COUNT_DIALS_DIALS);
	return (ERR_OK);
}

/* Of apply_event and apply_status. */
static void
read_applied(const struct db_result *r, struct tenancy_applied *applied)
{
	applied->verdict = db_str(r, 0, db_column(r, "verdict"));
	applied->reason = db_str(r, 0, db_column(r, "reason"));
	applied->user_id = db_str(r, 0, db_column(r, "user_id"));
	applied->call_id = db_str(r, 0, db_column(r, "call_id"));
}

/* -1: not told. */
static struct db_number
duration(int64_t seconds)
{
	return ((struct db_number){ seconds, seconds >= 0 });
}

static void
take_event(struct db_values *v, struct arena *a, const struct tenancy_event *ev,
    const struct metadata *owner)
{
	char received[CLOCK_RFC3339_SIZE];

	statement_apply_event(v, a,
	    &(struct statement_apply_event){ .user_id = owner->user_id,
		.call_id = owner->call_id,
		.assistant_id = owner->assistant_id,
		.phone_number_id = owner->phone_number_id,
		.caller_phone_number = owner->caller_phone_number,
		.assistant_phone_number = owner->assistant_phone_number,
		.metadata = ev->metadata,
		.vapi_call_id = ev->vapi_call_id,
		.twilio_call_sid = ev->twilio_call_sid,
		.event_type = ev->type,
		.status = db_text(call_status_text(ev->status)),
		.ended_reason = ev->ended_reason,
		.told = ev->told,
		.transcript = ev->transcript,
		.messages = ev->messages,
		.summary = ev->summary,
		.analysis = ev->analysis,
		.structured_data = ev->structured_data,
		.report_digest = ev->report_digest,
		.body_sha256 = ev->body_sha256,
		.body_bytes = DB_NUMBER((int64_t)ev->body_bytes),
		.details = ev->details,
		.line = ev->line,
		.received_at = db_time(ev->received_ms, received) });
}

enum err_code
tenancy_apply_event(struct db_lanes *lanes, struct arena *a,
    const struct tenancy_event *ev, int64_t deadline_ms,
    struct tenancy_applied *applied, struct err *e)
{
	static const struct metadata nobody;
	const struct metadata *owner = ev->owner != NULL ? ev->owner : &nobody;
	const struct str key =
	    lane_key(owner->caller_phone_number, ev->vapi_call_id);
	const struct db_result *r;
	struct db_values v;
	enum err_code code;

	take_event(&v, a, ev, owner);
	if ((code = db_lanes_run_one(lanes, a, key, &v, deadline_ms, &r, e)) !=
	    ERR_OK)
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
	char received[CLOCK_RFC3339_SIZE];
	enum err_code code;

	statement_apply_status(&v, a,
	    &(struct statement_apply_status){ .call_sid = st->call_sid,
		.sender = st->from,
		.status = db_text(call_status_text(st->status)),
		.duration_seconds = duration(st->duration_s),
		.received_at = db_time(st->received_ms, received) });
	if ((code = db_lanes_run_one(lanes, a, lane_key(st->from, st->call_sid),
		 &v, deadline_ms, &r, e)) != ERR_OK)
		return (code);
	read_applied(r, applied);
	return (ERR_OK);
}

enum err_code
tenancy_record_event(struct db_lanes *lanes, struct arena *a,
    const struct tenancy_record *rec, int64_t deadline_ms, struct err *e)
{
	char received[CLOCK_RFC3339_SIZE];
	const struct db_result *r;
	struct db_values v;

	statement_record_event(&v, a,
	    &(struct statement_record_event){ .id = db_text(rec->id),
		.provider = db_text(rec->provider),
		.event_type = rec->event_type,
		.provider_call_id = rec->provider_call_id,
		.twilio_call_sid = rec->twilio_call_sid,
		.verdict = db_text(rec->verdict),
		.reason = rec->reason,
		.details = rec->details,
		.body_sha256 = rec->body_sha256,
		.body_bytes = DB_NUMBER((int64_t)rec->body_bytes),
		.body = rec->body,
		.received_at = db_time(rec->received_ms, received) });
	return (
	    db_lanes_run(lanes, a, str_of(rec->id), &v, deadline_ms, &r, e));
}

enum err_code
tenancy_ping(struct db_lanes *lanes, struct arena *a, int64_t deadline_ms,
    int64_t *version_r, struct err *e)
{
	const struct db_result *r;
	struct db_values v;
	enum err_code code;

	db_values_init(&v, a, STATEMENT_PING);
	if ((code = db_lanes_probe(lanes, a, &v, deadline_ms, &r, e)) != ERR_OK)
		return (code);
	*version_r = db_int(r, 0, PING_SCHEMA_VERSION);
	return (ERR_OK);
}

enum err_code
tenancy_prove_write(struct db_lanes *lanes, struct arena *a,
    int64_t deadline_ms, struct err *e)
{
	const struct db_result *r;
	struct db_values v;

	db_values_init(&v, a, STATEMENT_PROVE_WRITE);
	return (
	    db_lanes_run_one(lanes, a, STR("write"), &v, deadline_ms, &r, e));
}

enum err_code
tenancy_functions(struct db_lanes *lanes, struct arena *a, int64_t deadline_ms,
    bool *same_r, struct err *e)
{
	const struct db_result *r;
	struct db_values v;
	enum err_code code;

	db_values_init(&v, a, STATEMENT_FUNCTIONS_DIGEST);
	if ((code = db_lanes_run_one(lanes, a, STR("functions"), &v,
		 deadline_ms, &r, e)) != ERR_OK)
		return (code);
	*same_r =
	    str_is(db_str(r, 0, FUNCTIONS_DIGEST_SHA256), FUNCTIONS_SHA256);
	return (ERR_OK);
}
