/*
 * Lanes: one thread and one connection each, and one queue for all of them;
 * what is of one lane alone (a probe, large values) has a queue there.
 *
 * db_lanes.lock guards the queues, the states of lanes and of queued jobs, and
 * the counts. A job stands on the stack of the thread that waits for it. It is
 * either in a queue (the waiter may take it out when its deadline passes) or in
 * a lane's hand (then the lane always finishes it, and the waiter waits for
 * that, however late); so its values are never read after the waiter left.
 * The waiter's own semaphore carries the wake-up, so that a flight wakes its
 * own threads and no other, each once.
 *
 * A thread that waits for long checks by itself whether a lane is free by now,
 * so that a slow flight delays nobody else.
 */
#include "config.h"

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "io/db_lane.h"
#include "io/db_lane_parts.h"

#define AGAIN_MS 1000	  /* how often a lane that is away tries again */
#define LOOK_MOST_MS 1000 /* between two looks of a waiter */

/* Whom to wake, under the lock --------------------------------------------- */

static bool
may_fly(const struct db_lanes *lanes)
{
	return (db_queue_may_fly(&lanes->queue, clock_mono_ms()) ||
	    (lanes->stop && lanes->queue.line.n > 0));
}

/* Is there a lane, as far as is known, that reaches the database? */
static bool
is_any_up(const struct db_lanes *lanes)
{
	for (size_t i = 0; i < lanes->n - 1; i++)
		if (!lanes->lane[i].away)
			return (true);
	return (false);
}

/*
 * Wake a lane that has nothing to do, one with a connection if possible; in
 * turns, so that no connection rests until something on the way forgets it.
 */
static void
call_lane(struct db_lanes *lanes)
{
	struct lane *found = NULL;
	size_t small = lanes->n - 1;

	for (size_t i = 0; i < small; i++) {
		struct lane *l = &lanes->lane[(lanes->turn + i) % small];

		if (l->state == LANE_IDLE &&
		    (found == NULL || (found->away && !l->away)))
			found = l;
	}
	if (found == NULL)
		return;
	lanes->turn = (size_t)(found - lanes->lane) + 1;
	found->state = LANE_CALLED;
	pthread_cond_signal(&found->wake);
}

/* What the lane sends next: what is for it alone, else what is for all. */
static size_t
take(struct lane *l, struct job **jobs)
{
	struct db_place *places[DB_FLIGHT_MAX];
	size_t n;

	n = l->own.first != NULL ? db_line_take(&l->own, places) :
	    lane_is_small(l)	 ? db_queue_take(&l->lanes->queue, l->flight,
				       clock_mono_ms(), places) :
				   0;
	for (size_t i = 0; i < n; i++)
		jobs[i] = (struct job *)places[i]; /* its first member */
	return (n);
}

/*
 * Connect while the jobs are still in a queue, where each can be taken back at
 * its own deadline, and where another lane may take it. Called without the
 * lock. False: this lane cannot connect, and left them to those that can.
 */
static bool
serve(struct lane *l)
{
	struct db_lanes *lanes = l->lanes;
	struct job *jobs[DB_FLIGHT_MAX];
	enum err_code code;
	struct err e;
	bool left;
	size_t n = 0;

	code = lane_connect(l, INT64_MAX, &e);
	pthread_mutex_lock(&lanes->lock);
	left = code != ERR_OK && l->own.first == NULL && lane_is_small(l) &&
	    is_any_up(lanes);
	if (left)
		call_lane(lanes);
	else
		n = take(l, jobs);
	pthread_mutex_unlock(&lanes->lock);
	if (n > 0 && code != ERR_OK)
		lane_fail(jobs, n, code, &e);
	else if (n > 0)
		lane_fly(l, jobs, n);
	lane_land(l);
	return (!left);
}

/* Under the lock. */
static bool
has_work(const struct lane *l)
{
	return (l->own.first != NULL ||
	    (lane_is_small(l) && may_fly(l->lanes) &&
		db_queue_is_any_free(&l->lanes->queue)));
}

/* Will there never be anything to do again? Under the lock. */
static bool
is_over(const struct lane *l)
{
	return (l->lanes->stop && l->own.first == NULL &&
	    (!lane_is_small(l) || l->lanes->queue.line.n == 0));
}

/*
 * Until somebody calls. A lane that is away rests for a while only, since
 * nobody calls it while others are there. True: it has to try again.
 */
static bool
rest(struct lane *l)
{
	struct timespec until = clock_timespec(clock_mono_ms() + AGAIN_MS);
	int failed;

	l->state = LANE_IDLE;
	failed = l->away ?
	    pthread_cond_timedwait(&l->wake, &l->lanes->lock, &until) :
	    pthread_cond_wait(&l->wake, &l->lanes->lock);
	assert(failed == 0 || failed == ETIMEDOUT);
	return (failed == ETIMEDOUT);
}

static void *
run_lane(void *arg)
{
	struct lane *l = arg;
	pthread_mutex_t *lock = &l->lanes->lock;
	bool left = false, again, works;
	struct err e;

	pthread_mutex_lock(lock);
	while (!is_over(l)) {
		again = false;
		if ((left && l->own.first == NULL) ||
		    (!has_work(l) && !db_session_fresh(&l->session)))
			again = rest(l);
		works = has_work(l);
		l->state = LANE_BUSY;
		pthread_mutex_unlock(lock);
		left = false;
		if (works)
			left = !serve(l);
		else if (again || db_session_fresh(&l->session))
			(void)lane_connect(l, INT64_MAX, &e);
		pthread_mutex_lock(lock);
	}
	pthread_mutex_unlock(lock);
	return (NULL);
}

/* The waiting side -------------------------------------------------------- */

/* The line of this lane, or, NULL, of all lanes. */
static struct db_line *
line_of(struct db_lanes *lanes, struct lane *l)
{
	return (l != NULL ? &l->own : &lanes->queue.line);
}

static enum err_code
enqueue(struct db_lanes *lanes, struct lane *l, struct job *j, struct err *e)
{
	struct db_line *line = line_of(lanes, l);
	enum err_code code = ERR_OK;

	pthread_mutex_lock(&lanes->lock);
	if (lanes->stop || line->n >= DB_LANE_QUEUE_MAX) {
		code = err_set(e, ERR_TEMPORARY,
		    lanes->stop ? "stopping" :
				  "too much is waiting for the database");
	} else {
		db_line_add(line, &j->place);
		if (l != NULL)
			pthread_cond_signal(&l->wake);
		else if (may_fly(lanes))
			call_lane(lanes);
	}
	pthread_mutex_unlock(&lanes->lock);
	return (code);
}

/* It waits for long: does a lane have time for it now? */
static void
look_again(struct db_lanes *lanes, const struct job *j)
{
	pthread_mutex_lock(&lanes->lock);
	if (j->place.queued && may_fly(lanes))
		call_lane(lanes);
	pthread_mutex_unlock(&lanes->lock);
}

/* Take the job out of the queue, if it is still there. */
static bool
withdraw(struct db_lanes *lanes, struct lane *l, struct job *j)
{
	bool queued;

	pthread_mutex_lock(&lanes->lock);
	queued = db_line_remove(line_of(lanes, l), &j->place);
	pthread_mutex_unlock(&lanes->lock);
	return (queued);
}

/* False: it was not done by then. */
static bool
wait_until(struct job *j, int64_t until_ms)
{
	struct timespec until = clock_timespec(until_ms);

	for (;;) {
		if ((until_ms == INT64_MAX ?
			    sem_wait(&j->done) :
			    sem_clockwait(&j->done, CLOCK_MONOTONIC, &until)) ==
		    0) {
			assert(atomic_load(&j->finished));
			return (true);
		}
		assert(errno == EINTR || errno == ETIMEDOUT);
		if (errno == ETIMEDOUT)
			return (false);
	}
}

/* false: the deadline passed and the job was taken back. */
static bool
wait_done(struct db_lanes *lanes, struct lane *l, struct job *j)
{
	int64_t next = clock_mono_ms(), pause = DB_QUEUE_STALE_MS;

	for (;; pause *= 2) {
		next += pause < LOOK_MOST_MS ? pause : LOOK_MOST_MS;
		if (next >= j->deadline_ms)
			break;
		if (wait_until(j, next))
			return (true);
		look_again(lanes, j);
	}
	if (wait_until(j, j->deadline_ms))
		return (true);
	return (!withdraw(lanes, l, j) && wait_until(j, INT64_MAX));
}

static void
release_result(void *p)
{
	db_result_free(p);
}

static size_t
bytes_of(const struct db_values *v)
{
	size_t bytes = 0;

	for (int i = 0; i < statements[v->statement].params; i++)
		bytes += (size_t)v->v[i].n;
	return (bytes);
}

/* Run it on the lane; NULL: on any, and not beside another of its key. */
static enum err_code
run_in(struct db_lanes *lanes, struct lane *l, struct arena *a, struct str key,
    const struct db_values *v, int64_t deadline_ms,
    const struct db_result **result_r, struct err *e)
{
	struct job j = { .place = { .key = str_hash(key) % DB_QUEUE_KEYS,
			     .bytes = bytes_of(v) },
		.db = { .values = v },
		.deadline_ms = deadline_ms };
	enum err_code code;
	int failed;

	failed = sem_init(&j.done, 0, 0);
	assert(failed == 0);
	if ((code = enqueue(lanes, l, &j, e)) != ERR_OK)
		goto out;
	if (!wait_done(lanes, l, &j))
		code = err_set(e, ERR_TEMPORARY,
		    "%s: still waiting for the database at the deadline",
		    statements[v->statement].name);
	else if ((code = j.db.code) != ERR_OK)
		*e = j.db.err;
	if (code == ERR_OK &&
	    (code = arena_tie(a, release_result, j.db.result, e)) == ERR_OK)
		*result_r = j.db.result;
out:
	(void)sem_destroy(&j.done);
	return (code);
}

enum err_code
db_lanes_run(struct db_lanes *lanes, struct arena *a, struct str key,
    const struct db_values *v, int64_t deadline_ms,
    const struct db_result **result_r, struct err *e)
{
	enum err_code code;

	assert(statements[v->statement].role == lanes->kind.role);
	if ((code = db_values_check(v, e)) != ERR_OK)
		return (code);
	/* Large values have a lane of their own. */
	return (run_in(lanes,
	    bytes_of(v) > DB_LANE_LARGE_BYTES ? &lanes->lane[lanes->n - 1] :
						NULL,
	    a, key, v, deadline_ms, result_r, e));
}

static enum err_code
one_row(enum statement st, const struct db_result *r, struct err *e)
{
	if (db_rows(r) == 1)
		return (ERR_OK);
	return (err_set(e, ERR_BUG, "%s: %zu rows, not one",
	    statements[st].name, db_rows(r)));
}

enum err_code
db_lanes_run_one(struct db_lanes *lanes, struct arena *a, struct str key,
    const struct db_values *v, int64_t deadline_ms,
    const struct db_result **result_r, struct err *e)
{
	enum err_code code;

	code = db_lanes_run(lanes, a, key, v, deadline_ms, result_r, e);
	return (code == ERR_OK ? one_row(v->statement, *result_r, e) : code);
}

static bool
is_away(struct lane *l)
{
	bool away;

	pthread_mutex_lock(&l->lanes->lock);
	away = l->away;
	pthread_mutex_unlock(&l->lanes->lock);
	return (away);
}

enum err_code
db_lanes_probe(struct db_lanes *lanes, struct arena *a,
    const struct db_values *v, int64_t deadline_ms,
    const struct db_result **result_r, struct err *e)
{
	enum err_code code = db_values_check(v, e);

	assert(statements[v->statement].role == lanes->kind.role);
	/* The first always: where nobody asked yet, nobody knows. */
	for (size_t i = lanes->n; code == ERR_OK && i-- > 0;)
		if (i == 0 || is_away(&lanes->lane[i]))
			code = run_in(lanes, &lanes->lane[i], a, STR_NONE, v,
			    deadline_ms, result_r, e);
	return (code == ERR_OK ? one_row(v->statement, *result_r, e) : code);
}

/* Start, stop, count ------------------------------------------------------ */

/* Of the renewer: a lane that has nothing to do takes the new one now. */
static void
wake_lane(void *arg)
{
	struct lane *l = arg;

	pthread_mutex_lock(&l->lanes->lock);
	pthread_cond_signal(&l->wake);
	pthread_mutex_unlock(&l->lanes->lock);
}

static void
lane_init(struct lane *l, struct db_lanes *lanes, struct db_renewer *r)
{
	pthread_condattr_t attr;

	l->lanes = lanes;
	db_line_init(&l->own);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&l->wake, &attr);
	pthread_condattr_destroy(&attr);
	db_session_init(&l->session, &lanes->kind, r, wake_lane, l);
}

enum err_code
db_lanes_start(const struct db_lanes_options *o, struct db_lanes **lanes_r,
    struct err *e)
{
	struct db_lanes *lanes;
	size_t n = o->lanes + 1;

	assert(o->lanes > 0);
	lanes = calloc(1, sizeof(*lanes) + n * sizeof(lanes->lane[0]));
	if (lanes == NULL || (lanes->url = strdup(o->url)) == NULL ||
	    (lanes->flights = calloc(o->lanes, sizeof(*lanes->flights))) ==
		NULL) {
		if (lanes != NULL)
			free(lanes->url);
		free(lanes);
		return (err_set(e, ERR_TEMPORARY, "no memory"));
	}
	lanes->kind = (struct db_session_kind){ .url = lanes->url,
		.app = "callward",
		.role = o->role,
		.prepared = o->prepared,
		.checked = o->self_check,
		.check = STATEMENT_INTAKE_CHECK };
	lanes->n = n;
	pthread_mutex_init(&lanes->lock, NULL);
	db_queue_init(&lanes->queue, lanes->flights, n - 1);
	for (size_t i = 0; i < n; i++)
		lane_init(&lanes->lane[i], lanes, o->renewer);
	for (size_t i = 0; i < o->lanes; i++)
		lanes->lane[i].flight = &lanes->flights[i];
	for (size_t i = 0; i < n; i++) {
		struct lane *l = &lanes->lane[i];

		if (pthread_create(&l->thread, NULL, run_lane, l) != 0) {
			db_lanes_stop(lanes);
			return (
			    err_set(e, ERR_TEMPORARY, "no thread for a lane"));
		}
		l->started = true;
	}
	*lanes_r = lanes;
	return (ERR_OK);
}

void
db_lanes_stop(struct db_lanes *lanes)
{
	if (lanes == NULL)
		return;
	pthread_mutex_lock(&lanes->lock);
	lanes->stop = true;
	for (size_t i = 0; i < lanes->n; i++)
		pthread_cond_signal(&lanes->lane[i].wake);
	pthread_mutex_unlock(&lanes->lock);
	for (size_t i = 0; i < lanes->n; i++) {
		struct lane *l = &lanes->lane[i];

		if (l->started)
			pthread_join(l->thread, NULL);
		db_session_deinit(&l->session);
		pthread_cond_destroy(&l->wake);
	}
	pthread_mutex_destroy(&lanes->lock);
	free(lanes->flights);
	free(lanes->url);
	free(lanes);
}

void
db_lanes_count(struct db_lanes *lanes, struct db_lanes_counts *counts_r)
{
	memset(counts_r, 0, sizeof(*counts_r));
	pthread_mutex_lock(&lanes->lock);
	counts_r->waiting = lanes->queue.line.n;
	for (size_t i = 0; i < lanes->n; i++) {
		const struct lane *l = &lanes->lane[i];

		counts_r->flights += l->counts.flights;
		counts_r->statements += l->counts.statements;
		counts_r->singles += l->counts.singles;
		counts_r->reconnects += l->counts.reconnects;
		counts_r->waiting += l->own.n;
		counts_r->away += l->away;
	}
	pthread_mutex_unlock(&lanes->lock);
}
