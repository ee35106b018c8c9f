/*
 * Where a caller is sent when the assistant cannot be reached, and what this
 * process remembers of it for the time when the database is away. The memory
 * is bounded; the oldest entry of a slot gives way.
 */
#ifndef CALLWARD_FALLBACK_H
#define CALLWARD_FALLBACK_H

#include <stdbool.h>
#include <stdint.h>

#include "err.h"
#include "phone.h"
#include "str.h"

#define FALLBACK_QUIET_MS 60000 /* never twice for one caller within this */

struct fallback_memory;

struct fallback_memory *fallback_memory_new(void) MUST_CHECK;
void fallback_memory_free(struct fallback_memory *);

/* Remember what the database said about this caller on this line. */
void fallback_remember(struct fallback_memory *, struct str from, struct str to,
    const struct phone *number, const struct phone *line);

/*
 * Choose the number to dial: number's, else line's, each only where
 * phone_may_dial allows it. Both "" : what is remembered for this caller.
 *
 * now_ms     monotonic clock
 * choice_r   "" when there is none, or when this process dialled one for the
 *            same caller within FALLBACK_QUIET_MS; a choice counts as dialled
 */
void fallback_choose(struct fallback_memory *, struct str from, struct str to,
    const struct phone *number, const struct phone *line, const char *prefixes,
    int64_t now_ms, struct phone *choice_r);

#endif
