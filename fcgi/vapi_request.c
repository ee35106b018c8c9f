/*
 * vapi_request_assistant reads like twilio_voice, without a session to ask
 * for: Vapi has the call already, and names it.
 */
#include "config.h"

#include "arrival.h"
#include "json.h"
#include "vapi_reply.h"
#include "vapi_request.h"

static enum err_code
say(struct exchange *x, struct str reply)
{
	response_set(&x->resp, 200, "application/json", reply);
	return (ERR_OK);
}

/* The sentence, or the number to put the caller through to. */
static enum err_code
make_refusal(struct exchange *x, const struct tenancy_arrival *in,
    const struct tenancy_call *call, bool *dials_r, struct str *reply_r,
    struct err *e)
{
	struct phone number;

	*dials_r = arrival_fallback(x, in, call, &number);
	return (
	    vapi_reply_refuse(x->arena, x->app->settings.unavailable_sentence,
		*dials_r ? &number : NULL, reply_r, e));
}

static enum err_code
refuse(struct exchange *x, const struct tenancy_arrival *in,
    const struct tenancy_call *call, const char *ended_reason, struct err *e)
{
	struct str reply;
	enum err_code code;
	bool dials;

	if ((code = make_refusal(x, in, call, &dials, &reply, e)) != ERR_OK)
		return (code);
	return (
	    say(x, arrival_settle(x, in, call, reply, dials, ended_reason)));
}

/* Nothing is stored; why is in *e. */
static enum err_code
refuse_unstored(struct exchange *x, const struct tenancy_arrival *in,
    const char *outcome, struct err *e)
{
	struct str reply;
	enum err_code code;
	bool dials;

	x->outcome = outcome;
	x->trouble = *e;
	if ((code = make_refusal(x, in, NULL, &dials, &reply, e)) != ERR_OK)
		return (code);
	return (say(x, reply));
}

/* Who has no owner is not put through to anybody. */
static enum err_code
turn_away(struct exchange *x, const struct tenancy_arrival *in, bool settle,
    struct err *e)
{
	struct str reply;
	enum err_code code;

	if ((code = vapi_reply_refuse(x->arena,
		 x->app->settings.unavailable_sentence, NULL, &reply, e)) !=
	    ERR_OK)
		return (code);
	return (say(x,
	    settle ? arrival_settle(x, in, NULL, reply, false, NULL) : reply));
}

static enum err_code
give_assistant(struct exchange *x, const struct vapi_message *m,
    const struct tenancy_arrival *in, const struct tenancy_call *call,
    struct err *e)
{
	struct json *metadata = json_new_object(x->arena);
	struct str reply, answer;

	if (call->vapi_assistant_id.p == NULL) {
		x->outcome = "no_session";
		(void)err_set(&x->trouble, ERR_ABSENT,
		    "this number has no "
		    "assistant with a vapi id: callward assistant add");
		return (refuse(x, in, call, "callward-no-session", e));
	}
	if (arrival_seal(x, in, call, metadata, e) != ERR_OK ||
	    vapi_reply_assistant(x->arena, call->vapi_assistant_id, metadata,
		&reply, e) != ERR_OK ||
	    arrival_bind(x, in, call, m->event.vapi_call_id, metadata, reply,
		&answer, e) != ERR_OK) {
		x->outcome = "not_bound";
		x->trouble = *e;
		return (refuse(x, in, call, "callward-not-bound", e));
	}
	return (say(x, answer));
}

/*
 * The stored answer of this CallSid. One that Twilio was given is TwiML and
 * no answer to Vapi: the call is being served on the other way.
 */
static enum err_code
repeat(struct exchange *x, const struct tenancy_arrival *in, struct str answer,
    struct err *e)
{
	if (str_starts(answer, "{"))
		return (say(x, answer));
	return (turn_away(x, in, false, e));
}

static enum err_code
answer_copy(struct exchange *x, const struct tenancy_arrival *in,
    const struct tenancy_call *call, struct err *e)
{
	struct str answer;

	if (arrival_wait(x, in, call, &answer, e) != ERR_OK)
		return (refuse_unstored(x, in, arrival_away(e), e));
	if (answer.p != NULL)
		return (repeat(x, in, answer, e));
	return (refuse(x, in, call, "callward-first-attempt-lost", e));
}

enum err_code
vapi_request_assistant(struct exchange *x, const struct vapi_message *m,
    struct err *e)
{
	struct tenancy_arrival in;
	struct tenancy_call call;

	if (vapi_message_arrival(m, &in, e) != ERR_OK) {
		arrival_reject(x, "vapi", m->event.type, &in, e);
		return (turn_away(x, &in, false, e));
	}
	if (arrival_open(x, &in, &call, e) != ERR_OK)
		return (refuse_unstored(x, &in, arrival_away(e), e));
	switch (call.verdict) {
	case TENANCY_NEW:
		return (give_assistant(x, m, &in, &call, e));
	case TENANCY_REPEAT:
		return (repeat(x, &in, call.answer, e));
	case TENANCY_WAIT:
		return (answer_copy(x, &in, &call, e));
	case TENANCY_CONFLICT:
	case TENANCY_BUSY:
		return (refuse(x, &in, &call, NULL, e));
	case TENANCY_MISMATCH:
		return (turn_away(x, &in, false, e));
	default:
		return (turn_away(x, &in, true, e));
	}
}
