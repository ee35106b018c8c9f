/*
 * pool.lock guards the idle connections, who holds the others, and who waits.
 * A connection is in nobody's hand (idle) or in one thread's; one that was
 * lost is closed where it is, and the slot connects again when it is borrowed
 * next. A new connection for one that has grown old is taken under the lock:
 * by the renewer's thread while the slot is idle, else by who gives it back.
 * Who waits stands in a queue: the first whose tenant may have one more
 * is handed what becomes free.
 */
#include "config.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "io/db_pool.h"
#include "base/log.h"

#define CONNECT_MS 3000
#define BORROW_MS 2000
#define AWAY_MS 250 /* after a failed one, fail at once for so long */

struct slot {
	struct slot *next;
	struct db_pool *pool;
	struct db_session session;
	struct str login; /* of who holds it, in the holder's memory */
};

/* A thread that waits; on its stack. */
struct waiter {
	struct waiter *next;
	struct str login;
	struct slot *slot; /* what it was handed */
	pthread_cond_t wake;
};

struct db_pool {
	struct db_session_kind kind;
	size_t connections;
	char *url;
	pthread_mutex_t lock;
	struct slot *idle;
	struct waiter *waiting; /* the first came first */
	size_t tenant_most;
	int64_t away_until_ms; /* connecting failed a moment ago */
	bool away_told;
	struct slot slot[];
};

/*
 * Of the renewer. Who holds the slot gives it back renewed; an idle one is
 * renewed here.
 */
static void
renew_idle(void *arg)
{
	struct slot *s = arg;

	pthread_mutex_lock(&s->pool->lock);
	if (s->login.p == NULL)
		db_session_renew(&s->session);
	pthread_mutex_unlock(&s->pool->lock);
}

enum err_code
db_pool_new(const struct db_pool_options *o, struct db_pool **pool_r,
    struct err *e)
{
	struct db_pool *p;

	p = calloc(1, sizeof(*p) + o->connections * sizeof(p->slot[0]));
	if (p == NULL || (p->url = strdup(o->url)) == NULL) {
		free(p);
		return (err_set(e, ERR_TEMPORARY, "no memory"));
	}
	p->kind = (struct db_session_kind){ .url = p->url,
		.app = "callward-dashboard",
		.role = STATEMENT_TENANT,
		.prepared = o->prepared,
		.checked = true,
		.check = STATEMENT_TENANT_CHECK };
	p->connections = o->connections;
	pthread_mutex_init(&p->lock, NULL);
	p->tenant_most = o->connections < 2 ? 1 : o->connections / 2;
	for (size_t i = 0; i < o->connections; i++) {
		struct slot *s = &p->slot[i];

		s->pool = p;
		db_session_init(&s->session, &p->kind, o->renewer, renew_idle,
		    s);
		s->next = p->idle;
		p->idle = s;
	}
	*pool_r = p;
	return (ERR_OK);
}

void
db_pool_free(struct db_pool *p)
{
	if (p == NULL)
		return;
	for (size_t i = 0; i < p->connections; i++)
		db_session_deinit(&p->slot[i].session);
	pthread_mutex_destroy(&p->lock);
	free(p->url);
	free(p);
}

/* May this tenant have one more? */
static bool
has_room(const struct db_pool *p, struct str login)
{
	size_t n = 0;

	for (size_t i = 0; i < p->connections; i++)
		if (p->slot[i].login.p != NULL &&
		    str_eq(p->slot[i].login, login))
			n++;
	return (n < p->tenant_most);
}

static struct slot *
take_idle(struct db_pool *p, struct str login)
{
	struct slot *s = p->idle;

	if (s == NULL || !has_room(p, login))
		return (NULL);
	p->idle = s->next;
	s->login = login;
	return (s);
}

static void
leave_queue(struct db_pool *p, const struct waiter *w)
{
	struct waiter **at = &p->waiting;

	while (*at != w)
		at = &(*at)->next;
	*at = w->next;
}

/* Hand what is idle to those who may have it, in turn. */
static void
hand_out(struct db_pool *p)
{
	struct waiter *w = p->waiting, *next;

	for (; w != NULL && p->idle != NULL; w = next) {
		next = w->next;
		if ((w->slot = take_idle(p, w->login)) == NULL)
			continue;
		leave_queue(p, w);
		pthread_cond_signal(&w->wake);
	}
}

/* Stand in the queue until a slot was handed over, or until it is late. */
static struct slot *
await_slot(struct db_pool *p, struct str login, int64_t deadline_ms)
{
	struct timespec until = clock_timespec(deadline_ms);
	struct waiter w = { .login = login }, **end = &p->waiting;
	int late = 0;

	pthread_cond_init(&w.wake, NULL);
	while (*end != NULL)
		end = &(*end)->next;
	*end = &w;
	while (w.slot == NULL && late == 0)
		late = pthread_cond_clockwait(&w.wake, &p->lock,
		    CLOCK_MONOTONIC, &until);
	if (w.slot == NULL)
		leave_queue(p, &w);
	pthread_cond_destroy(&w.wake);
	return (w.slot);
}

static enum err_code
borrow(struct db_pool *p, struct str login, int64_t deadline_ms,
    struct slot **s_r, struct err *e)
{
	int64_t until_ms = clock_mono_ms() + BORROW_MS;

	if (until_ms > deadline_ms)
		until_ms = deadline_ms;
	pthread_mutex_lock(&p->lock);
	/* Who waits already may have no idle one, so nobody is overtaken. */
	if ((*s_r = take_idle(p, login)) == NULL)
		*s_r = await_slot(p, login, until_ms);
	pthread_mutex_unlock(&p->lock);
	if (*s_r == NULL)
		return (err_set(e, ERR_TEMPORARY,
		    "all connections of the dashboard, or of this tenant, are at work"));
	return (ERR_OK);
}

static void
give_back(struct db_pool *p, struct slot *s)
{
	pthread_mutex_lock(&p->lock);
	db_session_renew(&s->session);
	s->login = STR_NONE;
	s->next = p->idle;
	p->idle = s;
	hand_out(p);
	pthread_mutex_unlock(&p->lock);
}

/* Did connecting fail a moment ago? Then it is not tried for every request. */
static bool
is_away(struct db_pool *p)
{
	bool away;

	pthread_mutex_lock(&p->lock);
	away = clock_mono_ms() < p->away_until_ms;
	pthread_mutex_unlock(&p->lock);
	return (away);
}

/* Told when it changes, once. */
static void
tell_away(struct db_pool *p, const struct err *e)
{
	bool told;

	pthread_mutex_lock(&p->lock);
	told = p->away_told;
	p->away_told = e != NULL;
	p->away_until_ms = e != NULL ? clock_mono_ms() + AWAY_MS : 0;
	pthread_mutex_unlock(&p->lock);
	if (e != NULL && !told)
		log_error(LOG_LEVEL_ERROR, "dashboard_database_away", e);
}

static enum err_code
connect_slot(struct db_pool *p, struct slot *s, int64_t deadline_ms,
    struct err *e)
{
	int64_t until = clock_mono_ms() + CONNECT_MS;

	if (db_is_up(s->session.db))
		return (ERR_OK);
	db_session_drop(&s->session);
	if (is_away(p))
		return (err_set(e, ERR_TEMPORARY, "database is away"));
	if (until > deadline_ms)
		until = deadline_ms;
	if (db_session_connect(&s->session, until, e) != ERR_OK) {
		tell_away(p, e);
		/* A login that is refused may be granted in a minute. */
		return (e->code = ERR_TEMPORARY);
	}
	tell_away(p, NULL);
	return (ERR_OK);
}

static enum err_code
fly(struct db_pool *p, struct slot *s, struct db_job **jobs,
    int64_t deadline_ms, struct err *e)
{
	enum err_code code;
	bool named;

	if ((code = connect_slot(p, s, deadline_ms, e)) != ERR_OK)
		return (code);
	named = db_session_named(&s->session);
	code = db_flight(s->session.db, jobs, 2, named, deadline_ms, e);
	if (code != ERR_CONFLICT || !db_is_stale(s->session.db))
		return (code);
	/* Nothing was committed; once more, as things are now. */
	db_session_drop(&s->session);
	if ((code = connect_slot(p, s, deadline_ms, e)) != ERR_OK)
		return (code);
	named = db_session_named(&s->session);
	return (db_flight(s->session.db, jobs, 2, named, deadline_ms, e));
}

/*
 * Behind a pooler that takes a flight apart the statement comes without the
 * tenant that the flight set, and does not run. Nobody is given such an answer,
 * or one that is another's.
 */
static enum err_code
prove(struct slot *s, struct db_job *job, bool writes, struct err *e)
{
	enum err_code code = db_prove(job, e);

	if (code != ERR_ABSENT && code != ERR_BUG)
		return (code);
	log_error(LOG_LEVEL_ERROR, "wrong_tenant", e);
	db_session_drop(&s->session);
	return (err_set(e,
	    writes && code == ERR_BUG ? ERR_UNCERTAIN : ERR_TEMPORARY,
	    "what the database answered is not this tenant's"));
}

static enum err_code
run_once(struct db_pool *p, struct slot *s, struct db_job *tenant,
    struct db_job *job, int64_t deadline_ms, struct err *e)
{
	struct db_job *jobs[2] = { tenant, job };
	enum err_code code = fly(p, s, jobs, deadline_ms, e);

	if (code != ERR_CONFLICT)
		return (code);
	/* The other of the two only tells that it was undone with it. */
	*e = tenant->code != ERR_TEMPORARY ? tenant->err : job->err;
	return (e->code);
}

static void
release_result(void *p)
{
	db_result_free(p);
}

/*
 * The row of tenant_set. Without a tenant, or with another one than before, the
 * statement after it has not run.
 */
static enum err_code
read_told(const struct db_result *set, struct arena *a,
    struct db_pool_told *told_r, struct err *e)
{
	struct str tenant = db_str(set, 0, TENANT_SET_TENANT);
	char *copy;

	told_r->standby = db_bool(set, 0, TENANT_SET_STANDBY);
	if (tenant.p == NULL) {
		told_r->nobody = true;
		return (err_set(e, ERR_DENIED, "the login has no tenant"));
	}
	if (db_bool(set, 0, TENANT_SET_MOVED))
		return (err_set(e, ERR_TEMPORARY,
		    "the login leads to another tenant than it did a moment ago"));
	if ((copy = str_dup(a, tenant)) == NULL)
		return (err_set(e, ERR_TOO_LARGE, "no memory"));
	told_r->tenant = str_of(copy);
	return (ERR_OK);
}

/* Two jobs of one flight: the tenant is set, then the statement runs. */
static enum err_code
run_jobs(struct db_pool *p, struct slot *s, struct db_job *tenant,
    struct db_job *job, bool writes, int64_t deadline_ms, struct err *e)
{
	enum err_code code;

	code = run_once(p, s, tenant, job, deadline_ms, e);
	if (code == ERR_UNCERTAIN && !writes)
		code = run_once(p, s, tenant, job, deadline_ms, e);
	return (code);
}

enum err_code
db_pool_run(struct db_pool *p, struct arena *a, const struct db_pool_who *who,
    const struct db_values *v, int64_t deadline_ms, struct db_pool_told *told_r,
    const struct db_result **result_r, struct err *e)
{
	struct db_values set;
	struct db_job tenant = { .values = &set };
	struct db_job job = { .values = v };
	enum err_code code;
	struct slot *s;

	assert(statements[v->statement].role == STATEMENT_TENANT);
	*told_r = (struct db_pool_told){ 0 };
	statement_tenant_set(&set, a,
	    &(struct statement_tenant_set){ .claims = who->claims,
		.read_only = who->writes ? STR("off") : STR("on"),
		.before = who->before });
	if ((code = db_values_check(v, e)) != ERR_OK ||
	    (code = db_values_check(&set, e)) != ERR_OK)
		return (code);
	if ((job.claims = str_dup(a, who->claims)) == NULL)
		return (err_set(e, ERR_TOO_LARGE, "no memory for the claims"));
	if ((code = borrow(p, who->login, deadline_ms, &s, e)) != ERR_OK)
		return (code);
	code = run_jobs(p, s, &tenant, &job, who->writes, deadline_ms, e);
	if (code == ERR_OK)
		code = read_told(tenant.result, a, told_r, e);
	db_result_free(tenant.result);
	if (code == ERR_OK)
		code = prove(s, &job, who->writes, e);
	give_back(p, s);
	if (code != ERR_OK) {
		db_result_free(job.result);
		return (code);
	}
	if ((code = arena_tie(a, release_result, job.result, e)) != ERR_OK)
		return (code);
	*result_r = job.result;
	return (ERR_OK);
}
