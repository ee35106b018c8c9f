/* queue: who goes next, who waits too long, who is let go, and the end. */
#include "config.h"

#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

#include "base/clock.h"
#include "fastcgi/queue.h"
#include "tap.h"

#define NEVER_MS (INT64_C(1) << 50)
#define THREADS 16
#define ITEMS 20000

static const struct queue_limits patient = { .most = 4,
	.unread_ms = NEVER_MS,
	.read_ms = NEVER_MS,
	.parked_ms = NEVER_MS };

static struct queue *
new_queue(const struct queue_limits *limits)
{
	struct queue *q = queue_new(limits);

	if (q == NULL)
		exit(1);
	return (q);
}

static void
test_order(void)
{
	struct queue *q = new_queue(&patient);
	struct queue_item item[5];
	struct queue_counts n;

	for (int i = 0; i < 5; i++)
		item[i].arrived_ms = 10 + i;
	queue_push(q, &item[1]);
	queue_push(q, &item[3]);
	queue_put_back(q, &item[2]);
	queue_put_back(q, &item[0]);
	ok(queue_park(q, &item[4]), "one is parked");
	queue_count(q, &n);
	ok(n.waiting == 4 && n.parked == 1, "all are counted");
	ok(queue_take(q) == &item[0] && queue_take(q) == &item[2],
	    "what was read goes first, the oldest before the others");
	queue_unpark(q);
	ok(queue_take(q) == &item[4], "then what was parked and is let go");
	ok(queue_take(q) == &item[1] && queue_take(q) == &item[3],
	    "then the rest as it came");
	queue_close(q);
	ok(queue_take(q) == NULL, "nothing after the end");
	queue_free(q);
}

static void
test_late(void)
{
	static const struct queue_limits limits = { .most = 4,
		.unread_ms = 20,
		.read_ms = 60,
		.parked_ms = 40 };
	struct queue *q = new_queue(&limits);
	struct queue_item unread, read, parked;
	int64_t now = clock_mono_ms();

	unread.arrived_ms = read.arrived_ms = parked.arrived_ms = now;
	queue_push(q, &unread);
	queue_put_back(q, &read);
	ok(queue_park(q, &parked), "one of each");
	ok(queue_take_late(q) == &unread, "unread is late first");
	ok(clock_mono_ms() >= now + 20, "not before its time");
	ok(queue_take_late(q) == &parked && queue_take_late(q) == &read,
	    "then parked, then read");
	ok(clock_mono_ms() >= now + 60, "not before its time");
	queue_close(q);
	ok(queue_take_late(q) == NULL, "nothing after the end");
	queue_free(q);
}

/* What waited for memory is not late because no thread is free just then. */
static void
test_let_go(void)
{
	static const struct queue_limits limits = { .most = 4,
		.unread_ms = 10,
		.read_ms = 10,
		.parked_ms = 1000 };
	struct queue *q = new_queue(&limits);
	struct queue_item read, parked, other;
	struct queue_counts n;

	read.arrived_ms = clock_mono_ms();
	parked.arrived_ms = read.arrived_ms - 500;
	other.arrived_ms = read.arrived_ms;
	ok(queue_park(q, &parked) && queue_park(q, &other), "two are parked");
	queue_unpark(q);
	queue_put_back(q, &read);
	ok(queue_take_late(q) == &read, "one that was read is late before");
	queue_count(q, &n);
	ok(n.waiting == 1 && n.parked == 1, "it waits for a thread");
	ok(queue_take_late(q) == &parked, "until all its time is over");
	ok(clock_mono_ms() >= parked.arrived_ms + 1000, "not before");
	queue_count(q, &n);
	ok(n.waiting == 1 && n.parked == 0, "then it is another's turn");
	ok(queue_take_late(q) == &other, "that is let go, too");
	queue_close(q);
	queue_free(q);
}

struct run {
	struct queue *q;
	atomic_size_t taken;
};

static void *
take_all(void *arg)
{
	struct run *r = arg;

	while (queue_take(r->q) != NULL)
		atomic_fetch_add(&r->taken, 1);
	return (NULL);
}

static void *
take_late(void *arg)
{
	return (queue_take_late(arg));
}

static void *
wait_for_room(void *arg)
{
	return (queue_wait_for_room(arg) ? arg : NULL);
}

static void
test_bounds(void)
{
	struct queue *q = new_queue(&patient);
	struct queue_item item[4], more[QUEUE_PARKED_MOST + 1];
	pthread_t one, late;
	void *got = NULL;
	size_t n = 0;

	for (int i = 0; i < 4; i++) {
		ok(queue_wait_for_room(q), "there is room for %d", i + 1);
		item[i].arrived_ms = i;
		queue_push(q, &item[i]);
	}
	if (pthread_create(&one, NULL, wait_for_room, q) != 0)
		exit(1);
	ok(queue_take(q) == &item[0], "one is taken");
	pthread_join(one, &got);
	ok(got == q, "then there is room again");
	for (; n <= QUEUE_PARKED_MOST; n++) {
		more[n].arrived_ms = (int64_t)n;
		if (!queue_park(q, &more[n]))
			break;
	}
	ok(n == QUEUE_PARKED_MOST, "so many are parked, and no more");
	if (pthread_create(&late, NULL, take_late, q) != 0)
		exit(1);
	queue_close(q);
	ok(!queue_wait_for_room(q), "after the end there is no room");
	ok(!queue_park(q, &more[n]), "and nothing is parked");
	for (n = 0; queue_take(q) != NULL; n++)
		;
	ok(n == 3 + QUEUE_PARKED_MOST, "what was there is still given out");
	pthread_join(late, &got);
	ok(got == NULL, "and who waits for the late ones is told");
	queue_free(q);
}

/* Each item is one thread's, also where all of them want it. */
static void
test_threads(void)
{
	static struct queue_item item[ITEMS];
	struct run r = { .q = new_queue(&patient) };
	pthread_t thread[THREADS];

	for (int i = 0; i < THREADS; i++)
		if (pthread_create(&thread[i], NULL, take_all, &r) != 0)
			exit(1);
	for (int i = 0; i < ITEMS && queue_wait_for_room(r.q); i++) {
		item[i].arrived_ms = i;
		if (i % 7 == 0 && queue_park(r.q, &item[i]))
			queue_unpark(r.q);
		else
			queue_push(r.q, &item[i]);
	}
	queue_close(r.q);
	for (int i = 0; i < THREADS; i++)
		pthread_join(thread[i], NULL);
	is_int((int64_t)atomic_load(&r.taken), ITEMS, "each is taken once");
	queue_free(r.q);
}

int
main(void)
{
	test_order();
	test_late();
	test_let_go();
	test_bounds();
	test_threads();
	return (done());
}
