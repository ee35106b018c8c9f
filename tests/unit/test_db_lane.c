/*
 * db_lane: who shares a flight, and what each is told when a part of it
 * fails, the line breaks or time runs out.
 */
#include "config.h"

#include "askers.h"
#include "base/log.h"

#define MANY_THREADS 16
#define MANY_TIMES 100

static void
test_share(void)
{
	struct crowd c;

	start(1);
	crowd_begin(&c, "a b c");
	crowd_end(&c);
	for (size_t i = 0; i < c.n; i++)
		is_done(&c.k[i], 1);
	is_int((int64_t)counts().flights, 2, "two flights");
	is_int((int64_t)counts().statements, 4, "four statements");
	is_int((int64_t)counts().singles, 0, "nothing was sent again");
	is_int((int64_t)fake_postgres_largest(server), 3,
	    "who waited flew together");
	ok(fake_postgres_named(server), "by name");
	is_int((int64_t)fake_postgres_logins(server), 1, "one connection");
	stop();
}

static void
test_guilty(void)
{
	struct crowd c;

	start(1);
	fake_postgres_rule(server, FAKE_FAIL, "b", "23505", 2);
	crowd_begin(&c, "a b c");
	crowd_end(&c);
	is_done(&c.k[0], 1);
	is_done(&c.k[2], 1);
	is_int(c.k[1].code, ERR_CONFLICT, "the guilty one alone fails");
	ok(strstr(c.k[1].e.text, "23505") != NULL, "and why: %s",
	    c.k[1].e.text);
	is_int((int64_t)fake_postgres_committed(server, "b"), 0,
	    "nothing of it was committed");
	is_int((int64_t)counts().singles, 3, "each was sent again alone");
	is_int((int64_t)fake_postgres_logins(server), 1,
	    "on the same connection");
	stop();
}

static void
test_deadlock(void)
{
	struct crowd c;

	start(1);
	fake_postgres_rule(server, FAKE_FAIL, "b", "40P01", 1);
	crowd_begin(&c, "a b c");
	crowd_end(&c);
	for (size_t i = 0; i < c.n; i++)
		is_done(&c.k[i], 1);
	is_int((int64_t)counts().singles, 3, "sent again singly");
	fake_postgres_rule(server, FAKE_FAIL, "d", "40P01", 1);
	is_int(ask_once("d", LONG_MS, NULL), ERR_OK,
	    "a deadlock of a lone one is sent again");
	fake_postgres_rule(server, FAKE_FAIL, "e", "40P01", 1000);
	is_int(ask_once("e", LONG_MS, NULL), ERR_TEMPORARY, "but not for ever");
	ok(fake_postgres_came(server, "e") < 10, "a few times");
	is_int((int64_t)fake_postgres_committed(server, "e"), 0,
	    "nothing was done");
	stop();
}

static void
test_commit_fails(void)
{
	struct crowd c;

	start(1);
	fake_postgres_rule(server, FAKE_FAIL_COMMIT, "b", "40001", 2);
	crowd_begin(&c, "a b c");
	crowd_end(&c);
	for (size_t i = 0; i < c.n; i++)
		is_done(&c.k[i], 1);
	fake_postgres_rule(server, FAKE_FAIL_COMMIT, "d", "23503", 1000);
	is_int(ask_once("d", LONG_MS, NULL), ERR_TEMPORARY,
	    "a commit that never succeeds");
	is_int((int64_t)fake_postgres_committed(server, "d"), 0,
	    "nothing was done");
	is_int((int64_t)fake_postgres_logins(server), 1,
	    "on the same connection");
	stop();
}

static const struct {
	enum fake_act act;
	const char *what;
	size_t committed; /* of what was lost once and sent again */
} losses[] = {
	{ FAKE_CUT, "lost between sending and result", 1 },
	{ FAKE_END_SESSION, "the server shuts down", 1 },
	{ FAKE_CUT_AT_COMMIT, "the commit's word is lost", 2 },
	{ FAKE_END_AT_COMMIT, "it shuts down at the commit", 2 },
};

static void
test_lost_once(void)
{
	struct crowd c;

	for (size_t i = 0; i < sizeof(losses) / sizeof(losses[0]); i++) {
		start(1);
		fake_postgres_rule(server, losses[i].act, "a", "57P01", 1);
		crowd_begin(&c, "a b");
		crowd_end(&c);
		printf("# %s\n", losses[i].what);
		is_done(&c.k[0], losses[i].committed);
		is_done(&c.k[1], losses[i].committed);
		is_int((int64_t)fake_postgres_came(server, "a"), 2,
		    "sent twice");
		is_int((int64_t)fake_postgres_came(server, "b"), 2, "likewise");
		is_int((int64_t)counts().reconnects, 2, "connected again");
		stop();
	}
}

static void
test_lost_twice(void)
{
	struct crowd c;

	for (size_t i = 0; i < sizeof(losses) / sizeof(losses[0]); i++) {
		start(1);
		fake_postgres_rule(server, losses[i].act, "a", "57P01", 1000);
		crowd_begin(&c, "a b");
		crowd_end(&c);
		printf("# %s, again\n", losses[i].what);
		is_int(c.k[0].code, ERR_UNCERTAIN, "it may have been done");
		is_int((int64_t)fake_postgres_came(server, "a"), 2,
		    "never a third time");
		is_done(&c.k[1], losses[i].committed);
		is_int(ask_once("alone", LONG_MS, NULL), ERR_OK,
		    "the next is served");
		is_int(ask_once("a", LONG_MS, NULL), ERR_UNCERTAIN,
		    "one alone is uncertain too");
		is_int((int64_t)fake_postgres_came(server, "a"), 4,
		    "after two times");
		stop();
	}
}

/* The first sending may have been committed: that is not taken back. */
static void
test_lost_then_refused(void)
{
	struct asker k = { 0 };

	start(1);
	fake_postgres_rule(server, FAKE_HOLD, "a", NULL, 2);
	fake_postgres_rule(server, FAKE_CUT_AT_COMMIT, "a", NULL, 1);
	begin(&k, "a", LONG_MS);
	(void)fake_postgres_await(server, "a", 1);
	fake_postgres_release(server);
	(void)fake_postgres_await(server, "a", 2);
	fake_postgres_rule(server, FAKE_FAIL, "a", "55P03", 1000);
	fake_postgres_release(server);
	end(&k);
	is_int(k.code, ERR_UNCERTAIN, "lost, then locked out: uncertain");
	is_int((int64_t)fake_postgres_committed(server, "a"), 1, "it was done");
	stop();
}

/* Flown alone for another's sake, lost on the way, and sent once more. */
static void
test_refused_then_lost(void)
{
	struct crowd c;

	start(1);
	fake_postgres_rule(server, FAKE_HOLD, "a", NULL, 2);
	fake_postgres_rule(server, FAKE_FAIL, "b", "23505", 2);
	crowd_begin(&c, "a b");
	fake_postgres_release(server);
	(void)fake_postgres_await(server, "a", 1);
	fake_postgres_release(server);
	(void)fake_postgres_await(server, "a", 2);
	fake_postgres_rule(server, FAKE_CUT, "a", NULL, 1);
	crowd_end(&c);
	is_done(&c.k[0], 1);
	is_int((int64_t)fake_postgres_came(server, "a"), 3,
	    "with the other, alone, and again");
	is_int(c.k[1].code, ERR_CONFLICT, "the other is refused");
	stop();
}

static void
test_lost_idle(void)
{
	start(1);
	fake_postgres_rule(server, FAKE_CLOSE, "a", NULL, 1);
	is_int(ask_once("a", LONG_MS, NULL), ERR_OK, "answered, then closed");
	is_int(ask_once("b", LONG_MS, NULL), ERR_OK,
	    "lost before sending: sent on a new connection");
	is_int((int64_t)fake_postgres_came(server, "b"), 1, "once");
	is_int((int64_t)counts().reconnects, 2, "connected again");
	stop();
}

static void
test_stalled(void)
{
	static const enum fake_act acts[] = { FAKE_STALL,
		FAKE_STALL_AT_COMMIT };
	int64_t begun;

	for (size_t i = 0; i < sizeof(acts) / sizeof(acts[0]); i++) {
		start(1);
		is_int(ask_once("warm", LONG_MS, NULL), ERR_OK, "connected");
		fake_postgres_rule(server, acts[i], "a", NULL, 1000);
		is_int(ask_until_sent("a", 1000, &begun), ERR_UNCERTAIN,
		    "sent, and no answer until the deadline");
		ok(clock_mono_ms() >= begun + 1000, "not before it");
		(void)fake_postgres_await(server, "a", 1);
		is_int((int64_t)fake_postgres_came(server, "a"), 1,
		    "there was no time for a second");
		is_int(ask_once("b", LONG_MS, NULL), ERR_OK,
		    "the next is served");
		stop();
	}
}

static void
test_withdrawn(void)
{
	struct asker first = { 0 }, n1 = { 0 }, n2 = { 0 }, n3 = { 0 };
	struct err e;

	start(1);
	fake_postgres_rule(server, FAKE_HOLD, "first", NULL, 1);
	begin(&first, "first", LONG_MS);
	(void)fake_postgres_await(server, "first", 1);
	is_int(ask_once("late0", 50, &e), ERR_TEMPORARY, "alone in the queue");
	ok(strstr(e.text, "find_answer") != NULL, "told: %s", e.text);
	begin(&n1, "n1", LONG_MS);
	await_queue(1);
	is_int(ask_once("late1", 50, NULL), ERR_TEMPORARY, "the last in it");
	begin(&n2, "n2", 1000);
	/* When this thread is late, it was there and has left already. */
	WAIT_UNTIL(counts().waiting == 2 || atomic_load(&n2.ended));
	begin(&n3, "n3", LONG_MS);
	end(&n2);
	is_int(n2.code, ERR_TEMPORARY, "in the middle of it");
	await_queue(2);
	fake_postgres_release(server);
	end(&first);
	end(&n1);
	end(&n3);
	is_str(str_of(fake_postgres_order(server)), "first n1 n3",
	    "who was withdrawn never came");
	is_int((int64_t)(fake_postgres_came(server, "late0") +
		   fake_postgres_came(server, "late1") +
		   fake_postgres_came(server, "n2")),
	    0, "not even tried");
	ok(first.code == ERR_OK && n1.code == ERR_OK && n3.code == ERR_OK,
	    "the others were served");
	stop();
}

static void
test_order(void)
{
	struct crowd c;

	start(4);
	crowd_begin(&c, "a b c d e f");
	crowd_end(&c);
	is_str(str_of(fake_postgres_order(server)), "first a b c d e f",
	    "jobs of one key keep their order");
	stop();
}

/* A flight that the server holds holds up nobody but its own key. */
static void
test_stale(void)
{
	static const char *const keys[CROWD_MAX] = { "1", "2", "3", "4", "5",
		"6", "7", "8" };
	struct asker first = { 0 }, same = { 0 }, k[CROWD_MAX];
	size_t i;

	memset(k, 0, sizeof(k));
	start(2);
	fake_postgres_rule(server, FAKE_HOLD, "first", NULL, 1);
	begin(&first, "first", LONG_MS);
	(void)fake_postgres_await(server, "first", 1);
	begin(&same, "same", LONG_MS);
	for (i = 0; i < CROWD_MAX; i++) {
		k[i].key = keys[i];
		begin(&k[i], keys[i], LONG_MS);
	}
	for (i = 0; i < CROWD_MAX; i++) {
		end(&k[i]);
		is_done(&k[i], 1);
	}
	is_int((int64_t)fake_postgres_came(server, "same"), 0,
	    "one of the same key waits");
	fake_postgres_release(server);
	end(&first);
	end(&same);
	is_done(&same, 1);
	stop();
}

/* Where one lane cannot connect the other serves, and nobody is refused. */
static void
test_one_away(void)
{
	struct asker first = { 0 }, next = { .key = "other" };

	start(2);
	fake_postgres_rule(server, FAKE_HOLD, "first", NULL, 1);
	begin(&first, "first", LONG_MS);
	(void)fake_postgres_await(server, "first", 1);
	fake_postgres_rule(server, FAKE_REFUSE_LOGIN, "too many", "53300", 2);
	begin(&next, "next", LONG_MS);
	WAIT_UNTIL(counts().away > 0);
	is_int((int64_t)counts().away, 1, "one lane is refused");
	is_int((int64_t)counts().waiting, 1, "what it was to send waits");
	fake_postgres_release(server);
	end(&first);
	end(&next);
	is_int(first.code, ERR_OK, "the first is done");
	is_int(next.code, ERR_OK, "and the other, too");
	WAIT_UNTIL(counts().away == 0);
	is_int((int64_t)counts().away, 0,
	    "the lane comes back though nobody calls it");
	stop();
}

static void
test_large(void)
{
	struct asker large = { .key = "key",
		.value = "large",
		.padding = DB_LANE_LARGE_BYTES,
		.wait_ms = LONG_MS };
	struct crowd c;

	start(1);
	crowd_begin(&c, "small");
	is_int(ask(&large), ERR_OK, "a large one does not wait for the small");
	is_int((int64_t)counts().waiting, 1, "which wait still");
	crowd_end(&c);
	is_done(&c.k[0], 1);
	stop();
}

static void *
run_many(void *arg)
{
	struct asker *k = arg;
	char key[16];
	int wrong = 0;

	for (int i = 0; i < MANY_TIMES; i++) {
		struct asker one = { .wait_ms = LONG_MS, .key = key };

		(void)snprintf(key, sizeof(key), "key%d", i % 7);
		(void)snprintf(one.value, sizeof(one.value), "%.8s-%d",
		    k->value, i);
		wrong += ask(&one) != ERR_OK || strcmp(one.got, one.value) != 0;
	}
	k->code = wrong == 0 ? ERR_OK : ERR_BUG;
	return (NULL);
}

static void
test_many(void)
{
	struct asker k[MANY_THREADS];
	size_t i;

	memset(k, 0, sizeof(k));
	start(4);
	for (i = 0; i < MANY_THREADS; i++) {
		(void)snprintf(k[i].value, sizeof(k[i].value), "t%zu", i);
		if (pthread_create(&k[i].thread, NULL, run_many, &k[i]) != 0)
			ok(false, "a thread");
	}
	for (i = 0; i < MANY_THREADS; i++) {
		end(&k[i]);
		is_int(k[i].code, ERR_OK, "a thread got all its own results");
	}
	is_int((int64_t)fake_postgres_committed(server, NULL),
	    MANY_THREADS * MANY_TIMES, "all are committed once");
	is_int((int64_t)counts().statements, MANY_THREADS * MANY_TIMES,
	    "and counted");
	ok(fake_postgres_logins(server) <= 4, "over four connections");
	stop();
}

static void
test_stop(void)
{
	struct crowd c;

	start(4);
	is_int((int64_t)fake_postgres_logins(server), 0,
	    "lanes that nobody used never connect");
	stop();
	start(4);
	db_lanes_stop(NULL);
	crowd_begin(&c, "a b");
	crowd_end(&c);
	db_lanes_stop(lanes);
	is_str(str_of(fake_postgres_order(server)), "first a b",
	    "what was queued is done before a stop");
	fake_postgres_stop(server);
}

static void
test_away(void)
{
	int64_t until = clock_mono_ms() + LONG_MS;
	struct asker k = { 0 };
	enum err_code code;

	start(1);
	fake_postgres_rule(server, FAKE_HOLD, "a", NULL, 1);
	begin(&k, "a", LONG_MS);
	(void)fake_postgres_await(server, "a", 1);
	fake_postgres_leave(server);
	end(&k);
	is_int(k.code, ERR_UNCERTAIN, "gone in the middle of a flight");
	is_int(ask_once("b", LONG_MS, NULL), ERR_TEMPORARY, "away");
	ok(clock_mono_ms() < until, "which is told at once");
	fake_postgres_return(server);
	WAIT_UNTIL((code = ask_once("c", LONG_MS, NULL)) != ERR_TEMPORARY);
	is_int(code, ERR_OK, "back, without anybody's help");
	is_int((int64_t)fake_postgres_came(server, "b"), 0,
	    "what was refused is not sent later");
	is_int((int64_t)counts().reconnects, 2, "connected twice");
	stop();
}

static void
test_refused(void)
{
	struct err e;

	start_lanes("host=/nowhere user=u dbname=d password=hidden", 1, true);
	is_int(ask_once("a", LONG_MS, &e), ERR_TEMPORARY, "never there");
	ok(strstr(e.text, "hidden") == NULL, "the password is not told");
	db_lanes_stop(lanes);
	start(1);
	fake_postgres_rule(server, FAKE_COLUMNS, "find_answer", "more", 1);
	is_int(ask_once("a", LONG_MS, &e), ERR_TEMPORARY,
	    "a schema that does not fit");
	ok(strstr(e.text, "find_answer") != NULL, "is named: %s", e.text);
	stop();
	start(1);
	fake_postgres_rule(server, FAKE_REFUSE_LOGIN,
	    "role \"u\" does not exist", "28000", 1);
	is_int(ask_once("a", LONG_MS, NULL), ERR_TEMPORARY,
	    "a login that is refused may be granted in a minute");
	is_int((int64_t)fake_postgres_came(server, "a"), 0, "nothing was sent");
	stop();
}

/* A database that cannot keep the promise is not used. */
static void
test_self_check(void)
{
	const char *const complaint[] = { "policies", "not forced", "force" };
	struct db_lanes_options o = { .lanes = 1,
		.prepared = true,
		.role = STATEMENT_INTAKE,
		.self_check = true };
	struct err e = { 0 };

	server = fake_postgres_start();
	o.url = fake_postgres_url(server);
	fake_postgres_answer(server, STATEMENT_INTAKE_CHECK, 1, complaint);
	is_int(db_lanes_start(&o, &lanes, &e), ERR_OK, "started");
	is_int(ask_once("a", LONG_MS, &e), ERR_TEMPORARY, "refused to use it");
	ok(strstr(e.text, "not forced") != NULL, "and why: %s", e.text);
	is_int((int64_t)fake_postgres_came(server, "a"), 0, "nothing was sent");
	db_lanes_stop(lanes);
	fake_postgres_answer(server, STATEMENT_INTAKE_CHECK, 0, NULL);
	is_int(db_lanes_start(&o, &lanes, &e), ERR_OK, "mended");
	is_int(ask_once("a", LONG_MS, &e), ERR_OK, "used");
	stop();
}

static void
test_unprepared(void)
{
	struct db_values v = { .statement = STATEMENT_FIND_ANSWER,
		.failed = ERR_INPUT };
	const struct db_result *r = NULL;
	struct crowd c;
	struct err e;

	server = fake_postgres_start();
	start_lanes(fake_postgres_url(server), 1, false);
	crowd_begin(&c, "a b");
	crowd_end(&c);
	is_done(&c.k[0], 1);
	is_done(&c.k[1], 1);
	ok(!fake_postgres_named(server), "without names, for a pooler");
	is_int(db_lanes_run(lanes, NULL, STR("key"), &v,
		   clock_mono_ms() + LONG_MS, &r, &e),
	    ERR_INPUT, "a value that could not be bound is not sent");
	stop();
}

int
main(void)
{
	if (log_open("file:/dev/null", NULL) != ERR_OK)
		return (1);
	test_share();
	test_guilty();
	test_deadlock();
	test_commit_fails();
	test_lost_once();
	test_lost_twice();
	test_lost_then_refused();
	test_refused_then_lost();
	test_lost_idle();
	test_stalled();
	test_withdrawn();
	test_order();
	test_stale();
	test_one_away();
	test_large();
	test_many();
	test_stop();
	test_away();
	test_refused();
	test_self_check();
	test_unprepared();
	log_close();
	return (done());
}
