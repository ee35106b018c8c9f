/*
 * Each step asks the tenancy library once and keeps the time it took. What
 * goes wrong on our side lands in x->trouble, for the log line; the caller is
 * answered all the same.
 */
#include "config.h"

#include <string.h>

#include "arrival.h"
#include "clock.h"
#include "fallback.h"

#define DB_MS 1500 /* one statement, waiting included */
#define POLL_FIRST_MS 50
#define POLL_MOST_MS 400

/*
 * Twilio gives up after 15 s: whatever a step may take by itself, all of them
 * together end before that.
 */
static int64_t
db_deadline(const struct exchange *x)
{
	int64_t last = x->req.started_ms + ARRIVAL_MOST_MS;
	int64_t own = clock_mono_ms() + DB_MS;

	return (own < last ? own : last);
}

enum err_code
arrival_open(struct exchange *x, struct tenancy_arrival *in,
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
	if (call->verdict == TENANCY_NEW)
		fallback_remember(x->app->fallbacks, in->from, in->to,
		    &call->fallback, &call->line_fallback);
	return (ERR_OK);
}

enum err_code
arrival_seal(struct exchange *x, const struct tenancy_arrival *in,
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

enum err_code
arrival_bind(struct exchange *x, const struct tenancy_arrival *in,
    const struct tenancy_call *call, struct str vapi_call_id,
    const struct json *metadata, struct str answer, struct str *answer_r,
    struct err *e)
{
	int64_t began = clock_mono_ms();
	struct str text;
	enum err_code code;

	if ((code = json_format(x->arena, metadata, &text, e)) != ERR_OK)
		return (code);
	code = tenancy_bind_session(x->app->lanes, x->arena, in, call,
	    vapi_call_id, text, answer, db_deadline(x), answer_r, e);
	x->db_ms += clock_mono_ms() - began;
	return (code);
}

bool
arrival_fallback(struct exchange *x, const struct tenancy_arrival *in,
    const struct tenancy_call *call, struct phone *number)
{
	struct phone none;

	memset(&none, 0, sizeof(none));
	memset(number, 0, sizeof(*number));
	if (call == NULL || !call->dialled_recently)
		fallback_choose(x->app->fallbacks, in->from, in->to,
		    call == NULL ? &none : &call->fallback,
		    call == NULL ? &none : &call->line_fallback,
		    x->app->settings.dial_prefixes, clock_mono_ms(), number);
	return (number->text[0] != '\0');
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

enum err_code
arrival_wait(struct exchange *x, const struct tenancy_arrival *in,
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

const char *
arrival_away(const struct err *e)
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
