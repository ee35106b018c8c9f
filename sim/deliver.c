/*
 * A session is a list of steps, made when it begins; each step is an errand
 * of the agenda. Delivery is as Vapi's: one attempt, unless the plan asks for
 * retries, and a failure of one message does not hold up the next.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "deliver.h"
#include "base/log.h"
#include "message.h"
#include "object.h"
#include "post.h"
#include "script.h"

#define NO_CALL "phone-call-provider-bypass-enabled-but-no-call-received"

/* Steps that send nothing follow on those that do. */
enum { STEP_END = MESSAGE_KINDS, STEP_GIVE_UP };
#define STEPS_MAX (2 * MESSAGE_KINDS + 1)

struct session {
	struct errand errand; /* first: what the agenda knows */
	struct sim *sim;
	unsigned era; /* a reset since makes it void */
	char id[ID_SIZE];
	struct plan plan;
	unsigned char steps[STEPS_MAX];
	size_t n, at;
	int64_t attempt; /* of this step, from 1 */
};

struct sending {
	struct session *session;
	struct arena *arena;
	enum message_kind kind;
	struct str body;
	struct http_answer answer;
	int64_t took_ms;
	struct err e; /* code ERR_OK: there is an answer */
};

static enum err_code
make_body(struct sending *s)
{
	struct sim *sim = s->session->sim;
	struct json *envelope = json_new_object(s->arena);
	struct store_call call;
	enum err_code c;

	c = store_get(sim->store, str_of(s->session->id), s->arena, &call,
	    &s->e);
	if (c != ERR_OK ||
	    (c = message_write(sim, s->arena, &s->session->plan, &call, s->kind,
		 envelope, &s->e)) != ERR_OK)
		return (c);
	return (json_format(s->arena, envelope, &s->body, &s->e));
}

static bool
accepted(const struct sending *s)
{
	return (s->e.code == ERR_OK && s->answer.status >= 200 &&
	    s->answer.status < 300);
}

static void
note(const struct sending *s)
{
	struct json *o = json_new_object(s->arena);
	const char *status = message_status(s->kind);
	struct str text;
	struct err e;

	json_add_time(o, "at", clock_wall_ms());
	json_add_str(o, "call_id", str_of(s->session->id));
	json_add_str(o, "type",
	    str_of(plan_message_name(message_type(s->kind))));
	json_add_str(o, "call_status", str_of(status));
	json_add_number(o, "attempt", (double)s->session->attempt);
	json_add_number(o, "bytes", (double)s->body.n);
	json_add_number(o, "status", s->answer.status);
	json_add_str(o, "error",
	    s->e.code == ERR_OK ? STR_NONE : str_of(s->e.text));
	json_add_number(o, "ms", (double)s->took_ms);
	if (json_format(s->arena, o, &text, &e) == ERR_OK &&
	    sim_era(s->session->sim) == s->session->era)
		journal_add(s->session->sim->callbacks, s->session->id, text);
}

static void
complain(const struct sending *s)
{
	struct log_line line;

	log_begin(&line, LOG_LEVEL_WARN, "callback_failed");
	log_text(&line, "call", s->session->id);
	log_text(&line, "type", plan_message_name(message_type(s->kind)));
	log_int(&line, "status", s->answer.status);
	if (s->e.code != ERR_OK)
		log_text(&line, "error", s->e.text);
	log_end(&line);
}

/* true: done with, for better or worse; false: to be tried again. */
static bool
send_message(struct session *session, enum message_kind kind,
    struct arena *arena)
{
	struct sending *s = arena_alloc(arena, sizeof(*s));
	int64_t from = clock_mono_ms();

	if (s == NULL)
		return (true);
	s->session = session;
	s->arena = arena;
	s->kind = kind;
	session->attempt++;
	if (make_body(s) != ERR_OK) {
		/* A call that was dropped since has nothing to tell. */
		if (s->e.code != ERR_ABSENT)
			complain(s);
		return (true);
	}
	s->e.code = post_message(session->sim, arena, &session->plan, s->body,
	    &s->answer, &s->e);
	s->took_ms = clock_mono_ms() - from;
	if (!accepted(s))
		complain(s);
	note(s);
	return (accepted(s) || session->attempt > session->plan.retry_max);
}

/* false: there is no such call in that state any more. */
static bool
end(struct session *session, bool connected, struct arena *arena)
{
	struct sim *sim = session->sim;
	struct str id = str_of(session->id);
	struct store_call call;
	struct err e;

	if (!connected)
		return (store_end(sim->store, id, STORE_QUEUED, NO_CALL,
			    clock_wall_ms(), &e) == ERR_OK);
	return (store_get(sim->store, id, arena, &call, &e) == ERR_OK &&
	    store_end(sim->store, id, STORE_IN_PROGRESS,
		session->plan.ended_reason,
		call.started_ms + script_duration_ms(call.seed), &e) == ERR_OK);
}

static void
schedule(struct session *session, int64_t wait_ms)
{
	session->errand.due_ms = clock_mono_ms() + wait_ms;
	agenda_add(session->sim->agenda, &session->errand);
}

static int64_t
wait_before(const struct session *session)
{
	switch (session->steps[session->at]) {
	case STEP_END:
		return (session->plan.call_ms);
	case STEP_GIVE_UP:
		return (session->plan.no_call_after_ms);
	default:
		return (session->plan.delay_ms);
	}
}

static void
run(struct errand *errand, struct arena *arena)
{
	struct session *session = (struct session *)(void *)errand;
	unsigned step = session->steps[session->at];
	bool go_on = sim_era(session->sim) == session->era;

	if (go_on && step >= MESSAGE_KINDS) {
		go_on = end(session, step == STEP_END, arena);
	} else if (go_on &&
	    !send_message(session, (enum message_kind)step, arena)) {
		schedule(session,
		    session->plan.retry_base_ms << (session->attempt - 1));
		return;
	}
	session->at++;
	session->attempt = 0;
	if (!go_on || session->at == session->n) {
		free(session);
		return;
	}
	schedule(session, wait_before(session));
}

static bool
unasked(enum message_kind kind)
{
	return (kind == MESSAGE_IN_PROGRESS || kind == MESSAGE_ENDED ||
	    kind == MESSAGE_REPORT);
}

static void
add_step(struct session *s, enum message_kind kind)
{
	unsigned bit = 1u << message_type(kind);

	if ((s->plan.drop & bit) != 0 ||
	    (kind == MESSAGE_PREMATURE ?
		    !s->plan.premature_report :
		    !unasked(kind) && (s->plan.also & bit) == 0))
		return;
	s->steps[s->n++] = (unsigned char)kind;
	if (s->plan.twice)
		s->steps[s->n++] = (unsigned char)kind;
}

/* The end first, then the messages from the last to the first. */
static void
reorder(struct session *s, unsigned char end_step)
{
	unsigned char last_first[STEPS_MAX];
	size_t n = 0;

	last_first[n++] = end_step;
	for (size_t i = s->n; i > 0; i--)
		if (s->steps[i - 1] != end_step)
			last_first[n++] = s->steps[i - 1];
	memcpy(s->steps, last_first, n);
}

static void
prepare(struct session *s, struct sim *sim, const char *id,
    const struct plan *plan)
{
	memset(s, 0, sizeof(*s));
	s->errand.run = run;
	s->sim = sim;
	s->era = sim_era(sim);
	s->plan = *plan;
	(void)snprintf(s->id, sizeof(s->id), "%s", id);
}

static void
begin(struct sim *sim, const char *id, const struct plan *plan,
    unsigned char end_step)
{
	struct session *s = malloc(sizeof(*s));

	if (s == NULL)
		return;
	prepare(s, sim, id, plan);
	for (enum message_kind k = MESSAGE_IN_PROGRESS; k < MESSAGE_ENDED; k++)
		if (end_step == STEP_END)
			add_step(s, k);
	s->steps[s->n++] = end_step;
	add_step(s, MESSAGE_ENDED);
	add_step(s, MESSAGE_REPORT);
	if (plan->reorder)
		reorder(s, end_step);
	schedule(s, wait_before(s));
}

void
deliver_watch(struct sim *sim, const char *id, const struct plan *plan)
{
	begin(sim, id, plan, STEP_GIVE_UP);
}

void
deliver_begin(struct sim *sim, const char *id, const struct plan *plan)
{
	begin(sim, id, plan, STEP_END);
}

void
deliver_early(struct sim *sim, struct arena *arena, const char *id,
    const struct plan *plan)
{
	static const enum message_kind kinds[] = { MESSAGE_RINGING,
		MESSAGE_PREMATURE };
	struct session s;

	prepare(&s, sim, id, plan);
	s.plan.retry_max = 0;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		s.attempt = 0;
		if ((plan->early & 1u << message_type(kinds[i])) != 0)
			(void)send_message(&s, kinds[i], arena);
	}
}
