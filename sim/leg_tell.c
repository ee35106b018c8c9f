/*
 * What a leg tells: webhooks, status callbacks, which go out by the agenda so
 * that a slow receiver holds up no call, and the journal.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "fetch.h"
#include "leg.h"
#include "base/log.h"
#include "object.h"

struct telling {
	struct errand errand; /* first: what the agenda knows */
	struct sim *sim;
	unsigned era;
	struct leg_party party;
	char url[LEG_URL_SIZE];
	bool get;
	char word[16];
	int64_t sequence, duration_s;
};

static void
add_param(struct caller *caller, struct arena *arena, const char *name,
    struct str value)
{
	struct buf b;
	struct str text;

	buf_init(&b, arena);
	buf_addf(&b, "%s=", name);
	buf_add(&b, value);
	if (caller->n_params < CALLER_PARAMS_MAX &&
	    buf_done(&b, &text, NULL) == ERR_OK)
		caller->params[caller->n_params++] = text.p;
}

static void
set_party(struct caller *caller, struct arena *arena,
    const struct leg_party *party)
{
	memset(caller, 0, sizeof(*caller));
	caller->from = party->from;
	caller->to = party->to;
	caller->call_sid = party->sid;
	if (party->forwarded_from[0] != '\0')
		caller->forwarded_from = party->forwarded_from;
	if (party->diversion[0] != '\0')
		add_param(caller, arena, "SipHeader_Diversion",
		    str_of(party->diversion));
}

enum err_code
leg_webhook(const struct leg *leg, struct arena *arena, struct str url,
    bool get, struct str digits, struct str finish, struct webhook *w,
    struct err *e)
{
	struct webhook_event event = { .duration_s = -1,
		.outbound = leg->party.outbound,
		.url = url };
	struct caller caller;

	set_party(&caller, arena, &leg->party);
	caller.form = get ? CALLER_QUERY : CALLER_FORM;
	add_param(&caller, arena, "CallStatus",
	    str_of(leg_status_name(leg->state.status)));
	if (digits.p != NULL) {
		add_param(&caller, arena, "Digits", digits);
		add_param(&caller, arena, "FinishedOnKey", finish);
		add_param(&caller, arena, "msg", STR("Gather End"));
	}
	return (
	    webhook_make(arena, &leg->sim->settings, &caller, &event, w, e));
}

/* Send one status callback; its answer is only looked at. */
static void
tell(struct errand *errand, struct arena *arena)
{
	struct telling *t = (struct telling *)(void *)errand;
	struct webhook_event event = { .status = str_of(t->word),
		.sequence = t->sequence,
		.duration_s = t->duration_s,
		.outbound = t->party.outbound,
		.url = str_of(t->url) };
	int64_t deadline_ms = clock_mono_ms() + FETCH_TOTAL_MS;
	struct fetch_answer answer;
	struct caller caller;
	struct webhook w;
	struct err e;
	enum err_code c = ERR_TEMPORARY;

	set_party(&caller, arena, &t->party);
	caller.form = t->get ? CALLER_QUERY : CALLER_FORM;
	if (sim_era(t->sim) == t->era &&
	    webhook_make(arena, &t->sim->settings, &caller, &event, &w, &e) ==
		ERR_OK) {
		for (int i = 0; i < FETCH_TRIES && c == ERR_TEMPORARY; i++)
			c = fetch_once(t->sim->http, arena, &w, false,
			    deadline_ms, &answer, &e);
		if (c != ERR_OK)
			log_error(LOG_LEVEL_WARN, "status_callback_failed", &e);
	}
	free(t);
}

/* With nothing held; the state is the leg's own thread's to change. */
void
leg_tell(struct leg *leg, unsigned event, const char *word, struct arena *arena)
{
	bool final = leg->state.status >= LEG_COMPLETED;
	struct leg_party other;
	struct telling *t;

	leg_note(leg, "status", str_of(word), arena);
	if (leg_ends(leg, &other) || (leg->order.events & event) == 0 ||
	    leg->order.status_url[0] == '\0' ||
	    (t = calloc(1, sizeof(*t))) == NULL)
		return;
	t->errand.due_ms = clock_mono_ms();
	t->errand.run = tell;
	t->sim = leg->sim;
	t->era = sim_era(leg->sim);
	t->party = leg->party;
	memcpy(t->url, leg->order.status_url, sizeof(t->url));
	t->get = leg->order.status_get;
	(void)snprintf(t->word, sizeof(t->word), "%s", word);
	t->sequence = leg->sequence++;
	t->duration_s = final ? leg->state.duration_s : -1;
	agenda_add(leg->sim->agenda, &t->errand);
}

void
leg_note(struct leg *leg, const char *event, struct str value,
    struct arena *arena)
{
	struct json *o = json_new_object(arena);
	struct leg_party other;
	struct str text;
	struct err e;

	if (leg_ends(leg, &other))
		return;
	json_add_time(o, "at", clock_wall_ms());
	json_add_str(o, "call_sid", str_of(leg->party.sid));
	json_add_str(o, "direction",
	    leg->party.outbound ? STR("outbound-api") : STR("inbound"));
	json_add_str(o, "event", str_of(event));
	json_add_str(o, "value", value);
	if (json_format(arena, o, &text, &e) == ERR_OK)
		journal_add(leg->sim->leg_journal, leg->party.sid, text);
}

void
leg_heard(struct leg *leg, struct str text, bool tones, struct arena *arena)
{
	const struct leg_party *party = &leg->party;
	const char *at = party->to, *from = party->from;
	struct leg_party other;
	bool silent = leg_ends(leg, &other);

	/* Both ends of a forwarded call are lines of Twilio's. */
	if (other.sid[0] != '\0')
		at = party->outbound ? other.to : other.from;
	if (!party->outbound)
		from = party->to;
	leg_note(leg, tones ? "tones" : "says", text, arena);
	if (!silent)
		telephones_hear(leg->sim->telephones, at, party->sid, from,
		    text, tones);
}
