/*
 * Where in a server message stands what we read: a struct of the same shape,
 * filled with the bytes of the values as they were sent. Serves vapi_message.c
 * and vapi_report.c, which read the values.
 * Source: Vapi, server messages; field order as observed in real messages.
 */
#ifndef CALLWARD_VAPI_RAW_H
#define CALLWARD_VAPI_RAW_H

#include <stdbool.h>

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
	struct str self, id, provider_id, ended_reason, cost, recording_url,
	    summary, transcript;
	struct vapi_raw_transport transport;
	struct vapi_raw_party customer, phone_number;
	struct vapi_raw_holder assistant, overrides;
	struct vapi_raw_metadata metadata;
};

struct vapi_raw_mono {
	struct str self, combined_url;
};

struct vapi_raw_recording {
	struct str self;
	struct vapi_raw_mono mono;
};

struct vapi_raw_artifact {
	struct str self, transcript, messages, recording_url,
	    structured_outputs;
	struct vapi_raw_recording recording;
};

struct vapi_raw_analysis {
	struct str self, summary, structured_data, success_evaluation;
};

struct vapi_raw_costs {
	struct str self, total;
};

struct vapi_raw_message {
	struct str self, type, status, ended_reason, call_id, timestamp,
	    started_at, ended_at, duration_s, duration_ms, duration_minutes,
	    duration, cost, recording_url, summary, transcript, messages,
	    structured_data, tool_call_list, tool_calls;
	struct vapi_raw_costs cost_breakdown;
	struct vapi_raw_call call;
	struct vapi_raw_party customer, phone_number;
	struct vapi_raw_holder assistant, overrides;
	struct vapi_raw_metadata metadata;
	struct vapi_raw_artifact artifact;
	struct vapi_raw_analysis analysis;
};

struct vapi_raw {
	struct vapi_raw_message message;
	struct vapi_raw_metadata metadata; /* beside the message */
	bool flat; /* the older shape: the body is the message */
};

/* The seven names, in the order of struct vapi_raw_metadata. */
extern const char *const vapi_raw_names[VAPI_RAW_NAMES];

/* As json_pick; what was read before a fault is in raw_r. */
enum err_code vapi_raw_pick(struct str body, struct vapi_raw *raw_r,
    struct err *e) MUST_CHECK;

#endif
