/*
 * Whose call is it, and what is stored for its owner: the questions that the
 * webhooks ask the database, one function a statement. Every write names the
 * owner it was told; the database checks for itself.
 * Source: doc/ownership.md; statements in sql/statements.
 *
 * Texts of results live in the arena. Deadlines are of the monotonic clock.
 * Errors are those of db_lanes_run; "unknown number" is a verdict, never an
 * error, and a database that is away is an error, never a verdict.
 */
#ifndef CALLWARD_TENANCY_H
#define CALLWARD_TENANCY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "tenancy/call.h"
#include "io/db_lane.h"
#include "base/err.h"
#include "io/id.h"
#include "tenancy/metadata.h"
#include "tenancy/phone.h"
#include "base/str.h"

/* A call as Twilio announced it; STR_NONE for what was not sent. */
struct tenancy_arrival {
	char call_id[ID_SIZE]; /* what the call is named if it is new */
	struct str call_sid;
	struct str from; /* any text up to 128 bytes, never empty */
	struct str to;
	struct str called;
	struct str forwarded_from;
	struct str diversion; /* the number in it, E.164 */
	struct str stir_verstat;
	struct str came; /* JSON: what was sent, as it was, for the inbox */
	int64_t calls_at_once; /* limits of one number; 0: none */
	int64_t calls_per_minute;
};

enum tenancy_verdict {
	TENANCY_NONE = 0,
	TENANCY_NEW,	  /* ours to serve; the call is recorded */
	TENANCY_REPEAT,	  /* answered before: give that answer */
	TENANCY_WAIT,	  /* a copy is being served now */
	TENANCY_UNKNOWN,  /* no signal leads to an owner */
	TENANCY_UNLISTED, /* To is no line of ours */
	TENANCY_CONFLICT, /* the signals lead to two owners */
	TENANCY_MISMATCH, /* this CallSid came from another number */
	TENANCY_BUSY,	  /* over the number's limits */
	TENANCY_CLOSED,	  /* recorded: the clinic wants its message said */
	TENANCY_FORWARD,  /* recorded: the clinic wants the fallback */
	TENANCY_CAPPED,	  /* recorded: the plan's seconds are used up */
	TENANCY_LOOP,	  /* a number that is being proven awaits this one */
	TENANCY_VERDICTS
};

struct tenancy_call {
	enum tenancy_verdict verdict;
	struct str answer; /* REPEAT */
	int64_t age_ms;	   /* WAIT: how long ago the first came */
	struct str user_id;
	struct str call_id;
	struct str assistant_id;
	struct str phone_number_id;
	struct str vapi_assistant_id;
	struct str vapi_phone_number_id;
	struct phone fallback;	    /* of the number */
	struct phone line_fallback; /* of the assistant number */
	bool dialled_recently; /* fallback: within a minute, for this caller */
	bool line_dialled_recently; /* line_fallback: likewise */
	bool own_number; /* From is the clinic's: the rule is "from" */
	bool capped;	 /* FORWARD: the plan's seconds are used up */
	/* What the clinic set; STR_NONE where it did not. */
	struct str greeting;
	struct str language;
	struct str clinic_name;
	struct str after_hours_message; /* CLOSED */
	struct str message_language;	/* CLOSED: of that message */
};

/* The verdict's name for logs and metrics, such as "unknown". */
const char *tenancy_verdict_name(enum tenancy_verdict);

/* Find the owner, record the call, say what to do. */
enum err_code tenancy_open_call(struct db_lanes *, struct arena *,
    const struct tenancy_arrival *, int64_t deadline_ms,
    struct tenancy_call *call_r, struct err *e) MUST_CHECK;

/*
 * Bind the call to its Vapi session and store the answer. answer_r is what
 * to say: the given one, or the one that settled this CallSid meanwhile.
 * ERR_CONFLICT: that Vapi call belongs to another call, nothing was written.
 */
enum err_code tenancy_bind_session(struct db_lanes *, struct arena *,
    const struct tenancy_arrival *, const struct tenancy_call *,
    struct str vapi_call_id, struct str metadata, struct str answer,
    int64_t deadline_ms, struct str *answer_r, struct err *e) MUST_CHECK;

/*
 * Give the CallSid its first answer, if it has none, and close its call, as
 * ended_reason demands: failed, or "no-answer" after hours and over the plan,
 * or "forwarding". call NULL or without user_id: there is no call to close.
 *
 * dialled       the answer dials a fallback
 * ended_reason  "callward-..." words of ours
 */
enum err_code tenancy_settle_call(struct db_lanes *, struct arena *,
    const struct tenancy_arrival *, const struct tenancy_call *call,
    struct str answer, bool dialled, const char *ended_reason,
    int64_t deadline_ms, struct str *answer_r, struct err *e) MUST_CHECK;

/*
 * The answer of a CallSid; STR_NONE while it is being worked on.
 * ERR_ABSENT: never heard of it.
 */
enum err_code tenancy_find_answer(struct db_lanes *, struct arena *,
    const struct tenancy_arrival *, int64_t deadline_ms, struct str *answer_r,
    struct err *e) MUST_CHECK;

/* How often this number was dialled for this caller within the last minute. */
enum err_code tenancy_count_dials(struct db_lanes *, struct arena *,
    const struct tenancy_arrival *, const struct phone *number,
    int64_t deadline_ms, int64_t *dials_r, struct err *e) MUST_CHECK;

/* What a server message says about a call. STR_NONE, 0: nothing. */
struct tenancy_event {
	const struct metadata *owner; /* whose seal opened; NULL: none came */
	struct str metadata;	      /* its JSON, for a row to be made */
	struct str vapi_call_id;
	struct str twilio_call_sid;
	struct str type;
	enum call_status status;
	struct str ended_reason;
	struct str told; /* JSON: small values, by the names of columns */
	struct str transcript;
	struct str messages; /* JSON */
	struct str summary;
	struct str analysis;	    /* JSON */
	struct str structured_data; /* JSON */
	struct str report_digest;   /* by which a report is known again */
	struct str body_sha256;
	size_t body_bytes;
	struct str details;  /* JSON, for the inbox: what was left out */
	struct str line;     /* id of the quarantined line that is applied */
	int64_t received_ms; /* wall clock; 0: now */
};

/*
 * What became of it: "accepted", "duplicate", "stale", "quarantined". Of a
 * line that is not quarantined any more, or has another body: "duplicate".
 */
struct tenancy_applied {
	struct str verdict;
	struct str reason;
	struct str user_id;
	struct str call_id;
};

enum err_code tenancy_apply_event(struct db_lanes *, struct arena *,
    const struct tenancy_event *, int64_t deadline_ms,
    struct tenancy_applied *applied_r, struct err *e) MUST_CHECK;

/* What Twilio's status callback says about a call. */
struct tenancy_status {
	struct str call_sid;
	struct str from;
	enum call_status status;
	int64_t duration_s;  /* -1: not told */
	int64_t received_ms; /* wall clock; 0: now */
};

/*
 * Close or move on a call by its CallSid. "stale" without a user_id: the
 * CallSid is known, but was never a tenant's call.
 */
enum err_code tenancy_apply_status(struct db_lanes *, struct arena *,
    const struct tenancy_status *, int64_t deadline_ms,
    struct tenancy_applied *applied_r, struct err *e) MUST_CHECK;

/* A row of the inbox that belongs to no tenant's call. */
struct tenancy_record {
	char id[ID_SIZE];
	const char *provider; /* "twilio", "vapi" */
	struct str event_type;
	struct str provider_call_id;
	struct str twilio_call_sid;
	const char *verdict; /* "rejected", "quarantined" */
	struct str reason;
	struct str details; /* JSON */
	struct str body_sha256;
	size_t body_bytes;
	struct str body;     /* encrypted */
	int64_t received_ms; /* of what waited in a spool; 0: now */
};

enum err_code tenancy_record_event(struct db_lanes *, struct arena *,
    const struct tenancy_record *, int64_t deadline_ms,
    struct err *e) MUST_CHECK;

/*
 * The schema's version; the quickest question there is. Asked of every lane
 * that was away, so that none is passed over that callers would come to.
 */
enum err_code tenancy_ping(struct db_lanes *, struct arena *,
    int64_t deadline_ms, int64_t *version_r, struct err *e) MUST_CHECK;

/* Commit something, and write a file: ERR_OK says that writes are taken. */
enum err_code tenancy_prove_write(struct db_lanes *, struct arena *,
    int64_t deadline_ms, struct err *e) MUST_CHECK;

/* Are the database's functions those that this program was built with? */
enum err_code tenancy_functions(struct db_lanes *, struct arena *,
    int64_t deadline_ms, bool *same_r, struct err *e) MUST_CHECK;

#endif
