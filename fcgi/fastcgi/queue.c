/*
 * queue.lock guards all of it. A thread that waits has a semaphore of its own
 * on its stack and stands in a stack of those that are idle: who pushes gives
 * the item to the topmost, and one thread is woken for one item.
 */
#include "config.h"

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdlib.h>

#include "base/clock.h"
#include "fastcgi/queue.h"

enum list { UNREAD, READ, LET_GO, PARKED, LISTS };

struct idle {
	struct idle *next;
	struct queue_item *given; /* NULL: the queue was closed */
	sem_t ready;
};

struct queue {
	pthread_mutex_t lock;
	pthread_cond_t room; /* fewer than most wait, or it was closed */
	pthread_cond_t late; /* something waits, or nothing will any more */
	size_t most;
	struct {
		struct queue_item *first, *last;
		size_t n;
		int64_t most_ms;
	} list[LISTS];
	struct idle *idle;
	bool closed;
};

struct queue *
queue_new(const struct queue_limits *limits)
{
	struct queue *q;

	if ((q = calloc(1, sizeof(*q))) == NULL)
		return (NULL);
	pthread_mutex_init(&q->lock, NULL);
	pthread_cond_init(&q->room, NULL);
	pthread_cond_init(&q->late, NULL);
	q->most = limits->most;
	q->list[UNREAD].most_ms = limits->unread_ms;
	q->list[READ].most_ms = limits->read_ms;
	q->list[LET_GO].most_ms = limits->parked_ms;
	q->list[PARKED].most_ms = limits->parked_ms;
	return (q);
}

void
queue_free(struct queue *q)
{
	if (q == NULL)
		return;
	pthread_cond_destroy(&q->late);
	pthread_cond_destroy(&q->room);
	pthread_mutex_destroy(&q->lock);
	free(q);
}

/* The lists; under the lock ----------------------------------------------- */

static size_t
waiting(const struct queue *q)
{
	return (q->list[UNREAD].n + q->list[READ].n + q->list[LET_GO].n);
}

/* Nothing waits, and nothing will. */
static bool
is_over(const struct queue *q)
{
	return (q->closed && waiting(q) == 0);
}

/* By the time of arrival; nearly always that is the end of the list. */
static void
insert(struct queue *q, enum list which, struct queue_item *item)
{
	struct queue_item **at = &q->list[which].first;

	if (*at != NULL && q->list[which].last->arrived_ms <= item->arrived_ms)
		at = &q->list[which].last->next;
	else
		while (*at != NULL && (*at)->arrived_ms <= item->arrived_ms)
			at = &(*at)->next;
	item->next = *at;
	*at = item;
	if (item->next == NULL)
		q->list[which].last = item;
	if (q->list[which].n++ == 0)
		pthread_cond_signal(&q->late);
}

static struct queue_item *
remove_first(struct queue *q, enum list which)
{
	struct queue_item *item = q->list[which].first;

	if (item == NULL)
		return (NULL);
	q->list[which].first = item->next;
	q->list[which].n--;
	if (which != PARKED && waiting(q) + 1 == q->most)
		pthread_cond_signal(&q->room);
	if (is_over(q))
		pthread_cond_signal(&q->late);
	return (item);
}

static struct queue_item *
next_item(struct queue *q)
{
	struct queue_item *item;

	if ((item = remove_first(q, READ)) == NULL &&
	    (item = remove_first(q, LET_GO)) == NULL)
		item = remove_first(q, UNREAD);
	return (item);
}

static void
give(struct queue *q, struct queue_item *item)
{
	struct idle *one = q->idle;
	int failed;

	q->idle = one->next;
	one->given = item;
	failed = sem_post(&one->ready);
	assert(failed == 0);
}

/* To a thread that is idle, else into the list. */
static void
hand_over(struct queue *q, enum list which, struct queue_item *item)
{
	if (q->idle != NULL)
		give(q, item);
	else
		insert(q, which, item);
}

/* Pushing and taking ------------------------------------------------------ */

bool
queue_wait_for_room(struct queue *q)
{
	bool room;

	pthread_mutex_lock(&q->lock);
	while (!q->closed && waiting(q) >= q->most)
		pthread_cond_wait(&q->room, &q->lock);
	room = !q->closed;
	pthread_mutex_unlock(&q->lock);
	return (room);
}

void
queue_push(struct queue *q, struct queue_item *item)
{
	pthread_mutex_lock(&q->lock);
	hand_over(q, UNREAD, item);
	pthread_mutex_unlock(&q->lock);
}

struct queue_item *
queue_take(struct queue *q)
{
	struct queue_item *item;
	struct idle self = { .given = NULL };
	bool waits;
	int failed;

	pthread_mutex_lock(&q->lock);
	item = next_item(q);
	waits = item == NULL && !q->closed;
	if (waits) {
		failed = sem_init(&self.ready, 0, 0);
		assert(failed == 0);
		self.next = q->idle;
		q->idle = &self;
	}
	pthread_mutex_unlock(&q->lock);
	if (!waits)
		return (item);
	while (sem_wait(&self.ready) != 0)
		assert(errno == EINTR);
	(void)sem_destroy(&self.ready);
	return (self.given);
}

static void
let_go(struct queue *q)
{
	struct queue_item *item = remove_first(q, PARKED);

	if (item != NULL)
		hand_over(q, LET_GO, item);
}

/*
 * The one that has been late for longest; else NULL, and when to look again
 * (0: at a call).
 */
static struct queue_item *
late_item(struct queue *q, int64_t now, int64_t *again_ms_r)
{
	struct queue_item *item;
	enum list which = LISTS;

	*again_ms_r = 0;
	for (int i = 0; i < LISTS; i++) {
		int64_t at;

		if (q->list[i].first == NULL)
			continue;
		at = q->list[i].first->arrived_ms + q->list[i].most_ms;
		if (which == LISTS || at < *again_ms_r) {
			*again_ms_r = at;
			which = (enum list)i;
		}
	}
	if (which == LISTS || *again_ms_r > now)
		return (NULL);
	item = remove_first(q, which);
	/* What it was let go for is another one's. */
	if (which == LET_GO)
		let_go(q);
	return (item);
}

struct queue_item *
queue_take_late(struct queue *q)
{
	struct queue_item *item;
	struct timespec until;
	int64_t again_ms;

	pthread_mutex_lock(&q->lock);
	while ((item = late_item(q, clock_mono_ms(), &again_ms)) == NULL &&
	    !is_over(q)) {
		if (again_ms == 0) {
			pthread_cond_wait(&q->late, &q->lock);
			continue;
		}
		until = clock_timespec(again_ms);
		(void)pthread_cond_clockwait(&q->late, &q->lock,
		    CLOCK_MONOTONIC, &until);
	}
	pthread_mutex_unlock(&q->lock);
	return (item);
}

void
queue_put_back(struct queue *q, struct queue_item *item)
{
	pthread_mutex_lock(&q->lock);
	hand_over(q, READ, item);
	pthread_mutex_unlock(&q->lock);
}

bool
queue_park(struct queue *q, struct queue_item *item)
{
	bool parked;

	pthread_mutex_lock(&q->lock);
	parked = !q->closed && q->list[PARKED].n < QUEUE_PARKED_MOST;
	if (parked)
		insert(q, PARKED, item);
	pthread_mutex_unlock(&q->lock);
	return (parked);
}

void
queue_unpark(struct queue *q)
{
	pthread_mutex_lock(&q->lock);
	let_go(q);
	pthread_mutex_unlock(&q->lock);
}

void
queue_close(struct queue *q)
{
	pthread_mutex_lock(&q->lock);
	q->closed = true;
	while (q->list[PARKED].first != NULL)
		let_go(q);
	while (q->idle != NULL)
		give(q, NULL);
	pthread_cond_broadcast(&q->room);
	pthread_cond_broadcast(&q->late);
	pthread_mutex_unlock(&q->lock);
}

void
queue_count(struct queue *q, struct queue_counts *counts)
{
	pthread_mutex_lock(&q->lock);
	counts->waiting = waiting(q);
	counts->parked = q->list[PARKED].n;
	pthread_mutex_unlock(&q->lock);
}
