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
#include "spooling.h"
#include "tenancy/phone_diversion.h"
#include "twilio/twilio_form.h"
#include "twilio/twilio_status.h"
#include "twilio/twilio_twiml.h"
#include "vapi/vapi_session.h"

#define CAME_MAX_BYTES 256
#define STATUS_DB_MS 5000 /* nobody is listening for this answer */
#define VAPI_LEAST_MS 500 /* with less a session comes too late */

/* Reading the form -------------------------------------------------------- */

static struct str
find_value(const struct exchange *x, const char *name)
{
	return (form_find(&x->form, name, TWILIO_FORM_VALUE_BYTES));
}

/* How a Diversion header is passed on. */
static const char *const diversions[] = { "SipHeader_Diversion", "Diversion",
	NULL };

/* Text as it is; of what is none each byte as \xNN, which is text. */
static void
add_raw(struct buf *b, struct str value)
{
	while (value.n > 0) {
		size_t n = str_utf8_length(value);

		if (n > 0 && value.p[0] != '\0')
			buf_add(b, str_first(value, n));
		else
			buf_addf(b, "\\x%02x", (unsigned char)value.p[0]);
		value = str_skip(value, n > 0 ? n : 1);
	}
}

/*
 * Every value of these parameters in the order of the names, with commas
 * between, as one header; raw: of bytes that are no text, too. STR_NONE: none
 * was sent.
 */
static struct str
join_values(const struct exchange *x, const char *const *names, bool raw)
{
	struct str text = STR_NONE;
	bool any = false;
	struct buf b;

	buf_init(&b, x->arena);
	for (; *names != NULL; names++)
		for (size_t i = 0; i < x->form.n; i++) {
			struct str value = x->form.params[i].value;

			if (!str_is(x->form.params[i].name, *names) ||
			    (!raw && !form_is_text(value)))
				continue;
			buf_adds(&b, any ? ", " : "");
			add_raw(&b, value);
			any = true;
		}
	if (!any || buf_done(&b, &text, NULL) != ERR_OK)
		return (STR_NONE);
	return (text);
}

/* At most n bytes, and no part of a character. */
static struct str
cut_text(struct str s, size_t n)
{
	size_t at = 0, step;

	while (at < s.n && (step = str_utf8_length(str_skip(s, at))) > 0 &&
	    at + step <= n)
		at += step;
	return (str_first(s, at));
}

/* What the inbox keeps of a call that nobody takes: as it was sent. */
static struct str
read_came(const struct exchange *x)
{
	static const char *const from[] = { "From", NULL };
	static const char *const to[] = { "To", NULL };
	static const char *const forwarded[] = { "ForwardedFrom", NULL };
	static const struct {
		const char *name;
		const char *const *params;
	} rows[] = { { "from", from }, { "to", to },
		{ "forwarded_from", forwarded }, { "diversion", diversions } };
	struct json *came = json_new_object(x->arena);
	struct str text = STR_NONE;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct str value = join_values(x, rows[i].params, true);

		if (value.p != NULL)
			json_add_str(came, rows[i].name,
			    cut_text(value, CAME_MAX_BYTES));
	}
	return (json_format(x->arena, came, &text, NULL) == ERR_OK ? text :
								     STR_NONE);
}

static struct str
read_diversion(const struct exchange *x, struct str to)
{
	struct phone number;
	char *copy;

	if (phone_parse_diversion(join_values(x, diversions, false), to,
		&number, NULL) != ERR_OK)
		return (STR_NONE);
	copy = str_dup(x->arena, str_of(number.text));
	return (str_of(copy));
}

static enum err_code
read_arrival(const struct exchange *x, struct tenancy_arrival *in,
    struct err *e)
{
	enum err_code code;

	memset(in, 0, sizeof(*in));
	in->came = read_came(x);
	if ((code = twilio_form_value(&x->form, "CallSid", &in->call_sid, e)) !=
		ERR_OK ||
	    (code = twilio_form_from(&x->form, &in->from, e)) != ERR_OK ||
	    (code = twilio_form_value(&x->form, "To", &in->to, e)) != ERR_OK)
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
	in->diversion = read_diversion(x, in->to);
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
		.top_level_metadata = s->vapi_top_level_metadata,
		.breaker = x->app->breaker,
		.clinic = a->call.user_id };
	int64_t began = clock_mono_ms(), until = began + s->vapi_timeout_ms;
	struct vapi_session got;
	enum err_code code;

	if (until > x->until_ms - ARRIVAL_LAST_MS)
		until = x->until_ms - ARRIVAL_LAST_MS;
	if (until - began < VAPI_LEAST_MS)
		return (err_set(e, ERR_TEMPORARY,
		    "vapi is not asked: only %lld ms are left for this call",
		    (long long)(x->until_ms - began)));
	if ((code = admission_ask(x->app->admission, e)) != ERR_OK)
		return (code);
	code =
	    vapi_session_create(x->app->http, x->arena, &req, until, &got, e);
	admission_asked(x->app->admission);
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

	x->until_ms = x->req.started_ms + x->app->settings.arrival_most_ms;
	if (read_arrival(x, &a.in, e) != ERR_OK) {
		arrival_reject(x, "twilio", STR("voice"), &a.in, e);
		return (arrival_turn_away(&a, false, e));
	}
	a.unusable = answer_was_unusable(x);
	return (arrival_serve(&a, e));
}

/* A status callback ------------------------------------------------------- */

/* A status that fits no call of ours is kept for the operator. */
static enum err_code
quarantine_status(struct exchange *x, const struct tenancy_status *st,
    struct str reason, struct err *e)
{
	struct tenancy_record rec;
	enum err_code code;

	x->outcome = "quarantined";
	(void)err_set(&x->trouble, ERR_DENIED, "quarantined: %.*s",
	    (int)reason.n, reason.p);
	twilio_status_record(st, reason, x->req.body.n, &rec);
	if ((code = id_new(rec.id, e)) != ERR_OK)
		return (code);
	return (tenancy_record_event(x->app->lanes, x->arena, &rec,
	    clock_mono_ms() + spooling_patience_ms(x, STATUS_DB_MS), e));
}

static bool
keep_status(struct exchange *x)
{
	struct str body;

	return (
	    twilio_status_format(x->arena, &x->form, &body, NULL) == ERR_OK &&
	    spooling_keep(x, TWILIO_STATUS_KIND, body));
}

static enum err_code
file_status(struct exchange *x, const struct tenancy_status *st, struct err *e)
{
	struct tenancy_applied applied;
	int64_t began = clock_mono_ms();
	enum err_code code;

	code = tenancy_apply_status(x->app->lanes, x->arena, st,
	    began + spooling_patience_ms(x, STATUS_DB_MS), &applied, e);
	x->db_ms += clock_mono_ms() - began;
	if (code == ERR_OK)
		spooling_answered(x);
	if (code == ERR_OK && str_is(applied.verdict, "quarantined"))
		return (quarantine_status(x, st, applied.reason, e));
	if (code == ERR_OK) {
		x->tenant = applied.user_id;
		x->call = applied.call_id;
		x->outcome =
		    str_is(applied.verdict, "accepted") ? "accepted" : "stale";
	}
	return (code);
}

enum err_code
twilio_status(struct exchange *x, struct err *e)
{
	struct tenancy_arrival nobody = { .call_sid = STR_NONE };
	struct tenancy_status st;
	enum err_code code;

	response_set(&x->resp, 204, NULL, STR(""));
	if (twilio_status_read(&x->form, &st, e) != ERR_OK) {
		arrival_reject(x, "twilio", STR("status"), &nobody, e);
		return (ERR_OK);
	}
	if (spooling_comes_first(x) && keep_status(x))
		return (ERR_OK);
	code = file_status(x, &st, e);
	if (code != ERR_OK && code != ERR_INPUT && code != ERR_CONFLICT) {
		spooling_failed(x);
		if (keep_status(x)) {
			x->trouble = *e;
			return (ERR_OK);
		}
	}
	if (code != ERR_OK)
		x->resp.status = 0;
	return (code);
}
