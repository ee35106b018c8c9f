/*
 * Reads the form by rules in the order in which Twilio complains, and writes
 * the Call resource.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "dial.h"
#include "rest.h"
#include "twilio/twilio_signature.h"

#define TIMEOUT_S 60
#define TIMEOUT_MAX_S 600

struct ordering {
	struct visit *visit;
	struct form form;
	struct leg_party party;
	struct leg_order order;
	int code; /* of Twilio's error; 0: none yet */
	const char *message;
};

static enum err_code
refuse(struct visit *v, int status, int code, struct str message, struct err *e)
{
	struct json *o = json_new_object(v->arena);
	struct str more;
	struct buf b;
	enum err_code c;

	buf_init(&b, v->arena);
	buf_addf(&b, "https://www.twilio.com/docs/errors/%d", code);
	if ((c = buf_done(&b, &more, e)) != ERR_OK)
		return (c);
	json_add_number(o, "code", code);
	json_add_str(o, "message", message);
	json_add_str(o, "more_info", more);
	json_add_number(o, "status", status);
	return (visit_answer(v, status, o, e));
}

/* The header that the account's token makes. */
static enum err_code
credential(struct visit *v, struct str *text_r, struct err *e)
{
	struct twilio_accounts accounts;
	struct twilio_signer signer;
	struct str pair, encoded;
	struct buf b;
	enum err_code c;

	c = twilio_accounts_parse(v->sim->settings.sim_twilio_auth_token,
	    &accounts, e);
	if (c != ERR_OK ||
	    (c = twilio_accounts_find(&accounts, v->account, &signer, e)) !=
		ERR_OK)
		return (c);
	buf_init(&b, v->arena);
	buf_add(&b, v->account);
	buf_addc(&b, ':');
	buf_add(&b, signer.secret);
	twilio_accounts_wipe(&accounts);
	if ((c = buf_done(&b, &pair, e)) != ERR_OK ||
	    (c = crypt_base64(v->arena, pair, &encoded, e)) != ERR_OK)
		return (c);
	buf_init(&b, v->arena);
	buf_addf(&b, "Basic %s", encoded.p);
	return (buf_done(&b, text_r, e));
}

enum err_code
rest_prove(struct visit *v, struct err *e)
{
	struct str given, want;
	enum err_code c;

	if (request_header(v->req, "HTTP_AUTHORIZATION", &given, e) == ERR_OK &&
	    credential(v, &want, e) == ERR_OK && crypt_equal(given, want))
		return (ERR_OK);
	response_header(v->resp, "WWW-Authenticate",
	    "Basic realm=\"Twilio API\"");
	c = refuse(v, 401, 20003, STR("Authenticate"), e);
	return (
	    c == ERR_OK ? err_set(e, ERR_AUTH, "wrong account or token") : c);
}

/* The first value of a parameter; no value when it is not there, or empty. */
static struct str
value(const struct ordering *o, const char *name)
{
	for (size_t i = 0; i < o->form.n; i++)
		if (str_is(o->form.params[i].name, name) &&
		    o->form.params[i].value.n > 0)
			return (o->form.params[i].value);
	return (STR_NONE);
}

/* The first complaint stands. */
static void
complain(struct ordering *o, int code, const char *message)
{
	if (o->code != 0)
		return;
	o->code = code;
	o->message = message;
}

static void
read_numbers(struct ordering *o)
{
	struct str to = value(o, "To"), from = value(o, "From");
	struct phone phone;
	struct err e;

	if (to.p == NULL)
		complain(o, 21201, "No 'To' number is specified");
	else if (phone_parse(to, &phone, &e) != ERR_OK)
		complain(o, 21211, "The 'To' number is not a valid number");
	else
		memcpy(o->party.to, phone.text, PHONE_SIZE);
	if (from.p == NULL)
		complain(o, 21213, "No 'From' number is specified");
	else if (phone_parse(from, &phone, &e) != ERR_OK)
		complain(o, 21212, "The 'From' number is not a valid number");
	else
		memcpy(o->party.from, phone.text, PHONE_SIZE);
	if (str_is(to, o->party.from))
		complain(o, 21211, "'To' and 'From' are the same number");
}

static void
read_url(struct ordering *o, const char *name, char url_r[LEG_URL_SIZE],
    int code, const char *message)
{
	struct str url = value(o, name);

	if (url.p == NULL)
		return;
	if ((!str_starts(url, "http://") && !str_starts(url, "https://")) ||
	    url.n >= LEG_URL_SIZE || str_find(url, ' ') < url.n) {
		complain(o, code, message);
		return;
	}
	memcpy(url_r, url.p, url.n);
	url_r[url.n] = '\0';
}

static void
read_method(struct ordering *o, const char *name, bool *get_r)
{
	struct str method = value(o, name);

	*get_r = str_is_nocase(method, "GET");
	if (method.p != NULL && !*get_r && !str_is_nocase(method, "POST"))
		complain(o, 21209, "The method must be GET or POST");
}

static void
read_events(struct ordering *o)
{
	static const struct {
		const char *name;
		unsigned bit;
	} events[] = { { "initiated", LEG_ON_INITIATED },
		{ "ringing", LEG_ON_RINGING }, { "answered", LEG_ON_ANSWERED },
		{ "completed", LEG_ON_COMPLETED } };

	for (size_t i = 0; i < o->form.n; i++) {
		struct str rest = o->form.params[i].value;

		if (!str_is(o->form.params[i].name, "StatusCallbackEvent"))
			continue;
		while (rest.p != NULL) {
			struct str word = str_cut(&rest, ' ');

			for (size_t k = 0; k < 4; k++)
				if (str_is(word, events[k].name))
					o->order.events |= events[k].bit;
		}
	}
	if (o->order.events == 0)
		o->order.events = LEG_ON_COMPLETED;
}

static void
read_document(struct ordering *o)
{
	struct str twiml = value(o, "Twiml"), url = value(o, "Url");

	read_url(o, "Url", o->order.url, 21205, "Url is not a valid URL");
	if (url.p != NULL)
		return;
	if (twiml.p == NULL) {
		complain(o, 21205, "Url is not a valid URL");
	} else if (twiml.n >= LEG_TWIML_SIZE) {
		complain(o, 21205, "Twiml is longer than 4000 characters");
	} else {
		memcpy(o->order.twiml, twiml.p, twiml.n);
		o->order.twiml[twiml.n] = '\0';
	}
}

static void
read_rest(struct ordering *o)
{
	struct str timeout = value(o, "Timeout");
	struct str digits = value(o, "SendDigits");
	struct err e;

	o->order.timeout_s = TIMEOUT_S;
	if (timeout.p != NULL &&
	    str_parse_int(timeout, 1, TIMEOUT_MAX_S, &o->order.timeout_s, &e) !=
		ERR_OK)
		complain(o, 21208, "Timeout is not a valid number of seconds");
	if (digits.p == NULL)
		return;
	if (digits.n >= sizeof(o->order.send_digits) ||
	    strspn(digits.p, "0123456789*#wW") < digits.n) {
		complain(o, 21206, "SendDigits is not valid");
		return;
	}
	memcpy(o->order.send_digits, digits.p, digits.n);
}

static void
read_order(struct ordering *o)
{
	o->party.outbound = true;
	read_numbers(o);
	read_document(o);
	read_method(o, "Method", &o->order.url_get);
	read_url(o, "StatusCallback", o->order.status_url, 21609,
	    "StatusCallback is not a valid URL");
	read_method(o, "StatusCallbackMethod", &o->order.status_get);
	read_events(o);
	read_rest(o);
}

/* "(555) 111-1111" of a number in North America, as the resource has it. */
static void
add_formatted(struct json *object, const char *name, const char *number)
{
	char text[24];

	if (strncmp(number, "+1", 2) == 0 && strlen(number) == 12)
		(void)snprintf(text, sizeof(text), "(%.3s) %.3s-%.4s",
		    number + 2, number + 5, number + 8);
	else
		(void)snprintf(text, sizeof(text), "%s", number);
	json_add_str(object, name, str_of(text));
}

static void
add_date(struct visit *v, struct json *o, const char *name, int64_t ms)
{
	json_add_str(o, name, ms != 0 ? webhook_date(v->arena, ms) : STR_NONE);
}

/* Null as long as the call goes on. */
static void
add_duration(struct json *o, const struct leg_state *state)
{
	char text[24];

	(void)snprintf(text, sizeof(text), "%lld",
	    (long long)state->duration_s);
	json_add_str(o, "duration",
	    state->ended_ms != 0 ? str_of(text) : STR_NONE);
}

static enum err_code
add_uris(struct visit *v, struct json *o, const char *sid, struct err *e)
{
	static const char *const below[] = { "events", "notifications",
		"recordings", "streams", "transcriptions" };
	struct json *subresources = json_add_object(o, "subresource_uris");
	char title[16];
	struct str text;
	struct buf b;
	enum err_code c;

	for (size_t i = 0; i < sizeof(below) / sizeof(below[0]); i++) {
		(void)snprintf(title, sizeof(title), "%s", below[i]);
		title[0] = (char)(title[0] - 'a' + 'A');
		buf_init(&b, v->arena);
		buf_adds(&b, "/2010-04-01/Accounts/");
		buf_add(&b, v->account);
		buf_addf(&b, "/Calls/%s/%s.json", sid, title);
		if ((c = buf_done(&b, &text, e)) != ERR_OK)
			return (c);
		json_add_str(subresources, below[i], text);
	}
	buf_init(&b, v->arena);
	buf_adds(&b, "/2010-04-01/Accounts/");
	buf_add(&b, v->account);
	buf_addf(&b, "/Calls/%s.json", sid);
	if ((c = buf_done(&b, &text, e)) == ERR_OK)
		json_add_str(o, "uri", text);
	return (c);
}

static enum err_code
answer_call(struct visit *v, int status, const struct leg_party *party,
    const struct leg_state *state, struct err *e)
{
	static const char *const nulls[] = { "annotation", "answered_by",
		"caller_name", "group_sid", "parent_call_sid",
		"phone_number_sid", "price", "trunk_sid" };
	struct json *o = json_new_object(v->arena);
	enum err_code c;

	for (size_t i = 0; i < sizeof(nulls) / sizeof(nulls[0]); i++)
		json_add_null(o, nulls[i]);
	json_add_str(o, "account_sid", v->account);
	json_add_str(o, "api_version", STR("2010-04-01"));
	add_date(v, o, "date_created", state->created_ms);
	add_date(v, o, "date_updated", state->updated_ms);
	json_add_str(o, "direction",
	    party->outbound ? STR("outbound-api") : STR("inbound"));
	add_duration(o, state);
	add_date(v, o, "end_time", state->ended_ms);
	json_add_str(o, "forwarded_from",
	    party->forwarded_from[0] != '\0' ? str_of(party->forwarded_from) :
					       STR_NONE);
	json_add_str(o, "from", str_of(party->from));
	add_formatted(o, "from_formatted", party->from);
	json_add_str(o, "price_unit", STR("USD"));
	json_add_str(o, "queue_time", STR("0"));
	json_add_str(o, "sid", str_of(party->sid));
	add_date(v, o, "start_time", state->started_ms);
	json_add_str(o, "status", str_of(leg_status_name(state->status)));
	json_add_str(o, "to", str_of(party->to));
	add_formatted(o, "to_formatted", party->to);
	c = add_uris(v, o, party->sid, e);
	return (c == ERR_OK ? visit_answer(v, status, o, e) : c);
}

enum err_code
rest_create(struct visit *v, struct err *e)
{
	struct ordering *o = arena_alloc(v->arena, sizeof(*o));
	const struct leg_state made = { .status = LEG_QUEUED };
	enum err_code c;

	if (o == NULL)
		return (err_set(e, ERR_TOO_LARGE, "no memory"));
	if (form_decode(v->arena, v->req->body, &o->form, e) != ERR_OK)
		return (refuse(v, 400, 20001, str_of(e->text), e));
	read_order(o);
	if (o->code != 0)
		return (refuse(v, 400, o->code, str_of(o->message), e));
	c = dial_out(v->sim, &o->party, &o->order, &o->party, e);
	if (c == ERR_DENIED)
		return (refuse(v, 429, 20429, STR("Too Many Requests"), e));
	return (c == ERR_OK ? answer_call(v, 201, &o->party, &made, e) : c);
}

enum err_code
rest_get(struct visit *v, struct err *e)
{
	struct str sid = str_first(v->id, str_find(v->id, '.'));
	struct leg_party party;
	struct leg_state state;
	struct buf b;
	enum err_code c = ERR_ABSENT;

	if (str_is(str_skip(v->id, sid.n), ".json"))
		c = leg_find(v->sim->legs, sid, &party, &state, e);
	if (c == ERR_OK)
		return (answer_call(v, 200, &party, &state, e));
	buf_init(&b, v->arena);
	buf_adds(&b, "The requested resource ");
	buf_add(&b, v->req->path);
	buf_adds(&b, " was not found");
	if ((c = buf_done(&b, &sid, e)) != ERR_OK)
		return (c);
	return (refuse(v, 404, 20404, sid, e));
}
