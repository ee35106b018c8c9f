/*
 * One harness, two programs: fuzz_NAME replays the seeds of corpus/NAME in
 * "make check", hunt_NAME lets libFuzzer make up inputs (configure
 * --enable-fuzzer). What must hold for every input is asserted in the
 * harness.
 */
#ifndef CALLWARD_FUZZ_H
#define CALLWARD_FUZZ_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"

#define FUZZ_ARENA_BYTES ((size_t)32 * 1024 * 1024)

/*
 * Give input to the code under test, and check what it says of it.
 *
 * input  any bytes, in memory of exactly that size
 * Returns whether the input was taken as good; a seed's name tells which.
 */
bool fuzz_one(struct arena *, struct str input);

#endif
