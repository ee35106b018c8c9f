/*
 * Request threads that ask the lanes, over a database that does what it is
 * told; for tests of db_lane.
 */
#ifndef CALLWARD_ASKERS_H
#define CALLWARD_ASKERS_H

#include <pthread.h>
#include <stdatomic.h>

#include "base/clock.h"
#include "io/db_lane.h"
#include "fake_postgres.h"
#include "tap.h"

#define LONG_MS 30000
#define CROWD_MAX 8

static struct fake_postgres *server;
static struct db_lanes *lanes;

/* A request thread that asks one question. */
struct asker {
	pthread_t thread;
	const char *key;
	char value[32];
	size_t padding; /* to make it a large one */
	int64_t wait_ms;
	enum err_code code;
	char got[32];
	struct err e;
	atomic_bool ended;
};

static enum err_code
ask(struct asker *k)
{
	struct arena *a = arena_new(1 << 20);
	const struct db_result *r;
	struct db_values v;
	struct str value;
	struct buf b;

	buf_init(&b, a);
	buf_adds(&b, k->value);
	for (size_t i = 0; i < k->padding; i++)
		buf_addc(&b, '.');
	if (buf_done(&b, &value, &k->e) != ERR_OK)
		return (k->code = ERR_BUG);
	statement_find_answer(&v, a,
	    &(struct statement_find_answer){ .call_sid = value });
	k->code = db_lanes_run(lanes, a, str_of(k->key), &v,
	    clock_mono_ms() + k->wait_ms, &r, &k->e);
	if (k->code == ERR_OK)
		(void)snprintf(k->got, sizeof(k->got), "%s",
		    db_str(r, 0, FIND_ANSWER_STATE).p);
	arena_free(a);
	return (k->code);
}

static enum err_code
ask_once(const char *value, int64_t wait_ms, struct err *e)
{
	struct asker k = { .key = "key", .wait_ms = wait_ms };

	(void)snprintf(k.value, sizeof(k.value), "%s", value);
	(void)ask(&k);
	if (e != NULL)
		*e = k.e;
	return (k.code);
}

/*
 * Asked until it was sent: a machine that is slow may let the time pass while
 * it is in the queue still. begun_r: of the last one.
 */
static enum err_code
ask_until_sent(const char *value, int64_t wait_ms, int64_t *begun_r)
{
	int64_t until = clock_mono_ms() + LONG_MS;
	enum err_code code;

	do {
		*begun_r = clock_mono_ms();
		code = ask_once(value, wait_ms, NULL);
	} while (code == ERR_TEMPORARY &&
	    fake_postgres_came(server, value) == 0 && *begun_r < until);
	return (code);
}

static void *
run_asker(void *arg)
{
	struct asker *k = arg;

	(void)ask(k);
	atomic_store(&k->ended, true);
	return (NULL);
}

static void
begin(struct asker *k, const char *value, int64_t wait_ms)
{
	if (k->key == NULL)
		k->key = "key";
	k->wait_ms = wait_ms;
	(void)snprintf(k->value, sizeof(k->value), "%s", value);
	if (pthread_create(&k->thread, NULL, run_asker, k) != 0)
		ok(false, "a thread");
}

static void
end(struct asker *k)
{
	(void)pthread_join(k->thread, NULL);
}

static struct db_lanes_counts
counts(void)
{
	struct db_lanes_counts c;

	db_lanes_count(lanes, &c);
	return (c);
}

static void
await_queue(size_t n)
{
	WAIT_UNTIL(counts().waiting == n);
	if (counts().waiting != n)
		ok(false, "%zu are waiting", n);
}

static void
start_lanes(const char *url, size_t n, bool prepared)
{
	const struct db_lanes_options o = { .url = url,
		.lanes = n,
		.prepared = prepared,
		.role = STATEMENT_INTAKE };
	struct err e = { 0 };

	if (db_lanes_start(&o, &lanes, &e) != ERR_OK)
		ok(false, "lanes: %s", e.text);
}

static void
start(size_t n)
{
	server = fake_postgres_start();
	start_lanes(fake_postgres_url(server), n, true);
}

static void
stop(void)
{
	db_lanes_stop(lanes);
	fake_postgres_stop(server);
}

/*
 * Some who share one flight: they queue up, one after the other, behind a
 * first one that the server holds.
 */
struct crowd {
	struct asker first, k[CROWD_MAX];
	size_t n;
};

static void
crowd_begin(struct crowd *c, const char *names)
{
	struct str rest = str_of(names);
	char name[32];

	memset(c, 0, sizeof(*c));
	fake_postgres_rule(server, FAKE_HOLD, "first", NULL, 1);
	begin(&c->first, "first", LONG_MS);
	(void)fake_postgres_await(server, "first", 1);
	while (rest.p != NULL && c->n < CROWD_MAX) {
		struct str one = str_cut(&rest, ' ');

		(void)snprintf(name, sizeof(name), "%.*s", (int)one.n, one.p);
		begin(&c->k[c->n++], name, LONG_MS);
		await_queue(c->n);
	}
}

static void
crowd_end(struct crowd *c)
{
	fake_postgres_release(server);
	end(&c->first);
	for (size_t i = 0; i < c->n; i++)
		end(&c->k[i]);
	is_int(c->first.code, ERR_OK, "the first is done");
}

/* Done, with its own result, and committed so often. */
static void
is_done(const struct asker *k, size_t committed)
{
	ok(k->code == ERR_OK && strcmp(k->got, k->value) == 0,
	    "%s has its own result", k->value);
	is_int((int64_t)fake_postgres_committed(server, k->value),
	    (int64_t)committed, "committed");
}

#endif
