/*
 * A circuit breaker: stops asking a Vapi that does not answer, so that callers
 * get the fallback at once and no thread waits. Counted by assistant, since one
 * may hang while others work; for all of them only when calls of several
 * clinics time out. Knows no request: code that asks Vapi enters before and
 * leaves after.
 */
#ifndef CALLWARD_VAPI_BREAKER_H
#define CALLWARD_VAPI_BREAKER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/str.h"

#define VAPI_BREAKER_CLINICS 3 /* whose timeouts open it for all */
#define VAPI_BREAKER_CALLS_MOST 100

struct vapi_breaker;

/* When it opens, and for how long. timeouts 0: never. */
struct vapi_breaker_rule {
	int64_t timeouts; /* so many */
	int64_t calls;	  /* of the last calls */
	int64_t within_ms;
	int64_t open_ms;
};

/* A call that was let through; its texts are the caller's. */
struct vapi_pass {
	struct str clinic, assistant;
	uint64_t key;
	bool probes_one; /* it is the one that tries whether it works again */
	bool probes_all;
};

struct vapi_breaker_counts {
	uint64_t open_assistants; /* also while one call tries them */
	uint64_t open_all;	  /* 0 or 1 */
	uint64_t opened;	  /* since the start, as what follows */
	uint64_t refused;
};

/*
 * "TIMEOUTS/CALLS/SECONDS/OPEN": it opens for OPEN seconds after so many
 * timeouts among the last CALLS of them that ended within SECONDS. "off".
 */
enum err_code vapi_breaker_rule_read(struct str text,
    struct vapi_breaker_rule *rule_r, struct err *e) MUST_CHECK;

/* NULL: no memory. */
struct vapi_breaker *vapi_breaker_new(
    const struct vapi_breaker_rule *) MUST_CHECK;
void vapi_breaker_free(struct vapi_breaker *);

/*
 * May this assistant of this clinic be asked for? ERR_TEMPORARY says that it is
 * not, and why. After ERR_OK vapi_breaker_leave has to follow. now_ms is of the
 * monotonic clock, everywhere.
 */
enum err_code vapi_breaker_enter(struct vapi_breaker *, struct str clinic,
    struct str assistant, int64_t now_ms, struct vapi_pass *pass_r,
    struct err *e) MUST_CHECK;

/* timeout: no answer came in time. Anything else that failed is an answer. */
void vapi_breaker_leave(struct vapi_breaker *, const struct vapi_pass *,
    bool timeout, int64_t now_ms);

void vapi_breaker_count(struct vapi_breaker *,
    struct vapi_breaker_counts *counts_r);

#endif
