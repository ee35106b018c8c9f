/*
 * twilio_voice reads like the flow of a call; each step below it is one
 * function. A step that fails leaves its reason in *e, and the failure is
 * answered and stored under the CallSid like any other first answer.
 */
#include "config.h"

#include <string.h>

#include "arrival.h"
#include "clock.h"
#include "json.h"
#include "twilio.h"
#include "twilio_twiml.h"
#include "vapi_session.h"

#define STATUS_DB_MS 5000 /* nobody is listening for this answer */

/* Reading the form -------------------------------------------------------- */

/* A value that may be missing; too long or ambiguous is not. */
static enum err_code
get_value(const struct exchange *x, const char *name, struct str *value,
    struct err *e)
{
	enum err_code code;

	code = twilio_form_get(&x->form, name, value, e);
	if (code == ERR_ABSENT || (code == ERR_OK && value->n == 0)) {
		*value = STR_NONE;
		return (ERR_OK);
	}
	if (code == ERR_OK && value->n > ARRIVAL_VALUE_MAX_BYTES)
		return (err_set(e, ERR_INPUT, "%s is over %d bytes", name,
		    ARRIVAL_VALUE_MAX_BYTES));
	return (code);
}

/* The number in a Diversion header, however the header was passed on. */
static void
read_diversion(const struct exchange *x, struct str *diversion)
{
	static const char *const names[] = { "SipHeader_Diversion",
		"Diversion" };
	struct phone number;
	struct str value;

	*diversion = STR_NONE;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		char *copy;

		if (twilio_form_get(&x->form, names[i], &value, NULL) !=
			ERR_OK ||
		    phone_parse_diversion(value, &number, NULL) != ERR_OK)
			continue;
		if ((copy = str_dup(x->arena, str_of(number.text))) != NULL)
			*diversion = str_of(copy);
		return;
	}
}

static enum err_code
read_arrival(const struct exchange *x, struct tenancy_arrival *in,
    struct err *e)
{
	enum err_code code;

	memset(in, 0, sizeof(*in));
	if ((code = get_value(x, "CallSid", &in->call_sid, e)) != ERR_OK ||
	    (code = get_value(x, "From", &in->from, e)) != ERR_OK ||
	    (code = get_value(x, "To", &in->to, e)) != ERR_OK ||
	    (code = get_value(x, "Called", &in->called, e)) != ERR_OK ||
	    (code = get_value(x, "ForwardedFrom", &in->forwarded_from, e)) !=
		ERR_OK ||
	    (code = get_value(x, "StirVerstat", &in->stir_verstat, e)) !=
		ERR_OK)
		return (code);
	if (!id_is_call_sid(in->call_sid)) {
		in->call_sid = STR_NONE;
		return (err_set(e, ERR_INPUT,
		    "CallSid is missing or "
		    "malformed"));
	}
	if (in->from.p == NULL || in->to.p == NULL)
		return (err_set(e, ERR_INPUT, "%s is missing",
		    in->from.p == NULL ? "From" : "To"));
	read_diversion(x, &in->diversion);
	return (ERR_OK);
}

/* Answering --------------------------------------------------------------- */

static enum err_code
say(struct exchange *x, struct str twiml)
{
	response_set(&x->resp, 200, "text/xml", twiml);
	return (ERR_OK);
}

/* The sentence, and the fallback where there is one that may be dialled. */
static enum err_code
make_apology(struct exchange *x, const struct tenancy_arrival *in,
    const struct tenancy_call *call, bool *dials_r, struct str *twiml_r,
    struct err *e)
{
	struct phone number;

	*dials_r = arrival_fallback(x, in, call, &number);
	return (
	    twilio_twiml_sorry(x->arena, x->app->settings.unavailable_sentence,
		*dials_r ? &number : NULL, twiml_r, e));
}

static enum err_code
apologise(struct exchange *x, const struct tenancy_arrival *in,
    const struct tenancy_call *call, const char *ended_reason, struct err *e)
{
	struct str twiml;
	enum err_code code;
	bool dials;

	if ((code = make_apology(x, in, call, &dials, &twiml, e)) != ERR_OK)
		return (code);
	return (
	    say(x, arrival_settle(x, in, call, twiml, dials, ended_reason)));
}

/* The database cannot be asked: nothing is stored, a retry is a first try. */
static enum err_code
apologise_unstored(struct exchange *x, const struct tenancy_arrival *in,
    struct err *e)
{
	struct str twiml;
	enum err_code code;
	bool dials;

	x->outcome = arrival_away(e);
	x->trouble = *e;
	if ((code = make_apology(x, in, NULL, &dials, &twiml, e)) != ERR_OK)
		return (code);
	return (say(x, twiml));
}

/*
 * The first copy's answer, or the apology when the first has died: its
 * session is never asked for a second time.
 */
static enum err_code
answer_copy(struct exchange *x, const struct tenancy_arrival *in,
    const struct tenancy_call *call, struct err *e)
{
	struct str answer;

	if (arrival_wait(x, in, call, &answer, e) != ERR_OK)
		return (apologise_unstored(x, in, e));
	if (answer.p != NULL)
		return (say(x, answer));
	return (apologise(x, in, call, "callward-first-attempt-lost", e));
}

/*
 * Twilio's fallback request: our own address failed it, and this one may be
 * the same. Logged with Twilio's number for what went wrong; true when it was
 * the document that Twilio could not use (12xxx), so that the stored answer
 * is not given a second time.
 */
static bool
answer_was_unusable(struct exchange *x)
{
	struct str code;

	if (get_value(x, "ErrorCode", &code, NULL) != ERR_OK || code.p == NULL)
		return (false);
	(void)err_set(&x->trouble, ERR_UNCERTAIN,
	    "twilio asks the fallback "
	    "address: error %.*s",
	    code.n > 6 ? 6 : (int)code.n, code.p);
	return (str_starts(code, "12") && code.n == 5);
}

static enum err_code
answer_repeat(struct exchange *x, const struct tenancy_arrival *in,
    const struct tenancy_call *call, bool unusable, struct err *e)
{
	struct str twiml;
	enum err_code code;
	bool dials;

	if (!unusable)
		return (say(x, call->answer));
	if ((code = make_apology(x, in, NULL, &dials, &twiml, e)) != ERR_OK)
		return (code);
	return (say(x, twiml));
}

/* A new call -------------------------------------------------------------- */

static enum err_code
create_session(struct exchange *x, const struct tenancy_arrival *in,
    const struct tenancy_call *call, const struct json *metadata,
    struct vapi_session *session, struct err *e)
{
	const struct settings *s = &x->app->settings;
	const struct vapi_session_request req = { .api_url = s->vapi_api_url,
		.api_key = s->vapi_api_key,
		.assistant_id = call->vapi_assistant_id,
		.phone_number_id = call->vapi_phone_number_id,
		.customer_number = in->from,
		.metadata = metadata,
		.top_level_metadata = s->vapi_top_level_metadata };
	int64_t began = clock_mono_ms();
	enum err_code code;

	if (call->vapi_assistant_id.p == NULL)
		return (err_set(e, ERR_ABSENT,
		    "this number has no assistant "
		    "with a vapi id: callward assistant add"));
	code = vapi_session_create(x->app->http, x->arena, &req,
	    began + s->vapi_timeout_ms, session, e);
	x->vapi_ms = clock_mono_ms() - began;
	metrics_session(x->app->metrics, code, x->vapi_ms);
	return (code);
}

static enum err_code
start_session(struct exchange *x, const struct tenancy_arrival *in,
    const struct tenancy_call *call, struct err *e)
{
	struct json *metadata = json_new_object(x->arena);
	struct vapi_session session;
	struct str answer;

	if (arrival_seal(x, in, call, metadata, e) != ERR_OK ||
	    create_session(x, in, call, metadata, &session, e) != ERR_OK) {
		x->outcome = "no_session";
		x->trouble = *e;
		return (apologise(x, in, call, "callward-no-session", e));
	}
	if (arrival_bind(x, in, call, session.call_id, metadata, session.twiml,
		&answer, e) != ERR_OK) {
		x->outcome = "not_bound";
		x->trouble = *e;
		return (apologise(x, in, call, "callward-not-bound", e));
	}
	return (say(x, answer));
}

enum err_code
twilio_voice(struct exchange *x, struct err *e)
{
	struct tenancy_arrival in;
	struct tenancy_call call;
	bool unusable;

	if (read_arrival(x, &in, e) != ERR_OK) {
		arrival_reject(x, "twilio", STR("voice"), &in, e);
		return (say(x, twilio_twiml_reject()));
	}
	unusable = answer_was_unusable(x);
	if (arrival_open(x, &in, &call, e) != ERR_OK)
		return (apologise_unstored(x, &in, e));
	switch (call.verdict) {
	case TENANCY_NEW:
		return (start_session(x, &in, &call, e));
	case TENANCY_REPEAT:
		return (answer_repeat(x, &in, &call, unusable, e));
	case TENANCY_WAIT:
		return (answer_copy(x, &in, &call, e));
	case TENANCY_CONFLICT:
	case TENANCY_BUSY:
		return (apologise(x, &in, &call, NULL, e));
	case TENANCY_MISMATCH:
		/* The CallSid has its first answer, and this is not it. */
		return (say(x, twilio_twiml_reject()));
	default:
		return (say(x,
		    arrival_settle(x, &in, NULL, twilio_twiml_reject(), false,
			NULL)));
	}
}

/* A status callback ------------------------------------------------------- */

static enum err_code
read_status(const struct exchange *x, struct tenancy_status *st, struct err *e)
{
	struct str status, seconds;
	enum err_code code;

	if ((code = get_value(x, "CallSid", &st->call_sid, e)) != ERR_OK ||
	    (code = get_value(x, "From", &st->from, e)) != ERR_OK ||
	    (code = get_value(x, "CallStatus", &status, e)) != ERR_OK ||
	    (code = get_value(x, "CallDuration", &seconds, e)) != ERR_OK)
		return (code);
	st->status = call_status_of_twilio(status);
	if (!id_is_call_sid(st->call_sid) || st->from.p == NULL ||
	    st->status == CALL_NONE)
		return (err_set(e, ERR_INPUT,
		    "CallSid, From or CallStatus is "
		    "missing or malformed"));
	if (seconds.p == NULL ||
	    str_parse_int(seconds, 0, INT32_MAX, &st->duration_s, NULL) !=
		ERR_OK)
		st->duration_s = -1;
	return (ERR_OK);
}

/* A status that fits no call of ours is kept for the operator. */
static enum err_code
quarantine_status(struct exchange *x, const struct tenancy_status *st,
    struct str reason, struct err *e)
{
	struct tenancy_record rec = { .provider = "twilio",
		.event_type = STR("status"),
		.twilio_call_sid = st->call_sid,
		.verdict = "quarantined",
		.reason = reason,
		.body_bytes = x->req.body.n };
	enum err_code code;

	x->outcome = "quarantined";
	(void)err_set(&x->trouble, ERR_DENIED, "quarantined: %.*s",
	    (int)reason.n, reason.p);
	if ((code = id_new(rec.id, e)) != ERR_OK)
		return (code);
	return (tenancy_record_event(x->app->lanes, x->arena, &rec,
	    clock_mono_ms() + STATUS_DB_MS, e));
}

enum err_code
twilio_status(struct exchange *x, struct err *e)
{
	struct tenancy_arrival nobody = { .call_sid = STR_NONE };
	struct tenancy_applied applied;
	struct tenancy_status st;
	int64_t began = clock_mono_ms();
	enum err_code code;

	response_set(&x->resp, 204, NULL, STR(""));
	if (read_status(x, &st, e) != ERR_OK) {
		arrival_reject(x, "twilio", STR("status"), &nobody, e);
		return (ERR_OK);
	}
	code = tenancy_apply_status(x->app->lanes, x->arena, &st,
	    began + STATUS_DB_MS, &applied, e);
	x->db_ms += clock_mono_ms() - began;
	if (code == ERR_OK && str_is(applied.verdict, "quarantined"))
		code = quarantine_status(x, &st, applied.reason, e);
	else if (code == ERR_OK) {
		x->tenant = applied.user_id;
		x->call = applied.call_id;
		x->outcome =
		    str_is(applied.verdict, "accepted") ? "accepted" : "stale";
	}
	if (code != ERR_OK)
		x->resp.status = 0;
	return (code);
}
