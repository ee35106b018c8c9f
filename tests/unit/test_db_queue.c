/*
 * db_queue: when a flight may leave, and with whom.
 */
#include "config.h"

#include <string.h>

#include "io/db_queue.h"
#include "tap.h"

#define LANES 4
#define PLACES 200

static struct db_queue q;
static struct db_flight flights[LANES];
static struct db_place places[PLACES], *taken[DB_FLIGHT_MAX];
static size_t n_places;

static void
begin(void)
{
	memset(flights, 0, sizeof(flights));
	memset(places, 0, sizeof(places));
	n_places = 0;
	db_queue_init(&q, flights, LANES);
}

static struct db_place *
add(size_t key)
{
	struct db_place *p = &places[n_places++];

	p->key = key;
	db_line_add(&q.line, p);
	return (p);
}

/* So many, each of another key, from this one on. */
static void
add_many(size_t n, size_t key)
{
	for (size_t i = 0; i < n; i++)
		(void)add(key + i);
}

static void
test_line(void)
{
	struct db_place *a, *b, *c;

	begin();
	a = add(1);
	b = add(2);
	c = add(3);
	ok(db_line_remove(&q.line, c), "the last is removed");
	ok(!db_line_remove(&q.line, c), "once");
	ok(db_line_remove(&q.line, a), "the first");
	(void)add(4);
	is_int((int64_t)q.line.n, 2, "two are left");
	is_int((int64_t)db_line_take(&q.line, taken), 2, "and taken");
	ok(taken[0] == b && taken[1] == &places[3], "in their order");
	ok(!b->queued && !db_line_remove(&q.line, b), "who is out is out");
	is_int((int64_t)db_line_take(&q.line, taken), 0, "nothing is left");
	add_many(DB_FLIGHT_MAX + 1, 0);
	is_int((int64_t)db_line_take(&q.line, taken), DB_FLIGHT_MAX,
	    "no more than a flight holds");
	is_int((int64_t)q.line.n, 1, "the rest waits");
}

static void
test_few(void)
{
	begin();
	ok(!db_queue_may_fly(&q, 0), "nothing waits");
	for (size_t i = 0; i < LANES; i++) {
		(void)add(i);
		ok(db_queue_may_fly(&q, 0), "a lone one leaves at once");
		is_int((int64_t)db_queue_take(&q, &flights[i], 0, taken), 1,
		    "in a lane of its own");
	}
	(void)add(LANES);
	ok(!db_queue_may_fly(&q, 0), "one more than lanes waits");
	db_queue_land(&q, &flights[0]);
	ok(db_queue_may_fly(&q, 0), "until a flight is over");
}

static void
test_many(void)
{
	begin();
	add_many(20, 0);
	is_int((int64_t)db_queue_take(&q, &flights[0], 100, taken), 20,
	    "who waits flies together");
	for (size_t i = 1; i < DB_QUEUE_SHARE; i++)
		(void)add(50 + i);
	ok(!db_queue_may_fly(&q, 100), "a few wait for it");
	ok(db_queue_may_fly(&q, 100 + DB_QUEUE_STALE_MS), "but not for long");
	(void)add(99);
	ok(db_queue_may_fly(&q, 100), "many do not");
	is_int((int64_t)db_queue_take(&q, &flights[1], 100, taken),
	    DB_QUEUE_SHARE, "and fly together");
	add_many(2 * DB_QUEUE_SHARE - 1, 100);
	ok(!db_queue_may_fly(&q, 100), "beside two flights more have to wait");
	(void)add(199);
	ok(db_queue_may_fly(&q, 100), "twice as many");
}

static void
test_keys(void)
{
	begin();
	(void)add(7);
	(void)add(7);
	is_int((int64_t)db_queue_take(&q, &flights[0], 0, taken), 2,
	    "two of one key fly in one flight");
	ok(taken[0] == &places[0] && taken[1] == &places[1], "in their order");
	(void)add(7);
	ok(!db_queue_is_any_free(&q), "a third waits for them");
	is_int((int64_t)db_queue_take(&q, &flights[1], 0, taken), 0,
	    "and is not taken");
	is_int((int64_t)flights[1].n, 0, "nothing is out");
	(void)add(8);
	(void)add(7);
	ok(db_queue_is_any_free(&q), "another key does not");
	is_int((int64_t)db_queue_take(&q, &flights[1], 0, taken), 1,
	    "and passes them");
	ok(taken[0] == &places[3], "alone");
	db_queue_land(&q, &flights[1]);
	ok(!db_queue_is_any_free(&q), "its end is not theirs");
	db_queue_land(&q, &flights[0]);
	db_queue_land(&q, &flights[0]);
	ok(db_queue_is_any_free(&q), "the end of theirs is");
	is_int((int64_t)db_queue_take(&q, &flights[0], 0, taken), 2,
	    "both are taken");
	ok(taken[0] == &places[2] && taken[1] == &places[4],
	    "the older one first");
}

int
main(void)
{
	test_line();
	test_few();
	test_many();
	test_keys();
	return (done());
}
