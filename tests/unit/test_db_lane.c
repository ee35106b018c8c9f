/*
 * db_lane: who shares a flight, who is answered what when one of it fails,
 * when the line breaks, when time runs out.
 */
#include "config.h"

#include <pthread.h>

#include "clock.h"
#include "db_lane.h"
#include "fake_postgres.h"
#include "log.h"
#include "tap.h"

#define LONG_MS 30000
#define ASKERS_MAX 16

static struct fake_postgres *server;
static struct db_lanes *lanes;

/* A request thread that asks one question. */
struct asker {
	pthread_t thread;
	const char *key;
	char value[64];
	int64_t wait_ms;
	size_t padding;		/* to make its value a large one */
	enum err_code code;
	char got[64];
	struct err e;
};

static enum err_code
ask(struct asker *k)
{
	struct arena *a = arena_new(1 << 20);
	const struct db_result *r;
	struct db_values v;
	struct buf b;
	struct str value, got;

	buf_init(&b, a);
	buf_adds(&b, k->value);
	for (size_t i = 0; i < k->padding; i++)
		buf_addc(&b, '.');
	if (buf_done(&b, &value, &k->e) != ERR_OK)
		return (ERR_BUG);
	db_values_init(&v, a);
	db_bind_str(&v, value);
	k->code = db_lanes_run(lanes, a, str_of(k->key),
	    STATEMENT_FIND_ANSWER, &v, clock_mono_ms() + k->wait_ms, &r,
	    &k->e);
	if (k->code == ERR_OK) {
		got = str_first(db_str(r, 0, 0), sizeof(k->got) - 1);
		memcpy(k->got, got.p, got.n);
	}
	arena_free(a);
	return (k->code);
}

static struct asker
asker_of(const char *key, const char *value, int64_t wait_ms)
{
	struct asker k = { .key = key, .wait_ms = wait_ms };

	(void)snprintf(k.value, sizeof(k.value), "%s", value);
	return (k);
}

static enum err_code
ask_alone(const char *value)
{
	struct asker k = asker_of("key", value, LONG_MS);

	return (ask(&k));
}

static void *
run_asker(void *arg)
{
	struct asker *k = arg;

	(void)ask(k);
	return (NULL);
}

static void
begin(struct asker *k)
{
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

static bool
await_queue(size_t n)
{
	int64_t until = clock_mono_ms() + LONG_MS;

	while (counts().waiting != n) {
		if (clock_mono_ms() > until)
			return (false);
		clock_sleep_ms(1);
	}
	return (true);
}

static void
start(size_t n, bool prepared)
{
	const struct db_lanes_options o = { .lanes = n, .prepared = prepared,
	    .url = fake_postgres_url(server), .role = STATEMENT_INTAKE };
	struct err e = { 0 };

	server = server == NULL ? fake_postgres_start() : server;
	if (db_lanes_start(&(struct db_lanes_options){ .lanes = o.lanes,
	    .prepared = o.prepared, .role = o.role,
	    .url = fake_postgres_url(server) }, &lanes, &e) != ERR_OK)
		ok(false, "lanes: %s", e.text);
}
