/*
 * Where in a server message stands what we read. What decides is a struct of
 * the same shape, filled with the bytes of the values as they were sent; what a
 * report says beyond that are the places of vapi_value.h. Serves vapi_message.c
 * and vapi_report.c, which read the values.
 * Source: Vapi, server messages; field order as observed in real messages.
 */
#ifndef CALLWARD_VAPI_RAW_H
#define CALLWARD_VAPI_RAW_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"

#define VAPI_RAW_NAMES 7 /* of our metadata, the seal last */

/* Of an object self is all of it, or what stands in its place. */
struct vapi_raw_metadata {
	struct str self, value[VAPI_RAW_NAMES];
};

struct vapi_raw_party { /* customer, phoneNumber */
	struct str self, number;
};

struct vapi_raw_holder { /* assistant, assistantOverrides */
	struct str self;
	struct vapi_raw_metadata metadata;
};

struct vapi_raw_transport {
	struct str self, call_sid, forwarded_from;
};

struct vapi_raw_call {
	struct str self, id, provider_id, ended_reason;
	struct vapi_raw_transport transport;
	struct vapi_raw_party customer, phone_number;
	struct vapi_raw_holder assistant, overrides;
	struct vapi_raw_metadata metadata;
};

struct vapi_raw_message {
	struct str self, type, status, ended_reason, call_id, timestamp,
	    duration, recording_url, summary, transcript, tool_call_list,
	    tool_calls, artifact, analysis;
	struct vapi_raw_call call;
	struct vapi_raw_party customer, phone_number;
	struct vapi_raw_holder assistant, overrides;
	struct vapi_raw_metadata metadata;
};

/* Each place is looked for in the message, then in its call. */
enum vapi_level { VAPI_LEVEL_MESSAGE = 0, VAPI_LEVEL_CALL, VAPI_LEVELS };

#define VAPI_RAW_PLACES 96 /* most that the table may name */
#define VAPI_RAW_SLOTS 160

struct vapi_raw {
	struct vapi_raw_message message;
	struct vapi_raw_metadata metadata; /* beside the message */
	bool flat; /* the older shape: the body is the message */
	/* Offsets of the places, and where most of them stand. */
	unsigned short places[VAPI_LEVELS][VAPI_RAW_PLACES];
	struct str slots[VAPI_RAW_SLOTS];
};

/* The seven names, in the order of struct vapi_raw_metadata. */
extern const char *const vapi_raw_names[VAPI_RAW_NAMES];

/* As json_pick; what was read before a fault is in raw_r. */
enum err_code vapi_raw_pick(struct arena *, struct str body,
    struct vapi_raw *raw_r, struct err *e) MUST_CHECK;

/* What stands at the nth place of the table, counted through all its rows. */
struct str vapi_raw_place(const struct vapi_raw *, size_t level, size_t place);

#endif
