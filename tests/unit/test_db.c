/* db: what a flight does when the server, the commit or the line fails. */
#include "config.h"

#include "base/clock.h"
#include "io/db.h"
#include "fake_postgres.h"
#include "tap.h"

#define IN_TIME (clock_mono_ms() + 20000)
#define FLIGHT_MAX 3

static struct fake_postgres *server;
static struct arena *arena;

struct flight {
	struct db_values values[FLIGHT_MAX];
	struct db_job job[FLIGHT_MAX];
	struct db_job *jobs[FLIGHT_MAX];
	size_t n;
};

static struct db *
open_db(void)
{
	struct db *db = NULL;
	struct err e = { 0 };

	if (db_open(fake_postgres_url(server), "test", IN_TIME, &db, &e) !=
	    ERR_OK)
		ok(false, "connected: %s", e.text);
	return (db);
}

static struct db *
open_prepared(void)
{
	struct db *db = open_db();
	struct err e = { 0 };

	if (db_prepare(db, STATEMENT_INTAKE, true, IN_TIME, &e) != ERR_OK)
		ok(false, "prepared: %s", e.text);
	return (db);
}

/* One find_answer for each of the names in "a b c". */
static void
load(struct flight *fl, const char *names)
{
	struct str rest = str_of(names);

	memset(fl, 0, sizeof(*fl));
	while (rest.p != NULL && fl->n < FLIGHT_MAX) {
		struct db_values *v = &fl->values[fl->n];

		statement_find_answer(v, arena,
		    &(struct statement_find_answer){
			.call_sid = str_cut(&rest, ' ') });
		fl->job[fl->n].values = v;
		fl->jobs[fl->n] = &fl->job[fl->n];
		fl->n++;
	}
}

static enum err_code
fly(struct db *db, struct flight *fl, const char *names, int64_t deadline_ms)
{
	struct err e;

	load(fl, names);
	return (db_flight(db, fl->jobs, fl->n, true, deadline_ms, &e));
}

static void
unload(struct flight *fl)
{
	for (size_t i = 0; i < fl->n; i++)
		db_result_free(fl->job[i].result);
}

static void
test_open(void)
{
	static const char *const bad[] = { "host=/nowhere password=hidden x",
		"postgres://u:hidden@[::1/d", "passwort=hidden",
		"host=/nowhere port=hidden", "host=/nowhere sslmode=hidden",
		/* What was not escaped in a password, or forgotten. */
		"postgresql://u:p@hidden@/d?host=/nowhere",
		"postgresql://u:p@ss:hidden@localhost/d",
		"postgres://u:p/hidden@localhost/d",
		"postgresql://u:1/hidden@localhost/d",
		"postgresql://u:1/2@hidden", "postgresql://u:hidden",
		"postgresql://u:p?x=hidden", "postgresql:/u:hidden@localhost/d",
		"postgresql:u:hidden@localhost", "u:hidden@localhost/d",
		"host=u:hidden@localhost dbname=d",
		"host=/nowhere,u:p@hidden dbname=d",
		"jdbc:postgresql://localhost/d?user=u&password=hidden" };
	static const char *const good[] = { "", "callward", "host=/nowhere",
		"postgresql:///d?host=/nowhere&user=a@b",
		"postgresql://u:p%40ss%2Fw%3A%3F@localhost:5432/d",
		"postgresql://u:p:w?x=y@[::1]:5432,localhost/d",
		"postgres://localhost:5432/d%40e?application_name=a@b",
		"host=@abstract,@other port=1,2 password='a@b:/c'" };
	static char nowhere[] = "PGHOST=/nowhere";
	struct db *db = NULL;
	struct err e = { 0 };
	size_t i;

	fake_postgres_rule(server, FAKE_REFUSE_LOGIN,
	    "password authentication failed for user \"u\"", "28P01", 1);
	is_int(db_open(fake_postgres_url(server), "test", IN_TIME, &db, &e),
	    ERR_DENIED, "the login is refused");
	ok(strstr(e.text, "hidden") == NULL, "the password is not told");
	fake_postgres_rule(server, FAKE_REFUSE_LOGIN,
	    "the database system is starting up", "57P03", 1);
	is_int(db_open(fake_postgres_url(server), "test", IN_TIME, &db, &e),
	    ERR_TEMPORARY, "it is starting");
	is_int(db_open("host=/nowhere user=u password=hidden dbname=d", "test",
		   IN_TIME, &db, &e),
	    ERR_TEMPORARY, "nobody is there");
	ok(strstr(e.text, "hidden") == NULL, "the password is not told");
	fake_postgres_rule(server, FAKE_STALL, "login", NULL, 1);
	is_int(db_open(fake_postgres_url(server), "test", clock_mono_ms() + 100,
		   &db, &e),
	    ERR_TEMPORARY, "it says nothing until the deadline");
	ok(fake_postgres_spent(server), "it was asked");
	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		is_int(db_check_address(good[i], &e), ERR_OK, good[i]);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		is_int(db_open(bad[i], "test", IN_TIME, &db, &e), ERR_INPUT,
		    "a malformed address");
		ok(strstr(e.text, "hidden") == NULL, "it is not repeated");
	}
	(void)putenv(nowhere);
	is_int(db_open("callward", "test", IN_TIME, &db, &e), ERR_TEMPORARY,
	    "a database's bare name is an address");
	(void)unsetenv("PGHOST");
	ok(db == NULL && !db_is_up(db), "no connection came of it");
	is_int(db_exec(db, "begin", IN_TIME, &e), ERR_TEMPORARY,
	    "so nothing can be asked");
	is_int(db_copy(db, "copy t to stdout", NULL, NULL, IN_TIME, &e),
	    ERR_TEMPORARY, "nor copied");
}

static void
test_prepare(void)
{
	struct db *db = open_db();
	struct err e = { 0 };

	is_int(db_prepare(db, STATEMENT_INTAKE, true, IN_TIME, &e), ERR_OK,
	    "every statement fits");
	db_close(db);
	db = open_db();
	is_int(db_prepare(db, STATEMENT_INTAKE, false, IN_TIME, &e), ERR_OK,
	    "checked without a name");
	db_close(db);
}

static void
test_misfit(void)
{
	static const struct {
		enum fake_act act;
		const char *on;
		const char *state;
		const char *what;
	} rows[] = {
		{ FAKE_COLUMNS, "find_answer", "more", "4 columns, not 3" },
		{ FAKE_PARAMS, "ping", "more", "1 parameters, not 0" },
		{ FAKE_REFUSE_PARSE, "open_call", "42883", "42883" },
		/* Two of one type: their number and types are as before. */
		{ FAKE_COLUMNS, "settle_call", "swap",
		    "column 1 is answer of type 25, not verdict of type 25" },
		{ FAKE_COLUMNS, "apply_event", "type",
		    "column 1 is verdict of type 16, not verdict of type 25" },
		{ FAKE_PARAMS, "bind_session", "type",
		    "user_id is of type 26, not 25" },
	};
	struct err e = { 0 };
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct db *db = open_db();

		fake_postgres_rule(server, rows[i].act, rows[i].on,
		    rows[i].state, 1);
		is_int(db_prepare(db, STATEMENT_INTAKE, i > 0, IN_TIME, &e),
		    ERR_CONFLICT, "a statement that does not fit");
		ok(strstr(e.text, rows[i].on) != NULL, "is named: %s", e.text);
		ok(strstr(e.text, rows[i].what) != NULL, "with what differs");
		ok(strstr(e.text, "callward migrate") != NULL,
		    "with the remedy");
		db_close(db);
	}
}

static void
test_prepare_lost(void)
{
	static const enum fake_act acts[] = { FAKE_CUT, FAKE_END_SESSION,
		FAKE_CUT_AT_COMMIT, FAKE_STALL };
	struct err e;
	size_t i;

	for (i = 0; i < sizeof(acts) / sizeof(acts[0]); i++) {
		struct db *db = open_db();

		fake_postgres_rule(server, acts[i], "prepare", "57P01", 1);
		is_int(db_prepare(db, STATEMENT_INTAKE, true,
			   acts[i] == FAKE_STALL ? clock_mono_ms() + 100 :
						   IN_TIME,
			   &e),
		    ERR_UNCERTAIN, "lost while preparing");
		ok(!db_is_up(db), "and closed: %s", e.text);
		db_close(db);
		ok(fake_postgres_spent(server), "it was asked");
	}
}

static void
test_flight(void)
{
	static const char *const names[] = { "f1", "f2", "f3" };
	struct db *db = open_prepared();
	struct flight fl;
	struct err e;

	is_int(fly(db, &fl, "f1 f2 f3", IN_TIME), ERR_OK, "three at once");
	for (size_t i = 0; i < fl.n; i++) {
		is_int(fl.job[i].code, ERR_OK, "its code");
		is_str(db_str(fl.job[i].result, 0, FIND_ANSWER_STATE), names[i],
		    "each has its own result");
	}
	is_int((int64_t)fake_postgres_largest(server), 3, "in one flight");
	ok(fake_postgres_named(server), "by name");
	unload(&fl);
	load(&fl, "f4");
	is_int(db_flight(db, fl.jobs, 1, false, IN_TIME, &e), ERR_OK,
	    "one with its text");
	is_str(db_str(fl.job[0].result, 0, FIND_ANSWER_STATE), "f4",
	    "its result");
	ok(!fake_postgres_named(server), "without a name");
	unload(&fl);
	db_close(db);
}

static void
test_guilty(void)
{
	struct db *db = open_prepared();
	struct flight fl;

	fake_postgres_rule(server, FAKE_FAIL, "g2", "23505", 1);
	is_int(fly(db, &fl, "g1 g2 g3", IN_TIME), ERR_CONFLICT,
	    "one statement failed");
	is_int(fl.job[0].code, ERR_TEMPORARY, "the one before it");
	is_int(fl.job[1].code, ERR_CONFLICT, "the guilty one");
	is_int(fl.job[2].code, ERR_TEMPORARY, "the one behind it");
	ok(strstr(fl.job[1].err.text, "find_answer") != NULL &&
		strstr(fl.job[1].err.text, "23505") != NULL,
	    "what and why: %s", fl.job[1].err.text);
	ok(strstr(fl.job[1].err.text, "secret") == NULL,
	    "the server's words are not repeated");
	ok(fl.job[0].result == NULL && fl.job[1].result == NULL &&
		fl.job[2].result == NULL,
	    "nobody has a result");
	is_int((int64_t)fake_postgres_committed(server, "g1"), 0,
	    "nothing was committed");
	ok(db_is_up(db), "the connection is good");
	is_int(fly(db, &fl, "g1 g3", IN_TIME), ERR_OK, "for the next flight");
	unload(&fl);
	db_close(db);
}

static void
test_commit_fails(void)
{
	struct db *db = open_prepared();
	struct flight fl;

	fake_postgres_rule(server, FAKE_FAIL_COMMIT, "c1", "40001", 1);
	is_int(fly(db, &fl, "c1 c2", IN_TIME), ERR_CONFLICT,
	    "the commit failed");
	for (size_t i = 0; i < fl.n; i++)
		ok(fl.job[i].code == ERR_TEMPORARY && fl.job[i].result == NULL,
		    "nobody was told that it is done");
	ok(db_is_up(db), "the connection is good");
	db_close(db);
}

static void
test_lost(void)
{
	static const struct {
		enum fake_act act;
		const char *what;
		bool late;
	} rows[] = {
		{ FAKE_CUT, "closed between sending and answer", false },
		{ FAKE_CUT_AT_COMMIT, "closed before the commit's word",
		    false },
		{ FAKE_END_SESSION, "the server shuts down", false },
		{ FAKE_END_AT_COMMIT, "it shuts down at the commit", false },
		{ FAKE_STALL, "no answer until the deadline", true },
		{ FAKE_STALL_AT_COMMIT, "no commit until it", true },
	};
	struct flight fl;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct db *db = open_prepared();
		int64_t begun = clock_mono_ms();

		fake_postgres_rule(server, rows[i].act, "l1", "57P01", 1);
		is_int(fly(db, &fl, "l1 l2",
			   rows[i].late ? begun + 100 : IN_TIME),
		    ERR_UNCERTAIN, rows[i].what);
		ok(!db_is_up(db), "the connection is closed");
		ok(fl.job[0].result == NULL && fl.job[1].result == NULL,
		    "nobody has a result");
		ok(!rows[i].late || clock_mono_ms() >= begun + 100,
		    "not before the deadline");
		db_close(db);
		ok(fake_postgres_spent(server), "it was asked");
	}
}

static void
test_states(void)
{
	static const struct {
		const char *state;
		enum err_code code;
	} rows[] = {
		{ "40P01", ERR_TEMPORARY },
		{ "40001", ERR_TEMPORARY },
		{ "57014", ERR_TEMPORARY },
		{ "53300", ERR_TEMPORARY },
		{ "53100", ERR_TEMPORARY },
		{ "55P03", ERR_TEMPORARY },
		{ "25006", ERR_TEMPORARY },
		{ "25001", ERR_TEMPORARY },
		{ "23505", ERR_CONFLICT },
		{ "23503", ERR_CONFLICT },
		{ "22P02", ERR_INPUT },
		{ "22021", ERR_INPUT },
		{ "42501", ERR_DENIED },
		{ "42883", ERR_BUG },
		{ "P0001", ERR_BUG },
		{ "XX000", ERR_BUG },
	};
	struct db *db = open_prepared();
	struct flight fl;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		fake_postgres_rule(server, FAKE_FAIL, "s", rows[i].state, 1);
		ok(fly(db, &fl, "s", IN_TIME) == ERR_CONFLICT &&
			fl.job[0].code == rows[i].code,
		    "%s is %s", rows[i].state, err_name(rows[i].code));
	}
	fake_postgres_rule(server, FAKE_COLUMNS, "find_answer", "more", 1);
	ok(fly(db, &fl, "x", IN_TIME) == ERR_CONFLICT &&
		fl.job[0].code == ERR_BUG &&
		strstr(fl.job[0].err.text, "columns") != NULL,
	    "another number of columns is a bug");
	fake_postgres_rule(server, FAKE_COLUMNS, "find_answer", "swap", 1);
	ok(fly(db, &fl, "x", IN_TIME) == ERR_CONFLICT &&
		fl.job[0].code == ERR_BUG &&
		strstr(fl.job[0].err.text, "is answer") != NULL,
	    "so are two that changed places");
	db_close(db);
}

/* Each kind of value, at the place of its name. */
static const struct {
	struct statement_record_event given;
	const char *sent;
} samples[] = {
	{ { .id = { "id", 2 },
	      .provider = { "", 0 },
	      .verdict = { "v", 1 },
	      .body_bytes = { INT64_MIN, true },
	      .body = { "\0\xff", 2 } },
	    "id||~|~|~|v|~|~|~|-9223372036854775808|\\x00ff|~" },
	/* Written in another order, and sent in the same. */
	{ { .body_bytes = { 0, true },
	      .reason = { "r", 1 },
	      .body_sha256 = { "", 0 },
	      .verdict = { "v", 1 },
	      .provider = { "p", 1 },
	      .id = { "id", 2 } },
	    "id|p|~|~|~|v|r|~|\\x|0|~|~" },
};

static enum err_code
run(struct db *db, const struct db_values *v, const struct db_result **r_r,
    struct err *e)
{
	return (db_run(db, arena, v, IN_TIME, r_r, e));
}

static void
test_values(void)
{
	const char *const columns[] = { "42" };
	const struct db_result *r = NULL;
	struct db *db = open_db();
	struct db_values v;
	struct err e = { 0 };

	fake_postgres_answer(server, STATEMENT_RECORD_EVENT, 2, columns);
	for (size_t i = 0; i < sizeof(samples) / sizeof(samples[0]); i++) {
		statement_record_event(&v, arena, &samples[i].given);
		is_int(run(db, &v, &r, &e), ERR_OK, "a statement by itself");
		is_str(str_of(fake_postgres_params(server,
			   STATEMENT_RECORD_EVENT)),
		    samples[i].sent, "each value at its place");
	}
	is_int((int64_t)db_rows(r), 2, "rows");
	is_int(db_int(r, 1, RECORD_EVENT_ID), 42, "a number");
	is_str(db_str(r, 1, RECORD_EVENT_ID), "42", "its text");
	is_int((int64_t)db_column(r, "id"), RECORD_EVENT_ID, "by its name");
	ok(!db_bool(r, 0, RECORD_EVENT_ID), "no truth");
	for (int yes = 0; yes < 2; yes++) {
		statement_verification_compared(&v, arena,
		    &(struct statement_verification_compared){ .id =
								   STR("truth"),
			.correct = DB_TRUTH(yes) });
		is_int(run(db, &v, &r, &e), ERR_OK, "a truth");
		is_str(str_of(fake_postgres_params(server,
			   STATEMENT_VERIFICATION_COMPARED)),
		    yes ? "truth|t" : "truth|f", "as it was given");
	}
	statement_find_answer(&v, arena,
	    &(struct statement_find_answer){ .call_sid = STR("a\0b") });
	is_int(run(db, &v, &r, &e), ERR_INPUT, "a NUL byte is not sent");
	statement_find_answer(&v, arena,
	    &(struct statement_find_answer){ .call_sid = STR("alone") });
	fake_postgres_rule(server, FAKE_FAIL, "alone", "23505", 1);
	is_int(run(db, &v, &r, &e), ERR_CONFLICT, "it fails");
	is_int(run(db, &v, &r, &e), ERR_OK, "and the next does not");
	ok(db_str(r, 0, FIND_ANSWER_ANSWER).p == NULL &&
		db_int(r, 0, FIND_ANSWER_AGE_MS) == 0 &&
		!db_bool(r, 0, FIND_ANSWER_AGE_MS),
	    "nulls are none, 0, false");
	fake_postgres_rule(server, FAKE_CUT, "alone", NULL, 1);
	is_int(run(db, &v, &r, &e), ERR_UNCERTAIN, "lost");
	is_int(run(db, &v, &r, &e), ERR_TEMPORARY, "not connected any more");
	db_close(db);
}

/* What a caller forgot, or called by a name that is not there. */
static void
test_missing(void)
{
	struct db_values v;
	struct err e = { 0 };

	statement_apply_status(&v, arena,
	    &(struct statement_apply_status){ .call_sid = STR("c"),
		.sender = STR("s"),
		.status = STR("completed") });
	is_int(db_values_check(&v, &e), ERR_OK, "a duration may be null");
	statement_apply_status(&v, arena,
	    &(struct statement_apply_status){ .call_sid = STR("c"),
		.status = STR("completed") });
	is_int(db_values_check(&v, &e), ERR_BUG, "a sender may not");
	ok(strstr(e.text, "apply_status: sender is missing") != NULL,
	    "it is named: %s", e.text);
	statement_verification_compared(&v, arena,
	    &(struct statement_verification_compared){ .id = STR("i") });
	is_int(db_values_check(&v, &e), ERR_BUG, "no truth is not false");
	statement_intake_check(&v, arena,
	    &(struct statement_intake_check){ { 0 } });
	is_int(db_values_check(&v, &e), ERR_BUG, "no number is not 0");
	db_values_init(&v, arena, STATEMENT_TENANT_HOURS_GET);
	is_int(db_values_check(&v, &e), ERR_BUG, "nothing was given");
	db_give(&v, "id", STR("i"));
	is_int(db_values_check(&v, &e), ERR_OK, "given by its name");
	db_give(&v, "body", STR("{}"));
	is_int(db_values_check(&v, &e), ERR_BUG, "a name that is not there");
	db_values_init(&v, arena, STATEMENT_TENANT_CHECK);
	db_give_number(&v, "schema_version", 7);
	is_int(db_values_check(&v, &e), ERR_OK, "a number by its name");
	db_give(&v, "schema_version", STR("7"));
	is_int(db_values_check(&v, &e), ERR_BUG, "which is no text");
}

int
main(void)
{
	if ((arena = arena_new(4 << 20)) == NULL)
		return (1);
	server = fake_postgres_start();
	test_open();
	test_prepare();
	test_misfit();
	test_prepare_lost();
	test_flight();
	test_guilty();
	test_commit_fails();
	test_lost();
	test_states();
	test_values();
	test_missing();
	arena_free(arena);
	fake_postgres_stop(server);
	return (done());
}
