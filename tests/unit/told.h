/*
 * What was read of a message, by the names under which it is stored.
 */
#ifndef CALLWARD_TOLD_H
#define CALLWARD_TOLD_H

#include <string.h>

#include "base/str.h"
#include "io/json_pick.h"
#include "io/json_raw.h"
#include "tenancy/tenancy.h"

/* A member's bytes, a text without its quotes; STR_NONE: there is none. */
static struct str
told_member(struct str object, const char *name)
{
	const struct json_want want = { name, false, 0, NULL, 0 };
	struct str raw = STR_NONE;

	if (object.p == NULL ||
	    json_pick(object, &want, 1, &raw, NULL) != ERR_OK)
		return (STR_NONE);
	return (json_raw_kind(raw) == JSON_RAW_TEXT ?
		(struct str){ raw.p + 1, raw.n - 2 } :
		raw);
}

/* A member of the event, a column or a detail. */
__attribute__((unused)) static struct str
told(const struct tenancy_event *ev, const char *name)
{
	const struct {
		const char *name;
		struct str value;
	} own[] = { { "type", ev->type }, { "vapi_call_id", ev->vapi_call_id },
		{ "twilio_call_sid", ev->twilio_call_sid },
		{ "ended_reason", ev->ended_reason },
		{ "transcript", ev->transcript }, { "messages", ev->messages },
		{ "summary", ev->summary }, { "analysis", ev->analysis },
		{ "structured_data", ev->structured_data },
		{ "metadata", ev->metadata },
		{ "body_sha256", ev->body_sha256 }, { "told", ev->told },
		{ "left_out", ev->details } };
	struct str value;

	for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++)
		if (strcmp(name, own[i].name) == 0)
			return (own[i].value);
	value = told_member(ev->told, name);
	return (value.p != NULL ?
		value :
		told_member(told_member(ev->told, "details"), name));
}

#endif
