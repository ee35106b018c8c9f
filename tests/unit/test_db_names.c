/*
 * db: prepared statements behind a pooler that does not keep them. A process
 * goes over to unnamed statements once and for all, so each case is a process
 * of its own.
 */
#include "config.h"

#include <ctype.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "io/db_lane.h"
#include "io/db_pool.h"
#include "fake_postgres.h"
#include "tap.h"

#define IN_TIME (clock_mono_ms() + 20000)
#define CLAIMS "{\"sub\":\"user_a\"}"
#define HOUR_MS 3600000
#define LOG_BYTES 16384

static struct fake_postgres *server;
static struct arena *arena;
static struct db_renewer *renewer;
static struct db_lanes *lanes;
static struct db_pool *pool;
static struct err e;
static bool well;

/* A check of a case, whose process tells but does not count. */
static void
need(bool passed, const char *what)
{
	if (!passed)
		printf("# not so: %s (%s)\n", what, e.text);
	well = well && passed;
}

static enum err_code
ask(const char *id)
{
	const struct db_result *r;
	struct db_values v;

	statement_find_answer(&v, arena,
	    &(struct statement_find_answer){ .call_sid = str_of(id) });
	return (db_lanes_run(lanes, arena, str_of("key"), &v, IN_TIME, &r, &e));
}

static enum err_code
write_for_tenant(const char *id)
{
	const struct db_result *r;
	struct db_values v;

	statement_tenant_assistant_remove(&v, arena,
	    &(struct statement_tenant_assistant_remove){ .id = str_of(id) });
	return (db_pool_run(pool, arena,
	    &(struct db_pool_who){ .login = STR(CLAIMS),
		.claims = STR(CLAIMS),
		.writes = true },
	    &v, IN_TIME, &(struct db_pool_told){ 0 }, &r, &e));
}

static void
prepared_before(void)
{
	fake_postgres_rule(server, FAKE_REFUSE_PARSE, "ping", "42P05", 1);
	need(ask("p1") == ERR_OK, "answered, not refused");
	need(!fake_postgres_named(server), "without a name");
	need(fake_postgres_logins(server) == 2, "on a new connection");
	need(ask("p2") == ERR_OK && fake_postgres_logins(server) == 2,
	    "which is kept");
}

static void
prepared_elsewhere(void)
{
	need(ask("e1") == ERR_OK && fake_postgres_named(server), "by name");
	fake_postgres_rule(server, FAKE_FAIL, "e2", "26000", 1);
	need(ask("e2") == ERR_OK, "answered, not refused");
	need(!fake_postgres_named(server), "without a name");
	need(fake_postgres_committed(server, "e2") == 1, "once");
	need(fake_postgres_logins(server) == 2, "on a new connection");
}

static void
tenant_prepared_before(void)
{
	fake_postgres_rule(server, FAKE_REFUSE_PARSE, "tenant_me", "42P05", 1);
	need(write_for_tenant("t1") == ERR_OK, "answered, not refused");
	need(!fake_postgres_named(server), "without a name");
	need(fake_postgres_logins(server) == 2, "on a new connection");
}

static void
tenant_prepared_elsewhere(void)
{
	need(write_for_tenant("w1") == ERR_OK && fake_postgres_named(server),
	    "by name");
	fake_postgres_rule(server, FAKE_FAIL, CLAIMS, "26000", 1);
	need(write_for_tenant("w2") == ERR_OK, "answered, not refused");
	need(fake_postgres_committed(server, "w2") == 1, "once");
	need(!fake_postgres_named(server), "without a name");
}

/* A connection that takes the place of another finds it out as well. */
static void
renewed_elsewhere(void)
{
	need(ask("n1") == ERR_OK && fake_postgres_named(server), "by name");
	fake_postgres_rule(server, FAKE_REFUSE_PARSE, "ping", "42P05", 1);
	WAIT_UNTIL(db_unnamed());
	need(ask("n2") == ERR_OK, "answered, not refused");
	need(!fake_postgres_named(server), "without a name");
	WAIT_UNTIL(db_renewer_count(renewer) > 0);
	need(db_renewer_count(renewer) > 0, "and renewed all the same");
	need(ask("n3") == ERR_OK, "which answers");
}

/* Both, and several at once: one line. */
static void
told_once(void)
{
	char text[LOG_BYTES] = "", *at = text;
	size_t lines = 0;
	FILE *log = tmpfile();

	if (log == NULL || dup2(fileno(log), STDERR_FILENO) < 0)
		need(false, "a log");
	fake_postgres_rule(server, FAKE_REFUSE_PARSE, "ping", "42P05", 3);
	fake_postgres_rule(server, FAKE_REFUSE_PARSE, "tenant_me", "42P05", 1);
	(void)ask("o1");
	(void)write_for_tenant("o2");
	need(db_unnamed(), "it went over");
	rewind(log);
	if (fread(text, 1, sizeof(text) - 1, log) == 0)
		need(false, "a line");
	while ((at = strstr(at, "event=statements_unnamed")) != NULL) {
		lines++;
		at++;
	}
	need(lines == 1, "told once");
	need(strstr(text, "PREPARED=no") != NULL &&
		strstr(text, "PgBouncer 1.21") != NULL &&
		strstr(text, "max_prepared_statements") != NULL,
	    "with the remedies");
	need(strstr(text, "callward migrate") == NULL, "and no other");
}

/* Functions were replaced while the process runs. */
static void
replaced(void)
{
	need(ask("g1") == ERR_OK && fake_postgres_named(server), "by name");
	fake_postgres_rule(server, FAKE_FAIL, "g2", "42883", 1);
	need(ask("g2") == ERR_OK, "a function that was away is called again");
	need(fake_postgres_committed(server, "g2") == 1, "once");
	need(fake_postgres_logins(server) == 2, "on a new connection");
	fake_postgres_rule(server, FAKE_FAIL, "g3", "0A000", 1);
	need(ask("g3") == ERR_OK, "so is one with other columns");
	need(fake_postgres_committed(server, "g3") == 1, "once, too");
	need(fake_postgres_logins(server) == 3, "on a new one, too");
	fake_postgres_rule(server, FAKE_FAIL, "g4", "42883", 2);
	need(ask("g4") == ERR_BUG, "one that stays away is refused");
	need(fake_postgres_logins(server) == 4, "after one attempt");
	need(ask("g5") == ERR_OK && fake_postgres_logins(server) == 4,
	    "and others go on");
	need(!db_unnamed() && fake_postgres_named(server), "all by name");
}

static void
tenant_replaced(void)
{
	need(write_for_tenant("r1") == ERR_OK, "by name");
	fake_postgres_rule(server, FAKE_FAIL, "r2", "42883", 1);
	need(write_for_tenant("r2") == ERR_OK, "called again");
	need(fake_postgres_committed(server, "r2") == 1, "once");
	fake_postgres_rule(server, FAKE_FAIL, "r3", "0A000", 1);
	need(write_for_tenant("r3") == ERR_OK, "with other columns, too");
	need(fake_postgres_named(server) && !db_unnamed(), "by name still");
}

/* What is no pooler's doing changes nothing. */
static void
others_stay(void)
{
	fake_postgres_rule(server, FAKE_REFUSE_PARSE, "ping", "42883", 1);
	need(ask("s1") == ERR_TEMPORARY, "a statement that does not fit");
	need(!db_unnamed(), "is no pooler");
}

static void
run_case(void (*fn)(void), int64_t max_age_ms)
{
	struct db_lanes_options lo = { .lanes = 1,
		.prepared = true,
		.role = STATEMENT_INTAKE };
	struct db_pool_options po = { .connections = 1, .prepared = true };

	well = true;
	server = fake_postgres_start();
	fake_postgres_answer(server, STATEMENT_TENANT_CHECK, 0, NULL);
	fake_postgres_answer(server, STATEMENT_INTAKE_CHECK, 0, NULL);
	lo.url = po.url = fake_postgres_url(server);
	if ((arena = arena_new(1 << 20)) == NULL ||
	    db_renewer_start(max_age_ms, &renewer, &e) != ERR_OK) {
		need(false, "started");
		return;
	}
	lo.renewer = po.renewer = renewer;
	if (db_lanes_start(&lo, &lanes, &e) != ERR_OK ||
	    db_pool_new(&po, &pool, &e) != ERR_OK) {
		need(false, "started");
		return;
	}
	fn();
	db_lanes_stop(lanes);
	db_pool_free(pool);
	db_renewer_stop(renewer);
	fake_postgres_stop(server);
	arena_free(arena);
}

static void
alone_renewing(void (*fn)(void), int64_t max_age_ms, const char *what)
{
	int status = 1;
	pid_t pid;

	(void)fflush(stdout);
	if ((pid = fork()) == 0) {
		run_case(fn, max_age_ms);
		(void)fflush(stdout);
		_exit(well ? 0 : 1);
	}
	(void)waitpid(pid, &status, 0);
	is_int(status, 0, what);
}

static void
alone(void (*fn)(void), const char *what)
{
	alone_renewing(fn, HOUR_MS, what);
}

/* NAME_ and eight digits, which another text changes. */
static void
test_digests(void)
{
	for (size_t i = 0; i < STATEMENTS; i++) {
		const char *name = statements[i].name;
		const char *prepared = statements[i].prepared;
		size_t n = strlen(name), digits = 0, same = 0;

		while (isxdigit((unsigned char)prepared[n + 1 + digits]))
			digits++;
		for (size_t k = 0; k < STATEMENTS; k++)
			same += strcmp(statements[k].text,
				    statements[i].text) != 0 &&
			    strcmp(statements[k].prepared +
				    strlen(statements[k].name),
				prepared + n) == 0;
		ok(strncmp(prepared, name, n) == 0 && prepared[n] == '_' &&
			digits == 8 && prepared[n + 9] == '\0' && same == 0,
		    "%s", prepared);
	}
}

int
main(void)
{
	alone(prepared_before, "42P05 while a lane connects");
	alone(prepared_elsewhere, "26000 in a lane's flight");
	alone(tenant_prepared_before, "42P05 while the dashboard connects");
	alone(tenant_prepared_elsewhere, "26000 in the dashboard's flight");
	alone_renewing(renewed_elsewhere, 40, "42P05 of a renewed connection");
	alone(told_once, "told once, with what helps");
	alone(replaced, "functions that were replaced");
	alone(tenant_replaced, "and of the dashboard");
	alone(others_stay, "other refusals stay what they are");
	test_digests();
	return (done());
}
