/*
 * Where a caller is sent when the assistant cannot be reached, and what this
 * process remembers of it for the time when the database is away. The memory
 * is bounded; the oldest entry of a slot gives way.
 */
#ifndef CALLWARD_FALLBACK_H
#define CALLWARD_FALLBACK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "tenancy/phone.h"
#include "base/str.h"

#define FALLBACK_QUIET_MS 60000 /* dials that are younger are counted */
#define FALLBACK_DIALS_MOST 60

struct fallback_memory;

/*
 * All that tells whose a call is; STR_NONE for what was not sent. Who
 * withholds the number is not known again by it: such callers are counted by
 * the rest.
 */
struct fallback_call {
	struct str from;
	struct str to;
	struct str forwarded_from;
	struct str diversion;
};

/* What may be dialled for a call: the number's own comes first. */
struct fallback_numbers {
	struct phone number;  /* "" for none */
	struct phone line;    /* of the assistant number */
	int64_t number_dials; /* within the last minute, for this caller */
	int64_t line_dials;
	bool own; /* From is the clinic's own number, whoever calls */
};

/* keep_ms  how long a call is remembered; 0: not at all */
struct fallback_memory *fallback_memory_new(int64_t keep_ms) MUST_CHECK;
void fallback_memory_free(struct fallback_memory *);

/*
 * Remember what the database said about this call, and the fallback of its
 * line. numbers NULL: it said that the call is nobody's, what is remembered of
 * it is forgotten. now_ms is of the monotonic clock, everywhere.
 */
void fallback_remember(struct fallback_memory *, const struct fallback_call *,
    const struct fallback_numbers *numbers, int64_t now_ms);

/*
 * What is remembered of a call that the database cannot be asked about: by all
 * of its signals together, or else the line's fallback alone.
 */
void fallback_recall(struct fallback_memory *, const struct fallback_call *,
    int64_t now_ms, struct fallback_numbers *numbers_r);

/*
 * The number to dial: number's, else line's, each only where phone_may_dial
 * allows it; NULL: none. dials_r is how often it was dialled, as numbers tells.
 */
const struct phone *fallback_find(const struct fallback_call *,
    const struct fallback_numbers *, const char *prefixes, int64_t *dials_r);

/*
 * May it be dialled once more? Not when it was dialled most times for the same
 * caller within FALLBACK_QUIET_MS, by this process or as dials tells. True
 * counts as dialled.
 */
bool fallback_dial(struct fallback_memory *, const struct fallback_call *,
    const struct phone *, int64_t dials, int64_t most, int64_t now_ms);

#endif
