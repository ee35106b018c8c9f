/*
 * A table gives the parameters with fixed values; the caller's own are set
 * over it. Signed is what is in the form, at the address of SIM_TWILIO_URL.
 */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "io/crypt.h"
#include "io/id.h"
#include "io/json.h"
#include "io/form.h"
#include "twilio/twilio_shared_key.h"
#include "twilio/twilio_signature.h"
#include "webhook.h"

#define NO_ACCOUNT "AC00000000000000000000000000000000"
#define PARAMS_MAX (64 + CALLER_PARAMS_MAX)

static const struct {
	const char *name, *value;
} fixed[] = {
	{ "AccountSid", NO_ACCOUNT },
	{ "ApiVersion", "2010-04-01" },
	{ "CallSid", "" },
	{ "CallStatus", "ringing" },
	{ "CallToken",
	    "{\"parentCallInfoToken\":\"simulated\","
	    "\"identityHeaderTokens\":[]}" },
	{ "Called", "" },
	{ "CalledCity", "" },
	{ "CalledCountry", "US" },
	{ "CalledState", "CA" },
	{ "CalledZip", "" },
	{ "Caller", "" },
	{ "CallerCity", "SAN FRANCISCO" },
	{ "CallerCountry", "US" },
	{ "CallerState", "CA" },
	{ "CallerZip", "94105" },
	{ "Direction", "inbound" },
	{ "From", "" },
	{ "FromCity", "SAN FRANCISCO" },
	{ "FromCountry", "US" },
	{ "FromState", "CA" },
	{ "FromZip", "94105" },
	{ "StirVerstat", "TN-Validation-Passed-A" },
	{ "To", "" },
	{ "ToCity", "" },
	{ "ToCountry", "US" },
	{ "ToState", "CA" },
	{ "ToZip", "" },
};

/* Told of a call that comes in, and of no other. */
static const char *const of_arrival[] = { "CallToken", "StirVerstat" };

/* What Twilio knows of where a number is; nothing where there is none. */
static const char *const of_place[] = { "CallerCity", "CallerCountry",
	"CallerState", "CallerZip", "FromCity", "FromCountry", "FromState",
	"FromZip", "StirVerstat" };

struct making {
	struct arena *arena;
	struct form_param params[PARAMS_MAX];
	struct form form;
	char sid[ID_CALL_SID_SIZE]; /* where none was given */
};

/* Set a parameter, in its place if it is there already. */
static void
set(struct making *m, struct str name, struct str value)
{
	size_t i = 0;

	while (i < m->form.n && !str_eq(m->params[i].name, name))
		i++;
	m->params[i].name = name;
	m->params[i].value = value;
	if (i == m->form.n)
		m->form.n++;
}

/* Take a parameter out; the rest keeps its order. */
static void
unset(struct making *m, const char *name)
{
	size_t n = 0;

	for (size_t i = 0; i < m->form.n; i++)
		if (!str_is(m->params[i].name, name))
			m->params[n++] = m->params[i];
	m->form.n = n;
}

static enum err_code
set_given(struct making *m, const struct caller *caller, struct err *e)
{
	for (size_t i = 0; i < caller->n_params; i++) {
		struct str value = str_of(caller->params[i]);
		struct str name = str_cut(&value, '=');

		if (name.n == 0 || value.p == NULL)
			return (
			    err_set(e, ERR_INPUT, "--param takes NAME=VALUE"));
		set(m, name, value);
	}
	return (ERR_OK);
}

enum err_code
webhook_call_sid(char sid_r[ID_CALL_SID_SIZE], struct err *e)
{
	unsigned char random[16];
	enum err_code c = crypt_random(random, sizeof(random), e);

	if (c != ERR_OK)
		return (c);
	memcpy(sid_r, "CA", 3);
	for (size_t i = 0; i < sizeof(random); i++)
		(void)snprintf(sid_r + 2 + 2 * i, 3, "%02x", random[i]);
	return (ERR_OK);
}

/* Callers that are no number: withheld, a SIP address, a client. */
static void
set_origin(struct making *m, struct str from)
{
	size_t at = str_find(from, '@');

	if (str_starts(from, "+"))
		return;
	for (size_t i = 0; i < sizeof(of_place) / sizeof(of_place[0]); i++)
		set(m, str_of(of_place[i]), STR(""));
	if (!str_starts(from, "sip:"))
		return;
	set(m, STR("SipDomain"),
	    at < from.n ? str_skip(from, at + 1) : str_skip(from, 4));
	set(m, STR("SipCallId"), STR("5d2c1f7e@192.0.2.7"));
	set(m, STR("SipSourceIp"), STR("192.0.2.7"));
	set(m, STR("SipHeader_X-Clinic"), STR("front desk"));
}

struct str
webhook_date(struct arena *arena, int64_t wall_ms)
{
	time_t at = (time_t)(wall_ms / 1000);
	char text[40];
	struct tm tm;

	if (gmtime_r(&at, &tm) == NULL ||
	    strftime(text, sizeof(text), "%a, %d %b %Y %H:%M:%S +0000", &tm) ==
		0)
		return (STR(""));
	return (str_of(arena_strndup(arena, text, strlen(text))));
}

static enum err_code
set_number(struct making *m, const char *name, int64_t number, struct err *e)
{
	struct str text;
	struct buf b;
	enum err_code c;

	buf_init(&b, m->arena);
	buf_addf(&b, "%" PRId64, number);
	if ((c = buf_done(&b, &text, e)) == ERR_OK)
		set(m, str_of(name), text);
	return (c);
}

/* How the carrier says what became of the call. */
static struct str
sip_code(struct str status)
{
	if (str_is(status, "completed"))
		return (STR("200"));
	if (str_is(status, "busy"))
		return (STR("486"));
	return (str_is(status, "failed") ? STR("404") : STR("487"));
}

static enum err_code
set_event(struct making *m, const struct webhook_event *event, struct err *e)
{
	enum err_code c;

	for (size_t i = 0;
	     event->outbound && i < sizeof(of_arrival) / sizeof(of_arrival[0]);
	     i++)
		unset(m, of_arrival[i]);
	if (event->outbound)
		set(m, STR("Direction"), STR("outbound-api"));
	if (event->status.p == NULL)
		return (ERR_OK);
	if ((c = set_number(m, "SequenceNumber", event->sequence, e)) != ERR_OK)
		return (c);
	set(m, STR("CallStatus"), event->status);
	set(m, STR("CallbackSource"), STR("call-progress-events"));
	set(m, STR("Timestamp"), webhook_date(m->arena, clock_wall_ms()));
	if (event->duration_s < 0)
		return (ERR_OK);
	set(m, STR("SipResponseCode"), sip_code(event->status));
	if ((c = set_number(m, "CallDuration", event->duration_s, e)) != ERR_OK)
		return (c);
	return (set_number(m, "Duration", (event->duration_s + 59) / 60, e));
}

static enum err_code
set_all(struct making *m, const struct settings *settings,
    const struct caller *caller, const char *account, struct err *e)
{
	struct str from = str_of(caller->from), to = str_of(caller->to);
	struct str sid = str_of(caller->call_sid);
	enum err_code c;

	if (sid.p == NULL) {
		if ((c = webhook_call_sid(m->sid, e)) != ERR_OK)
			return (c);
		sid = str_of(m->sid);
	}
	for (size_t i = 0; i < sizeof(fixed) / sizeof(fixed[0]); i++)
		set(m, str_of(fixed[i].name), str_of(fixed[i].value));
	set_origin(m, from);
	if (account[0] != '\0')
		set(m, STR("AccountSid"), str_of(account));
	set(m, STR("CallSid"), sid);
	set(m, STR("From"), from);
	set(m, STR("Caller"), from);
	set(m, STR("To"), to);
	set(m, STR("Called"), to);
	if (caller->forwarded_from != NULL) {
		set(m, STR("ForwardedFrom"), str_of(caller->forwarded_from));
		set(m, STR("CalledVia"), str_of(caller->forwarded_from));
	}
	if (caller->error_code != NULL) {
		set(m, STR("ErrorCode"), str_of(caller->error_code));
		set(m, STR("ErrorUrl"), str_of(settings->sim_twilio_url));
	}
	return (ERR_OK);
}

static enum err_code
header(struct arena *arena, const char *name, const char *value,
    const char **text_r, struct err *e)
{
	struct str text;
	struct buf b;
	enum err_code c;

	buf_init(&b, arena);
	buf_addf(&b, "%s: %s", name, value);
	if ((c = buf_done(&b, &text, e)) == ERR_OK)
		*text_r = text.p;
	return (c);
}

static enum err_code
write_form(struct making *m, struct str *form_r, struct err *e)
{
	struct buf b;

	buf_init(&b, m->arena);
	for (size_t i = 0; i < m->form.n; i++) {
		char *name = str_dup(m->arena, m->params[i].name);

		if (name == NULL)
			return (err_set(e, ERR_TOO_LARGE, "form is too large"));
		form_add(&b, name, m->params[i].value);
	}
	return (buf_done(&b, form_r, e));
}

static enum err_code
write_json(struct making *m, struct str *text_r, struct err *e)
{
	struct json *o = json_new_object(m->arena);

	for (size_t i = 0; i < m->form.n; i++) {
		char *name = str_dup(m->arena, m->params[i].name);

		if (name == NULL)
			return (err_set(e, ERR_TOO_LARGE, "body is too large"));
		json_add_str(o, name, m->params[i].value);
	}
	return (json_format(m->arena, o, text_r, e));
}

/* base?name=value, or base&name=value where it has a query already. */
static enum err_code
join(struct arena *arena, struct str base, const char *name, struct str value,
    struct str *url_r, struct err *e)
{
	struct buf b;

	buf_init(&b, arena);
	buf_add(&b, base);
	buf_addc(&b, str_find(base, '?') < base.n ? '&' : '?');
	buf_adds(&b, name);
	buf_add(&b, value);
	return (buf_done(&b, url_r, e));
}

static enum err_code
hash_of(struct arena *arena, struct str body, struct str *hex_r, struct err *e)
{
	struct crypt_digest digest;
	enum err_code c;

	if ((c = crypt_digest(CRYPT_SHA256, body, &digest, e)) != ERR_OK)
		return (c);
	return (crypt_hex(arena,
	    (struct str){ (const char *)digest.p, digest.n }, hex_r, e));
}

/* The request in the form asked for; covered_r: parameters to sign. */
static enum err_code
write_request(struct making *m, enum caller_form form, struct str base,
    struct webhook *w, const struct form **covered_r, struct err *e)
{
	struct str url = base, text;
	enum err_code c;

	*covered_r = NULL;
	w->method = form == CALLER_QUERY ? "GET" : "POST";
	if (form == CALLER_QUERY) {
		if ((c = write_form(m, &text, e)) == ERR_OK)
			c = join(m->arena, base, "", text, &url, e);
	} else if (form == CALLER_JSON) {
		w->type_header = "Content-Type: application/json";
		if ((c = write_json(m, &w->body, e)) == ERR_OK &&
		    (c = hash_of(m->arena, w->body, &text, e)) == ERR_OK)
			c = join(m->arena, base, "bodySHA256=", text, &url, e);
	} else {
		w->type_header =
		    "Content-Type: application/x-www-form-urlencoded; charset=UTF-8";
		*covered_r = &m->form;
		c = write_form(m, &w->body, e);
	}
	w->url = url.p;
	return (c);
}

/* The first shared key signs where there is one, else the token. */
static enum err_code
choose_signer(struct making *m, const struct twilio_accounts *accounts,
    const struct twilio_shared_keys *keys, struct twilio_signer *signer_r,
    struct webhook *w, struct err *e)
{
	enum err_code c;
	struct str named;
	struct buf b;

	*signer_r = (struct twilio_signer){ str_of(accounts->row[0].token),
		CRYPT_SHA1 };
	if (keys->n == 0)
		return (ERR_OK);
	*signer_r =
	    (struct twilio_signer){ str_of(keys->row[0].secret), CRYPT_SHA256 };
	buf_init(&b, m->arena);
	buf_addf(&b, "key=%s,algorithm=HMAC_SHA256", keys->row[0].id);
	if ((c = buf_done(&b, &named, e)) != ERR_OK)
		return (c);
	return (header(m->arena, "X-Twilio-Webhooks-Signature-Settings",
	    named.p, &w->settings_header, e));
}

static enum err_code
sign(struct making *m, const struct form *covered,
    const struct twilio_signer *signer, struct webhook *w, struct err *e)
{
	char once[ID_SIZE];
	struct str signature;
	enum err_code c;

	if ((c = twilio_signature_make(m->arena, signer, str_of(w->url),
		 covered, &signature, e)) != ERR_OK ||
	    (c = header(m->arena, "X-Twilio-Signature", signature.p,
		 &w->signature_header, e)) != ERR_OK ||
	    (c = id_new(once, e)) != ERR_OK)
		return (c);
	return (header(m->arena, "I-Twilio-Idempotency-Token", once,
	    &w->idempotency_header, e));
}

/* A call's own address, or the number's: one below the other. */
static enum err_code
address(struct arena *arena, const struct settings *settings,
    const struct webhook_event *event, struct str *url_r, struct err *e)
{
	struct buf b;

	buf_init(&b, arena);
	if (event->url.p != NULL) {
		buf_add(&b, str_first(event->url, str_find(event->url, '#')));
	} else {
		buf_adds(&b, settings->sim_twilio_url);
		if (event->status.p != NULL)
			buf_adds(&b, "/status");
	}
	return (buf_done(&b, url_r, e));
}

static enum err_code
take_call_sid(struct making *m, struct webhook *w, struct err *e)
{
	struct str sid;
	enum err_code c;

	if ((c = form_get(&m->form, "CallSid", &sid, e)) != ERR_OK)
		return (c);
	w->call_sid = str_dup(m->arena, sid);
	return (w->call_sid != NULL ?
		ERR_OK :
		err_set(e, ERR_TOO_LARGE, "form is too large"));
}

enum err_code
webhook_make(struct arena *arena, const struct settings *settings,
    const struct caller *caller, const struct webhook_event *event,
    struct webhook *w, struct err *e)
{
	struct making *m = arena_alloc(arena, sizeof(*m));
	const struct form *covered;
	struct twilio_shared_keys keys = { 0 };
	struct twilio_accounts accounts;
	struct twilio_signer signer;
	struct str base;
	enum err_code c;

	if (m == NULL)
		return (err_set(e, ERR_TOO_LARGE, "no memory"));
	memset(w, 0, sizeof(*w));
	m->arena = arena;
	m->form.params = m->params;
	c = twilio_accounts_parse(settings->sim_twilio_auth_token, &accounts,
	    e);
	if (c == ERR_OK)
		c = twilio_shared_keys_parse(settings->sim_twilio_shared_keys,
		    &keys, e);
	if (c == ERR_OK &&
	    (c = set_all(m, settings, caller, accounts.row[0].sid, e)) ==
		ERR_OK &&
	    (c = set_event(m, event, e)) == ERR_OK &&
	    (c = set_given(m, caller, e)) == ERR_OK &&
	    (c = take_call_sid(m, w, e)) == ERR_OK &&
	    (c = address(arena, settings, event, &base, e)) == ERR_OK &&
	    (c = write_request(m, caller->form, base, w, &covered, e)) ==
		ERR_OK &&
	    (c = choose_signer(m, &accounts, &keys, &signer, w, e)) == ERR_OK)
		c = sign(m, covered, &signer, w, e);
	twilio_shared_keys_wipe(&keys);
	twilio_accounts_wipe(&accounts);
	return (c);
}
