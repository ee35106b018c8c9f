/*
 * Counters of this process, as Prometheus reads them. Counting is one atomic
 * addition; nothing here locks. Labels are words of ours, never a value from
 * outside.
 */
#ifndef CALLWARD_METRICS_H
#define CALLWARD_METRICS_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/str.h"
#include "tenancy/tenancy.h"
#include "vapi/vapi_type.h"

#define METRICS_ROUTES_MAX 64 /* the last counts requests of no route */

struct metrics;

enum metrics_event {
	METRICS_EVENT_ACCEPTED,
	METRICS_EVENT_DUPLICATE,
	METRICS_EVENT_STALE,
	METRICS_EVENT_QUARANTINED,
	METRICS_EVENT_ACKNOWLEDGED,
	METRICS_EVENT_SPOOLED,
	METRICS_EVENTS
};

/* name_of names a route by its index; NULL: no memory. */
struct metrics *metrics_new(const char *(*name_of)(size_t route)) MUST_CHECK;
void metrics_free(struct metrics *);

/* A request was answered: its route's index, status and time. */
void metrics_request(struct metrics *, size_t route, int status, int64_t ms);

/* What became of an arriving call. */
void metrics_call(struct metrics *, enum tenancy_verdict);

/* Asking Vapi for a session: code is ERR_OK for one that was made. */
void metrics_session(struct metrics *, enum err_code code, int64_t ms);

/* A server message was read: its type, as in vapi_type.h. */
void metrics_message_type(struct metrics *, size_t type);

/* What became of a server message. */
void metrics_message(struct metrics *, enum metrics_event);

/* Requests and body bytes in hand; call with +1/-1 and +n/-n. */
void metrics_in_hand(struct metrics *, int64_t requests, int64_t bytes);
int64_t metrics_bytes_in_hand(struct metrics *);

/*
 * Append all of it in the text format. A request counts a moment after its
 * answer has left, and is in hand until then.
 */
void metrics_write(struct metrics *, struct buf *);

#endif
