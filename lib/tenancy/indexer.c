/*
 * indexer.lock guards stop; the counters are atomics, each for itself; the rest
 * is the thread's own.
 */
#include "config.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "tenancy/indexer.h"

#define BATCH 32
/* So that a call's tsvector, with place and span, stays below its 1 MiB. */
#define WORDS_MOST 20000
#define WORDS_BYTES_MOST ((size_t)512 * 1024)
#define ARENA_BYTES ((size_t)128 * 1024 * 1024) /* the words of a batch */
#define CALL_BYTES ((size_t)16 * 1024 * 1024)	/* the words of a call */
#define CONNECT_MS 3000
#define FLIGHT_MS 9000
#define IDLE_MS 500
#define AWAY_MS 5000
#define COUNT_MS 5000
#define TENANT_SIZE 65

struct indexer {
	char *url;
	struct db_session_kind kind;
	struct db_session session;
	struct arena *arena, *call; /* of a batch, of one call in it */
	char after[TENANT_SIZE];    /* the tenant that was served last */
	int64_t count_ms;	    /* when the queue is counted next */
	bool told;		    /* words_wait was logged */
	pthread_t thread;
	bool is_running;
	pthread_mutex_t lock;
	pthread_cond_t wake;
	bool stop;
	atomic_uint_fast64_t waiting, oldest_ms, indexed, failed;
};

void
indexer_words(struct words *w, struct arena *a)
{
	words_init(w, a, WORDS_MOST, WORDS_BYTES_MOST);
}

/* One statement ----------------------------------------------------------- */

static void
release_result(void *p)
{
	db_result_free(p);
}

static enum err_code
run(struct indexer *ix, const struct db_values *v,
    const struct db_result **result_r, struct err *e)
{
	int64_t now = clock_mono_ms();
	struct db_job job = { .values = v }, *jobs[1] = { &job };
	enum err_code code;

	if ((code = db_values_check(v, e)) != ERR_OK)
		return (code);
	db_session_renew(&ix->session);
	if (!db_is_up(ix->session.db)) {
		db_session_drop(&ix->session);
		if ((code = db_session_connect(&ix->session, now + CONNECT_MS,
			 e)) != ERR_OK)
			return (code);
	}
	code = db_flight(ix->session.db, jobs, 1,
	    db_session_named(&ix->session), now + FLIGHT_MS, e);
	if (code == ERR_CONFLICT) {
		*e = job.err;
		if (db_is_stale(ix->session.db))
			db_session_drop(&ix->session);
	}
	if (code != ERR_OK)
		return (code);
	*result_r = job.result;
	return (arena_tie(ix->arena, release_result, job.result, e));
}

/* A batch ----------------------------------------------------------------- */

/* This call could not be indexed now; the database retries it later. */
static void
tell_trouble(struct indexer *ix, struct str call_id, struct str sqlstate)
{
	struct log_line line;

	atomic_fetch_add(&ix->failed, 1);
	log_begin(&line, LOG_LEVEL_ERROR, "words_failed");
	log_str(&line, "call", call_id);
	log_str(&line, "sqlstate", sqlstate);
	log_end(&line);
}

/*
 * {"call id": "its words"} of all that could be read. Neither an id nor a word
 * holds anything that JSON wants escaped.
 */
static enum err_code
make_words(struct indexer *ix, const struct db_result *taken,
    struct str *words_r, struct err *e)
{
	struct str call_id, content, joined, trouble;
	enum err_code code;
	struct words w;
	struct buf b;

	buf_init(&b, ix->arena);
	for (size_t i = 0; i < db_rows(taken); i++) {
		call_id = db_str(taken, i, TENANT_INDEX_TAKE_CALL_ID);
		content = db_str(taken, i, TENANT_INDEX_TAKE_CONTENT);
		trouble = db_str(taken, i, TENANT_INDEX_TAKE_TROUBLE);
		if (trouble.p != NULL)
			tell_trouble(ix, call_id, trouble);
		if (content.p == NULL)
			continue;
		arena_reset(ix->call);
		indexer_words(&w, ix->call);
		if ((code = words_add(&w, content, e)) != ERR_OK ||
		    (code = words_join(&w,
			 db_str(taken, i, TENANT_INDEX_TAKE_PLACE), &joined,
			 e)) != ERR_OK)
			return (code);
		buf_adds(&b, b.n == 0 ? "{\"" : ",\"");
		buf_add(&b, call_id);
		buf_adds(&b, "\":\"");
		buf_add(&b, joined);
		buf_addc(&b, '"');
	}
	buf_adds(&b, b.n == 0 ? "{}" : "}");
	return (buf_done(&b, words_r, e));
}

/* *n_r: how many calls have their words now. */
static enum err_code
put_words(struct indexer *ix, const struct db_result *taken, size_t *n_r,
    struct err *e)
{
	const struct db_result *r;
	struct db_values v;
	enum err_code code;
	struct str words;

	if ((code = make_words(ix, taken, &words, e)) != ERR_OK)
		return (code);
	statement_tenant_index_put(&v, ix->arena,
	    &(struct statement_tenant_index_put){
		.token = db_str(taken, 0, TENANT_INDEX_TAKE_TOKEN),
		.words = words });
	if ((code = run(ix, &v, &r, e)) != ERR_OK)
		return (code);
	for (size_t i = 0; i < db_rows(r); i++)
		if (db_str(r, i, TENANT_INDEX_PUT_TROUBLE).p != NULL)
			tell_trouble(ix, db_str(r, i, TENANT_INDEX_PUT_CALL_ID),
			    db_str(r, i, TENANT_INDEX_PUT_TROUBLE));
	*n_r = db_rows(taken) - db_rows(r);
	atomic_fetch_add(&ix->indexed, *n_r);
	return (ERR_OK);
}

/*
 * Make and store the words of some calls of the next tenant. *n_r: how many
 * calls got theirs; untouched where nothing waits.
 */
static enum err_code
index_some(struct indexer *ix, size_t *n_r, struct err *e)
{
	const struct db_result *taken;
	struct db_values v;
	enum err_code code;
	struct str tenant;

	statement_tenant_index_take(&v, ix->arena,
	    &(struct statement_tenant_index_take){ .after = db_text(ix->after),
		.most = DB_NUMBER(BATCH) });
	if ((code = run(ix, &v, &taken, e)) != ERR_OK || db_rows(taken) == 0)
		return (code);
	tenant = db_str(taken, 0, TENANT_INDEX_TAKE_TENANT);
	if (tenant.n >= sizeof(ix->after))
		return (err_set(e, ERR_BUG, "a tenant's id that is too long"));
	memcpy(ix->after, tenant.p, tenant.n);
	ix->after[tenant.n] = '\0';
	return (put_words(ix, taken, n_r, e));
}

static enum err_code
count_queue(struct indexer *ix, struct err *e)
{
	const struct db_result *r;
	struct db_values v;
	enum err_code code;

	if (clock_mono_ms() < ix->count_ms)
		return (ERR_OK);
	db_values_init(&v, ix->arena, STATEMENT_TENANT_INDEX_COUNT);
	if ((code = run(ix, &v, &r, e)) != ERR_OK)
		return (code);
	atomic_store(&ix->waiting,
	    (uint64_t)db_int(r, 0, TENANT_INDEX_COUNT_WAITING));
	atomic_store(&ix->oldest_ms,
	    (uint64_t)db_int(r, 0, TENANT_INDEX_COUNT_AGE_MS));
	ix->count_ms = clock_mono_ms() + COUNT_MS;
	return (ERR_OK);
}

/* The thread -------------------------------------------------------------- */

/* Wait for ms, or until the stop. True: stop. */
static bool
rest(struct indexer *ix, int64_t ms)
{
	struct timespec until = clock_timespec(clock_mono_ms() + ms);
	int late = 0;
	bool stop;

	pthread_mutex_lock(&ix->lock);
	while (!ix->stop && late == 0 && ms > 0)
		late = pthread_cond_clockwait(&ix->wake, &ix->lock,
		    CLOCK_MONOTONIC, &until);
	stop = ix->stop;
	pthread_mutex_unlock(&ix->lock);
	return (stop);
}

static void *
work(void *arg)
{
	struct indexer *ix = arg;
	enum err_code code;
	struct err e;
	size_t n;

	do {
		n = 0;
		arena_reset(ix->arena);
		if ((code = index_some(ix, &n, &e)) == ERR_OK)
			code = count_queue(ix, &e);
		if (code != ERR_OK && !ix->told)
			log_error(LOG_LEVEL_ERROR, "words_wait", &e);
		ix->told = code != ERR_OK;
	} while (!rest(ix, code != ERR_OK ? AWAY_MS : n == 0 ? IDLE_MS : 0));
	return (NULL);
}

/* Nobody to wake: run() takes the new connection before its statement. */
static void
ready(void *owner)
{
	(void)owner;
}

enum err_code
indexer_start(const struct indexer_options *o, struct indexer **indexer_r,
    struct err *e)
{
	struct indexer *ix = calloc(1, sizeof(*ix));

	*indexer_r = NULL;
	if (ix == NULL)
		return (err_set(e, ERR_TEMPORARY, "no memory"));
	pthread_mutex_init(&ix->lock, NULL);
	pthread_cond_init(&ix->wake, NULL);
	ix->url = strdup(o->url);
	ix->arena = arena_new(ARENA_BYTES);
	ix->call = arena_new(CALL_BYTES);
	ix->kind = (struct db_session_kind){ .url = ix->url,
		.app = "callward-words",
		.role = STATEMENT_TENANT,
		.prepared = o->prepared,
		.checked = true,
		.check = STATEMENT_TENANT_CHECK };
	db_session_init(&ix->session, &ix->kind, o->renewer, ready, ix);
	if (ix->url == NULL || ix->arena == NULL || ix->call == NULL ||
	    pthread_create(&ix->thread, NULL, work, ix) != 0) {
		indexer_stop(ix);
		return (err_set(e, ERR_TEMPORARY, "no memory, or no thread"));
	}
	ix->is_running = true;
	*indexer_r = ix;
	return (ERR_OK);
}

void
indexer_stop(struct indexer *ix)
{
	if (ix == NULL)
		return;
	pthread_mutex_lock(&ix->lock);
	ix->stop = true;
	pthread_cond_signal(&ix->wake);
	pthread_mutex_unlock(&ix->lock);
	if (ix->is_running)
		pthread_join(ix->thread, NULL);
	db_session_deinit(&ix->session);
	pthread_cond_destroy(&ix->wake);
	pthread_mutex_destroy(&ix->lock);
	arena_free(ix->arena);
	arena_free(ix->call);
	free(ix->url);
	free(ix);
}

void
indexer_count(const struct indexer *ix, struct indexer_counts *n)
{
	*n = (struct indexer_counts){ 0 };
	if (ix == NULL)
		return;
	*n = (struct indexer_counts){ .waiting = atomic_load(&ix->waiting),
		.oldest_ms = atomic_load(&ix->oldest_ms),
		.indexed = atomic_load(&ix->indexed),
		.failed = atomic_load(&ix->failed) };
}
