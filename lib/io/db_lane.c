/*
 * Lanes: one thread and one connection each.
 *
 * lane.lock guards its queue, its counts and the states of its queued jobs.
 * A job stands on the stack of the thread that waits for it. It is either in
 * the queue (the waiter may take it out when its deadline passes) or in the
 * lane's hand (then the lane always finishes it, and the waiter waits for
 * that, however late); so its values are never read after the waiter left.
 * The waiter's own semaphore carries the wake-up, so that a flight wakes its
 * own threads and no other, each once.
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
#include "base/log.h"

#define CONNECT_MS 3000	     /* one attempt */
#define AWAY_MS 250	     /* after a failed one, fail at once for so long */
#define FLIGHT_LEAST_MS 1000 /* a healthy server answers within it */
#define AGAIN_MAX 3	     /* deadlocks of a lone statement */

struct job {
	struct db_job db;
	struct job *next;
	int64_t deadline_ms;
	bool queued;	      /* under the lane's lock */
	atomic_bool finished; /* says so to thread sanitizers, too: they */
	sem_t done;	      /* do not know sem_clockwait */
};

struct lane {
	struct db_lanes *lanes;
	pthread_t thread;
	bool started;
	pthread_mutex_t lock;
	pthread_cond_t wake;
	struct job *first, **last;
	size_t n_queued;
	bool stop;
	struct db_lanes_counts counts;
	bool away; /* under the lock: the last connection was lost or refused */
	/* the lane's thread alone */
	struct db_session session;
	int64_t away_until_ms;
	bool away_told;
};

struct db_lanes {
	struct db_session_kind kind;
	char *url;
	size_t n; /* lanes, the large one (the last) included */
	struct lane lane[];
};

/* Connection -------------------------------------------------------------- */

static void
set_away(struct lane *l, bool away)
{
	pthread_mutex_lock(&l->lock);
	l->away = away;
	pthread_mutex_unlock(&l->lock);
}

static void
tell_away(struct lane *l, const struct err *e)
{
	set_away(l, true);
	if (!l->away_told)
		log_error(LOG_LEVEL_ERROR, "database_away", e);
	l->away_told = true;
}

static void
tell_back(struct lane *l)
{
	struct log_line line;

	set_away(l, false);
	if (!l->away_told)
		return;
	log_begin(&line, LOG_LEVEL_INFO, "database_back");
	log_end(&line);
	l->away_told = false;
}

/*
 * Connect, unless it is; no later than deadline_ms. A new connection that
 * waits takes the place of the old one here, between two flights.
 */
static enum err_code
connect_lane(struct lane *l, int64_t deadline_ms, struct err *e)
{
	int64_t now = clock_mono_ms(), until = now + CONNECT_MS;

	db_session_renew(&l->session);
	if (db_is_up(l->session.db)) {
		if (l->away) /* this thread alone changes it */
			tell_back(l);
		return (ERR_OK);
	}
	db_session_drop(&l->session);
	if (now < l->away_until_ms)
		return (err_set(e, ERR_TEMPORARY, "database is away"));
	if (until > deadline_ms)
		until = deadline_ms;
	if (db_session_connect(&l->session, until, e) != ERR_OK) {
		l->away_until_ms = clock_mono_ms() + AWAY_MS;
		tell_away(l, e);
		/* A login that is refused may be granted in a minute. */
		return (e->code = ERR_TEMPORARY);
	}
	tell_back(l);
	pthread_mutex_lock(&l->lock);
	l->counts.reconnects++;
	pthread_mutex_unlock(&l->lock);
	return (ERR_OK);
}

/* One flight -------------------------------------------------------------- */

/* The job is its waiter's again, and may be gone, once this is called. */
static void
finish(struct job *j)
{
	int failed;

	atomic_store(&j->finished, true);
	failed = sem_post(&j->done);
	assert(failed == 0);
}

/* A flight that was never sent, for want of a connection, does not count. */
static void
count_flight(struct lane *l, size_t n, bool single, enum err_code code)
{
	if (code == ERR_TEMPORARY)
		return;
	pthread_mutex_lock(&l->lock);
	l->counts.flights++;
	l->counts.statements += n;
	if (single)
		l->counts.singles++;
	pthread_mutex_unlock(&l->lock);
}

static enum err_code
fly(struct lane *l, struct db_job **jobs, size_t n, int64_t deadline_ms,
    struct err *e)
{
	enum err_code code;
	bool named;

	if ((code = connect_lane(l, deadline_ms, e)) != ERR_OK)
		return (code);
	named = db_session_named(&l->session);
	code = db_flight(l->session.db, jobs, n, named, deadline_ms, e);
	if (code == ERR_CONFLICT && db_is_stale(l->session.db)) {
		/* Nothing was committed; once more, as things are now. */
		db_session_drop(&l->session);
		if ((code = connect_lane(l, deadline_ms, e)) != ERR_OK)
			return (code);
		named = db_session_named(&l->session);
		code = db_flight(l->session.db, jobs, n, named, deadline_ms, e);
	}
	if (code == ERR_UNCERTAIN)
		tell_away(l, e);
	return (code);
}

/*
 * A job by itself, sent again while the server asks for it (deadlock,
 * serialisation) and once after a lost connection.
 *
 * sent  it was on its way before, in a flight whose fate is unknown
 */
static void
fly_alone(struct lane *l, struct job *j, bool sent)
{
	struct db_job *one = &j->db;
	bool lost_before = sent;
	enum err_code code;
	struct err e;

	for (int again = 0;; again++) {
		if (clock_mono_ms() >= j->deadline_ms) {
			j->db.code = err_set(&j->db.err,
			    sent ? ERR_UNCERTAIN : ERR_TEMPORARY,
			    "database: no time left");
			break;
		}
		code = fly(l, &one, 1, j->deadline_ms, &e);
		count_flight(l, 1, true, code);
		if (code == ERR_OK)
			break;
		if (code == ERR_CONFLICT) {
			if (j->db.code == ERR_TEMPORARY && again < AGAIN_MAX)
				continue;
			/* What was lost before may have been done. */
			if (j->db.code == ERR_TEMPORARY && sent)
				j->db.code = j->db.err.code = ERR_UNCERTAIN;
			break;
		}
		sent |= code == ERR_UNCERTAIN;
		if (code == ERR_UNCERTAIN && !lost_before) {
			lost_before = true;
			continue;
		}
		j->db.err = e;
		j->db.code = j->db.err.code = sent ? ERR_UNCERTAIN : code;
		break;
	}
	finish(j);
}

/*
 * A flight waits as long as its most hurried job, so that a patient one never
 * makes a caller late; but always long enough for a healthy server.
 */
static int64_t
flight_deadline(struct job *const *jobs, size_t n)
{
	int64_t first = jobs[0]->deadline_ms;
	int64_t least = clock_mono_ms() + FLIGHT_LEAST_MS;

	for (size_t i = 1; i < n; i++)
		if (jobs[i]->deadline_ms < first)
			first = jobs[i]->deadline_ms;
	return (first > least ? first : least);
}

static void
fail_all(struct job **jobs, size_t n, enum err_code code, const struct err *e)
{
	for (size_t i = 0; i < n; i++) {
		jobs[i]->db.err = *e;
		jobs[i]->db.code = code;
		finish(jobs[i]);
	}
}

static void
fly_together(struct lane *l, struct job **jobs, size_t n)
{
	struct db_job *all[DB_LANE_FLIGHT_MAX];
	int64_t deadline_ms = flight_deadline(jobs, n);
	enum err_code code;
	struct err e;

	for (size_t i = 0; i < n; i++)
		all[i] = &jobs[i]->db;
	code = fly(l, all, n, deadline_ms, &e);
	count_flight(l, n, false, code);
	switch (code) {
	case ERR_OK:
		for (size_t i = 0; i < n; i++)
			finish(jobs[i]);
		return;
	case ERR_CONFLICT:
	case ERR_UNCERTAIN:
		for (size_t i = 0; i < n; i++) {
			/* Alone in its flight, a job's refusal is its own. */
			if (code == ERR_CONFLICT && n == 1 &&
			    jobs[i]->db.code != ERR_TEMPORARY)
				finish(jobs[i]);
			else
				fly_alone(l, jobs[i], code == ERR_UNCERTAIN);
		}
		return;
	default:
		fail_all(jobs, n, code, &e);
	}
}

static size_t
take(struct lane *l, struct job **jobs)
{
	size_t n = 0;

	while (l->first != NULL && n < DB_LANE_FLIGHT_MAX) {
		struct job *j = l->first;

		if ((l->first = j->next) == NULL)
			l->last = &l->first;
		l->n_queued--;
		j->queued = false;
		jobs[n++] = j;
	}
	return (n);
}

/*
 * Connect while the jobs are still in the queue, where each can be taken back
 * at its own deadline. Called without the lock.
 */
static void
serve_queue(struct lane *l)
{
	struct job *jobs[DB_LANE_FLIGHT_MAX];
	enum err_code code;
	struct err e;
	size_t n;

	code = connect_lane(l, INT64_MAX, &e);
	pthread_mutex_lock(&l->lock);
	n = take(l, jobs);
	pthread_mutex_unlock(&l->lock);
	if (n == 0)
		return;
	if (code != ERR_OK)
		fail_all(jobs, n, code, &e);
	else
		fly_together(l, jobs, n);
}

static void *
run_lane(void *arg)
{
	struct lane *l = arg;
	bool asked;

	pthread_mutex_lock(&l->lock);
	for (;;) {
		while (l->first == NULL && !l->stop &&
		    !db_session_fresh(&l->session))
			pthread_cond_wait(&l->wake, &l->lock);
		if (l->first == NULL && l->stop)
			break;
		asked = l->first != NULL;
		pthread_mutex_unlock(&l->lock);
		if (asked)
			serve_queue(l);
		else
			db_session_renew(&l->session);
		pthread_mutex_lock(&l->lock);
	}
	pthread_mutex_unlock(&l->lock);
	return (NULL);
}

/* The waiting side -------------------------------------------------------- */

static enum err_code
enqueue(struct lane *l, struct job *j, struct err *e)
{
	enum err_code code = ERR_OK;

	pthread_mutex_lock(&l->lock);
	if (l->stop || l->n_queued >= DB_LANE_QUEUE_MAX) {
		code = err_set(e, ERR_TEMPORARY,
		    l->stop ? "stopping" :
			      "too much is waiting for the database");
	} else {
		j->queued = true;
		*l->last = j;
		l->last = &j->next;
		l->n_queued++;
	}
	pthread_mutex_unlock(&l->lock);
	/* After the lock: who wakes up first would only wait for it. */
	if (code == ERR_OK)
		pthread_cond_signal(&l->wake);
	return (code);
}

/* Take the job out of the queue, if it is still there. */
static bool
withdraw(struct lane *l, struct job *j)
{
	struct job **at;
	bool queued;

	pthread_mutex_lock(&l->lock);
	if ((queued = j->queued)) {
		for (at = &l->first; *at != j; at = &(*at)->next)
			;
		if ((*at = j->next) == NULL)
			l->last = at;
		l->n_queued--;
		j->queued = false;
	}
	pthread_mutex_unlock(&l->lock);
	return (queued);
}

/* false: the deadline passed and the job was taken back. */
static bool
wait_done(struct lane *l, struct job *j)
{
	struct timespec until = clock_timespec(j->deadline_ms);
	bool late = false;

	for (;;) {
		if ((late ? sem_wait(&j->done) :
			    sem_clockwait(&j->done, CLOCK_MONOTONIC, &until)) ==
		    0) {
			assert(atomic_load(&j->finished));
			return (true);
		}
		if (errno == EINTR)
			continue;
		assert(errno == ETIMEDOUT && !late);
		if (withdraw(l, j))
			return (false);
		late = true;
	}
}

static void
release_result(void *p)
{
	db_result_free(p);
}

static struct lane *
choose(struct db_lanes *lanes, struct str key, const struct db_values *v)
{
	size_t bytes = 0;

	for (int i = 0; i < statements[v->statement].params; i++)
		if (v->v[i].p != NULL)
			bytes += v->v[i].binary ? (size_t)v->v[i].n :
						  strlen(v->v[i].p);
	if (bytes > DB_LANE_LARGE_BYTES)
		return (&lanes->lane[lanes->n - 1]);
	return (&lanes->lane[str_hash(key) % (lanes->n - 1)]);
}

static enum err_code
run_in(struct lane *l, struct arena *a, const struct db_values *v,
    int64_t deadline_ms, const struct db_result **result_r, struct err *e)
{
	struct job j = { .db = { .values = v }, .deadline_ms = deadline_ms };
	enum err_code code;
	int failed;

	failed = sem_init(&j.done, 0, 0);
	assert(failed == 0);
	if ((code = enqueue(l, &j, e)) != ERR_OK)
		goto out;
	if (!wait_done(l, &j))
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
	return (run_in(choose(lanes, key, v), a, v, deadline_ms, result_r, e));
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

	pthread_mutex_lock(&l->lock);
	away = l->away;
	pthread_mutex_unlock(&l->lock);
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
			code = run_in(&lanes->lane[i], a, v, deadline_ms,
			    result_r, e);
	return (code == ERR_OK ? one_row(v->statement, *result_r, e) : code);
}

/* Start, stop, count ------------------------------------------------------ */

/* Of the renewer: a lane that has nothing to do takes the new one now. */
static void
wake_lane(void *arg)
{
	struct lane *l = arg;

	pthread_mutex_lock(&l->lock);
	pthread_cond_signal(&l->wake);
	pthread_mutex_unlock(&l->lock);
}

static void
lane_init(struct lane *l, struct db_lanes *lanes, struct db_renewer *r)
{
	l->lanes = lanes;
	l->last = &l->first;
	pthread_mutex_init(&l->lock, NULL);
	pthread_cond_init(&l->wake, NULL);
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
	if (lanes == NULL || (lanes->url = strdup(o->url)) == NULL) {
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
	for (size_t i = 0; i < n; i++)
		lane_init(&lanes->lane[i], lanes, o->renewer);
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
	for (size_t i = 0; i < lanes->n; i++) {
		struct lane *l = &lanes->lane[i];

		pthread_mutex_lock(&l->lock);
		l->stop = true;
		pthread_cond_signal(&l->wake);
		pthread_mutex_unlock(&l->lock);
	}
	for (size_t i = 0; i < lanes->n; i++) {
		struct lane *l = &lanes->lane[i];

		if (l->started)
			pthread_join(l->thread, NULL);
		db_session_deinit(&l->session);
		pthread_cond_destroy(&l->wake);
		pthread_mutex_destroy(&l->lock);
	}
	free(lanes->url);
	free(lanes);
}

void
db_lanes_count(struct db_lanes *lanes, struct db_lanes_counts *counts_r)
{
	memset(counts_r, 0, sizeof(*counts_r));
	for (size_t i = 0; i < lanes->n; i++) {
		struct lane *l = &lanes->lane[i];

		pthread_mutex_lock(&l->lock);
		counts_r->flights += l->counts.flights;
		counts_r->statements += l->counts.statements;
		counts_r->singles += l->counts.singles;
		counts_r->reconnects += l->counts.reconnects;
		counts_r->waiting += l->n_queued;
		counts_r->away += l->away;
		pthread_mutex_unlock(&l->lock);
	}
}
