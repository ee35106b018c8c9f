/*
 * One table. A type that Vapi adds is a row, and a line of
 * tests/data/vapi-message-types.tsv.
 */
#include "config.h"

#include "vapi/vapi_type.h"

static const struct {
	const char *name;
	enum vapi_message_kind kind;
} rows[] = {
	[VAPI_TYPE_OTHER] = { "other", VAPI_MESSAGE_OTHER },
	{ "assistant-request", VAPI_MESSAGE_REQUEST },
	{ "assistant.speechStarted", VAPI_MESSAGE_OTHER },
	{ "assistant.started", VAPI_MESSAGE_OTHER },
	{ "call.artifact.upload", VAPI_MESSAGE_OTHER },
	{ "call.delete.failed", VAPI_MESSAGE_OTHER },
	{ "call.deleted", VAPI_MESSAGE_DELETED },
	{ "call.endpointing.request", VAPI_MESSAGE_OTHER },
	{ "campaign.archived", VAPI_MESSAGE_OTHER },
	{ "campaign.cancelled", VAPI_MESSAGE_OTHER },
	{ "campaign.ended", VAPI_MESSAGE_OTHER },
	{ "campaign.job.continued", VAPI_MESSAGE_OTHER },
	{ "campaign.predial", VAPI_MESSAGE_OTHER },
	{ "campaign.started", VAPI_MESSAGE_OTHER },
	{ "campaign.unarchived", VAPI_MESSAGE_OTHER },
	{ "chat.created", VAPI_MESSAGE_OTHER },
	{ "chat.deleted", VAPI_MESSAGE_OTHER },
	{ "contact.completed", VAPI_MESSAGE_OTHER },
	{ "contact.dispatched", VAPI_MESSAGE_OTHER },
	{ "contact.failed", VAPI_MESSAGE_OTHER },
	{ "contact.predial-failed", VAPI_MESSAGE_OTHER },
	{ "contact.skipped", VAPI_MESSAGE_OTHER },
	{ "conversation-update", VAPI_MESSAGE_OTHER },
	{ "end-of-call-report", VAPI_MESSAGE_REPORT },
	{ "function-call", VAPI_MESSAGE_OTHER },
	{ "handoff-destination-request", VAPI_MESSAGE_OTHER },
	{ "hang", VAPI_MESSAGE_HANG },
	{ "knowledge-base-request", VAPI_MESSAGE_OTHER },
	{ "language-change-detected", VAPI_MESSAGE_OTHER },
	{ "language-changed", VAPI_MESSAGE_OTHER },
	{ "model-output", VAPI_MESSAGE_OTHER },
	{ "phone-call-control", VAPI_MESSAGE_OTHER },
	{ "session.created", VAPI_MESSAGE_OTHER },
	{ "session.deleted", VAPI_MESSAGE_OTHER },
	{ "session.updated", VAPI_MESSAGE_OTHER },
	{ "speech-update", VAPI_MESSAGE_OTHER },
	{ "status-update", VAPI_MESSAGE_STATUS },
	{ "tool-calls", VAPI_MESSAGE_OTHER },
	{ "transcript", VAPI_MESSAGE_OTHER },
	{ "transcript[transcriptType=\"final\"]", VAPI_MESSAGE_OTHER },
	{ "transfer-destination-request", VAPI_MESSAGE_OTHER },
	{ "transfer-update", VAPI_MESSAGE_OTHER },
	{ "user-interrupted", VAPI_MESSAGE_OTHER },
	{ "voice-input", VAPI_MESSAGE_OTHER },
	{ "voice-request", VAPI_MESSAGE_OTHER },
};

_Static_assert(sizeof(rows) / sizeof(rows[0]) == VAPI_TYPES,
    "VAPI_TYPES counts the rows");

size_t
vapi_type_of(struct str name)
{
	for (size_t i = 0; i < VAPI_TYPES; i++)
		if (str_is(name, rows[i].name))
			return (i);
	return (VAPI_TYPE_OTHER);
}

const char *
vapi_type_name(size_t type)
{
	return (rows[type].name);
}

enum vapi_message_kind
vapi_type_kind(size_t type)
{
	return (rows[type].kind);
}
