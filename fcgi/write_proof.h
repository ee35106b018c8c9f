/*
 * Does the database take writes? The answer is at most a second old. However
 * many ask at the same time, only one of them runs a test commit.
 */
#ifndef CALLWARD_WRITE_PROOF_H
#define CALLWARD_WRITE_PROOF_H

#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "io/db_lane.h"

struct write_proof;

/* NULL: no memory. */
struct write_proof *write_proof_new(void) MUST_CHECK;
void write_proof_free(struct write_proof *);

/* ERR_OK: it did, within the last second. Else why it does not. */
enum err_code write_proof_ask(struct write_proof *, struct db_lanes *,
    struct arena *, int64_t deadline_ms, struct err *e) MUST_CHECK;

#endif
