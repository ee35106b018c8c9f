/*
 * A table gives the parameters with fixed values; the caller's own are set
 * over it. Signed is what is in the form, at the address of SIM_TWILIO_URL.
 */
#include "config.h"

#include <string.h>

#include "crypt.h"
#include "id.h"
#include "twilio_form.h"
#include "twilio_signature.h"
#include "webhook.h"

#define NO_ACCOUNT "AC00000000000000000000000000000000"
#define PARAMS_MAX (48 + CALLER_PARAMS_MAX)

static const struct { const char *name, *value; } fixed[] = {
	{ "AccountSid", NO_ACCOUNT },
	{ "ApiVersion", "2010-04-01" },
	{ "CallSid", "" },
	{ "CallStatus", "ringing" },
	{ "CallToken", "{\"parentCallInfoToken\":\"simulated\","
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

struct making {
	struct arena *arena;
	struct twilio_param params[PARAMS_MAX];
	struct twilio_form form;
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

static enum err_code
set_given(struct making *m, const struct caller *caller, struct err *e)
{
	for (size_t i = 0; i < caller->n_params; i++) {
		struct str value = str_of(caller->params[i]);
		struct str name = str_cut(&value, '=');

		if (name.n == 0 || value.p == NULL)
			return (err_set(e, ERR_INPUT,
			    "--param takes NAME=VALUE"));
		set(m, name, value);
	}
	return (ERR_OK);
}

static enum err_code
new_call_sid(struct arena *arena, struct str *sid_r, struct err *e)
{
	char random[16];
	struct str hex;
	struct buf b;
	enum err_code c;

	if ((c = crypt_random(random, sizeof(random), e)) != ERR_OK ||
	    (c = crypt_hex(arena, (struct str){ random, sizeof(random) },
	    &hex, e)) != ERR_OK)
		return (c);
	buf_init(&b, arena);
	buf_adds(&b, "CA");
	buf_add(&b, hex);
	return (buf_done(&b, sid_r, e));
}

static enum err_code
set_all(struct making *m, const struct caller *caller, const char *account,
    struct err *e)
{
	struct str from = str_of(caller->from), to = str_of(caller->to);
	struct str sid = str_of(caller->call_sid);
	enum err_code c;

	if (sid.p == NULL &&
	    (c = new_call_sid(m->arena, &sid, e)) != ERR_OK)
		return (c);
	for (size_t i = 0; i < sizeof(fixed) / sizeof(fixed[0]); i++)
		set(m, str_of(fixed[i].name), str_of(fixed[i].value));
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
	return (set_given(m, caller, e));
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
write_form(struct making *m, struct webhook *w, struct err *e)
{
	struct str sid;
	struct buf b;
	enum err_code c;

	buf_init(&b, m->arena);
	for (size_t i = 0; i < m->form.n; i++) {
		char *name = str_dup(m->arena, m->params[i].name);

		if (name == NULL)
			return (err_set(e, ERR_TOO_LARGE, "form is too large"));
		twilio_form_add(&b, name, m->params[i].value);
	}
	if ((c = buf_done(&b, &w->body, e)) != ERR_OK ||
	    (c = twilio_form_get(&m->form, "CallSid", &sid, e)) != ERR_OK)
		return (c);
	w->call_sid = str_dup(m->arena, sid);
	return (w->call_sid != NULL ? ERR_OK :
	    err_set(e, ERR_TOO_LARGE, "form is too large"));
}

enum err_code
webhook_make(struct arena *arena, const struct settings *settings,
    const struct caller *caller, struct webhook *w, struct err *e)
{
	struct making *m = arena_alloc(arena, sizeof(*m));
	struct twilio_accounts accounts;
	char token[ID_SIZE];
	struct str signature;
	enum err_code c;

	if (m == NULL)
		return (err_set(e, ERR_TOO_LARGE, "no memory"));
	m->arena = arena;
	m->form.params = m->params;
	c = twilio_accounts_parse(settings->sim_twilio_auth_token, &accounts,
	    e);
	if (c != ERR_OK)
		return (c);
	if ((c = set_all(m, caller, accounts.row[0].sid, e)) != ERR_OK ||
	    (c = write_form(m, w, e)) != ERR_OK ||
	    (c = twilio_signature_make(arena, str_of(accounts.row[0].token),
	    str_of(settings->sim_twilio_url), &m->form, &signature, e)) !=
	    ERR_OK || (c = header(arena, "X-Twilio-Signature", signature.p,
	    &w->signature_header, e)) != ERR_OK ||
	    (c = id_new(token, e)) != ERR_OK)
		goto out;
	c = header(arena, "I-Twilio-Idempotency-Token", token,
	    &w->idempotency_header, e);
out:
	twilio_accounts_wipe(&accounts);
	return (c);
}
