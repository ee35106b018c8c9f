/*
 * What happened, for tests to look at: ready JSON texts in order, the oldest
 * dropped when there are too many. One lock, held for copying only.
 */
#ifndef CALLWARD_SIM_JOURNAL_H
#define CALLWARD_SIM_JOURNAL_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "io/id.h"
#include "base/str.h"

#define JOURNAL_ENTRIES_MAX 10000
#define JOURNAL_BYTES_MAX (64u << 20)

struct journal;

struct journal *journal_new(void) MUST_CHECK;
void journal_free(struct journal *);

/*
 * Keep a copy of entry, a JSON value, under the id of its call ("" when it
 * has none). Without memory the entry is counted and not kept.
 */
void journal_add(struct journal *, const char *id, struct str entry);

/* Forget all. */
void journal_clear(struct journal *);

/*
 * Append {"total":n,"data":[...]}: total since the last clear, data the
 * newest limit entries, oldest first; id is "" for those of every call.
 */
void journal_write(struct journal *, const char *id, int64_t limit,
    struct buf *);

#endif
