/*
 * renewer.lock guards the list of sessions, their ages, and what the kinds
 * remember of a failure. It is taken last: under a lane's or a pool's lock,
 * never around one.
 */
#include "config.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/clock.h"
#include "io/db_check.h"
#include "io/db_session.h"
#include "base/log.h"

#define CONNECT_MS 3000
#define AGAIN_MS 60000 /* after one that failed; or at the age, if less */

struct db_renewer {
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t wake;
	struct db_session *first;
	struct db_session *at_work; /* for whom a connection is being opened */
	int64_t max_age_ms, again_ms;
	size_t n;
	uint64_t renewed;
	bool stop;
};

/* A connection that is ready ---------------------------------------------- */

static bool
is_named(const struct db_session_kind *k)
{
	return (k->prepared && !db_unnamed());
}

static enum err_code
open_once(const struct db_session_kind *k, bool named, bool quiet,
    int64_t deadline_ms, struct db **db_r, struct err *e)
{
	struct db *db = NULL;
	enum err_code code;

	if ((code = db_open(k->url, k->app, deadline_ms, &db, e)) == ERR_OK &&
	    k->checked)
		code = db_check(db, k->check, quiet, deadline_ms, e);
	if (code == ERR_OK && k->checked && k->role == STATEMENT_INTAKE)
		code = db_check_functions(db, quiet, deadline_ms, e);
	if (code == ERR_OK)
		code = db_prepare(db, k->role, named, deadline_ms, e);
	if (code == ERR_OK)
		*db_r = db;
	else
		db_close(db);
	return (code);
}

static enum err_code
open_ready(const struct db_session_kind *k, bool quiet, int64_t deadline_ms,
    struct db **db_r, struct err *e)
{
	const bool named = is_named(k);
	enum err_code code;

	code = open_once(k, named, quiet, deadline_ms, db_r, e);
	if (code != ERR_OK && named && db_unnamed())
		code = open_once(k, false, quiet, deadline_ms, db_r, e);
	return (code);
}

/* Of the owner ------------------------------------------------------------ */

/* 0: it has none any more. */
static void
set_opened(struct db_session *s, int64_t opened_ms)
{
	struct db_renewer *r = s->renewer;

	if (r == NULL)
		return;
	pthread_mutex_lock(&r->lock);
	s->opened_ms = opened_ms;
	pthread_cond_broadcast(&r->wake);
	pthread_mutex_unlock(&r->lock);
}

void
db_session_init(struct db_session *s, struct db_session_kind *kind,
    struct db_renewer *r, void (*ready)(void *owner), void *owner)
{
	*s = (struct db_session){ .kind = kind,
		.renewer = r,
		.ready = ready,
		.owner = owner };
	if (r == NULL)
		return;
	pthread_mutex_lock(&r->lock);
	s->number = r->n++;
	s->next = r->first;
	r->first = s;
	pthread_mutex_unlock(&r->lock);
}

void
db_session_deinit(struct db_session *s)
{
	struct db_renewer *r = s->renewer;
	struct db_session **at;

	if (r != NULL) {
		pthread_mutex_lock(&r->lock);
		for (at = &r->first; *at != s; at = &(*at)->next)
			;
		*at = s->next;
		while (r->at_work == s)
			pthread_cond_wait(&r->wake, &r->lock);
		pthread_cond_broadcast(&r->wake);
		pthread_mutex_unlock(&r->lock);
	}
	db_close(atomic_exchange(&s->fresh, NULL));
	db_close(s->db);
	s->db = NULL;
}

bool
db_session_named(const struct db_session *s)
{
	return (is_named(s->kind));
}

enum err_code
db_session_connect(struct db_session *s, int64_t deadline_ms, struct err *e)
{
	enum err_code code;

	db_session_drop(s);
	if ((code = open_ready(s->kind, false, deadline_ms, &s->db, e)) ==
	    ERR_OK)
		set_opened(s, clock_mono_ms());
	return (code);
}

void
db_session_drop(struct db_session *s)
{
	if (s->db == NULL)
		return;
	/* One that waits may know what this one knew. */
	db_close(atomic_exchange(&s->fresh, NULL));
	db_close(s->db);
	s->db = NULL;
	set_opened(s, 0);
}

bool
db_session_fresh(const struct db_session *s)
{
	return (atomic_load(&s->fresh) != NULL);
}

void
db_session_renew(struct db_session *s)
{
	struct db *fresh = atomic_exchange(&s->fresh, NULL);
	struct db_renewer *r = s->renewer;
	bool good;

	if (fresh == NULL)
		return;
	if ((good = db_is_up(fresh))) {
		db_close(s->db);
		s->db = fresh;
	} else {
		db_close(fresh);
	}
	pthread_mutex_lock(&r->lock);
	if (good) {
		s->opened_ms = clock_mono_ms();
		r->renewed++;
	} else {
		s->kind->again_ms = clock_mono_ms() + r->again_ms;
	}
	pthread_cond_broadcast(&r->wake);
	pthread_mutex_unlock(&r->lock);
}

/* The renewer ------------------------------------------------------------- */

/* Those that were opened together are spread over the last quarter. */
static int64_t
due_ms(const struct db_renewer *r, const struct db_session *s)
{
	const int64_t quarter_ms = r->max_age_ms / 4;
	int64_t at_ms = s->opened_ms + r->max_age_ms - quarter_ms +
	    quarter_ms * (int64_t)s->number / (int64_t)r->n;

	return (at_ms > s->kind->again_ms ? at_ms : s->kind->again_ms);
}

/* Whose turn is it? NULL: nobody's before *until_ms_r. */
static struct db_session *
next_due(const struct db_renewer *r, int64_t *until_ms_r)
{
	struct db_session *first = NULL;
	int64_t first_ms = INT64_MAX;

	*until_ms_r = INT64_MAX;
	for (struct db_session *s = r->first; s != NULL; s = s->next) {
		if (db_session_fresh(s))
			return (NULL); /* one at a time */
		if (s->opened_ms != 0 && due_ms(r, s) < first_ms) {
			first = s;
			first_ms = due_ms(r, s);
		}
	}
	if (first_ms <= clock_mono_ms())
		return (first);
	*until_ms_r = first_ms;
	return (NULL);
}

static void
tell(const struct db_session_kind *k, const struct err *e)
{
	struct log_line line;

	if (e->code != ERR_OK)
		log_begin(&line, LOG_LEVEL_WARN, "connection_not_renewed");
	else
		log_begin(&line, LOG_LEVEL_INFO, "connection_renewed");
	log_text(&line, "application", k->app);
	log_failure(&line, e);
	log_end(&line);
}

/* Open one for s and offer it. The lock is let go meanwhile. */
static void
replace(struct db_renewer *r, struct db_session *s)
{
	struct err e = { .code = ERR_OK };
	const bool told = s->kind->told;
	struct db *fresh = NULL;
	enum err_code code;

	r->at_work = s;
	pthread_mutex_unlock(&r->lock);
	code =
	    open_ready(s->kind, told, clock_mono_ms() + CONNECT_MS, &fresh, &e);
	if (told != (code != ERR_OK))
		tell(s->kind, &e);
	if (code == ERR_OK) {
		atomic_store(&s->fresh, fresh);
		s->ready(s->owner);
	}
	pthread_mutex_lock(&r->lock);
	s->kind->told = code != ERR_OK;
	if (code != ERR_OK)
		s->kind->again_ms = clock_mono_ms() + r->again_ms;
	r->at_work = NULL;
	pthread_cond_broadcast(&r->wake);
}

static void *
run_renewer(void *arg)
{
	struct db_renewer *r = arg;
	struct db_session *s;
	struct timespec until;
	int64_t until_ms;

	pthread_mutex_lock(&r->lock);
	while (!r->stop) {
		if ((s = next_due(r, &until_ms)) != NULL) {
			replace(r, s);
		} else if (until_ms == INT64_MAX) {
			pthread_cond_wait(&r->wake, &r->lock);
		} else {
			until = clock_timespec(until_ms);
			(void)pthread_cond_clockwait(&r->wake, &r->lock,
			    CLOCK_MONOTONIC, &until);
		}
	}
	pthread_mutex_unlock(&r->lock);
	return (NULL);
}

enum err_code
db_renewer_start(int64_t max_age_ms, struct db_renewer **renewer_r,
    struct err *e)
{
	struct db_renewer *r = calloc(1, sizeof(*r));

	if (r == NULL)
		return (err_set(e, ERR_TEMPORARY, "no memory"));
	pthread_mutex_init(&r->lock, NULL);
	pthread_cond_init(&r->wake, NULL);
	r->max_age_ms = max_age_ms;
	r->again_ms = max_age_ms < AGAIN_MS ? max_age_ms : AGAIN_MS;
	if (pthread_create(&r->thread, NULL, run_renewer, r) != 0) {
		pthread_cond_destroy(&r->wake);
		pthread_mutex_destroy(&r->lock);
		free(r);
		return (err_set(e, ERR_TEMPORARY,
		    "no thread to renew connections"));
	}
	*renewer_r = r;
	return (ERR_OK);
}

void
db_renewer_stop(struct db_renewer *r)
{
	if (r == NULL)
		return;
	pthread_mutex_lock(&r->lock);
	r->stop = true;
	pthread_cond_broadcast(&r->wake);
	pthread_mutex_unlock(&r->lock);
	pthread_join(r->thread, NULL);
	pthread_cond_destroy(&r->wake);
	pthread_mutex_destroy(&r->lock);
	free(r);
}

uint64_t
db_renewer_count(struct db_renewer *r)
{
	uint64_t n;

	if (r == NULL)
		return (0);
	pthread_mutex_lock(&r->lock);
	n = r->renewed;
	pthread_mutex_unlock(&r->lock);
	return (n);
}
