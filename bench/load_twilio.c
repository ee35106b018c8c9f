/*
 * Signed Twilio webhooks of calls that arrive: a CallSid each, from one of the
 * numbers +1555NNNNNNN at random, to the line.
 */
#include "config.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "io/crypt.h"
#include "load.h"
#include "io/form.h"
#include "twilio/twilio_signature.h"

#define HEAD_MAX_BYTES 4096
#define SID_CHARS 34
#define NUMBER_DIGITS 7
#define SIGNATURE_CHARS 28

/* What differs between two requests. */
struct ticket {
	char sid[SID_CHARS + 1];
	char number[NUMBER_DIGITS + 1]; /* behind "+1555" */
	char signature[SIGNATURE_CHARS + 1];
};

/* What does not. */
struct twilio {
	struct arena *arena;
	const char *line;
	int64_t numbers;
	struct twilio_signer signer;
	struct str url, account;
};

/* The parameters of a call's first webhook, as Twilio sends them. */
static void
fill_form(const struct twilio *w, const struct ticket *t, char from[13],
    struct form_param *params, struct form *form)
{
	const struct str line = str_of(w->line);

	(void)snprintf(from, 13, "+1555%s", t->number);
	const struct form_param rows[] = {
		{ STR("AccountSid"), w->account },
		{ STR("ApiVersion"), STR("2010-04-01") },
		{ STR("CallSid"), str_of(t->sid) },
		{ STR("CallStatus"), STR("ringing") },
		{ STR("Called"), line },
		{ STR("CalledCity"), STR("") },
		{ STR("CalledCountry"), STR("US") },
		{ STR("CalledState"), STR("CA") },
		{ STR("CalledZip"), STR("") },
		{ STR("Caller"), str_of(from) },
		{ STR("CallerCity"), STR("SAN FRANCISCO") },
		{ STR("CallerCountry"), STR("US") },
		{ STR("CallerState"), STR("CA") },
		{ STR("CallerZip"), STR("94105") },
		{ STR("Direction"), STR("inbound") },
		{ STR("From"), str_of(from) },
		{ STR("FromCity"), STR("SAN FRANCISCO") },
		{ STR("FromCountry"), STR("US") },
		{ STR("FromState"), STR("CA") },
		{ STR("FromZip"), STR("94105") },
		{ STR("StirVerstat"), STR("TN-Validation-Passed-A") },
		{ STR("To"), line },
		{ STR("ToCity"), STR("") },
		{ STR("ToCountry"), STR("US") },
		{ STR("ToState"), STR("CA") },
		{ STR("ToZip"), STR("") },
	};

	memcpy(params, rows, sizeof(rows));
	*form = (struct form){ params, sizeof(rows) / sizeof(rows[0]) };
}

static void
make_ticket(const struct twilio *w, struct ticket *t)
{
	struct form_param params[FORM_PARAMS_MAX];
	struct form form;
	struct str signature;
	unsigned char r[20];
	struct err e;
	uint32_t n;
	char from[13];

	if (crypt_random(r, sizeof(r), &e) != ERR_OK)
		die("random", e.text);
	memcpy(&n, r + 16, sizeof(n));
	memcpy(t->sid, "CA", 2);
	for (size_t i = 0; i < 16; i++)
		(void)snprintf(t->sid + 2 + 2 * i, 3, "%02x", r[i]);
	(void)snprintf(t->number, sizeof(t->number), "%07u",
	    n % (uint32_t)w->numbers % 10000000);
	fill_form(w, t, from, params, &form);
	if (twilio_signature_make(w->arena, &w->signer, w->url, &form,
		&signature, &e) != ERR_OK)
		die("signature", e.text);
	memcpy(t->signature, signature.p, SIGNATURE_CHARS);
	arena_reset(w->arena);
}

/* The request of a ticket, and where in it a ticket's values stand. */
static void
make_request(const struct twilio *w, const struct ticket *t, struct requests *q)
{
	struct form_param params[FORM_PARAMS_MAX];
	struct form form;
	struct str body, path;
	struct buf text;
	struct err e;
	char from[13];

	path = str_skip(w->url, strlen("http://"));
	path = str_skip(path, str_find(path, '/'));
	fill_form(w, t, from, params, &form);
	buf_init(&text, w->arena);
	for (size_t i = 0; i < form.n; i++)
		form_add(&text, params[i].name.p, params[i].value);
	if (buf_done(&text, &body, &e) != ERR_OK)
		die("request", e.text);
	q->text = need(1, HEAD_MAX_BYTES);
	q->n = (size_t)snprintf(q->text, HEAD_MAX_BYTES,
	    "POST %s HTTP/1.1\r\n"
	    "Host: 127.0.0.1\r\n"
	    "User-Agent: TwilioProxy/1.1\r\n"
	    "Accept: */*\r\n"
	    "Content-Type: application/x-www-form-urlencoded; charset=UTF-8\r\n"
	    "X-Twilio-Signature: %s\r\n"
	    "Content-Length: %zu\r\n\r\n%s",
	    path.p, t->signature, body.n, body.p);
	if (q->n >= HEAD_MAX_BYTES)
		die("request", "it is too long");
	add_place(q, "&CallSid=", offsetof(struct ticket, sid), SID_CHARS);
	add_place(q, "&From=%2B1555", offsetof(struct ticket, number),
	    NUMBER_DIGITS);
	add_place(q, "&Caller=%2B1555", offsetof(struct ticket, number),
	    NUMBER_DIGITS);
	add_place(q, "X-Twilio-Signature: ", offsetof(struct ticket, signature),
	    SIGNATURE_CHARS);
	arena_reset(w->arena);
}

void
prepare_webhooks(const struct options *o, const struct settings *s,
    struct requests *q)
{
	struct twilio w = { .arena = arena_new((size_t)1024 * 1024),
		.line = o->line,
		.numbers = o->numbers };
	struct arena *whole = arena_new((size_t)1024 * 1024);
	struct twilio_accounts accounts;
	struct ticket *tickets;
	struct buf url;
	struct err e;

	if (w.arena == NULL || whole == NULL)
		die("memory", "there is not enough");
	buf_init(&url, whole);
	buf_addf(&url, "%s/api/webhooks/twilio", s->public_url);
	if (buf_done(&url, &w.url, &e) != ERR_OK ||
	    twilio_accounts_parse(s->twilio_auth_token, &accounts, &e) !=
		ERR_OK)
		die("settings", e.text);
	w.account = str_of(accounts.row[0].sid);
	w.signer =
	    (struct twilio_signer){ str_of(accounts.row[0].token), CRYPT_SHA1 };
	q->n_tickets = requests_wanted(o);
	q->ticket_bytes = sizeof(struct ticket);
	tickets = need(q->n_tickets, sizeof(*tickets));
	for (size_t i = 0; i < q->n_tickets; i++)
		make_ticket(&w, &tickets[i]);
	q->tickets = (const char *)tickets;
	make_request(&w, &tickets[0], q);
	arena_free(w.arena);
	arena_free(whole);
}
