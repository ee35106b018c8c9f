/*
 * Twilio's form, and Twilio's way of an arriving call: TwiML, and a session
 * that Vapi is asked for. What becomes of a call is arrival.c's.
 */
#include "config.h"

#include <string.h>

#include "webhooks/arrival.h"
#include "base/clock.h"
#include "io/json.h"
#include "webhooks/loop.h"
#include "webhooks/twilio.h"
#include "twilio/twilio_twiml.h"
#include "vapi/vapi_session.h"

#define STATUS_DB_MS 5000 /* nobody is listening for this answer */

/* Reading the form -------------------------------------------------------- */

/* One of the values that decide: a bad one is an error, a missing one none. */
static enum err_code
get_value(const struct exchange *x, const char *name, struct str *value,
    struct err *e)
{
	enum err_code code;

	code = form_get(&x->form, name, value, e);
	if (code == ERR_ABSENT) {
		*value = STR_NONE;
		return (ERR_OK);
	}
	if (code == ERR_OK && value->n > ARRIVAL_VALUE_MAX_BYTES)
		return (err_set(e, ERR_INPUT, "%s is over %d bytes", name,
		    ARRIVAL_VALUE_MAX_BYTES));
	return (code);
}

/* Who calls; an empty From is a number that is withheld. */
static enum err_code
get_from(const struct exchange *x, struct str *from, struct err *e)
{
	enum err_code code = get_value(x, "From", from, e);

	if (code == ERR_OK && from->p != NULL && from->n == 0)
		*from = STR(PHONE_WITHHELD);
	return (code);
}

static struct str
find_value(const struct exchange *x, const char *name)
{
	return (form_find(&x->form, name, ARRIVAL_VALUE_MAX_BYTES));
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

		if (form_get(&x->form, names[i], &value, NULL) != ERR_OK ||
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
	    (code = get_from(x, &in->from, e)) != ERR_OK ||
	    (code = get_value(x, "To", &in->to, e)) != ERR_OK)
		return (code);
	if (!id_is_call_sid(in->call_sid)) {
		in->call_sid = STR_NONE;
		return (
		    err_set(e, ERR_INPUT, "CallSid is missing or malformed"));
	}
	if (in->from.p == NULL || in->to.n == 0)
		return (err_set(e, ERR_INPUT, "%s is missing",
		    in->from.p == NULL ? "From" : "To"));
	in->called = find_value(x, "Called");
	/* Without its guard, which stands in Called, it says nothing. */
	if (in->called.p != NULL || !form_has(&x->form, "Called"))
		in->forwarded_from = find_value(x, "ForwardedFrom");
	in->stir_verstat = find_value(x, "StirVerstat");
	read_diversion(x, &in->diversion);
	return (ERR_OK);
}

/* Twilio's way ------------------------------------------------------------ */

static enum err_code
reject(struct exchange *x, struct str *twiml_r, struct err *e)
{
	(void)x;
	(void)e;
	*twiml_r = twilio_twiml_reject();
	return (ERR_OK);
}

static enum err_code
begin(const struct arrival *a, const struct json *metadata,
    struct arrival_session *session, struct err *e)
{
	struct exchange *x = a->x;
	const struct settings *s = &x->app->settings;
	const struct vapi_session_request req = { .api_url = s->vapi_api_url,
		.api_key = s->vapi_api_key,
		.assistant_id = a->call.vapi_assistant_id,
		.phone_number_id = a->call.vapi_phone_number_id,
		.customer_number = a->in.from,
		.overrides = arrival_overrides(a, metadata),
		.top_level_metadata = s->vapi_top_level_metadata };
	int64_t began = clock_mono_ms();
	struct vapi_session got;
	enum err_code code;

	code = vapi_session_create(x->app->http, x->arena, &req,
	    began + s->vapi_timeout_ms, &got, e);
	x->vapi_ms = clock_mono_ms() - began;
	metrics_session(x->app->metrics, code, x->vapi_ms);
	if (code == ERR_OK)
		*session =
		    (struct arrival_session){ .vapi_call_id = got.call_id,
			    .answer = got.twiml };
	return (code);
}

static enum err_code
repeat(const struct arrival *a, struct str answer, struct err *e)
{
	if (a->unusable && a->call.verdict == TENANCY_REPEAT)
		return (arrival_sorry(a, e));
	return (arrival_say(a, answer));
}

static const struct arrival_way way = { .content_type = "text/xml",
	.speak = twilio_twiml_say,
	.reject = reject,
	.begin = begin,
	.repeat = repeat,
	.loop = loop_answer };

/*
 * Twilio's fallback request: our own address failed it, and this one may be
 * the same. Logged with Twilio's number for what went wrong; true when it was
 * the document that Twilio could not use (12xxx), so that the stored answer
 * is not given a second time.
 */
static bool
answer_was_unusable(struct exchange *x)
{
	struct str code = find_value(x, "ErrorCode");

	if (code.p == NULL)
		return (false);
	(void)err_set(&x->trouble, ERR_UNCERTAIN,
	    "twilio asks the fallback address: error %.*s",
	    code.n > 6 ? 6 : (int)code.n, code.p);
	return (str_starts(code, "12") && code.n == 5);
}

enum err_code
twilio_voice(struct exchange *x, struct err *e)
{
	struct arrival a = { .x = x, .way = &way };

	if (read_arrival(x, &a.in, e) != ERR_OK) {
		arrival_reject(x, "twilio", STR("voice"), &a.in, e);
		return (arrival_turn_away(&a, false, e));
	}
	a.unusable = answer_was_unusable(x);
	return (arrival_serve(&a, e));
}

/* A status callback ------------------------------------------------------- */

static enum err_code
read_status(const struct exchange *x, struct tenancy_status *st, struct err *e)
{
	struct str seconds = find_value(x, "CallDuration");
	enum err_code code;

	if ((code = get_value(x, "CallSid", &st->call_sid, e)) != ERR_OK ||
	    (code = get_from(x, &st->from, e)) != ERR_OK)
		return (code);
	st->status = call_status_of_twilio(find_value(x, "CallStatus"));
	if (!id_is_call_sid(st->call_sid) || st->from.p == NULL ||
	    st->status == CALL_NONE)
		return (err_set(e, ERR_INPUT,
		    "CallSid, From or CallStatus is missing or malformed"));
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
