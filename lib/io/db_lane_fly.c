/*
 * A lane's connection and its flights, on the lane's own thread. Knows nothing
 * of the waiting threads but that each job is finished once.
 */
#include "config.h"

#include <assert.h>

#include "base/clock.h"
#include "io/db_lane_parts.h"
#include "base/log.h"

#define CONNECT_MS 3000	     /* one attempt */
#define AWAY_MS 250	     /* after a failed one, fail at once for so long */
#define FLIGHT_LEAST_MS 1000 /* a healthy server answers within it */
#define DEADLOCKS_MAX 3	     /* of a lone statement */

bool
lane_is_small(const struct lane *l)
{
	return (l != &l->lanes->lane[l->lanes->n - 1]);
}

void
lane_land(struct lane *l)
{
	if (!lane_is_small(l))
		return;
	pthread_mutex_lock(&l->lanes->lock);
	db_queue_land(&l->lanes->queue, l->flight);
	pthread_mutex_unlock(&l->lanes->lock);
}

/* Connection -------------------------------------------------------------- */

static void
set_away(struct lane *l, bool away)
{
	pthread_mutex_lock(&l->lanes->lock);
	l->away = away;
	pthread_mutex_unlock(&l->lanes->lock);
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

enum err_code
lane_connect(struct lane *l, int64_t deadline_ms, struct err *e)
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
	pthread_mutex_lock(&l->lanes->lock);
	l->counts.reconnects++;
	pthread_mutex_unlock(&l->lanes->lock);
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
	pthread_mutex_lock(&l->lanes->lock);
	l->counts.flights++;
	l->counts.statements += n;
	if (single)
		l->counts.singles++;
	pthread_mutex_unlock(&l->lanes->lock);
}

static enum err_code
fly(struct lane *l, struct db_job **jobs, size_t n, int64_t deadline_ms,
    struct err *e)
{
	enum err_code code;
	bool named;

	if ((code = lane_connect(l, deadline_ms, e)) != ERR_OK)
		return (code);
	named = db_session_named(&l->session);
	code = db_flight(l->session.db, jobs, n, named, deadline_ms, e);
	if (code == ERR_CONFLICT && db_is_stale(l->session.db)) {
		/* Nothing was committed; once more, as things are now. */
		db_session_drop(&l->session);
		if ((code = lane_connect(l, deadline_ms, e)) != ERR_OK)
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
			if (j->db.code == ERR_TEMPORARY &&
			    again < DEADLOCKS_MAX)
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

void
lane_fail(struct job **jobs, size_t n, enum err_code code, const struct err *e)
{
	for (size_t i = 0; i < n; i++) {
		jobs[i]->db.err = *e;
		jobs[i]->db.code = code;
		finish(jobs[i]);
	}
}

void
lane_fly(struct lane *l, struct job **jobs, size_t n)
{
	struct db_job *all[DB_FLIGHT_MAX];
	int64_t deadline_ms = flight_deadline(jobs, n);
	enum err_code code;
	struct err e;

	for (size_t i = 0; i < n; i++)
		all[i] = &jobs[i]->db;
	code = fly(l, all, n, deadline_ms, &e);
	count_flight(l, n, false, code);
	switch (code) {
	case ERR_OK:
		lane_land(l); /* first: a finished thread may send its next */
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
		lane_fail(jobs, n, code, &e);
	}
}
