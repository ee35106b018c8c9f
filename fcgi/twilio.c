/*
 * twilio_voice reads like the flow of a call; each step below it is one
 * function. A step that fails leaves its reason in *e, and the failure is
 * answered and stored under the CallSid like any other first answer.
 */
#include "config.h"

#include <string.h>

#include "clock.h"
#include "fallback.h"
#include "json.h"
#include "tenancy.h"
#include "twilio.h"
#include "twilio_twiml.h"
#include "vapi_session.h"

#define DB_MS 1500		/* one statement, waiting included */
#define VALUE_MAX_BYTES 128
#define POLL_FIRST_MS 50
#define POLL_MOST_MS 400

/* Reading the form ---------------------------------------------------------- */

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
	if (code == ERR_OK && value->n > VALUE_MAX_BYTES)
		return (err_set(e, ERR_INPUT, "%s is over %d bytes", name,
		    VALUE_MAX_BYTES));
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
		    ERR_OK || phone_parse_diversion(value, &number, NULL) !=
		    ERR_OK)
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
		return (err_set(e, ERR_INPUT, "CallSid is missing or "
		    "malformed"));
	}
	if (in->from.p == NULL || in->to.p == NULL)
		return (err_set(e, ERR_INPUT, "%s is missing",
		    in->from.p == NULL ? "From" : "To"));
	read_diversion(x, &in->diversion);
	in->calls_at_once = x->app->settings.calls_at_once;
	in->calls_per_minute = x->app->settings.calls_per_minute;
	return (id_new(in->call_id, e));
}

/* Answering ----------------------------------------------------------------- */

static void
say(struct exchange *x, struct str twiml)
{
	response_set(&x->resp, 200, "text/xml", twiml);
}

static int64_t
db_deadline(void)
{
	return (clock_mono_ms() + DB_MS);
}

/* A request that names no call of anybody: rejected, for the operator. */
static enum err_code
reject_malformed(struct exchange *x, const struct tenancy_arrival *in,
    const struct err *why)
{
	struct tenancy_record rec = { .provider = "twilio",
	    .event_type = STR("voice"), .twilio_call_sid = in->call_sid,
	    .verdict = "rejected", .reason = STR("malformed_request"),
	    .body_bytes = x->req.body.n };
	int64_t began = clock_mono_ms();

	x->outcome = "malformed";
	x->trouble = *why;
	if (id_new(rec.id, &x->trouble) == ERR_OK)
		(void)(tenancy_record_event(x->app->lanes, x->arena, &rec,
		    db_deadline(), &x->trouble) == ERR_OK);
	x->db_ms += clock_mono_ms() - began;
	say(x, twilio_twiml_reject());
	return (ERR_OK);
}

/*
 * Store the first answer of this CallSid and say it, or the one that was
 * stored before. When the database cannot be asked the answer is given all
 * the same: a caller is waiting.
 */
static void
settle(struct exchange *x, const struct tenancy_arrival *in,
    const struct tenancy_call *call, struct str twiml, bool dialled,
    const char *ended_reason)
{
	struct str stored = STR_NONE;
	int64_t began = clock_mono_ms();
	struct err e;

	if (tenancy_settle_call(x->app->lanes, x->arena, in, call, twiml,
	    dialled, ended_reason, db_deadline(), &stored, &e) != ERR_OK) {
		if (x->trouble.code == ERR_OK)
			x->trouble = e;
		stored = twiml;
	}
	x->db_ms += clock_mono_ms() - began;
	say(x, stored);
}

/* The sentence, and the fallback where there is one that may be dialled. */
static enum err_code
make_apology(struct exchange *x, const struct tenancy_arrival *in,
    const struct tenancy_call *call, bool *dials_r, struct str *twiml_r,
    struct err *e)
{
	struct phone none, choice;

	memset(&none, 0, sizeof(none));
	memset(&choice, 0, sizeof(choice));
	if (call == NULL || !call->dialled_recently)
		fallback_choose(x->app->fallbacks, in->from, in->to,
		    call == NULL ? &none : &call->fallback,
		    call == NULL ? &none : &call->line_fallback,
		    x->app->settings.dial_prefixes, clock_mono_ms(), &choice);
	*dials_r = choice.text[0] != '\0';
	return (twilio_twiml_sorry(x->arena,
	    x->app->settings.unavailable_sentence, *dials_r ? &choice : NULL,
	    twiml_r, e));
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
	settle(x, in, call, twiml, dials, ended_reason);
	return (ERR_OK);
}

/* The database cannot be asked: nothing is stored, a retry is a first try. */
static enum err_code
apologise_unstored(struct exchange *x, const struct tenancy_arrival *in,
    const struct err *why, struct err *e)
{
	struct str twiml;
	enum err_code code;
	bool dials;

	x->outcome = "database_away";
	x->trouble = *why;
	if ((code = make_apology(x, in, NULL, &dials, &twiml, e)) != ERR_OK)
		return (code);
	say(x, twiml);
	return (ERR_OK);
}

/* A repeat ------------------------------------------------------------------ */

/* How long the first copy may take, from its start. */
static int64_t
most_ms(const struct exchange *x)
{
	return (x->app->settings.vapi_timeout_ms + 2 * DB_MS);
}

/*
 * A copy arrived while the first is at work: wait for its answer as long as
 * the first may take. If none comes the first has died, and this CallSid is
 * settled with the apology; its session is never asked for a second time.
 */
static enum err_code
wait_for_first(struct exchange *x, const struct tenancy_arrival *in,
    struct tenancy_call *call, struct err *e)
{
	int64_t until = clock_mono_ms() + most_ms(x) - call->age_ms;
	int64_t pause_ms = POLL_FIRST_MS, began = clock_mono_ms();
	struct str answer = STR_NONE;
	enum err_code code;

	while (answer.p == NULL && clock_mono_ms() + pause_ms < until) {
		clock_sleep_ms(pause_ms);
		if (pause_ms < POLL_MOST_MS)
			pause_ms *= 2;
		code = tenancy_find_answer(x->app->lanes, x->arena, in,
		    db_deadline(), &answer, e);
		if (code != ERR_OK)
			return (apologise_unstored(x, in, e, e));
	}
	x->db_ms += clock_mono_ms() - began;
	if (answer.p != NULL) {
		say(x, answer);
		return (ERR_OK);
	}
	return (apologise(x, in, call, "callward-first-attempt-lost", e));
}

/* A new call ---------------------------------------------------------------- */

static enum err_code
seal_owner(struct exchange *x, const struct tenancy_arrival *in,
    const struct tenancy_call *call, struct json *metadata, struct err *e)
{
	const struct metadata owner = { .user_id = call->user_id,
	    .assistant_id = call->assistant_id,
	    .phone_number_id = call->phone_number_id,
	    .caller_phone_number = in->from,
	    .assistant_phone_number = in->to,
	    .call_id = call->call_id };

	return (metadata_seal(x->arena, &x->app->keys, &owner, metadata, e));
}

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
	    .customer_number = in->from, .metadata = metadata,
	    .top_level_metadata = s->vapi_top_level_metadata };
	int64_t began = clock_mono_ms();
	enum err_code code;

	if (call->vapi_assistant_id.p == NULL)
		return (err_set(e, ERR_ABSENT, "this number has no assistant "
		    "with a vapi id: callward assistant add"));
	code = vapi_session_create(x->app->http, x->arena, &req,
	    began + s->vapi_timeout_ms, session, e);
	x->vapi_ms = clock_mono_ms() - began;
	metrics_session(x->app->metrics, code, x->vapi_ms);
	return (code);
}

static enum err_code
bind_session(struct exchange *x, const struct tenancy_arrival *in,
    const struct tenancy_call *call, const struct json *metadata,
    const struct vapi_session *session, struct str *answer_r, struct err *e)
{
	int64_t began = clock_mono_ms();
	struct str text;
	enum err_code code;

	if ((code = json_format(x->arena, metadata, &text, e)) != ERR_OK)
		return (code);
	code = tenancy_bind_session(x->app->lanes, x->arena, in, call,
	    session->call_id, text, session->twiml, db_deadline(), answer_r,
	    e);
	x->db_ms += clock_mono_ms() - began;
	return (code);
}

static enum err_code
start_session(struct exchange *x, const struct tenancy_arrival *in,
    const struct tenancy_call *call, struct err *e)
{
	struct json *metadata = json_new_object(x->arena);
	struct vapi_session session;
	struct str answer;

	if (seal_owner(x, in, call, metadata, e) != ERR_OK ||
	    create_session(x, in, call, metadata, &session, e) != ERR_OK) {
		x->outcome = "no_session";
		x->trouble = *e;
		return (apologise(x, in, call, "callward-no-session", e));
	}
	if (bind_session(x, in, call, metadata, &session, &answer, e) !=
	    ERR_OK) {
		x->outcome = "not_bound";
		x->trouble = *e;
		return (apologise(x, in, call, "callward-not-bound", e));
	}
	say(x, answer);
	return (ERR_OK);
}

enum err_code
twilio_voice(struct exchange *x, struct err *e)
{
	struct tenancy_arrival in;
	struct tenancy_call call;
	int64_t began;
	enum err_code code;

	if (read_arrival(x, &in, e) != ERR_OK)
		return (reject_malformed(x, &in, e));
	began = clock_mono_ms();
	code = tenancy_open_call(x->app->lanes, x->arena, &in, db_deadline(),
	    &call, e);
	x->db_ms = clock_mono_ms() - began;
	if (code != ERR_OK)
		return (apologise_unstored(x, &in, e, e));
	x->outcome = tenancy_verdict_name(call.verdict);
	x->tenant = call.user_id;
	x->call = call.call_id;
	metrics_call(x->app->metrics, call.verdict);
	switch (call.verdict) {
	case TENANCY_NEW:
		fallback_remember(x->app->fallbacks, in.from, in.to,
		    &call.fallback, &call.line_fallback);
		return (start_session(x, &in, &call, e));
	case TENANCY_REPEAT:
		say(x, call.answer);
		return (ERR_OK);
	case TENANCY_WAIT:
		return (wait_for_first(x, &in, &call, e));
	case TENANCY_CONFLICT:
	case TENANCY_BUSY:
		return (apologise(x, &in, &call, NULL, e));
	case TENANCY_MISMATCH:
		/* The CallSid has its first answer, and this is not it. */
		say(x, twilio_twiml_reject());
		return (ERR_OK);
	default:
		settle(x, &in, NULL, twilio_twiml_reject(), false, NULL);
		return (ERR_OK);
	}
}
