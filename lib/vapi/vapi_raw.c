/*
 * Strict are the names that decide whose call it is, what kind of message it is
 * and how the call ended, every object on the way there, and artifact and
 * analysis. They stand in tables here; the places of vapi_value.c join them, so
 * that a message is gone through once.
 */
#include "config.h"

#include <assert.h>
#include <stddef.h>
#include <string.h>

#include "io/json_pick.h"
#include "io/json_raw.h"
#include "io/json_wants.h"
#include "vapi/vapi_raw.h"
#include "vapi/vapi_value.h"

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
	OBJECT("transport", true, vapi_raw_call, transport, transport),
	OBJECT("customer", true, vapi_raw_call, customer, party),
	OBJECT("phoneNumber", true, vapi_raw_call, phone_number, party),
	OBJECT("assistant", true, vapi_raw_call, assistant, holder),
	OBJECT("assistantOverrides", true, vapi_raw_call, overrides, holder),
	OBJECT("metadata", true, vapi_raw_call, metadata, metadata),
};

static const struct json_want message[] = {
	VALUE("type", true, vapi_raw_message, type),
	VALUE("status", true, vapi_raw_message, status),
	VALUE("endedReason", true, vapi_raw_message, ended_reason),
	VALUE("callId", true, vapi_raw_message, call_id),
	VALUE("timestamp", false, vapi_raw_message, timestamp),
	VALUE("duration", false, vapi_raw_message, duration),
	VALUE("recordingUrl", false, vapi_raw_message, recording_url),
	VALUE("summary", false, vapi_raw_message, summary),
	VALUE("transcript", false, vapi_raw_message, transcript),
	VALUE("toolCallList", false, vapi_raw_message, tool_call_list),
	VALUE("toolCalls", false, vapi_raw_message, tool_calls),
	OBJECT("call", true, vapi_raw_message, call, call),
	OBJECT("customer", true, vapi_raw_message, customer, party),
	OBJECT("phoneNumber", true, vapi_raw_message, phone_number, party),
	OBJECT("assistant", true, vapi_raw_message, assistant, holder),
	OBJECT("assistantOverrides", true, vapi_raw_message, overrides, holder),
	OBJECT("metadata", true, vapi_raw_message, metadata, metadata),
	VALUE("artifact", true, vapi_raw_message, artifact),
	VALUE("analysis", true, vapi_raw_message, analysis),
};

static const struct json_want body_wants[] = {
	OBJECT("message", true, vapi_raw, message, message),
	OBJECT("metadata", true, vapi_raw, metadata, metadata),
};

/* The places of the table, of the message and of its call, each with a slot. */
static enum err_code
add_places(struct json_wants *w, struct vapi_raw *raw, struct err *e)
{
	static const char *const levels[VAPI_LEVELS] = { "message",
		"message.call" };
	struct vapi_place place;
	enum err_code code;
	struct str rest;
	size_t n = 0, at;

	for (size_t i = 0; i < vapi_values_n; i++) {
		rest = str_of(vapi_values[i].places);
		for (; vapi_place_next(&rest, &place); n++) {
			assert(n < VAPI_RAW_PLACES);
			for (size_t level = 0; level < VAPI_LEVELS; level++) {
				code = json_wants_add(w, str_of(levels[level]),
				    place.path, &at, e);
				if (code != ERR_OK)
					return (code);
				raw->places[level][n] = (unsigned short)at;
			}
		}
	}
	return (ERR_OK);
}

enum err_code
vapi_raw_pick(struct arena *a, struct str body, struct vapi_raw *raw,
    struct err *e)
{
	const struct json_want *rows = body_wants;
	struct json_wants w;
	enum err_code code, flat;

	memset(raw, 0, sizeof(*raw));
	if ((code = json_wants_init(&w, a, body_wants, COUNT(body_wants),
		 offsetof(struct vapi_raw, slots), sizeof(*raw), e)) !=
		ERR_OK ||
	    (code = add_places(&w, raw, e)) != ERR_OK ||
	    (code = json_wants_rows(&w, &rows, e)) != ERR_OK)
		return (code);
	code = json_pick(body, rows, w.n, raw, e);
	raw->flat = json_raw_kind(raw->message.self) != JSON_RAW_OBJECT;
	if (!raw->flat)
		return (code);
	/* Its "metadata" is the message's. After a fault for the head alone. */
	memset(&raw->message, 0, sizeof(raw->message));
	memset(&raw->metadata, 0, sizeof(raw->metadata));
	memset(raw->slots, 0, sizeof(raw->slots));
	flat = json_pick(body, rows->inside, rows->n, &raw->message,
	    code == ERR_OK ? e : NULL);
	return (code == ERR_OK ? flat : code);
}

struct str
vapi_raw_place(const struct vapi_raw *raw, size_t level, size_t place)
{
	return (*(const struct str *)(const void *)((const char *)raw +
	    raw->places[level][place]));
}
