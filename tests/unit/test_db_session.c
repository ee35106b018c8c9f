/*
 * db_session: connections that grow old are replaced while others, and they
 * themselves, serve.
 */
#include "config.h"

#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "io/db_lane.h"
#include "io/db_pool.h"
#include "fake_postgres.h"
#include "base/log.h"
#include "tap.h"

#define LONG_MS 30000
#define AGE_MS 40
#define LANES 3
#define CLAIMS "{\"sub\":\"user_a\"}"
#define NOT_RENEWED "event=connection_not_renewed"
#define LOG_BYTES 16384
#define LARGE_BYTES (DB_LANE_LARGE_BYTES + 1)

static struct fake_postgres *server;
static struct db_renewer *renewer;
static struct db_lanes *lanes;
static struct db_pool *pool;
static struct arena *arena;
static struct err e;

static void
start(int64_t max_age_ms)
{
	struct db_lanes_options lo = { .lanes = LANES,
		.prepared = true,
		.role = STATEMENT_INTAKE,
		.self_check = true };
	struct db_pool_options po = { .connections = 2, .prepared = true };

	server = fake_postgres_start();
	fake_postgres_answer(server, STATEMENT_INTAKE_CHECK, 0, NULL);
	fake_postgres_answer(server, STATEMENT_TENANT_CHECK, 0, NULL);
	lo.url = po.url = fake_postgres_url(server);
	if (db_renewer_start(max_age_ms, &renewer, &e) != ERR_OK)
		ok(false, "a renewer: %s", e.text);
	lo.renewer = po.renewer = renewer;
	if (db_lanes_start(&lo, &lanes, &e) != ERR_OK ||
	    db_pool_new(&po, &pool, &e) != ERR_OK)
		ok(false, "started: %s", e.text);
}

static void
stop(void)
{
	db_lanes_stop(lanes);
	db_pool_free(pool);
	db_renewer_stop(renewer);
	fake_postgres_stop(server);
	arena_reset(arena);
}

/* One lane after the other; the large one for a long value. */
static enum err_code
ask(const char *key, size_t bytes)
{
	char *value = malloc(bytes + 1);
	const struct db_result *r;
	struct db_values v;
	enum err_code code;

	if (value == NULL)
		return (ERR_TEMPORARY);
	memset(value, 'x', bytes);
	value[bytes] = '\0';
	statement_find_answer(&v, arena,
	    &(struct statement_find_answer){ .call_sid = str_of(value) });
	code = db_lanes_run(lanes, arena, str_of(key), &v,
	    clock_mono_ms() + LONG_MS, &r, &e);
	free(value);
	return (code);
}

static enum err_code
ask_tenant(const char *id)
{
	const struct db_result *r;
	struct db_values v;

	statement_tenant_assistant_get(&v, arena,
	    &(struct statement_tenant_assistant_get){ .id = str_of(id) });
	return (db_pool_run(pool, arena,
	    &(struct db_pool_who){ .login = STR(CLAIMS),
		.claims = STR(CLAIMS),
		.writes = true },
	    &v, clock_mono_ms() + LONG_MS, &(struct db_pool_told){ 0 }, &r,
	    &e));
}

/* Each lane, and the pool: false if any was not answered. */
static bool
ask_all(void)
{
	char key[8];
	bool well =
	    ask("k", LARGE_BYTES) == ERR_OK && ask_tenant("t") == ERR_OK;

	for (int i = 0; i < 16; i++) {
		(void)snprintf(key, sizeof(key), "%d", i);
		well = well && ask(key, 2) == ERR_OK;
	}
	arena_reset(arena);
	return (well);
}

/*
 * The same until each has its connection: one that takes long to connect is
 * passed over for others.
 */
static bool
connect_all(void)
{
	int64_t until = clock_mono_ms() + LONG_MS;
	struct db_lanes_counts n;
	bool well;

	do {
		well = ask_all();
		db_lanes_count(lanes, &n);
	} while (well && n.reconnects < LANES + 1 && clock_mono_ms() < until);
	return (well && n.reconnects == LANES + 1);
}

static bool
await_renewals(uint64_t n)
{
	WAIT_UNTIL(db_renewer_count(renewer) >= n);
	return (db_renewer_count(renewer) >= n);
}

static bool
await_logins(size_t n)
{
	WAIT_UNTIL(fake_postgres_logins(server) >= n);
	return (fake_postgres_logins(server) >= n);
}

/* The check of a new connection may have come last, and is not prepared. */
static bool
ask_prepared(void)
{
	int64_t until = clock_mono_ms() + LONG_MS;
	bool well;

	do
		well = ask_all();
	while (well && !fake_postgres_named(server) && clock_mono_ms() < until);
	return (well && fake_postgres_named(server));
}

/* Many times over, and nobody notices. */
static void
test_served(void)
{
	struct db_lanes_counts n;
	int64_t until = clock_mono_ms() + LONG_MS;
	bool well = true;

	start(AGE_MS);
	while (
	    well && db_renewer_count(renewer) < 20 && clock_mono_ms() < until)
		well = ask_all();
	ok(well, "all are answered: %s", well ? "" : e.text);
	ok(db_renewer_count(renewer) >= 20, "on ever new connections");
	ok(ask_prepared(), "that are prepared");
	db_lanes_count(lanes, &n);
	is_int((int64_t)n.reconnects, LANES + 1, "each lane connected once");
	is_int((int64_t)n.singles, 0, "nothing was sent twice");
	stop();
}

/* Those that nobody asks are renewed, too. */
static void
test_idle(void)
{
	start(AGE_MS);
	ok(connect_all(), "all are connected");
	ok(await_renewals(20), "and renewed while nobody asks");
	ok(ask_all(), "and answer");
	stop();
	start(AGE_MS);
	clock_sleep_ms(AGE_MS * 2);
	is_int((int64_t)fake_postgres_logins(server), 0,
	    "what was never connected is left alone");
	stop();
}

/*
 * While the new connection is being made the old one serves, and no other is
 * being made.
 */
static void
test_beside(void)
{
	size_t logins;

	start(AGE_MS);
	ok(connect_all(), "all are connected");
	fake_postgres_rule(server, FAKE_HOLD, "prepare", NULL, 1);
	ok(fake_postgres_spent(server), "a new one is not ready yet");
	logins = fake_postgres_logins(server);
	for (int i = 0; i < 5; i++) {
		ok(ask_all(), "all are answered meanwhile");
		clock_sleep_ms(AGE_MS);
	}
	is_int((int64_t)fake_postgres_logins(server), (int64_t)logins,
	    "one at a time");
	fake_postgres_release(server);
	ok(await_renewals(db_renewer_count(renewer) + 8), "then it goes on");
	ok(ask_all(), "and all are answered");
	stop();
}

/* Nothing is renewed for as long as several would be. */
static bool
await_quiet(void)
{
	int64_t until = clock_mono_ms() + LONG_MS;
	uint64_t before;

	do {
		before = db_renewer_count(renewer);
		clock_sleep_ms(AGE_MS * 10);
	} while (
	    db_renewer_count(renewer) != before && clock_mono_ms() < until);
	return (db_renewer_count(renewer) == before);
}

/* A connection that is at work is replaced behind the flight. */
static void *
run_held(void *arg)
{
	struct arena *own = arena_new(1 << 20);
	static enum err_code code;
	const struct db_result *r;
	struct db_values v;

	(void)arg;
	statement_tenant_assistant_get(&v, own,
	    &(struct statement_tenant_assistant_get){ .id = str_of("held") });
	code = db_pool_run(pool, own,
	    &(struct db_pool_who){ .login = STR(CLAIMS),
		.claims = STR(CLAIMS),
		.writes = true },
	    &v, clock_mono_ms() + LONG_MS, &(struct db_pool_told){ 0 }, &r,
	    NULL);
	arena_free(own);
	return (&code);
}

static void
test_at_work(void)
{
	void *code = NULL;
	pthread_t thread;

	start(AGE_MS);
	fake_postgres_rule(server, FAKE_HOLD, "held", NULL, 1);
	if (pthread_create(&thread, NULL, run_held, NULL) != 0 ||
	    !fake_postgres_await(server, "held", 1))
		ok(false, "one is at work");
	ok(await_logins(2), "another is made for it");
	is_int((int64_t)db_renewer_count(renewer), 0, "and waits");
	is_int(ask("k", 2), ERR_OK, "a lane connects");
	ok(await_quiet(), "and is not renewed before that one is");
	fake_postgres_release(server);
	pthread_join(thread, &code);
	is_int(*(enum err_code *)code, ERR_OK, "until its answer came");
	is_int((int64_t)fake_postgres_came(server, "held"), 1, "once");
	ok(await_renewals(1), "then it is taken");
	is_int(ask_tenant("t"), ERR_OK, "and answers");
	stop();
}

static size_t
lines_of(const char *path, const char *event)
{
	char text[LOG_BYTES] = "", *at = text;
	FILE *f = fopen(path, "r");
	size_t lines = 0;

	if (f == NULL || fread(text, 1, sizeof(text) - 1, f) == 0)
		ok(false, "a log");
	if (f != NULL)
		(void)fclose(f);
	while ((at = strstr(at, event)) != NULL) {
		lines++;
		at++;
	}
	return (lines);
}

static bool
await_lines(const char *path, const char *event, size_t n)
{
	WAIT_UNTIL(lines_of(path, event) >= n);
	return (lines_of(path, event) == n);
}

/* Where no other can be had the old one stays, and it is said once. */
static void
test_refused(void)
{
	const char *const complaint[] = { "role", "is superuser", "x" };
	char path[] = "/tmp/callward-session-XXXXXX", target[64];
	int fd = mkstemp(path);
	int64_t began;
	size_t logins;

	(void)snprintf(target, sizeof(target), "file:%s", path);
	if (fd < 0 || log_open(target, &e) != ERR_OK)
		ok(false, "a log: %s", e.text);
	start(AGE_MS);
	ok(connect_all(), "all are connected");
	began = clock_mono_ms();
	fake_postgres_rule(server, FAKE_REFUSE_LOGIN,
	    "too many connections for role \"u\"", "53300", 20);
	ok(fake_postgres_spent(server), "a new one is refused, often");
	/* Lanes and dashboard each, with a pause behind each time. */
	ok(clock_mono_ms() - began >= (20 / 2 - 1) * AGE_MS, "not at once");
	ok(ask_all(), "all are answered on the old ones");
	ok(await_renewals(db_renewer_count(renewer) + 4), "until it is let in");
	/* Lanes and dashboard each, whoever it was that was refused. */
	ok(lines_of(path, NOT_RENEWED) <= 2, "said once");
	ok(await_lines(path, "event=connection_renewed",
	       lines_of(path, NOT_RENEWED)),
	    "and that it is over");
	is_int((int64_t)lines_of(path, "database_away"), 0, "none was lost");
	fake_postgres_answer(server, STATEMENT_INTAKE_CHECK, 1, complaint);
	fake_postgres_answer(server, STATEMENT_TENANT_CHECK, 1, complaint);
	logins = fake_postgres_logins(server);
	ok(await_logins(logins + 6), "one that fails its check is not taken");
	ok(lines_of(path, "event=self_check") <= 2, "and is said once");
	ok(ask_all(), "all are answered");
	stop();
	log_close();
	is_int(log_open("file:/dev/null", NULL), ERR_OK, "no log");
	(void)close(fd);
	(void)unlink(path);
}

/* One that ends before it was taken is no loss. */
static void
test_ended(void)
{
	start(AGE_MS);
	ok(connect_all(), "all are connected");
	fake_postgres_rule(server, FAKE_CLOSE, "prepare", NULL, 4);
	ok(fake_postgres_spent(server), "new ones that end at once");
	ok(ask_all(), "all are answered");
	stop();
}

/* A lane whose connection was lost is back when it has a new one. */
static void
test_lost(void)
{
	struct db_lanes_counts n = { .away = 1 };

	start(AGE_MS * 10);
	fake_postgres_rule(server, FAKE_CUT, "xx", NULL, 2);
	is_int(ask("k", 2), ERR_UNCERTAIN, "lost");
	ok(await_renewals(1), "renewed");
	is_int(ask("k", 2), ERR_OK, "answered");
	WAIT_UNTIL((db_lanes_count(lanes, &n), n.away == 0));
	is_int((int64_t)n.away, 0, "no lane is away");
	stop();
}

/* A stop does not wait for one that never is ready. */
static void
test_stop(void)
{
	start(AGE_MS);
	ok(connect_all(), "all are connected");
	fake_postgres_rule(server, FAKE_STALL, "prepare", NULL, 1);
	ok(fake_postgres_spent(server), "a new one is never ready");
	stop();
	ok(true, "stopped");
}

int
main(void)
{
	if (log_open("file:/dev/null", NULL) != ERR_OK ||
	    (arena = arena_new(1 << 22)) == NULL)
		return (1);
	test_served();
	test_idle();
	test_beside();
	test_at_work();
	test_refused();
	test_ended();
	test_lost();
	test_stop();
	arena_free(arena);
	log_close();
	return (done());
}
