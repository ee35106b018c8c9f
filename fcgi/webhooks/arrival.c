/*
 * Each step asks the tenancy library once and keeps the time it took. What
 * goes wrong on our side lands in x->trouble, for the log line; the caller is
 * answered all the same, and the answer is stored under the CallSid like any
 * other first answer.
 */
#include "config.h"

#include <string.h>

#include "webhooks/arrival.h"
#include "base/clock.h"
#include "tenancy/fallback.h"

#define DB_MS 1500 /* one statement, waiting included */
#define CLOSED_EN                                                              \
	"We are closed at the moment. Please call again during our opening "   \
	"hours."
#define CLOSED_ES                                                              \
	"En este momento estamos cerrados. Por favor, vuelva a llamar en "     \
	"nuestro horario de atenci\xc3\xb3n."
#define POLL_FIRST_MS 50
#define POLL_MOST_MS 400

/* Whatever a step may take by itself, all of them together end in time. */
static int64_t
db_deadline(const struct exchange *x)
{
	int64_t own = clock_mono_ms() + DB_MS;

	return (x->until_ms == 0 || own < x->until_ms ? own : x->until_ms);
}

static struct fallback_call
signals(const struct tenancy_arrival *in)
{
	return ((struct fallback_call){ .from = in->from,
	    .to = in->to,
	    .forwarded_from = in->forwarded_from,
	    .diversion = in->diversion });
}

static struct fallback_numbers
numbers_of(const struct tenancy_call *call)
{
	return ((struct fallback_numbers){ .number = call->fallback,
	    .line = call->line_fallback,
	    .number_dials = call->dialled_recently,
	    .line_dials = call->line_dialled_recently,
	    .own = call->own_number });
}

/* For the time when the database cannot be asked. */
static void
remember(const struct exchange *x, const struct tenancy_arrival *in,
    const struct tenancy_call *call)
{
	const struct fallback_numbers numbers = numbers_of(call);
	const struct fallback_call about = signals(in);

	switch (call->verdict) {
	case TENANCY_NEW:
	case TENANCY_FORWARD:
	case TENANCY_CAPPED:
	case TENANCY_CLOSED:
	case TENANCY_BUSY:
		fallback_remember(x->app->fallbacks, &about, &numbers,
		    clock_mono_ms());
		break;
	case TENANCY_UNKNOWN:
	case TENANCY_UNLISTED:
	case TENANCY_CONFLICT:
	case TENANCY_LOOP:
		fallback_remember(x->app->fallbacks, &about, NULL,
		    clock_mono_ms());
		break;
	default:
		break;
	}
}

/* Names the call, fills in the limits, asks whose it is. */
static enum err_code
open_call(struct exchange *x, struct tenancy_arrival *in,
    struct tenancy_call *call, struct err *e)
{
	int64_t began = clock_mono_ms();
	enum err_code code;

	x->caller = in->from;
	in->calls_at_once = x->app->settings.calls_at_once;
	in->calls_per_minute = x->app->settings.calls_per_minute;
	if ((code = id_new(in->call_id, e)) != ERR_OK)
		return (code);
	code = tenancy_open_call(x->app->lanes, x->arena, in, db_deadline(x),
	    call, e);
	x->db_ms += clock_mono_ms() - began;
	if (code != ERR_OK)
		return (code);
	x->outcome = tenancy_verdict_name(call->verdict);
	x->tenant = call->user_id;
	x->call = call->call_id;
	metrics_call(x->app->metrics, call->verdict);
	remember(x, in, call);
	return (ERR_OK);
}

static enum err_code
seal(struct exchange *x, const struct tenancy_arrival *in,
    const struct tenancy_call *call, struct json *object, struct err *e)
{
	const struct metadata owner = { .user_id = call->user_id,
		.assistant_id = call->assistant_id,
		.phone_number_id = call->phone_number_id,
		.caller_phone_number = in->from,
		.assistant_phone_number = in->to,
		.call_id = call->call_id };

	return (metadata_seal(x->arena, &x->app->keys, &owner, object, e));
}

static enum err_code
bind_session(struct exchange *x, const struct tenancy_arrival *in,
    const struct tenancy_call *call, const struct arrival_session *session,
    const struct json *metadata, struct str *answer_r, struct err *e)
{
	int64_t began = clock_mono_ms();
	struct str text;
	enum err_code code;

	if ((code = json_format(x->arena, metadata, &text, e)) != ERR_OK)
		return (code);
	code = tenancy_bind_session(x->app->lanes, x->arena, in, call,
	    session->vapi_call_id, text, session->answer, db_deadline(x),
	    answer_r, e);
	x->db_ms += clock_mono_ms() - began;
	return (code);
}

/*
 * How often a fallback may be dialled for one From within a minute. Nothing
 * tells a call that comes back from there from a new one, so once; but where
 * From is the clinic's own number, whoever calls, an outage would leave all
 * callers but one without a voice.
 */
static int64_t
dials_most(const struct arrival *a, const struct fallback_numbers *numbers)
{
	const struct settings *s = &a->x->app->settings;

	if (!a->outage || !numbers->own)
		return (1);
	return (
	    s->calls_at_once > 0 && s->calls_at_once < s->fallbacks_per_minute ?
		s->calls_at_once :
		s->fallbacks_per_minute);
}

/* The database said that it was dialled: how often? */
static void
count_dials(const struct arrival *a, const struct phone *number, int64_t *dials)
{
	int64_t began = clock_mono_ms();
	struct err e;

	if (tenancy_count_dials(a->x->app->lanes, a->x->arena, &a->in, number,
		db_deadline(a->x), dials, &e) != ERR_OK)
		*dials = INT64_MAX;
	a->x->db_ms += clock_mono_ms() - began;
}

/*
 * Is there a number to put this caller through to? What the database said of
 * the call decides; only where it said nothing does this process's memory.
 */
static bool
choose_fallback(const struct arrival *a, struct phone *number)
{
	struct exchange *x = a->x;
	const struct fallback_call about = signals(&a->in);
	struct fallback_numbers numbers = numbers_of(&a->call);
	const struct phone *found;
	int64_t dials = 0, most;

	if (a->call.verdict == TENANCY_NONE)
		fallback_recall(x->app->fallbacks, &about, clock_mono_ms(),
		    &numbers);
	found = fallback_find(&about, &numbers, x->app->settings.dial_prefixes,
	    &dials);
	if (found == NULL)
		return (false);
	most = dials_most(a, &numbers);
	if (dials > 0 && most > 1)
		count_dials(a, found, &dials);
	*number = *found;
	return (fallback_dial(x->app->fallbacks, &about, found, dials, most,
	    clock_mono_ms()));
}

struct str
arrival_settle(struct exchange *x, const struct tenancy_arrival *in,
    const struct tenancy_call *call, struct str answer, bool dialled,
    const char *ended_reason)
{
	int64_t began = clock_mono_ms();
	struct str stored;
	struct err e;

	if (tenancy_settle_call(x->app->lanes, x->arena, in, call, answer,
		dialled, ended_reason, db_deadline(x), &stored, &e) != ERR_OK) {
		if (x->trouble.code == ERR_OK)
			x->trouble = e;
		stored = answer;
	}
	x->db_ms += clock_mono_ms() - began;
	return (stored);
}

/* How long the first copy may take, from its start. */
static int64_t
most_ms(const struct exchange *x)
{
	return (x->app->settings.vapi_timeout_ms + 2 * DB_MS);
}

/*
 * A copy came while the first is at work: wait for its answer as long as the
 * first may take. STR_NONE on ERR_OK: the first has died.
 */
static enum err_code
wait_for_first(struct exchange *x, const struct tenancy_arrival *in,
    const struct tenancy_call *call, struct str *answer_r, struct err *e)
{
	int64_t until = clock_mono_ms() + most_ms(x) - call->age_ms;
	int64_t pause_ms = POLL_FIRST_MS, began = clock_mono_ms();
	enum err_code code = ERR_OK;

	*answer_r = STR_NONE;
	while (code == ERR_OK && answer_r->p == NULL &&
	    clock_mono_ms() + pause_ms < until) {
		clock_sleep_ms(pause_ms);
		if (pause_ms < POLL_MOST_MS)
			pause_ms *= 2;
		code = tenancy_find_answer(x->app->lanes, x->arena, in,
		    db_deadline(x), answer_r, e);
	}
	x->db_ms += clock_mono_ms() - began;
	return (code);
}

/* The outcome to log when a call could not be opened or waited for. */
static const char *
away(const struct err *e)
{
	return (e->code == ERR_TEMPORARY || e->code == ERR_UNCERTAIN ?
		"database_away" :
		"not_opened");
}

void
arrival_reject(struct exchange *x, const char *provider, struct str event_type,
    const struct tenancy_arrival *in, const struct err *why)
{
	struct tenancy_record rec = { .provider = provider,
		.event_type = event_type,
		.twilio_call_sid = in->call_sid,
		.verdict = "rejected",
		.reason = STR("malformed_request"),
		.details = in->came,
		.body_bytes = x->req.body.n };
	int64_t began = clock_mono_ms();
	struct err e;

	x->outcome = "malformed";
	x->trouble = *why;
	if (id_new(rec.id, &e) != ERR_OK ||
	    tenancy_record_event(x->app->lanes, x->arena, &rec, db_deadline(x),
		&e) != ERR_OK)
		x->trouble = e;
	x->db_ms += clock_mono_ms() - began;
}

/* Answering --------------------------------------------------------------- */

enum err_code
arrival_say(const struct arrival *a, struct str answer)
{
	response_set(&a->x->resp, 200, a->way->content_type, answer);
	return (ERR_OK);
}

enum err_code
arrival_turn_away(const struct arrival *a, bool settle, struct err *e)
{
	struct str answer;
	enum err_code code;

	if ((code = a->way->reject(a->x, &answer, e)) != ERR_OK)
		return (code);
	if (settle)
		answer =
		    arrival_settle(a->x, &a->in, NULL, answer, false, NULL);
	return (arrival_say(a, answer));
}

/* The sentence, and the fallback where there is one that may be dialled. */
static enum err_code
speak_sorry(const struct arrival *a, bool *dials_r, struct str *answer_r,
    struct err *e)
{
	struct phone number;

	*dials_r = choose_fallback(a, &number);
	return (a->way->speak(a->x->arena,
	    str_of(a->x->app->settings.unavailable_sentence), STR_NONE,
	    *dials_r ? &number : NULL, answer_r, e));
}

enum err_code
arrival_sorry(const struct arrival *a, struct err *e)
{
	struct str answer;
	enum err_code code;
	bool dials;

	if ((code = speak_sorry(a, &dials, &answer, e)) != ERR_OK)
		return (code);
	return (arrival_say(a, answer));
}

static enum err_code
apologise(const struct arrival *a, const char *ended_reason, struct err *e)
{
	struct str answer;
	enum err_code code;
	bool dials;

	if ((code = speak_sorry(a, &dials, &answer, e)) != ERR_OK)
		return (code);
	answer =
	    arrival_settle(a->x, &a->in, &a->call, answer, dials, ended_reason);
	return (arrival_say(a, answer));
}

/* The database cannot be asked: nothing is stored, a retry is a first try. */
static enum err_code
apologise_unstored(struct arrival *a, struct err *e)
{
	a->outage = true;
	a->x->outcome = away(e);
	a->x->trouble = *e;
	return (arrival_sorry(a, e));
}

/*
 * The first copy's answer, or the apology when the first has died: its
 * session is never asked for a second time.
 */
static enum err_code
answer_copy(struct arrival *a, struct err *e)
{
	struct str answer;

	if (wait_for_first(a->x, &a->in, &a->call, &answer, e) != ERR_OK)
		return (apologise_unstored(a, e));
	if (answer.p != NULL)
		return (a->way->repeat(a, answer, e));
	a->outage = true;
	return (apologise(a, "callward-first-attempt-lost", e));
}

/* A call that is served -------------------------------------------------- */

struct vapi_overrides
arrival_overrides(const struct arrival *a, const struct json *metadata)
{
	return ((struct vapi_overrides){ .metadata = metadata,
	    .greeting = a->call.greeting,
	    .language = a->call.language,
	    .clinic_name = a->call.clinic_name });
}

static enum err_code
no_session(const struct arrival *a, struct err *e)
{
	a->x->outcome = "no_session";
	a->x->trouble = *e;
	return (apologise(a, "callward-no-session", e));
}

static enum err_code
start_session(struct arrival *a, struct err *e)
{
	struct json *metadata = json_new_object(a->x->arena);
	struct arrival_session session;
	struct str answer;

	if (a->call.vapi_assistant_id.p == NULL) {
		(void)err_set(e, ERR_ABSENT,
		    "this number has no assistant with a vapi id: callward assistant add");
		return (no_session(a, e));
	}
	if (seal(a->x, &a->in, &a->call, metadata, e) != ERR_OK ||
	    a->way->begin(a, metadata, &session, e) != ERR_OK) {
		a->outage = true;
		return (no_session(a, e));
	}
	if (bind_session(a->x, &a->in, &a->call, &session, metadata, &answer,
		e) != ERR_OK) {
		a->outage = true;
		a->x->outcome = "not_bound";
		a->x->trouble = *e;
		return (apologise(a, "callward-not-bound", e));
	}
	return (arrival_say(a, answer));
}

/* The clinic is closed and says so itself, or we do in its language. */
static enum err_code
say_closed(const struct arrival *a, struct err *e)
{
	struct str sentence = a->call.after_hours_message;
	struct str language = a->call.message_language;
	struct str primary = str_first(language, str_find(language, '-'));
	struct str answer;
	enum err_code code;

	if (sentence.p == NULL && str_is_nocase(primary, "es"))
		sentence = STR(CLOSED_ES);
	else if (sentence.p == NULL) {
		sentence = STR(CLOSED_EN);
		language = STR("en");
	}
	if ((code = a->way->speak(a->x->arena, sentence, language, NULL,
		 &answer, e)) != ERR_OK)
		return (code);
	answer = arrival_settle(a->x, &a->in, &a->call, answer, false,
	    "callward-after-hours");
	return (arrival_say(a, answer));
}

/*
 * The clinic wants its fallback to answer. Where none may be dialled, or this
 * caller just came back from it, the assistant is better than a dead line.
 */
static enum err_code
forward(struct arrival *a, struct err *e)
{
	struct phone number;
	struct str answer;
	enum err_code code;

	if (!choose_fallback(a, &number)) {
		if (a->call.capped)
			return (apologise(a, "callward-over-plan", e));
		return (start_session(a, e));
	}
	if ((code = a->way->speak(a->x->arena, STR_NONE, STR_NONE, &number,
		 &answer, e)) != ERR_OK)
		return (code);
	answer = arrival_settle(a->x, &a->in, &a->call, answer, true,
	    "callward-forwarded");
	return (arrival_say(a, answer));
}

enum err_code
arrival_serve(struct arrival *a, struct err *e)
{
	if (open_call(a->x, &a->in, &a->call, e) != ERR_OK)
		return (apologise_unstored(a, e));
	switch (a->call.verdict) {
	case TENANCY_NEW:
		return (start_session(a, e));
	case TENANCY_CLOSED:
		return (say_closed(a, e));
	case TENANCY_FORWARD:
		return (forward(a, e));
	case TENANCY_CAPPED:
		return (apologise(a, "callward-over-plan", e));
	case TENANCY_REPEAT:
		return (a->way->repeat(a, a->call.answer, e));
	case TENANCY_WAIT:
		return (answer_copy(a, e));
	case TENANCY_CONFLICT:
	case TENANCY_BUSY:
		return (apologise(a, NULL, e));
	case TENANCY_LOOP:
		if (a->way->loop == NULL)
			return (arrival_turn_away(a, true, e));
		return (a->way->loop(a->x, &a->in, e));
	case TENANCY_MISMATCH:
		/* The CallSid has its first answer, and this is not it. */
		return (arrival_turn_away(a, false, e));
	default:
		return (arrival_turn_away(a, true, e));
	}
}
