/*
 * The documents are few and written here; every address in them passes the
 * escaper. Of a code or of tones nothing is logged.
 */
#include "config.h"

#include <string.h>

#include "webhooks/arrival.h"
#include "base/clock.h"
#include "io/crypt.h"
#include "io/id.h"
#include "webhooks/loop.h"
#include "twilio/twilio_twiml.h"
#include "tenancy/verification.h"

#define DB_MS 1500
#define STATUS_DB_MS 5000 /* nobody is listening for this answer */
#define PROLOG "<?xml version=\"1.0\" encoding=\"UTF-8\"?><Response>"
#define HANGUP PROLOG "<Hangup/></Response>"
#define FIELD_MAX_BYTES 128
#define TONES_TIMES 8 /* about half a minute */

/*
 * What is said, in XML, to whoever is rung. The first is for clinics whose
 * language is none of the others.
 */
struct words {
	const char *language; /* also in our own addresses */
	const char *say;
	const char *ask;
	const char *code;
	const char *again;
	const char *goodbye;
	const char *announce;
};

static const struct words all_words[] = {
	{ .language = "en",
	    .say = "<Say>",
	    .ask =
		"Hello. Somebody asked to connect this number to a telephone assistant. If it was you, press any key to hear your code. If not, just hang up.",
	    .code = "Your code is: ",
	    .again = "Once more: ",
	    .goodbye = "Goodbye.",
	    .announce =
		"This call tries whether this number forwards to a telephone assistant. You may hang up." },
	{ .language = "es",
	    .say = "<Say language=\"es-MX\">",
	    .ask =
		"Hola. Alguien ha pedido conectar este número a un asistente telefónico. Si ha sido usted, pulse cualquier "
		"tecla para oír su código. Si no, simplemente cuelgue.",
	    .code = "Su código es: ",
	    .again = "Otra vez: ",
	    .goodbye = "Adiós.",
	    .announce =
		"Esta llamada comprueba si este número se desvía a un asistente telefónico. Puede colgar." },
};

/* One request about a leg. */
struct leg {
	struct exchange *x;
	struct str id; /* of the attempt */
	struct str call_sid;
	struct str digits;
	const struct words *words;
};

static const struct words *
words_of(struct str language)
{
	struct str primary = str_first(language, str_find(language, '-'));

	for (size_t i = 1; i < sizeof(all_words) / sizeof(all_words[0]); i++)
		if (str_is_nocase(primary, all_words[i].language))
			return (&all_words[i]);
	return (&all_words[0]);
}

enum err_code
loop_url(const struct exchange *x, const struct loop_address *to,
    struct str *url_r, struct err *e)
{
	const struct words *words = words_of(to->language);
	struct buf b;

	buf_init(&b, x->arena);
	buf_add(&b, x->app->origin);
	buf_add(&b, x->app->base_path);
	buf_addf(&b, "/api/webhooks/twilio/loop?leg=%s", to->leg);
	if (to->verification.p != NULL) {
		buf_adds(&b, "&verification=");
		buf_add(&b, to->verification);
	}
	if (words != &all_words[0])
		buf_addf(&b, "&language=%s", words->language);
	return (buf_done(&b, url_r, e));
}

/* Documents --------------------------------------------------------------- */

static enum err_code
say(struct exchange *x, const char *outcome, struct str twiml)
{
	x->outcome = outcome;
	response_set(&x->resp, 200, "text/xml", twiml);
	return (ERR_OK);
}

static enum err_code
say_built(struct exchange *x, const char *outcome, struct buf *b, struct err *e)
{
	struct str twiml;
	enum err_code code;

	buf_adds(b, "<Hangup/></Response>");
	if ((code = buf_done(b, &twiml, e)) != ERR_OK)
		return (code);
	return (say(x, outcome, twiml));
}

/* Our own trouble: the call ends with the sentence, and the log says why. */
static enum err_code
sorry(struct exchange *x, struct err *e)
{
	struct str twiml;
	enum err_code code;

	x->trouble = *e;
	if ((code = twilio_twiml_say(x->arena,
		 str_of(x->app->settings.unavailable_sentence), STR_NONE, NULL,
		 &twiml, e)) != ERR_OK)
		return (code);
	return (say(x, "not_served", twiml));
}

/* A document that is written as it goes on. */
static void
begin(struct buf *b, const struct exchange *x)
{
	buf_init(b, x->arena);
	buf_adds(b, PROLOG);
}

static void
add_say(struct buf *b, const struct words *words, const char *sentence)
{
	buf_addf(b, "%s%s</Say>", words->say, sentence);
}

/* "<Gather ...>": keys end it by their count alone. */
static enum err_code
add_gather(struct buf *b, const struct exchange *x,
    const struct loop_address *to, int keys, int timeout_s, struct err *e)
{
	enum err_code code;
	struct str url;

	if ((code = loop_url(x, to, &url, e)) != ERR_OK)
		return (code);
	buf_addf(b,
	    "<Gather input=\"dtmf\" numDigits=\"%d\" timeout=\"%d\" "
	    "finishOnKey=\"\" method=\"POST\" action=\"",
	    keys, timeout_s);
	twilio_twiml_escape(b, url);
	buf_adds(b, "\">");
	return (ERR_OK);
}

static enum err_code
say_ask(const struct leg *l, struct err *e)
{
	const struct loop_address key = { "key", l->id,
		str_of(l->words->language) };
	enum err_code code;
	struct buf b;

	begin(&b, l->x);
	if ((code = add_gather(&b, l->x, &key, 1, 10, e)) != ERR_OK)
		return (code);
	add_say(&b, l->words, l->words->ask);
	buf_adds(&b, "</Gather>");
	return (say_built(l->x, "ask", &b, e));
}

/* Digit by digit, and once more. */
static enum err_code
say_code(const struct leg *l, struct err *e)
{
	char digits[VERIFICATION_DIGITS_SIZE];
	enum err_code code;
	struct buf b;

	if ((code = verification_make(&l->x->app->keys, VERIFICATION_CODE,
		 l->id, digits, e)) != ERR_OK)
		return (code);
	begin(&b, l->x);
	for (int time = 0; time < 2; time++) {
		buf_addf(&b, "%s%s", l->words->say,
		    time == 0 ? l->words->code : l->words->again);
		for (size_t i = 0; i < VERIFICATION_CODE_DIGITS; i++)
			buf_addf(&b, "%s%c", i == 0 ? "" : ", ", digits[i]);
		buf_adds(&b, ".</Say><Pause length=\"1\"/>");
	}
	add_say(&b, l->words, l->words->goodbye);
	crypt_wipe(digits, sizeof(digits));
	return (say_built(l->x, "code", &b, e));
}

/* Over and over, so that it does not matter who begins first. */
static enum err_code
say_tones(const struct leg *l, bool announce, struct err *e)
{
	char digits[VERIFICATION_DIGITS_SIZE];
	enum err_code code;
	struct buf b;

	if ((code = verification_make(&l->x->app->keys, VERIFICATION_TONES,
		 l->id, digits, e)) != ERR_OK)
		return (code);
	begin(&b, l->x);
	if (announce)
		add_say(&b, l->words, l->words->announce);
	for (int time = 0; time < TONES_TIMES; time++)
		buf_addf(&b, "<Play digits=\"wwww%s\"/>", digits);
	crypt_wipe(digits, sizeof(digits));
	return (say_built(l->x, announce ? "announce" : "tones", &b, e));
}

/* What listens for tones says nothing. */
static enum err_code
write_listen(const struct exchange *x, struct str *twiml_r, struct err *e)
{
	const struct loop_address in = { "in", STR_NONE, STR_NONE };
	enum err_code code;
	struct buf b;

	begin(&b, x);
	if ((code = add_gather(&b, x, &in, VERIFICATION_TONES_DIGITS, 30, e)) !=
	    ERR_OK)
		return (code);
	buf_adds(&b, "</Gather><Hangup/></Response>");
	return (buf_done(&b, twiml_r, e));
}

/* Legs -------------------------------------------------------------------- */

static enum err_code
outgoing(const struct leg *l, struct err *e)
{
	struct exchange *x = l->x;
	int64_t began = clock_mono_ms();
	enum verification_cue cue;
	enum err_code code;

	code = verification_answered(x->app->lanes, x->arena, l->id,
	    l->call_sid, began + DB_MS, &cue, e);
	x->db_ms += clock_mono_ms() - began;
	if (code != ERR_OK)
		return (sorry(x, e));
	switch (cue) {
	case VERIFICATION_ASK:
		return (say_ask(l, e));
	case VERIFICATION_PLAY:
	case VERIFICATION_ANNOUNCE:
		return (say_tones(l, cue == VERIFICATION_ANNOUNCE, e));
	default:
		return (say(x, "stale", STR(HANGUP)));
	}
}

static enum err_code
pressed(const struct leg *l, struct err *e)
{
	struct exchange *x = l->x;
	int64_t began = clock_mono_ms();
	enum err_code code;
	bool speak = false;

	if (l->digits.n == 0)
		return (say(x, "no_key", STR(HANGUP)));
	code = verification_pressed(x->app->lanes, x->arena, l->id, l->call_sid,
	    began + DB_MS, &speak, e);
	x->db_ms += clock_mono_ms() - began;
	if (code != ERR_OK)
		return (sorry(x, e));
	return (speak ? say_code(l, e) : say(x, "stale", STR(HANGUP)));
}

static enum err_code
ended(const struct leg *l, struct str status, struct err *e)
{
	struct exchange *x = l->x;
	int64_t began = clock_mono_ms();
	enum err_code code;

	x->outcome = "ended";
	code = verification_ended(x->app->lanes, x->arena, l->id, l->call_sid,
	    status, began + STATUS_DB_MS, e);
	x->db_ms += clock_mono_ms() - began;
	if (code == ERR_OK)
		response_set(&x->resp, 204, NULL, STR(""));
	return (code);
}

static enum err_code
heard(const struct leg *l, struct err *e)
{
	struct exchange *x = l->x;
	int64_t began = clock_mono_ms();
	struct str state, twiml;
	enum err_code code;
	bool again = false;

	code = verification_heard(x->app->lanes, x->arena, &x->app->keys,
	    l->call_sid, l->digits, began + DB_MS, &state, &again, e);
	x->db_ms += clock_mono_ms() - began;
	if (code != ERR_OK)
		return (sorry(x, e));
	if (state.p != NULL || !again)
		return (
		    say(x, state.p != NULL ? "heard" : "stale", STR(HANGUP)));
	if ((code = write_listen(x, &twiml, e)) != ERR_OK)
		return (code);
	return (say(x, "wrong_tones", twiml));
}

/* A field of the query or of the form; "" when it is not there. */
static struct str
field(const struct form *form, const char *name)
{
	struct str value = form_find(form, name, FIELD_MAX_BYTES);

	return (value.p == NULL ? STR("") : value);
}

enum err_code
loop_webhook(struct exchange *x, struct err *e)
{
	struct leg l = { .x = x };
	struct form query;
	enum err_code code;
	struct str leg;

	if ((code = form_decode(x->arena, x->req.query, &query, e)) != ERR_OK)
		return (code);
	leg = field(&query, "leg");
	l.id = field(&query, "verification");
	l.words = words_of(field(&query, "language"));
	l.call_sid = field(&x->form, "CallSid");
	l.digits = field(&x->form, "Digits");
	if (id_is_call_sid(l.call_sid) && str_is(leg, "in"))
		return (heard(&l, e));
	if (id_is_call_sid(l.call_sid) && id_is_uuid(l.id)) {
		if (str_is(leg, "out"))
			return (outgoing(&l, e));
		if (str_is(leg, "key"))
			return (pressed(&l, e));
		if (str_is(leg, "status"))
			return (ended(&l, field(&x->form, "CallStatus"), e));
	}
	(void)err_set(&x->trouble, ERR_INPUT,
	    "leg, verification or CallSid is missing or malformed");
	return (say(x, "malformed", STR(HANGUP)));
}

/* A call arrives ---------------------------------------------------------- */

enum err_code
loop_answer(struct exchange *x, struct tenancy_arrival *in, struct err *e)
{
	const struct verification_leg leg = { .call_sid = in->call_sid,
		.from = in->from,
		.to = in->to,
		.called = in->called,
		.forwarded_from = in->forwarded_from,
		.diversion = in->diversion };
	int64_t began = clock_mono_ms();
	struct str twiml = twilio_twiml_reject();
	bool listen = false;
	enum err_code code;

	code = verification_leg(x->app->lanes, x->arena, &leg, began + DB_MS,
	    &listen, e);
	x->db_ms += clock_mono_ms() - began;
	if (code != ERR_OK) {
		x->trouble = *e;
		return (say(x, x->outcome, twiml));
	}
	if (listen && (code = write_listen(x, &twiml, e)) != ERR_OK)
		return (code);
	return (say(x, x->outcome,
	    arrival_settle(x, in, NULL, twiml, false, NULL)));
}
