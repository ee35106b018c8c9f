/*
 * Runs what fills in rows after a migration, in batches.
 */
#ifndef CALLWARD_BACKFILL_H
#define CALLWARD_BACKFILL_H

#include "cli.h"
#include "base/err.h"
#include "migration.h"

/* Run those of sql/backfill that are not done, each to its end. */
enum err_code backfills_run(struct cli *, const struct sources *,
    struct err *e) MUST_CHECK;

#endif
