/*
 * One function a kind writes what only that kind has; what all have in
 * common is written around it.
 */
#include "config.h"

#include <stdio.h>

#include "base/clock.h"
#include "message.h"
#include "object.h"
#include "plant.h"

#define PREMATURE_REASON "call.in-progress.twilio-completed-call"

struct making {
	const struct sim *sim;
	struct arena *arena;
	const struct plan *plan;
	const struct store_call *call;
	struct json *message;
};

static const struct {
	enum plan_message type;
	const char *status;
} kinds[MESSAGE_KINDS] = {
	[MESSAGE_RINGING] = { PLAN_STATUS_UPDATE, "ringing" },
	[MESSAGE_IN_PROGRESS] = { PLAN_STATUS_UPDATE, "in-progress" },
	[MESSAGE_STARTED] = { PLAN_ASSISTANT_STARTED, NULL },
	[MESSAGE_SPEECH] = { PLAN_SPEECH_UPDATE, "started" },
	[MESSAGE_CONVERSATION] = { PLAN_CONVERSATION_UPDATE, NULL },
	[MESSAGE_HANG] = { PLAN_HANG, NULL },
	[MESSAGE_PREMATURE] = { PLAN_END_OF_CALL_REPORT, NULL },
	[MESSAGE_ENDED] = { PLAN_STATUS_UPDATE, "ended" },
	[MESSAGE_REPORT] = { PLAN_END_OF_CALL_REPORT, NULL },
};

enum plan_message
message_type(enum message_kind kind)
{
	return (kinds[kind].type);
}

const char *
message_status(enum message_kind kind)
{
	return (kinds[kind].status);
}

/* The number that Vapi has under phoneNumberId: made up from that id. */
static void
add_phone_number(struct making *m, const char *to)
{
	struct json *o = json_add_object(m->message, "phoneNumber");
	char number[16];

	(void)snprintf(number, sizeof(number), "+1555%07llu",
	    (unsigned long long)(str_hash(str_of(m->call->phone_number_id)) %
		10000000));
	if (m->call->phone_number_id[0] != '\0')
		json_add_str(o, "id", str_of(m->call->phone_number_id));
	json_add_str(o, "provider", STR("twilio"));
	json_add_str(o, "number", str_of(to != NULL ? to : number));
	json_add_str(o, "twilioAccountSid",
	    STR("AC00000000000000000000000000000000"));
	plant_phone_number(o, m->plan->canary);
}

/* The assistant as Vapi merged it. */
static void
write_assistant(const struct making *m, struct json *assistant)
{
	if (m->call->assistant_id[0] != '\0')
		json_add_str(assistant, "id", str_of(m->call->assistant_id));
	json_add_str(assistant, "name", STR("Receptionist"));
	json_add_str(assistant, "firstMessage",
	    STR("Hello, thank you for calling. How can I help?"));
	plant_assistant(assistant, m->plan->canary);
}

static void
place_metadata(struct making *m, const struct json *metadata, struct json *call,
    struct json *assistant)
{
	struct json *place = NULL;

	switch (m->plan->metadata_place) {
	case PLAN_PLACE_CALL:
		place = call;
		break;
	case PLAN_PLACE_ASSISTANT:
		place = assistant;
		break;
	case PLAN_PLACE_CALL_ASSISTANT:
		place = json_add_object(call, "assistant");
		write_assistant(m, place);
		break;
	case PLAN_PLACE_MESSAGE:
		place = m->message;
		break;
	default:
		break;
	}
	if (place != NULL && metadata != NULL)
		json_add_copy(place, "metadata", metadata);
}

static enum err_code
add_common(struct making *m, enum object_view view, const char *to,
    struct err *e)
{
	struct json *call = json_add_object(m->message, "call"), *assistant;
	const struct json *request;
	enum err_code c;

	if (view == OBJECT_SNAPSHOT &&
	    m->plan->metadata_place != PLAN_PLACE_OVERRIDES)
		view = OBJECT_BARE;
	c = object_call(m->sim, m->arena, m->call, view, call, e);
	if (c != ERR_OK ||
	    (c = json_parse(m->arena, m->call->request, &request, e)) != ERR_OK)
		return (c);
	if (json_get(request, "phoneNumber") == NULL &&
	    json_get(request, "transport") == NULL)
		plant_call(call, m->plan->canary);
	if (to != NULL || m->call->phone_number_id[0] != '\0')
		add_phone_number(m, to);
	if (json_get(request, "customer") != NULL)
		json_add_copy(m->message, "customer",
		    json_get(request, "customer"));
	assistant = json_add_object(m->message, "assistant");
	write_assistant(m, assistant);
	if (view == OBJECT_BARE)
		place_metadata(m,
		    json_path(request, "assistantOverrides.metadata"), call,
		    assistant);
	return (ERR_OK);
}

static enum err_code
add_conversation(struct making *m, struct err *e)
{
	struct script s;
	enum err_code c;

	c = script_make(m->arena, m->call->seed, m->call->report_bytes, &s, e);
	if (c == ERR_OK)
		object_conversation(m->call, &s, m->plan->canary, m->message);
	return (c);
}

static enum err_code
add_report(struct making *m, struct err *e)
{
	const struct store_call *call = m->call;
	bool on = call->started_ms != 0;
	int64_t ms = on ? call->ended_ms - call->started_ms : 0;

	json_add_str(m->message, "endedReason", str_of(call->ended_reason));
	if (on)
		json_add_time(m->message, "startedAt", call->started_ms);
	json_add_time(m->message, "endedAt", call->ended_ms);
	json_add_number(m->message, "durationMs", (double)ms);
	json_add_number(m->message, "durationSeconds", (double)ms / 1000);
	json_add_number(m->message, "durationMinutes",
	    (double)(ms / 6) / 10000);
	return (object_outcome(m->sim, m->arena, call, m->plan->canary,
	    m->message, e));
}

/* Sent when Twilio said that the call is over: nothing is known of it yet. */
static void
add_premature(struct making *m)
{
	struct json *artifact;

	json_add_str(m->message, "endedReason", STR(PREMATURE_REASON));
	json_add_time(m->message, "endedAt", clock_wall_ms());
	json_add_number(m->message, "cost", 0);
	json_add_str(m->message, "transcript", STR(""));
	json_add_str(m->message, "summary", STR(""));
	(void)json_add_object(m->message, "analysis");
	artifact = json_add_object(m->message, "artifact");
	json_add_str(artifact, "transcript", STR(""));
	(void)json_add_array(artifact, "messages");
	plant_artifact(artifact, m->plan->canary);
}

static enum err_code
add_own(struct making *m, enum message_kind kind, struct err *e)
{
	switch (kind) {
	case MESSAGE_SPEECH:
		json_add_str(m->message, "role", STR("assistant"));
		json_add_number(m->message, "turn", 0);
		return (ERR_OK);
	case MESSAGE_CONVERSATION:
		return (add_conversation(m, e));
	case MESSAGE_ENDED:
		json_add_str(m->message, "endedReason",
		    str_of(m->call->ended_reason));
		return (ERR_OK);
	case MESSAGE_PREMATURE:
		add_premature(m);
		return (ERR_OK);
	case MESSAGE_REPORT:
		return (add_report(m, e));
	default:
		return (ERR_OK);
	}
}

enum err_code
message_write_common(const struct sim *sim, struct arena *arena,
    const struct plan *plan, const struct store_call *call,
    enum object_view view, const char *to, struct json *message, struct err *e)
{
	struct making m = { sim, arena, plan, call, message };

	json_add_number(message, "timestamp", (double)clock_wall_ms());
	return (add_common(&m, view, to, e));
}

enum err_code
message_write(const struct sim *sim, struct arena *arena,
    const struct plan *plan, const struct store_call *call,
    enum message_kind kind, struct json *envelope, struct err *e)
{
	struct making m = { sim, arena, plan, call,
		json_add_object(envelope, "message") };
	enum err_code c;

	json_add_str(m.message, "type",
	    str_of(plan_message_name(kinds[kind].type)));
	if (kinds[kind].status != NULL)
		json_add_str(m.message, "status", str_of(kinds[kind].status));
	if ((c = add_own(&m, kind, e)) != ERR_OK)
		return (c);
	return (message_write_common(sim, arena, plan, call, OBJECT_SNAPSHOT,
	    NULL, m.message, e));
}
