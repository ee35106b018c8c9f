/*
 * Tables alone. Strict are the names that decide whose call it is, what kind
 * of message it is and how the call ended, every object on the way there, and
 * artifact and analysis.
 */
#include "config.h"

#include <stddef.h>
#include <string.h>

#include "io/json_pick.h"
#include "io/json_raw.h"
#include "vapi/vapi_raw.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

/* A value, and an object of which something is wanted. */
#define VALUE(name, strict, type, member)                                      \
	{                                                                      \
		name, strict, offsetof(struct type, member), NULL, 0           \
	}
#define OBJECT(name, strict, type, member, inside)                             \
	{                                                                      \
		name, strict, offsetof(struct type, member), inside,           \
		    COUNT(inside)                                              \
	}

const char *const vapi_raw_names[VAPI_RAW_NAMES] = { "user_id", "assistant_id",
	"phone_number_id", "caller_phone_number", "assistant_phone_number",
	"call_id", "seal" };

static const struct json_want metadata[] = {
	VALUE("user_id", true, vapi_raw_metadata, value[0]),
	VALUE("assistant_id", true, vapi_raw_metadata, value[1]),
	VALUE("phone_number_id", true, vapi_raw_metadata, value[2]),
	VALUE("caller_phone_number", true, vapi_raw_metadata, value[3]),
	VALUE("assistant_phone_number", true, vapi_raw_metadata, value[4]),
	VALUE("call_id", true, vapi_raw_metadata, value[5]),
	VALUE("seal", true, vapi_raw_metadata, value[6]),
};

static const struct json_want party[] = {
	VALUE("number", true, vapi_raw_party, number),
};

static const struct json_want holder[] = {
	OBJECT("metadata", true, vapi_raw_holder, metadata, metadata),
};

static const struct json_want transport[] = {
	VALUE("callSid", true, vapi_raw_transport, call_sid),
	VALUE("forwardedFrom", true, vapi_raw_transport, forwarded_from),
};

static const struct json_want call[] = {
	VALUE("id", true, vapi_raw_call, id),
	VALUE("phoneCallProviderId", true, vapi_raw_call, provider_id),
	VALUE("endedReason", true, vapi_raw_call, ended_reason),
	VALUE("cost", false, vapi_raw_call, cost),
	VALUE("recordingUrl", false, vapi_raw_call, recording_url),
	VALUE("summary", false, vapi_raw_call, summary),
	VALUE("transcript", false, vapi_raw_call, transcript),
	OBJECT("transport", true, vapi_raw_call, transport, transport),
	OBJECT("customer", true, vapi_raw_call, customer, party),
	OBJECT("phoneNumber", true, vapi_raw_call, phone_number, party),
	OBJECT("assistant", true, vapi_raw_call, assistant, holder),
	OBJECT("assistantOverrides", true, vapi_raw_call, overrides, holder),
	OBJECT("metadata", true, vapi_raw_call, metadata, metadata),
};

static const struct json_want mono[] = {
	VALUE("combinedUrl", false, vapi_raw_mono, combined_url),
};

static const struct json_want recording[] = {
	OBJECT("mono", false, vapi_raw_recording, mono, mono),
};

static const struct json_want artifact[] = {
	VALUE("transcript", false, vapi_raw_artifact, transcript),
	VALUE("messages", false, vapi_raw_artifact, messages),
	VALUE("recordingUrl", false, vapi_raw_artifact, recording_url),
	VALUE("structuredOutputs", false, vapi_raw_artifact,
	    structured_outputs),
	OBJECT("recording", false, vapi_raw_artifact, recording, recording),
};

static const struct json_want analysis[] = {
	VALUE("summary", false, vapi_raw_analysis, summary),
	VALUE("structuredData", false, vapi_raw_analysis, structured_data),
	VALUE("successEvaluation", false, vapi_raw_analysis,
	    success_evaluation),
};

static const struct json_want costs[] = {
	VALUE("total", false, vapi_raw_costs, total),
};

static const struct json_want message[] = {
	VALUE("type", true, vapi_raw_message, type),
	VALUE("status", true, vapi_raw_message, status),
	VALUE("endedReason", true, vapi_raw_message, ended_reason),
	VALUE("callId", true, vapi_raw_message, call_id),
	VALUE("timestamp", false, vapi_raw_message, timestamp),
	VALUE("startedAt", false, vapi_raw_message, started_at),
	VALUE("endedAt", false, vapi_raw_message, ended_at),
	VALUE("durationSeconds", false, vapi_raw_message, duration_s),
	VALUE("durationMs", false, vapi_raw_message, duration_ms),
	VALUE("durationMinutes", false, vapi_raw_message, duration_minutes),
	VALUE("duration", false, vapi_raw_message, duration),
	VALUE("cost", false, vapi_raw_message, cost),
	VALUE("recordingUrl", false, vapi_raw_message, recording_url),
	VALUE("summary", false, vapi_raw_message, summary),
	VALUE("transcript", false, vapi_raw_message, transcript),
	VALUE("messages", false, vapi_raw_message, messages),
	VALUE("structuredData", false, vapi_raw_message, structured_data),
	VALUE("toolCallList", false, vapi_raw_message, tool_call_list),
	VALUE("toolCalls", false, vapi_raw_message, tool_calls),
	OBJECT("costBreakdown", false, vapi_raw_message, cost_breakdown, costs),
	OBJECT("call", true, vapi_raw_message, call, call),
	OBJECT("customer", true, vapi_raw_message, customer, party),
	OBJECT("phoneNumber", true, vapi_raw_message, phone_number, party),
	OBJECT("assistant", true, vapi_raw_message, assistant, holder),
	OBJECT("assistantOverrides", true, vapi_raw_message, overrides, holder),
	OBJECT("metadata", true, vapi_raw_message, metadata, metadata),
	OBJECT("artifact", true, vapi_raw_message, artifact, artifact),
	OBJECT("analysis", true, vapi_raw_message, analysis, analysis),
};

static const struct json_want body_wants[] = {
	OBJECT("message", true, vapi_raw, message, message),
	OBJECT("metadata", true, vapi_raw, metadata, metadata),
};

enum err_code
vapi_raw_pick(struct str body, struct vapi_raw *raw, struct err *e)
{
	enum err_code code, flat;

	memset(raw, 0, sizeof(*raw));
	code = json_pick(body, body_wants, COUNT(body_wants), raw, e);
	raw->flat = json_raw_kind(raw->message.self) != JSON_RAW_OBJECT;
	if (!raw->flat)
		return (code);
	/* Its "metadata" is the message's. After a fault for the head alone. */
	memset(raw, 0, sizeof(*raw));
	raw->flat = true;
	flat = json_pick(body, message, COUNT(message), &raw->message,
	    code == ERR_OK ? e : NULL);
	return (code == ERR_OK ? flat : code);
}
