/*
 * What a call brings along for the assistant that serves it: the member
 * "assistantOverrides", alike wherever a session is started.
 * Source: Vapi API, AssistantOverrides.
 */
#ifndef CALLWARD_VAPI_OVERRIDES_H
#define CALLWARD_VAPI_OVERRIDES_H

#include "io/json.h"
#include "base/str.h"

/* STR_NONE: the assistant's own stands; no metadata: none is sent. */
struct vapi_overrides {
	const struct json *metadata; /* sealed */
	struct str greeting;	     /* what the assistant says first */
	struct str language;	     /* for {{language}} */
	struct str clinic_name;	     /* for {{clinic_name}} */
};

/* Add the member "assistantOverrides" to parent. */
void vapi_overrides_add(struct json *parent, const struct vapi_overrides *);

#endif
