/*
 * How the simulator behaves: slow, failing, repeating itself. Set while it
 * runs with PUT /sim/plan; what a PUT leaves out returns to its default, the
 * seed alone stays. Knows the values and their bounds, not what they do.
 */
#ifndef CALLWARD_SIM_PLAN_H
#define CALLWARD_SIM_PLAN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "failure.h"
#include "io/json.h"

/* The server messages that can be sent, as bits of a set. */
enum plan_message {
	PLAN_STATUS_UPDATE,
	PLAN_ASSISTANT_STARTED,
	PLAN_SPEECH_UPDATE,
	PLAN_CONVERSATION_UPDATE,
	PLAN_HANG,
	PLAN_END_OF_CALL_REPORT,
	PLAN_MESSAGES
};

/* Where in a message the metadata of its call comes back. */
enum plan_place {
	PLAN_PLACE_OVERRIDES, /* of message.call, the usual one */
	PLAN_PLACE_CALL,
	PLAN_PLACE_ASSISTANT,
	PLAN_PLACE_CALL_ASSISTANT,
	PLAN_PLACE_MESSAGE,
	PLAN_PLACE_NONE, /* it was dropped */
	PLAN_PLACES
};

#define PLAN_REASON_SIZE 101
#define PLAN_CANARY_SIZE 65

struct plan {
	int64_t seed;		   /* of all that is made up */
	bool seed_given;	   /* only in what plan_read returns */
	int64_t create_delay_ms;   /* POST /call waits so long */
	int64_t create_status;	   /* and fails with this; 0: works */
	int64_t create_fail_every; /* only each nth fails; 0: each */
	int64_t no_call_after_ms;  /* unused sessions end then */
	int64_t call_ms;	   /* from connected to ended */
	int64_t report_bytes;	   /* the report is at least so large */
	int64_t recording_ttl_ms;  /* life of a link to a recording */
	int64_t phone_speed;	   /* times as quick as real telephones */
	char ended_reason[PLAN_REASON_SIZE];
	enum failure create_failure; /* how POST /call fails */
	enum plan_place metadata_place;
	char canary[PLAN_CANARY_SIZE]; /* "" or a secret to leave everywhere */

	/* callbacks */
	bool twice;		   /* each message is sent two times */
	bool reorder;		   /* last message first */
	unsigned drop;		   /* set of enum plan_message */
	unsigned also;		   /* those that are not sent unasked */
	unsigned early;		   /* sent before POST /call answers */
	bool premature_report;	   /* an empty one before the end */
	bool timestamp_ms;	   /* signed in ms, not seconds */
	int64_t timestamp_skew_ms; /* of the sender's clock */
	int64_t delay_ms;	   /* before each message */
	int64_t timeout_ms;	   /* for its answer */
	int64_t retry_max;	   /* 0: no retry, as Vapi's default */
	int64_t retry_base_ms;	   /* doubled after each attempt */
};

void plan_default(struct plan *, int64_t seed);

/*
 * Read a plan over the defaults. ERR_INPUT names a member that is unknown or
 * breaks its bounds.
 */
enum err_code plan_read(const struct json *, struct plan *plan_r,
    struct err *e) MUST_CHECK;

void plan_write(const struct plan *, struct json *object);

/* The type as messages carry it, such as "hang". */
const char *plan_message_name(enum plan_message);

#endif
