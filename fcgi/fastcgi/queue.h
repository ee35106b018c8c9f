/*
 * Connections that were accepted and have no thread yet. One thread pushes,
 * request threads take, and one more takes what has waited too long. Knows
 * nothing of a connection but when it arrived, and starts no thread.
 *
 * What waits stands in one of four lists: unread, as it was accepted; read,
 * put back by who looked at it; parked, read, until somebody says that there
 * is memory for it; let go, once that was said. Of each the oldest goes next,
 * the read before those let go, and these before the unread.
 */
#ifndef CALLWARD_QUEUE_H
#define CALLWARD_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct queue;

/* The first member of what stands in the queue, whose owner has it else. */
struct queue_item {
	struct queue_item *next;
	int64_t arrived_ms; /* monotonic; set before it is pushed */
};

/* How many may wait, and how long after their arrival; all but most in ms. */
struct queue_limits {
	size_t most; /* all but the parked; more are not accepted */
	int64_t unread_ms;
	int64_t read_ms;
	int64_t parked_ms; /* also once it was let go */
};

#define QUEUE_PARKED_MOST 1024

struct queue_counts {
	uint64_t waiting; /* all but the parked */
	uint64_t parked;
};

/* NULL: no memory. */
struct queue *queue_new(const struct queue_limits *) MUST_CHECK;
void queue_free(struct queue *);

/* Wait until one more may be pushed; false: the queue was closed. */
bool queue_wait_for_room(struct queue *);
void queue_push(struct queue *, struct queue_item *);

/*
 * Wait for the next one. Of the threads that wait the one that came last gets
 * it, so a quiet process uses few of them. NULL: the queue was closed, and
 * nothing is left in it.
 */
struct queue_item *queue_take(struct queue *);

/* Wait for one that has waited too long; NULL as above. */
struct queue_item *queue_take_late(struct queue *);

/* It has been read, and is to go on waiting, by read_ms. */
void queue_put_back(struct queue *, struct queue_item *);

/*
 * Keep it until queue_unpark; false: too many are, or the queue was closed.
 * After true it is another thread's.
 */
bool queue_park(struct queue *, struct queue_item *) MUST_CHECK;

/* Let the oldest that is parked be taken, if there is one. */
void queue_unpark(struct queue *);

/*
 * Nothing is pushed or parked any more. What waits is still taken; what is
 * parked is let go.
 */
void queue_close(struct queue *);

void queue_count(struct queue *, struct queue_counts *counts_r);

#endif
