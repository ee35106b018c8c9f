/*
 * What is to happen later, and the threads that do it: errands in the order
 * of their time. Knows no call and no message.
 */
#ifndef CALLWARD_SIM_AGENDA_H
#define CALLWARD_SIM_AGENDA_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"

struct agenda;

/*
 * The first member of what is to be done. Made with malloc; run owns it
 * from its call on and frees it or hands it to agenda_add again. It is freed
 * unrun when the agenda is cleared or stops.
 */
struct errand {
	int64_t due_ms; /* monotonic clock */
	void (*run)(struct errand *, struct arena *);
};

/* Start n threads, each with an arena of its own, reset after each errand. */
enum err_code agenda_start(size_t n, size_t arena_bytes, struct agenda **a_r,
    struct err *e) MUST_CHECK;

/* Takes the errand in every case: without memory it is freed. */
void agenda_add(struct agenda *, struct errand *);

/* Forget what has not begun. */
void agenda_clear(struct agenda *);

/* No errand begins after this returns; those in hand go on. */
void agenda_stop(struct agenda *);

/* Wait for the threads and free all; after agenda_stop. */
void agenda_free(struct agenda *);

#endif
