/*
 * Vapi's way of an arriving call: there is no session to ask for, Vapi has
 * the call already, and names it.
 */
#include "config.h"

#include "webhooks/arrival.h"
#include "vapi/vapi_reply.h"
#include "webhooks/vapi_request.h"

static enum err_code
speak(struct arena *a, struct str sentence, struct str language,
    const struct phone *number, struct str *reply_r, struct err *e)
{
	(void)language; /* Vapi speaks with a voice of its own */
	return (vapi_reply_refuse(a, sentence, number, reply_r, e));
}

/* Who has no owner is not put through to anybody. */
static enum err_code
reject(struct exchange *x, struct str *reply_r, struct err *e)
{
	return (vapi_reply_refuse(x->arena,
	    str_of(x->app->settings.unavailable_sentence), NULL, reply_r, e));
}

static enum err_code
begin(const struct arrival *a, const struct json *metadata,
    struct arrival_session *session, struct err *e)
{
	const struct vapi_overrides overrides = arrival_overrides(a, metadata);

	session->vapi_call_id = a->message->event.vapi_call_id;
	return (vapi_reply_assistant(a->x->arena, a->call.vapi_assistant_id,
	    &overrides, &session->answer, e));
}

/*
 * One that Twilio was given is TwiML and no answer to Vapi: the call is being
 * served on the other way.
 */
static enum err_code
repeat(const struct arrival *a, struct str answer, struct err *e)
{
	if (str_starts(answer, "{"))
		return (arrival_say(a, answer));
	return (arrival_turn_away(a, false, e));
}

static const struct arrival_way way = { .content_type = "application/json",
	.speak = speak,
	.reject = reject,
	.begin = begin,
	.repeat = repeat };

void
vapi_request_hurry(struct exchange *x)
{
	x->until_ms =
	    x->req.started_ms + x->app->settings.assistant_request_most_ms;
}

enum err_code
vapi_request_assistant(struct exchange *x, const struct vapi_message *m,
    struct err *e)
{
	struct arrival a = { .x = x, .way = &way, .message = m };

	vapi_request_hurry(x);
	if (vapi_message_arrival(m, &a.in, e) != ERR_OK) {
		arrival_reject(x, "vapi", m->event.type, &a.in, e);
		return (arrival_turn_away(&a, false, e));
	}
	return (arrival_serve(&a, e));
}
