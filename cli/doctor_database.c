/*
 * The responder's two logins, as the responder would use them: can they log
 * in, do the statements fit, does the self-check find anything, are they who
 * they should be; and whether this machine's clock agrees with the
 * database's. Then the operator's login: could it migrate?
 */
#include "config.h"

#include <inttypes.h>
#include <unistd.h>

#include "base/clock.h"
#include "doctor.h"
#include "roles.h"

#define DRIFT_MS_MAX 2000
#define WORDS_AGE_S_MAX 300

struct login {
	const char *name; /* of the line that is printed */
	const char *setting;
	const char *url;
	enum statement_role role;
	enum statement check;
	const char *member; /* of this role */
};

static int64_t
soon(void)
{
	return (clock_mono_ms() + CLI_DEADLINE_MS);
}

/* Print what the self-check finds; how many there are. */
static size_t
print_problems(struct doctor *d, const struct login *l,
    const struct db_result *r)
{
	struct str problem, remedy;
	size_t row;

	for (row = 0; row < db_rows(r); row++) {
		problem = db_str(r, row, db_column(r, "problem"));
		remedy = db_str(r, row, db_column(r, "remedy"));
		doctor_fail(d, l->name, remedy.p, "%.*s", (int)problem.n,
		    problem.p);
	}
	return (row);
}

/*
 * A statement that only this role can run and that changes nothing: an
 * answer that is not there, or nobody's own counts.
 */
static enum err_code
try_door(struct doctor *d, struct db *db, const struct login *l, struct err *e)
{
	struct arena *a = d->cli->arena;
	const struct db_result *r;
	struct db_values v;

	if (l->role == STATEMENT_TENANT)
		db_values_init(&v, a, STATEMENT_TENANT_ME);
	else
		statement_find_answer(&v, a,
		    &(struct statement_find_answer){ .call_sid = STR("CA") });
	return (db_run(db, a, &v, soon(), &r, e));
}

/* Another version's functions may well do, while an upgrade goes on. */
static void
warn_of_functions(struct doctor *d, struct db *db, const struct login *l)
{
	struct arena *a = d->cli->arena;
	const struct db_result *r;
	struct err e = { 0 };
	struct db_values v;

	db_values_init(&v, a, STATEMENT_FUNCTIONS_DIGEST);
	if (db_run(db, a, &v, soon(), &r, &e) != ERR_OK)
		doctor_fail(d, l->name, "try again",
		    "the functions cannot be looked at: %s", e.text);
	else if (!str_is(db_str(r, 0, FUNCTIONS_DIGEST_SHA256),
		     FUNCTIONS_SHA256))
		doctor_warn(d, l->name,
		    "run the callward migrate of the newer version",
		    "the functions are another version's");
}

/* So may its tables. */
static void
warn_of_version(struct doctor *d, struct db *db, const struct login *l)
{
	struct arena *a = d->cli->arena;
	const struct db_result *r;
	struct err e = { 0 };
	struct db_values v;

	db_values_init(&v, a, STATEMENT_PING);
	if (db_run(db, a, &v, soon(), &r, &e) == ERR_OK &&
	    db_int(r, 0, PING_SCHEMA_VERSION) > SCHEMA_VERSION)
		doctor_warn(d, l->name, "install the newer program",
		    "the database is at version %lld, the program at %d",
		    (long long)db_int(r, 0, PING_SCHEMA_VERSION),
		    SCHEMA_VERSION);
}

/* true: nothing to complain of. */
static bool
check_login(struct doctor *d, struct db *db, const struct login *l)
{
	struct arena *a = d->cli->arena;
	const struct db_result *r;
	struct err e = { 0 };
	struct db_values v;

	db_values_init(&v, a, l->check);
	db_give_number(&v, "schema_version", SCHEMA_VERSION);
	if (db_prepare(db, l->role, false, soon(), &e) != ERR_OK ||
	    db_run(db, a, &v, soon(), &r, &e) != ERR_OK) {
		doctor_fail(d, l->name,
		    "run 'callward migrate', and log in as a member of the role in callward.conf(5)",
		    "the self-check cannot be run: %s", e.text);
		return (false);
	}
	if (print_problems(d, l, r) > 0)
		return (false);
	if (l->role == STATEMENT_INTAKE) {
		warn_of_version(d, db, l);
		warn_of_functions(d, db, l);
	}
	if (try_door(d, db, l, &e) != ERR_OK) {
		doctor_fail(d, l->name,
		    "log in as a member of that role, and of no other",
		    "%s is no member of %s (%s)", l->setting, l->member,
		    e.text);
		return (false);
	}
	doctor_ok(d, l->name, "logged in as %s, the self-check finds nothing",
	    l->member);
	return (true);
}

/*
 * Are prepared statements kept? A pooler that does not gives the same
 * connection of the server to two of ours, one after the other.
 */
static void
check_pooler(struct doctor *d, struct db *db, const struct login *l)
{
	struct db *other = NULL;
	enum err_code code;
	struct err e = { 0 };

	code = db_prepare(db, l->role, true, soon(), &e);
	if (code == ERR_OK)
		code = db_open(l->url, "callward doctor", soon(), &other, &e);
	if (code == ERR_OK)
		code = db_prepare(other, l->role, true, soon(), &e);
	db_close(other);
	if (code == ERR_TEMPORARY && db_unnamed())
		doctor_fail(d, l->name, DB_POOLER_REMEDY,
		    "%s leads to a pooler that does not keep prepared statements",
		    l->setting);
	else if (code != ERR_OK)
		doctor_fail(d, l->name, "try again",
		    "statements cannot be prepared: %s", e.text);
}

/* Does a statement run in the transaction that its tenant was set in? */
static void
check_flight(struct doctor *d, struct db *db, const struct login *l)
{
	static const char claims[] = "{\"callward_login\":\"callward_doctor\"}";
	struct db_values who, none;
	struct db_job set = { .values = &who };
	struct db_job me = { .values = &none, .claims = claims };
	struct db_job *jobs[] = { &set, &me };
	enum err_code code;
	struct err e = { 0 };

	statement_tenant_set(&who, d->cli->arena,
	    &(struct statement_tenant_set){ .claims = str_of(claims),
		.read_only = STR("on"),
		.before = STR_NONE });
	db_values_init(&none, d->cli->arena, STATEMENT_TENANT_ME);
	code = db_flight(db, jobs, 2, false, soon(), &e);
	if (code == ERR_OK && (code = db_prove(&me, &e)) == ERR_ABSENT)
		doctor_fail(d, l->name,
		    "reach PostgreSQL itself, or through PgBouncer; Pgpool-II is not supported",
		    "%s leads to a pooler that takes transactions apart",
		    l->setting);
	else if (code != ERR_OK)
		doctor_fail(d, l->name, "try again",
		    "a clinic cannot be read: %s",
		    me.err.code != ERR_OK ? me.err.text : e.text);
	db_result_free(set.result);
	db_result_free(me.result);
}

static void
check_clock(struct doctor *d, struct db *db)
{
	int64_t before = clock_wall_ms(), after, theirs, drift = 0;
	const struct db_result *r;
	struct err e = { 0 };
	struct db_values v;

	db_values_init(&v, d->cli->arena, STATEMENT_OPERATOR_CLOCK);
	if (db_run(db, d->cli->arena, &v, soon(), &r, &e) != ERR_OK) {
		doctor_fail(d, "clock", "try again", "%s", e.text);
		return;
	}
	after = clock_wall_ms();
	theirs = db_int(r, 0, OPERATOR_CLOCK_MS);
	if (theirs < before)
		drift = theirs - before;
	else if (theirs > after)
		drift = theirs - after;
	if (drift < -DRIFT_MS_MAX || drift > DRIFT_MS_MAX)
		doctor_fail(d, "clock",
		    "let both machines keep their time by NTP",
		    "this machine and the database's differ by %" PRId64 " ms",
		    drift);
	else
		doctor_ok(d, "clock", "agrees with the database's to %d s",
		    DRIFT_MS_MAX / 1000);
}

/* Webhooks, and what a clinic changes, have to be written. */
static bool
is_standby(struct doctor *d, struct db *db, const struct login *l)
{
	const struct db_result *r;
	struct err e = { 0 };
	struct db_values v;

	db_values_init(&v, d->cli->arena, STATEMENT_OPERATOR_STANDBY);
	if (db_run(db, d->cli->arena, &v, soon(), &r, &e) != ERR_OK ||
	    !db_bool(r, 0, OPERATOR_STANDBY_IN_RECOVERY))
		return (false);
	doctor_fail(d, l->name,
	    "let the address lead to the primary, or name all servers and target_session_attrs=read-write",
	    "%s leads to a standby, where nothing can be written (pg_is_in_recovery() is true)",
	    l->setting);
	return (true);
}

static void
check_database(struct doctor *d, const struct login *l)
{
	struct err e = { 0 };
	struct db *db = NULL;

	if (db_open(l->url, "callward doctor", soon(), &db, &e) != ERR_OK) {
		doctor_fail(d, l->name,
		    "see that the server runs, and what its pg_hba.conf lets in",
		    "%s: %s", l->setting, e.text);
		return;
	}
	if (!is_standby(d, db, l) && check_login(d, db, l)) {
		if (d->settings.prepared)
			check_pooler(d, db, l);
		if (l->role == STATEMENT_TENANT && db_is_up(db))
			check_flight(d, db, l);
	}
	if (l->role == STATEMENT_INTAKE && db_is_up(db))
		check_clock(d, db);
	db_close(db);
}

/* What was changed by hand since a migration, which puts it back. */
static void
check_objects(struct doctor *d, struct db *db)
{
	static const char remedy[] = "run 'callward migrate --again'";
	const struct db_result *r;
	struct err e = { 0 };
	struct db_values none;

	db_values_init(&none, d->cli->arena,
	    STATEMENT_OPERATOR_OBJECTS_CHANGED);
	if (db_run(db, d->cli->arena, &none, soon(), &r, &e) != ERR_OK) {
		doctor_fail(d, "schema", remedy,
		    "functions, triggers and policies cannot be looked at: %s",
		    e.text);
		return;
	}
	for (size_t i = 0; i < db_rows(r); i++)
		doctor_fail(d, "schema", remedy, "%s",
		    db_str(r, i, OPERATOR_OBJECTS_CHANGED_PROBLEM).p);
	if (db_rows(r) == 0)
		doctor_ok(d, "schema",
		    "functions, triggers and policies are as they were made");
}

/* Who could do more than Callward's own logins, and what is not ours. */
static void
check_strangers(struct doctor *d, struct db *db)
{
	const struct db_result *r;
	struct err e = { 0 };
	struct db_values none;

	db_values_init(&none, d->cli->arena, STATEMENT_OPERATOR_STRANGERS);
	if (db_run(db, d->cli->arena, &none, soon(), &r, &e) != ERR_OK) {
		doctor_fail(d, "schema", "run 'callward migrate'",
		    "it cannot be looked at: %s", e.text);
		return;
	}
	for (size_t i = 0; i < db_rows(r); i++)
		doctor_warn(d, "schema",
		    db_str(r, i, OPERATOR_STRANGERS_REMEDY).p, "%s",
		    db_str(r, i, OPERATOR_STRANGERS_PROBLEM).p);
}

/* Are calls found by what is said in them? */
static void
check_words(struct doctor *d, struct db *db)
{
	const struct db_result *r;
	struct err e = { 0 };
	struct db_values none;
	int64_t age_s;

	db_values_init(&none, d->cli->arena, STATEMENT_OPERATOR_INDEX_OLDEST);
	if (db_run(db, d->cli->arena, &none, soon(), &r, &e) != ERR_OK) {
		doctor_fail(d, "words", "run 'callward migrate'",
		    "the queue cannot be looked at: %s", e.text);
		return;
	}
	age_s = db_int(r, 0, OPERATOR_INDEX_OLDEST_AGE_S);
	if (age_s > WORDS_AGE_S_MAX)
		doctor_warn(d, "words",
		    "a responder with a dashboard indexes calls: look for words_wait and words_failed in its log",
		    "a call has waited %lld minutes to be indexed: a search may not find it",
		    (long long)age_s / 60);
	else
		doctor_ok(d, "words", "no call has waited long to be indexed");
}

void
doctor_operator(struct doctor *d)
{
	struct arena *a = d->cli->arena;
	struct settings s;
	struct roles roles = { 0 };
	struct err e = { 0 };
	struct db *db = NULL;

	if (settings_load(a, SETTINGS_OPERATOR, d->cli->settings_path, environ,
		&s, &e) != ERR_OK)
		doctor_skip(d, "operator", "not looked at (%s)", e.text);
	else if (s.database_owner_url[0] == '\0')
		doctor_skip(d, "operator",
		    "not looked at (DATABASE_OWNER_URL is not set)");
	else if (cli_open(s.database_owner_url, "callward doctor", &db, &e) !=
		ERR_OK ||
	    roles_read(db, a, &roles, &e) != ERR_OK)
		doctor_fail(d, "operator", "see operator.conf",
		    "DATABASE_OWNER_URL: %s", e.text);
	else if (roles.missing.p == NULL)
		doctor_ok(d, "operator", "%.*s may change all of the roles",
		    (int)roles.login.n, roles.login.p);
	else
		doctor_fail(d, "operator", roles.remedy.p,
		    "%.*s may not change %.*s, as a migration may have to, until a superuser lets it",
		    (int)roles.login.n, roles.login.p, (int)roles.missing.n,
		    roles.missing.p);
	if (roles.missing.p == NULL && db != NULL && db_is_up(db)) {
		check_objects(d, db);
		check_strangers(d, db);
		check_words(d, db);
	}
	db_close(db);
}

void
doctor_databases(struct doctor *d)
{
	const struct settings *s = &d->settings;
	const struct login intake = { "database", "DATABASE_URL",
		s->database_url, STATEMENT_INTAKE, STATEMENT_INTAKE_CHECK,
		"callward_intake" };
	const struct login tenant = { "dashboard", "DATABASE_TENANT_URL",
		s->database_tenant_url, STATEMENT_TENANT,
		STATEMENT_TENANT_CHECK, "callward_tenant" };

	check_database(d, &intake);
	if (s->database_tenant_url[0] == '\0' || s->clerk_issuer[0] == '\0')
		doctor_skip(d, "dashboard", "not set up (%s)",
		    s->clerk_issuer[0] == '\0' ? "CLERK_ISSUER" :
						 "DATABASE_TENANT_URL");
	else
		check_database(d, &tenant);
}
