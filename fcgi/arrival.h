/*
 * The steps that every arriving call takes, whoever announces it: Twilio's
 * voice webhook or Vapi's assistant-request. What is said to the provider is
 * the caller's business; here it is decided, stored and, where we cannot
 * serve, replaced by a fallback.
 */
#ifndef CALLWARD_ARRIVAL_H
#define CALLWARD_ARRIVAL_H

#include <stdbool.h>

#include "json.h"
#include "phone.h"
#include "route.h"
#include "tenancy.h"

#define ARRIVAL_VALUE_MAX_BYTES 128 /* From, To and their like */
#define ARRIVAL_MOST_MS 13500 /* for all of it, from the request's start */

/*
 * Names the call, fills in the limits, asks whose it is and notes the answer
 * for log and metrics. in holds what the provider sent.
 */
enum err_code arrival_open(struct exchange *, struct tenancy_arrival *in,
    struct tenancy_call *call_r, struct err *e) MUST_CHECK;

/* The owner of a new call, sealed, written into object. */
enum err_code arrival_seal(struct exchange *, const struct tenancy_arrival *,
    const struct tenancy_call *, struct json *object, struct err *e) MUST_CHECK;

/* Bind the session and store the answer; answer_r is what to say. */
enum err_code arrival_bind(struct exchange *, const struct tenancy_arrival *,
    const struct tenancy_call *, struct str vapi_call_id,
    const struct json *metadata, struct str answer, struct str *answer_r,
    struct err *e) MUST_CHECK;

/*
 * Is there a number to put this caller through to? call NULL: the database
 * could not be asked, only what this process remembers counts.
 */
bool arrival_fallback(struct exchange *, const struct tenancy_arrival *,
    const struct tenancy_call *call, struct phone *number_r);

/*
 * Store an answer that is no session, and return the one to say: this, or the
 * one that was stored before. When the database cannot be asked it is this
 * one all the same: a caller is waiting.
 *
 * ended_reason  "callward-..." for a call that failed, else NULL
 */
struct str arrival_settle(struct exchange *, const struct tenancy_arrival *,
    const struct tenancy_call *call, struct str answer, bool dialled,
    const char *ended_reason);

/*
 * A copy came while the first is at work: wait for its answer as long as the
 * first may take. STR_NONE on ERR_OK: the first has died.
 */
enum err_code arrival_wait(struct exchange *, const struct tenancy_arrival *,
    const struct tenancy_call *, struct str *answer_r,
    struct err *e) MUST_CHECK;

/* The outcome to log when a call could not be opened or waited for. */
const char *arrival_away(const struct err *);

/* Record a request that names no call of anybody. */
void arrival_reject(struct exchange *, const char *provider,
    struct str event_type, const struct tenancy_arrival *,
    const struct err *why);

#endif
