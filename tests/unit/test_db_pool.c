/*
 * db_pool: the tenant travels with its statement, whatever goes wrong. A
 * thread may have a clock that is ahead (the linker wraps it): it waits in the
 * queue until that much later, so that a slow machine can serve it in time.
 */
#include "config.h"

#include <pthread.h>

#include "base/clock.h"
#include "io/db_pool.h"
#include "fake_postgres.h"
#include "tap.h"

#define IN_TIME (clock_mono_ms() + 20000)
#define CLAIMS "{\"sub\":\"user_a\"}"
#define CLAIMED(may_write)                                                     \
	((struct db_pool_who){ .login = STR(CLAIMS),                           \
	    .claims = STR(CLAIMS),                                             \
	    .writes = may_write })
#define PATIENT_MS 20000

static struct fake_postgres *server;
static struct arena *arena;
static struct err e;
static _Thread_local int64_t ahead_ms;

int64_t __real_clock_mono_ms(void);
int64_t __wrap_clock_mono_ms(void);

int64_t
__wrap_clock_mono_ms(void)
{
	return (__real_clock_mono_ms() + ahead_ms);
}

static struct db_pool *
pool_of(size_t connections)
{
	const struct db_pool_options o = { .connections = connections,
		.url = fake_postgres_url(server),
		.prepared = true };
	struct db_pool *p = NULL;

	if (db_pool_new(&o, &p, &e) != ERR_OK)
		ok(false, "a pool");
	return (p);
}

static enum err_code
run(struct db_pool *p, const char *claims, bool writes, const char *id,
    int64_t deadline_ms)
{
	const struct db_result *r = NULL;
	struct db_values v;
	enum err_code code;

	statement_tenant_assistant_get(&v, arena,
	    &(struct statement_tenant_assistant_get){ .id = str_of(id) });
	e.text[0] = '\0';
	code = db_pool_run(p, arena,
	    &(struct db_pool_who){ .login = str_of(claims),
		.claims = str_of(claims),
		.writes = writes },
	    &v, deadline_ms, &(struct db_pool_told){ 0 }, &r, &e);
	if (code == ERR_OK)
		is_str(db_str(r, 0, TENANT_ASSISTANT_GET_ANSWER), id,
		    "its own result");
	return (code);
}

static struct db_pool *
new_pool(void)
{
	return (pool_of(1));
}

/* The same, again and again while the database counts as away. */
static enum err_code
run_soon(struct db_pool *p, const char *id)
{
	enum err_code code;

	WAIT_UNTIL(
	    (code = run(p, CLAIMS, false, id, IN_TIME)) != ERR_TEMPORARY);
	return (code);
}

static void
test_tenant(void)
{
	struct db_pool *p = new_pool();

	is_int(run(p, CLAIMS, false, "t1", IN_TIME), ERR_OK, "a question");
	is_str(str_of(fake_postgres_params(server, STATEMENT_TENANT_SET)),
	    CLAIMS "|on|~", "the tenant was set, for reading only");
	is_int((int64_t)fake_postgres_largest(server), 2, "in one flight");
	is_int(run(p, "{\"sub\":\"user_b\"}", true, "t2", IN_TIME), ERR_OK,
	    "a write");
	is_str(str_of(fake_postgres_params(server, STATEMENT_TENANT_SET)),
	    "{\"sub\":\"user_b\"}|off|~", "another's, that may write");
	is_int((int64_t)fake_postgres_logins(server), 1, "one connection");
	db_pool_free(p);
}

/* Of the two statements the one that failed is told, with its code. */
static void
test_guilty(void)
{
	static const struct {
		const char *on, *state, *told;
		enum err_code code;
	} rows[] = {
		{ "g1", "22008", "tenant_assistant_get: SQLSTATE 22008",
		    ERR_INPUT },
		{ "g1", "23505", "tenant_assistant_get: SQLSTATE 23505",
		    ERR_CONFLICT },
		{ "g1", "42501", "tenant_assistant_get: SQLSTATE 42501",
		    ERR_DENIED },
		{ "g1", "57014", "tenant_assistant_get: SQLSTATE 57014",
		    ERR_TEMPORARY },
		{ CLAIMS, "22P02", "tenant_set: SQLSTATE 22P02", ERR_INPUT },
	};
	struct db_pool *p = new_pool();

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		fake_postgres_rule(server, FAKE_FAIL, rows[i].on, rows[i].state,
		    1);
		is_int(run(p, CLAIMS, false, "g1", IN_TIME), rows[i].code,
		    rows[i].state);
		is_str(str_of(e.text), rows[i].told, "what failed is named");
		is_int(run(p, CLAIMS, false, "g1", IN_TIME), ERR_OK,
		    "and the next is well");
	}
	db_pool_free(p);
}

/*
 * As behind a pooler that takes a flight apart, or one that mistakes whom an
 * answer is for. Not one row of it is given to anybody.
 */
static void
test_proof(void)
{
	static const struct {
		enum fake_act act;
		const char *whose;
		enum err_code written;
	} rows[] = { { FAKE_FORGET, NULL, ERR_TEMPORARY },
		{ FAKE_MISTAKE, NULL, ERR_UNCERTAIN },
		{ FAKE_MISTAKE, "{\"sub\":\"user_b\"}", ERR_UNCERTAIN } };
	struct db_pool *p = new_pool();
	const struct db_result *r = NULL;
	struct db_values v;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		size_t logins = fake_postgres_logins(server);

		fake_postgres_rule(server, rows[i].act, "x1", rows[i].whose, 1);
		is_int(run(p, CLAIMS, false, "x1", IN_TIME), ERR_TEMPORARY,
		    "a question that was not asked for its tenant");
		is_str(str_of(e.text),
		    "what the database answered is not this tenant's", "why");
		is_int(run(p, CLAIMS, false, "x2", IN_TIME), ERR_OK,
		    "the next is well");
		is_int((int64_t)(fake_postgres_logins(server) - logins), 2,
		    "on a new connection");
		fake_postgres_rule(server, rows[i].act, "x3", rows[i].whose, 1);
		is_int(run(p, CLAIMS, true, "x3", IN_TIME), rows[i].written,
		    "a write was not done, or may have been");
		is_int((int64_t)fake_postgres_came(server, "x3"),
		    (int64_t)i + 1, "and is not sent again");
	}
	fake_postgres_answer(server, STATEMENT_TENANT_RECORDING, 0, NULL);
	statement_tenant_recording(&v, arena,
	    &(struct statement_tenant_recording){ .id = str_of("x4"),
		.actor = STR("a") });
	is_int(db_pool_run(p, arena, &CLAIMED(true), &v, IN_TIME,
		   &(struct db_pool_told){ 0 }, &r, &e),
	    ERR_OK, "an answer without rows is proven, too");
	is_int((int64_t)db_rows(r), 0, "and has none");
	fake_postgres_rule(server, FAKE_FORGET, "x4", NULL, 1);
	is_int(db_pool_run(p, arena, &CLAIMED(true), &v, IN_TIME,
		   &(struct db_pool_told){ 0 }, &r, &e),
	    ERR_TEMPORARY, "unless it was for nobody");
	db_pool_free(p);
}

/* A login that leads elsewhere since the request's last transaction. */
static void
test_moved(void)
{
	static const char *const moved[] = { "user_b", "off", "f", "t" };
	static const char *const own[] = { "user_a", "off", "f", "f" };
	struct db_pool *p = new_pool();
	struct db_pool_who who = CLAIMED(true);
	const struct db_result *r = NULL;
	size_t logins = fake_postgres_logins(server);
	struct db_values v;

	statement_tenant_assistant_get(&v, arena,
	    &(struct statement_tenant_assistant_get){ .id = STR("m1") });
	who.before = STR("user_a");
	fake_postgres_answer(server, STATEMENT_TENANT_SET, 1, moved);
	fake_postgres_rule(server, FAKE_FORGET, "m1", NULL, 1);
	is_int(db_pool_run(p, arena, &who, &v, IN_TIME,
		   &(struct db_pool_told){ 0 }, &r, &e),
	    ERR_TEMPORARY, "another tenant's than before: nothing was done");
	is_str(str_of(e.text),
	    "the login leads to another tenant than it did a moment ago",
	    "why");
	is_str(str_of(fake_postgres_params(server, STATEMENT_TENANT_SET)),
	    CLAIMS "|off|user_a", "the database was told whose it was");
	fake_postgres_answer(server, STATEMENT_TENANT_SET, 1, own);
	is_int(run(p, CLAIMS, false, "m2", IN_TIME), ERR_OK, "the next");
	is_int((int64_t)(fake_postgres_logins(server) - logins), 1,
	    "has the same connection");
	db_pool_free(p);
}

static void
test_value_refused(void)
{
	const struct db_result *r = NULL;
	struct db_pool *p = new_pool();
	struct db_values v;

	statement_tenant_assistant_get(&v, arena,
	    &(struct statement_tenant_assistant_get){
		.id = (struct str){ "n\0l", 3 } });
	is_int(db_pool_run(p, arena, &CLAIMED(false), &v, IN_TIME,
		   &(struct db_pool_told){ 0 }, &r, &e),
	    ERR_INPUT, "a value with a NUL byte");
	is_int((int64_t)fake_postgres_came(server, "n"), 0, "is never sent");
	is_int(run(p, CLAIMS, false, "v1", IN_TIME), ERR_OK,
	    "and the next is well");
	db_pool_free(p);
}

static void
test_lost(void)
{
	struct db_pool *p = new_pool();

	is_int(run(p, CLAIMS, false, "l0", IN_TIME), ERR_OK, "connected");
	fake_postgres_rule(server, FAKE_CUT, "l1", NULL, 1);
	is_int(run(p, CLAIMS, false, "l1", IN_TIME), ERR_OK,
	    "a question is asked once more");
	is_int((int64_t)fake_postgres_came(server, "l1"), 2, "twice sent");
	fake_postgres_rule(server, FAKE_CUT, "l2", NULL, 2);
	is_int(run(p, CLAIMS, false, "l2", IN_TIME), ERR_UNCERTAIN,
	    "but not for ever");
	fake_postgres_rule(server, FAKE_CUT_AT_COMMIT, "l3", NULL, 1);
	is_int(run(p, CLAIMS, true, "l3", IN_TIME), ERR_UNCERTAIN,
	    "a write is not sent again");
	is_int((int64_t)fake_postgres_came(server, "l3"), 1, "once sent");
	is_int(run(p, CLAIMS, true, "l4", IN_TIME), ERR_OK, "well again");
	db_pool_free(p);
}

/* Both logins ask with one text, and the server goes by the text. */
static void
answer_check(size_t rows)
{
	static const char *const problem[] = { "role", "is superuser", "x" };

	fake_postgres_answer(server, STATEMENT_TENANT_CHECK, rows, problem);
	fake_postgres_answer(server, STATEMENT_INTAKE_CHECK, rows, problem);
}

static void
test_self_check(void)
{
	struct db_pool *p = new_pool();

	answer_check(1);
	is_int(run(p, CLAIMS, false, "c1", IN_TIME), ERR_TEMPORARY,
	    "a connection that cannot keep the promise");
	is_int((int64_t)fake_postgres_came(server, "c1"), 0,
	    "is asked nothing");
	answer_check(0);
	is_int(run_soon(p, "c1"), ERR_OK, "until it is mended");
	db_pool_free(p);
}

/* A server that was started again costs nobody a write. */
static void
test_restart(void)
{
	struct db_pool *p = new_pool();

	is_int(run(p, CLAIMS, true, "r1", IN_TIME), ERR_OK, "a write");
	fake_postgres_leave(server);
	fake_postgres_return(server);
	is_int(run(p, CLAIMS, true, "r2", IN_TIME), ERR_OK,
	    "the next one, which is sent once, on a new connection");
	is_int((int64_t)fake_postgres_came(server, "r2"), 1, "once");
	db_pool_free(p);
}

static void
test_away(void)
{
	struct db_pool *p = new_pool();

	is_int(run(p, CLAIMS, false, "a1", IN_TIME), ERR_OK, "there");
	fake_postgres_leave(server);
	is_int(run(p, CLAIMS, false, "a2", IN_TIME), ERR_TEMPORARY, "away");
	fake_postgres_return(server);
	is_int(run_soon(p, "a3"), ERR_OK, "there again");
	fake_postgres_rule(server, FAKE_REFUSE_LOGIN, "no such password",
	    "28P01", 1);
	db_pool_free(p);
	p = new_pool();
	is_int(run(p, CLAIMS, false, "a4", IN_TIME), ERR_TEMPORARY,
	    "a login that is refused may be granted later");
	is_int(run_soon(p, "a5"), ERR_OK, "it is");
	db_pool_free(p);
}

static void *
run_holder(void *arg)
{
	struct arena *own = arena_new(1 << 20);
	const struct db_result *r;
	static enum err_code code;
	struct db_values v;

	statement_tenant_assistant_get(&v, own,
	    &(struct statement_tenant_assistant_get){ .id = STR("h1") });
	code = db_pool_run(arg, own, &CLAIMED(false), &v, IN_TIME,
	    &(struct db_pool_told){ 0 }, &r, NULL);
	arena_free(own);
	return (&code);
}

static void
test_all_at_work(void)
{
	struct db_pool *p = new_pool();
	pthread_t thread;
	void *code = NULL;

	fake_postgres_rule(server, FAKE_HOLD, "h1", NULL, 1);
	if (pthread_create(&thread, NULL, run_holder, p) != 0 ||
	    !fake_postgres_await(server, "h1", 1))
		ok(false, "a holder");
	is_int(run(p, CLAIMS, false, "h2", clock_mono_ms() + 50), ERR_TEMPORARY,
	    "the one connection is at work");
	is_int((int64_t)fake_postgres_came(server, "h2"), 0, "not asked");
	fake_postgres_release(server);
	pthread_join(thread, &code);
	is_int(*(enum err_code *)code, ERR_OK, "who held it is done");
	is_int(run(p, CLAIMS, false, "h2", IN_TIME), ERR_OK, "free again");
	is_int(run(p, CLAIMS, false, "h2", clock_mono_ms() - 1), ERR_TEMPORARY,
	    "no time left");
	db_pool_free(p);
}

/* One that asks on a thread of its own, is held there or waits patiently. */
struct asker {
	struct db_pool *p;
	const char *claims, *id;
	pthread_t thread;
	enum err_code code;
};

static void *
run_asker(void *arg)
{
	struct arena *own = arena_new((size_t)1 << 20);
	struct asker *k = arg;
	const struct db_result *r;
	struct db_values v;

	ahead_ms = PATIENT_MS;
	statement_tenant_assistant_get(&v, own,
	    &(struct statement_tenant_assistant_get){ .id = str_of(k->id) });
	k->code = db_pool_run(k->p, own,
	    &(struct db_pool_who){ .login = str_of(k->claims),
		.claims = str_of(k->claims) },
	    &v, IN_TIME, &(struct db_pool_told){ 0 }, &r, NULL);
	arena_free(own);
	return (NULL);
}

static void
begin(struct asker *k, bool held)
{
	if (held)
		fake_postgres_rule(server, FAKE_HOLD, k->id, NULL, 1);
	if (pthread_create(&k->thread, NULL, run_asker, k) != 0 ||
	    (held && !fake_postgres_await(server, k->id, 1)))
		ok(false, "%s is asked", k->id);
}

/* Half of the connections is as much as one tenant may have. */
static void
test_share(void)
{
	struct db_pool *p = pool_of(4);
	const char *b = "{\"sub\":\"user_b\"}";
	struct asker held[] = { { .p = p, .claims = CLAIMS, .id = "s1" },
		{ .p = p, .claims = CLAIMS, .id = "s2" } };
	struct asker waits = { .p = p, .claims = CLAIMS, .id = "s3" };

	begin(&held[0], true);
	begin(&held[1], true);
	is_int(run(p, CLAIMS, false, "s4", clock_mono_ms() + 50), ERR_TEMPORARY,
	    "a tenant with its half has no third");
	is_int((int64_t)fake_postgres_came(server, "s4"), 0, "not asked");
	begin(&waits, false);
	is_int(run(p, b, false, "s5", IN_TIME), ERR_OK, "another is served");
	is_int((int64_t)fake_postgres_came(server, "s3"), 0,
	    "while the first one's third waits");
	fake_postgres_release(server);
	pthread_join(waits.thread, NULL);
	is_int(waits.code, ERR_OK, "until one of its own is free");
	for (size_t i = 0; i < 2; i++) {
		pthread_join(held[i].thread, NULL);
		is_int(held[i].code, ERR_OK, "who held them is done");
	}
	db_pool_free(p);
}

/* Who waits is served, whoever comes meanwhile; and not for long. */
static void
test_queue(void)
{
	struct db_pool *p = pool_of(1);
	struct asker held = { .p = p, .claims = CLAIMS, .id = "q1" };
	struct asker waits = { .p = p, .claims = CLAIMS, .id = "q2" };
	int64_t began;

	begin(&held, true);
	began = clock_mono_ms();
	is_int(run(p, CLAIMS, false, "q3", IN_TIME), ERR_TEMPORARY,
	    "a connection that is not free soon");
	ok(clock_mono_ms() - began >= 1900, "was waited for");
	begin(&waits, false);
	fake_postgres_release(server);
	pthread_join(waits.thread, NULL);
	is_int(waits.code, ERR_OK, "one that is is handed on");
	pthread_join(held.thread, NULL);
	is_int(run(p, CLAIMS, false, "q4", IN_TIME), ERR_OK, "and is free");
	db_pool_free(p);
}

int
main(void)
{
	server = fake_postgres_start();
	if ((arena = arena_new(1 << 20)) == NULL)
		return (1);
	answer_check(0);
	test_tenant();
	test_guilty();
	test_proof();
	test_moved();
	test_value_refused();
	test_lost();
	test_self_check();
	test_restart();
	test_away();
	test_all_at_work();
	test_share();
	test_queue();
	arena_free(arena);
	fake_postgres_stop(server);
	return (done());
}
