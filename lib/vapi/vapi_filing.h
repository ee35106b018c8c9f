/*
 * From the body of a server message to the call it is about: read, find the
 * owner, apply. The one way there, for a message that arrives, for one that
 * waited in the spool, and for one that was quarantined and is applied later.
 * Knows no HTTP.
 * Source: doc/ownership.md.
 */
#ifndef CALLWARD_VAPI_FILING_H
#define CALLWARD_VAPI_FILING_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "io/db_lane.h"
#include "base/err.h"
#include "tenancy/drain.h"
#include "tenancy/keyring.h"
#include "base/str.h"
#include "vapi/vapi_message.h"

struct vapi_filing_job {
	struct db_lanes *lanes;
	const struct keyring *keys;
	struct str body;
	struct str line;     /* id of the quarantined line; STR_NONE: live */
	int64_t received_ms; /* wall clock, when the line came; 0: now */
	int64_t most_ms;     /* for the database */
};

struct vapi_filing {
	struct vapi_message message;
	/*
	 * "accepted", "duplicate", "stale": durable. "quarantined": nothing
	 * was written, for a reason. STR_NONE: there is nothing to store, or
	 * it is an assistant-request, which is served elsewhere.
	 */
	struct str verdict;
	struct str reason;
	struct str user_id; /* of the call, once it is applied */
	struct str call_id;
	bool asked;	/* the database answered */
	struct err why; /* what the reader, the seal or the database said */
	int64_t db_ms;	/* time spent waiting for the database */
};

/*
 * Reasons: unreadable_json, too_large (for the arena), bad_metadata,
 * no_call_id, refused_by_database, unsealed_metadata (nothing is known of this
 * Vapi call, and metadata that is not sealed came with it), and those of
 * callward.apply_event. ERR_TEMPORARY and ERR_UNCERTAIN are the database's:
 * the same message may be filed again.
 */
enum err_code vapi_filing_apply(struct arena *, const struct vapi_filing_job *,
    struct vapi_filing *filing_r, struct err *e) MUST_CHECK;

/*
 * What the inbox says of one that is quarantined; its id and its sealed body
 * are left to the caller.
 */
enum err_code vapi_filing_record(struct arena *, const struct vapi_filing *,
    struct str body, struct tenancy_record *rec_r, struct err *e) MUST_CHECK;

/* Messages that waited in the spool, as records of this kind. */
#define VAPI_FILING_KIND "vapi"
drain_file vapi_filing_drain;

#endif
