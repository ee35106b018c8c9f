/*
 * A small generator that is the same everywhere: what a call says, costs and
 * is called follows from its seed alone. Nothing secret comes from here.
 * Source: splitmix64, Steele, Lea and Flood, OOPSLA 2014.
 */
#ifndef CALLWARD_SIM_RANDOM_H
#define CALLWARD_SIM_RANDOM_H

#include <stdint.h>

#include "io/id.h"

struct random {
	uint64_t state;
};

void random_seed(struct random *, uint64_t seed);
uint64_t random_next(struct random *);

/* 0 .. n - 1; n is not 0. */
uint64_t random_below(struct random *, uint64_t n);

/*
 * A UUID of version 7: ms is its time, the rest is drawn.
 * Source: RFC 9562 section 5.7.
 */
void random_uuid(struct random *, int64_t ms, char id_r[ID_SIZE]);

#endif
