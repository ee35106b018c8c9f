/*
 * One document at a time; what the next request needs is copied out of it.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "deliver.h"
#include "fetch.h"
#include "verbs.h"

#define VERBS_MAX 500
#define WORD_MS 400 /* of speech */
#define KEY_MS 250  /* of a tone and the silence after it */
#define SOUND_MS 2000
#define GATHER_TIMEOUT_S 5
#define SORRY "Sorry, an application error has occurred. Goodbye."

enum verdict { GO_ON, LEAVE, END };

struct run {
	struct leg *leg;
	struct arena *arena;
	char url[LEG_URL_SIZE]; /* of the document in hand; "": the number's */
	bool get;
	bool gathered;
	char digits[LEG_KEYS_SIZE]; /* of the <Gather> that asks */
	char finish[2];
	size_t verbs;
	enum leg_status end; /* when no more is to come */
};

struct gather {
	bool keys; /* input has dtmf */
	int64_t timeout_ms, most;
	char finish; /* '\0': none */
	bool finished;
	size_t n;
	char digits[LEG_KEYS_SIZE];
};

static enum verdict run_verb(struct run *, const struct twiml_element *);

static int64_t
number(const struct twiml_element *v, const char *name, int64_t fallback,
    int64_t max)
{
	int64_t n = fallback;
	struct err e;

	if (str_parse_int(twiml_attribute(v, name), 0, max, &n, &e) != ERR_OK)
		n = fallback;
	return (n);
}

/* Bytes of "http://host[:port]" and of the path up to its last '/'. */
static void
measure(struct str url, size_t *origin_r, size_t *folder_r)
{
	size_t slashes = str_starts(url, "https://") ? 8 : 7;
	size_t path = slashes + str_find(str_skip(url, slashes), '/');
	size_t query = str_find(url, '?');

	*origin_r = path;
	*folder_r = path;
	for (size_t i = path; i < query; i++)
		if (url.p[i] == '/')
			*folder_r = i + 1;
}

/*
 * The address that text means in the document of base, as a browser would
 * read it, but for "..". false: there is none, or it is too long.
 */
static bool
resolve(struct str base, struct str text, char url_r[LEG_URL_SIZE])
{
	size_t origin, folder, keep = 0;

	measure(base, &origin, &folder);
	if (text.n == 0)
		keep = base.n;
	else if (str_starts(text, "/"))
		keep = origin;
	else if (str_starts(text, "?"))
		keep = str_find(base, '?');
	else if (!str_starts(text, "http://") && !str_starts(text, "https://"))
		keep = folder;
	if (keep > base.n || keep + text.n >= LEG_URL_SIZE)
		return (false);
	memmove(url_r, base.p, keep);
	memcpy(url_r + keep, text.p, text.n);
	url_r[keep + text.n] = '\0';
	return (true);
}

/* Ask there next. */
static enum verdict
leave_for(struct run *r, const struct twiml_element *v, struct str text)
{
	struct str base = str_of(
	    r->url[0] != '\0' ? r->url : r->leg->sim->settings.sim_twilio_url);
	char url[LEG_URL_SIZE];

	if (!resolve(base, text.p != NULL ? text : STR(""), url)) {
		leg_note(r->leg, "error", STR("11100 invalid URL"), r->arena);
		return (END);
	}
	memcpy(r->url, url, sizeof(url));
	r->get = str_is_nocase(twiml_attribute(v, "method"), "GET");
	return (LEAVE);
}

static enum verdict
after(enum leg_wait w)
{
	return (w == LEG_OVER ? END : GO_ON);
}

static enum leg_wait
say(struct run *r, const struct twiml_element *v, bool until_key)
{
	int64_t loops = number(v, "loop", 1, 1000), words = 1;
	enum leg_wait w = LEG_DUE;

	for (size_t i = 0; i < v->text.n; i++)
		words += v->text.p[i] == ' ';
	for (int64_t i = 0; w == LEG_DUE && (i < loops || loops == 0); i++) {
		leg_heard(r->leg, v->text, false, r->arena);
		w = leg_wait(r->leg, words * WORD_MS, until_key);
	}
	return (w);
}

enum leg_wait
verbs_press(struct leg *leg, struct str digits, struct arena *arena)
{
	enum leg_wait w = LEG_DUE;
	char tones[LEG_KEYS_SIZE];
	size_t n = 0, heard = 0;
	struct str text;
	struct buf b;

	for (size_t i = 0; i < digits.n && w == LEG_DUE; i++) {
		char c = digits.p[i];

		if (c == 'w' || c == 'W') {
			w = leg_wait(leg, c == 'w' ? 500 : 1000, false);
			continue;
		}
		if (n < sizeof(tones))
			tones[n++] = c;
		heard += leg_send_key(leg, c);
		w = leg_wait(leg, KEY_MS, false);
	}
	leg_heard(leg, (struct str){ tones, n }, true, arena);
	buf_init(&b, arena);
	buf_addf(&b, "%zu of %zu tones were listened for", heard, n);
	if (buf_done(&b, &text, NULL) == ERR_OK)
		leg_note(leg, "tones heard", text, arena);
	return (w);
}

static enum leg_wait
play(struct run *r, const struct twiml_element *v, bool until_key)
{
	struct str digits = twiml_attribute(v, "digits");

	if (digits.p != NULL)
		return (verbs_press(r->leg, digits, r->arena));
	leg_note(r->leg, "plays", v->text, r->arena);
	return (leg_wait(r->leg, SOUND_MS, until_key));
}

/* What is said while keys are waited for; a key cuts it short. */
static enum leg_wait
prompt(struct run *r, const struct twiml_element *gather)
{
	enum leg_wait w = LEG_DUE;

	for (const struct twiml_element *v = gather->first;
	     v != NULL && w == LEG_DUE; v = v->next) {
		if (str_is(v->name, "Say"))
			w = say(r, v, true);
		else if (str_is(v->name, "Play"))
			w = play(r, v, true);
		else if (str_is(v->name, "Pause"))
			w = leg_wait(r->leg,
			    number(v, "length", 1, 3600) * 1000, true);
	}
	return (w);
}

/* What the person presses at this <Gather>, the nth of the call. */
static struct str
keys_of_person(struct leg *leg)
{
	struct str rest = str_of(leg->phone.keys), keys = STR("");
	struct leg_party other;

	(void)leg_ends(leg, &other);
	if (!leg->party.outbound || other.sid[0] != '\0')
		return (keys);
	for (size_t i = 0; i <= leg->gathers; i++)
		keys = rest.p != NULL ? str_cut(&rest, ',') : STR("");
	leg->gathers++;
	return (keys);
}

/* Take what is pressed until it is enough; false: the call is over. */
static bool
collect(struct leg *leg, struct gather *g)
{
	struct str person = keys_of_person(leg);
	int64_t key_ms = leg->phone.key_ms;
	enum leg_wait w;
	char key;

	if (key_ms > g->timeout_ms)
		person = STR("");
	for (;;) {
		w = leg_wait(leg, person.n > 0 ? key_ms : g->timeout_ms, true);
		if (w == LEG_DUE && person.n > 0) {
			leg_person_presses(leg, person);
			person = STR("");
			continue;
		}
		if (w != LEG_KEY)
			return (w != LEG_OVER);
		key = leg_take_key(leg);
		g->finished = key == g->finish;
		if (g->finished)
			return (true);
		if (g->n < sizeof(g->digits) - 1)
			g->digits[g->n++] = key;
		if (g->n == (size_t)g->most)
			return (true);
	}
}

static void
read_gather(const struct twiml_element *v, struct gather *g)
{
	struct str finish = twiml_attribute(v, "finishOnKey");
	struct str input = twiml_attribute(v, "input");

	memset(g, 0, sizeof(*g));
	g->keys = input.p == NULL;
	while (input.p != NULL)
		if (str_is(str_cut(&input, ' '), "dtmf"))
			g->keys = true;
	g->timeout_ms = number(v, "timeout", GATHER_TIMEOUT_S, 3600) * 1000;
	g->most = number(v, "numDigits", 0, LEG_KEYS_SIZE - 1);
	g->finish = '#';
	if (finish.p != NULL)
		g->finish = finish.n > 0 ? finish.p[0] : '\0';
}

static enum verdict
gather(struct run *r, const struct twiml_element *v)
{
	struct gather g;
	bool goes_on;

	read_gather(v, &g);
	leg_listen(r->leg, g.keys);
	goes_on = prompt(r, v) != LEG_OVER && collect(r->leg, &g);
	leg_listen(r->leg, false);
	if (!goes_on)
		return (END);
	leg_note(r->leg, "gathered", (struct str){ g.digits, g.n }, r->arena);
	if (g.n == 0 && !g.finished &&
	    !str_is(twiml_attribute(v, "actionOnEmptyResult"), "true"))
		return (GO_ON);
	memcpy(r->digits, g.digits, sizeof(r->digits));
	r->finish[0] = g.finished ? g.finish : '\0';
	r->gathered = true;
	return (leave_for(r, v, twiml_attribute(v, "action")));
}

/* The stream leads to our own Vapi; the verb lasts as long as its call. */
static enum verdict
connect_stream(struct run *r, const struct twiml_element *v)
{
	struct sim *sim = r->leg->sim;
	struct plan plan = sim_plan(sim);
	struct store_call call = { .status = STORE_QUEUED };
	struct str id = STR("");
	enum leg_wait w = LEG_DUE;
	struct err e;

	if (v->first != NULL)
		id = twiml_attribute(v->first, "url");
	for (size_t slash = str_find(id, '/'); slash < id.n;
	     slash = str_find(id, '/'))
		id = str_skip(id, slash + 1);
	if (store_connect(sim->store, id, str_of(r->leg->party.sid),
		clock_wall_ms(), &e) != ERR_OK) {
		leg_note(r->leg, "error", STR("31920 the stream was refused"),
		    r->arena);
		return (GO_ON);
	}
	id = str_of(str_dup(r->arena, id));
	if (id.p == NULL)
		return (END);
	deliver_begin(sim, id.p, &plan);
	while (w == LEG_DUE && call.status != STORE_ENDED) {
		w = leg_wait(r->leg, 100 * plan.phone_speed, false);
		if (store_get(sim->store, id, r->arena, &call, &e) != ERR_OK)
			break;
	}
	return (after(w));
}

static enum verdict
reject(struct run *r, const struct twiml_element *v)
{
	r->end = str_is(twiml_attribute(v, "reason"), "busy") ? LEG_BUSY :
								LEG_NO_ANSWER;
	return (END);
}

/* These leave a call that comes in ringing. */
static bool
answers(struct str verb)
{
	return (!str_is(verb, "Pause") && !str_is(verb, "Reject") &&
	    !str_is(verb, "Redirect"));
}

static void
answer(struct run *r)
{
	if (r->leg->state.status < LEG_IN_PROGRESS)
		leg_move(r->leg, LEG_IN_PROGRESS, r->arena);
	r->end = LEG_COMPLETED;
}

static enum verdict
run_verb(struct run *r, const struct twiml_element *v)
{
	bool rings = r->leg->state.status < LEG_IN_PROGRESS;

	if (++r->verbs > VERBS_MAX)
		return (END);
	leg_note(r->leg, "verb", v->name, r->arena);
	if (rings && answers(v->name))
		answer(r);
	if (str_is(v->name, "Reject") && rings)
		return (reject(r, v));
	if (str_is(v->name, "Hangup") || str_is(v->name, "Reject"))
		return (END);
	if (str_is(v->name, "Say"))
		return (after(say(r, v, false)));
	if (str_is(v->name, "Play"))
		return (after(play(r, v, false)));
	if (str_is(v->name, "Pause"))
		return (after(leg_wait(r->leg,
		    number(v, "length", 1, 3600) * 1000, false)));
	if (str_is(v->name, "Gather"))
		return (gather(r, v));
	if (str_is(v->name, "Redirect"))
		return (leave_for(r, v, v->text));
	if (str_is(v->name, "Connect"))
		return (connect_stream(r, v));
	return (GO_ON);
}

/* Ask for a document, again if the request did not get there. */
static enum err_code
ask(struct run *r, struct twiml *twiml_r, struct err *e)
{
	int64_t deadline_ms = clock_mono_ms() + FETCH_TOTAL_MS;
	struct fetch_answer a;
	struct webhook w;
	enum err_code c;

	c = leg_webhook(r->leg, r->arena,
	    r->url[0] != '\0' ? str_of(r->url) : STR_NONE, r->get,
	    r->gathered ? str_of(r->digits) : STR_NONE, str_of(r->finish), &w,
	    e);
	if (c != ERR_OK)
		return (c);
	leg_note(r->leg, "asks", str_of(w.url), r->arena);
	c = ERR_TEMPORARY;
	for (int i = 0; i < FETCH_TRIES && c == ERR_TEMPORARY; i++)
		c = fetch_once(r->leg->sim->http, r->arena, &w, true,
		    deadline_ms, &a, e);
	if (c == ERR_OK)
		*twiml_r = a.twiml;
	return (c);
}

/* A document that cannot be had: Twilio answers, says so and hangs up. */
static void
apologise(struct run *r, const struct err *e)
{
	leg_note(r->leg, "error", str_of(e->text), r->arena);
	answer(r);
	leg_heard(r->leg, STR(SORRY), false, r->arena);
	(void)leg_wait(r->leg, SOUND_MS, false);
}

enum leg_status
verbs_run(struct leg *leg, struct arena *arena)
{
	struct run r = { .leg = leg, .arena = arena, .end = LEG_NO_ANSWER };
	struct str given = str_of(leg->order.twiml);
	enum verdict verdict = LEAVE;
	struct twiml twiml;
	struct err e;
	enum err_code c;

	memcpy(r.url, leg->order.url, sizeof(r.url));
	r.get = leg->order.url_get;
	if (leg->state.status == LEG_IN_PROGRESS)
		r.end = LEG_COMPLETED;
	while (verdict == LEAVE) {
		arena_reset(arena);
		c = given.n > 0 ? twiml_read(arena, given, &twiml, &e) :
				  ask(&r, &twiml, &e);
		given = STR("");
		r.gathered = false;
		if (c != ERR_OK) {
			apologise(&r, &e);
			break;
		}
		verdict = GO_ON;
		for (const struct twiml_element *v = twiml.first;
		     v != NULL && verdict == GO_ON; v = v->next)
			verdict = run_verb(&r, v);
	}
	return (r.end);
}
