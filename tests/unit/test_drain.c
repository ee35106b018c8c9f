/*
 * drain: each record once, oldest first; what the database refuses is tried
 * again and parked, what does not open stays, and nothing holds another up.
 */
#include "config.h"

#include <pthread.h>
#include <stdatomic.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "fake_postgres.h"
#include "tap.h"
#include "tenancy/drain.h"
#include "tenancy/rest.h"

#define KEY1 "k1:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
#define KEY2 "k2:HxAREhMUFRYXGBkaGxwdHh8AAQIDBAUGBwgJCgsMDQ4="

static char base[64];
static struct keyring keys, others;
static struct spool *spool;
static struct arena *arena;
static struct fake_postgres *server;
static struct db_lanes *lanes;

/* What the database of this test does, and what it has seen. */
static atomic_bool is_away;
static atomic_int filed, tries, at_once, at_once_most;
static atomic_int told[DRAIN_EVENTS];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static char order[2000];
static atomic_int_fast64_t received_ms;

/* The folder of this test, out of which nothing can be taken for a while. */
static atomic_bool is_read_only;
enum err_code __real_spool_remove(struct spool *, const struct spool_name *,
    struct err *);
enum err_code __wrap_spool_remove(struct spool *, const struct spool_name *,
    struct err *);

enum err_code
__wrap_spool_remove(struct spool *s, const struct spool_name *name,
    struct err *e)
{
	if (atomic_load(&is_read_only))
		return (err_set(e, ERR_TEMPORARY, "read-only"));
	return (__real_spool_remove(s, name, e));
}

/* A folder that cannot be read for a while. */
static atomic_bool is_unreadable;
enum err_code __real_spool_read(struct spool *, struct arena *,
    const struct spool_name *, size_t, struct str *, struct err *);
enum err_code __wrap_spool_read(struct spool *, struct arena *,
    const struct spool_name *, size_t, struct str *, struct err *);

enum err_code
__wrap_spool_read(struct spool *s, struct arena *a,
    const struct spool_name *name, size_t most, struct str *bytes_r,
    struct err *e)
{
	if (atomic_load(&is_unreadable))
		return (err_set(e, ERR_TEMPORARY, "too many files are open"));
	return (__real_spool_read(s, a, name, most, bytes_r, e));
}

/* For so many arenas there is memory; negative: for all. */
static atomic_int arenas = -1;
struct arena *__real_arena_new(size_t);
struct arena *__wrap_arena_new(size_t);

struct arena *
__wrap_arena_new(size_t limit)
{
	if (atomic_load(&arenas) == 0)
		return (NULL);
	if (atomic_load(&arenas) > 0)
		atomic_fetch_sub(&arenas, 1);
	return (__real_arena_new(limit));
}

static void
note(struct str body)
{
	size_t n;

	pthread_mutex_lock(&lock);
	n = strlen(order);
	(void)snprintf(order + n, sizeof(order) - n, "%.*s ", (int)body.n,
	    body.p);
	pthread_mutex_unlock(&lock);
}

/* The body says what becomes of it. */
static enum err_code
file(struct arena *a, const struct drain_job *job, struct drain_filed *out,
    struct err *e)
{
	int n = atomic_fetch_add(&at_once, 1) + 1;
	enum err_code code = ERR_OK;

	(void)a;
	if (n > atomic_load(&at_once_most))
		atomic_store(&at_once_most, n);
	atomic_fetch_add(&tries, 1);
	if (atomic_load(&is_away) || str_is(job->body, "never")) {
		code = err_set(e, ERR_TEMPORARY, "away");
	} else if (str_is(job->body, "uncertain")) {
		code = err_set(e, ERR_UNCERTAIN, "no answer");
	} else if (str_is(job->body, "broken")) {
		code = err_set(e, ERR_INPUT, "not a form");
	} else if (str_is(job->body, "no right")) {
		code = err_set(e, ERR_DENIED, "no right to execute");
	} else if (str_is(job->body, "refused") ||
	    str_is(job->body, "unknown")) {
		out->verdict = STR("quarantined");
		out->record.provider = "vapi";
		out->record.reason = str_is(job->body, "refused") ?
		    STR("owner_mismatch") :
		    STR("unknown_call");
		out->asked = true;
	} else {
		out->verdict = STR("accepted");
		out->asked = true;
		atomic_store(&received_ms, job->received_ms);
		note(job->body);
		atomic_fetch_add(&filed, 1);
	}
	atomic_fetch_sub(&at_once, 1);
	return (code);
}

static void
tell(void *ctx, enum drain_event event, const struct spool_name *name,
    const struct err *why)
{
	(void)ctx;
	(void)name;
	(void)why;
	atomic_fetch_add(&told[event], 1);
}

static const struct drain_kind kinds[] = { { "kind", file }, { NULL, NULL } };

static struct drain_options
options(void)
{
	return ((struct drain_options){ .spool = spool,
	    .keys = &keys,
	    .lanes = lanes,
	    .kinds = kinds,
	    .workers = 4,
	    .tries = 5,
	    .retry_ms = 1,
	    .unknown_ms = 3600000,
	    .pause_ms = 1,
	    .most_ms = 5000,
	    .tell = tell });
}

static void
put_as(const struct keyring *with, const char *kind, const char *body,
    struct spool_name *name)
{
	struct str sealed;
	struct err e = { .text = "" };

	if (spool_name_new(kind, name, &e) != ERR_OK ||
	    rest_seal(arena, with, REST_SPOOL, str_of(name->text), str_of(body),
		&sealed, &e) != ERR_OK ||
	    spool_put(spool, name, sealed, &e) != ERR_OK)
		ok(false, "put: %s", e.text);
	clock_sleep_ms(2);
}

static struct spool_name
put(const char *body)
{
	struct spool_name name;

	put_as(&keys, "kind", body, &name);
	return (name);
}

static const char *
path_of(const char *name)
{
	static char path[4][200];
	static size_t n;

	n = (n + 1) % 4;
	(void)snprintf(path[n], sizeof(path[n]), "%s/spool/%s", base, name);
	return (path[n]);
}

static size_t
waiting(void)
{
	struct spool_name names[100];
	size_t n = 0;

	if (spool_list(spool, NULL, 100, names, &n, NULL) != ERR_OK)
		ok(false, "listed");
	return (n);
}

static void
forget(void)
{
	order[0] = '\0';
	is_away = false;
	filed = tries = at_once_most = 0;
	for (int i = 0; i < DRAIN_EVENTS; i++)
		told[i] = 0;
}

/* Until it is so; false: not within 20 s. */
static bool
comes(atomic_int *what, int n)
{
	WAIT_UNTIL(atomic_load(what) >= n);
	return (atomic_load(what) >= n);
}

/* Once -------------------------------------------------------------------- */

static void
test_once(void)
{
	struct drain_options o = options();
	int64_t before = clock_wall_ms();
	struct err e;

	forget();
	o.workers = 1;
	(void)put("one");
	(void)put("two");
	(void)put("three");
	is_int(drain_once(&o, &e), ERR_OK, "emptied");
	is_str(str_of(order), "one two three ", "oldest first");
	ok(atomic_load(&received_ms) >= before &&
		atomic_load(&received_ms) <= clock_wall_ms(),
	    "each at the time at which it came");
	is_int((int64_t)waiting(), 0, "nothing is left");
	is_int(told[DRAIN_APPLIED], 3, "told");
	(void)put("refused");
	(void)put("four");
	is_int(drain_once(&o, &e), ERR_OK, "one that is refused");
	is_int((int64_t)waiting(), 1, "is left, and no other");
	is_away = true;
	(void)put("five");
	is_int(drain_once(&o, &e), ERR_TEMPORARY, "the database is away");
	is_str(str_of(e.text), "away", "as it says");
	is_int((int64_t)waiting(), 2, "everything is left");
	is_away = false;
	is_int(drain_once(&o, &e), ERR_OK, "it is back");
	is_int((int64_t)waiting(), 1, "and has the other");
	is_int(told[DRAIN_PARKED], 0, "nothing was parked");
}

/* A record is read under its own name, key and kind, unchanged. */
static void
test_bad(void)
{
	struct drain_options o = options();
	struct spool_name name, wrong;
	struct drain *d;
	struct err e;
	FILE *f;

	forget();
	name = put("renamed");
	is_int(spool_name_new("kind", &wrong, NULL), ERR_OK, "another name");
	is_int(rename(path_of(name.text), path_of(wrong.text)), 0, "renamed");
	name = put("changed");
	if ((f = fopen(path_of(name.text), "r+")) == NULL ||
	    fseek(f, -1, SEEK_END) != 0 || fputc('x', f) == EOF ||
	    fclose(f) != 0)
		ok(false, "changed");
	name = put("cut");
	is_int(truncate(path_of(name.text), 40), 0, "cut");
	put_as(&others, "kind", "other key", &name);
	put_as(&keys, "other-kind", "other kind", &name);
	is_int(mkfifo(path_of("0190163d-8694-739b-aea5-966c26f8ad91.kind"),
		   0600),
	    0, "a FIFO");
	is_int(drain_start(&o, &d, &e), ERR_OK, "started");
	ok(comes(&told[DRAIN_BAD], 6), "each is told");
	(void)put("good");
	ok(comes(&filed, 1), "and holds nobody up");
	for (int i = 0; i < 3; i++) {
		(void)put("good");
		ok(comes(&filed, 2 + i), "later neither");
	}
	drain_stop(d);
	is_int(told[DRAIN_BAD], 6, "told once");
	is_int((int64_t)waiting(), 6, "they stay where they are");
	is_int(tries, 4, "and are not tried");
}

static void
clear(void)
{
	struct spool_name names[100];
	size_t n = 0;

	if (spool_list(spool, NULL, 100, names, &n, NULL) != ERR_OK)
		ok(false, "listed");
	for (size_t i = 0; i < n; i++)
		if (spool_remove(spool, &names[i], NULL) != ERR_OK)
			ok(false, "removed");
}

/* Away, broken, and not now ----------------------------------------------- */

/* What is wrong with one record says nothing of the database. */
static void
test_three(void)
{
	static const struct {
		const char *body;
		enum drain_event event;
		enum err_code code;
	} rows[] = {
		{ "never", DRAIN_AWAY, ERR_TEMPORARY },
		{ "uncertain", DRAIN_AWAY, ERR_TEMPORARY },
		{ "broken", DRAIN_BAD, ERR_OK },
		{ "no right", DRAIN_DEFERRED, ERR_OK },
	};
	struct drain_options o = options();
	struct err e;

	o.workers = 1;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		forget();
		(void)put(rows[i].body);
		is_int(drain_once(&o, &e), rows[i].code, rows[i].body);
		for (int k = 0; k < DRAIN_EVENTS; k++)
			is_int(told[k], k == (int)rows[i].event,
			    "told as it is");
		is_int((int64_t)waiting(), 1, "it stays");
		clear();
	}
	forget();
	is_unreadable = true;
	(void)put("x");
	is_int(drain_once(&o, &e), ERR_OK, "a folder that cannot be read now");
	is_int(told[DRAIN_DEFERRED], 1, "is told");
	is_int(told[DRAIN_AWAY] + told[DRAIN_BAD], 0, "as nothing else");
	is_unreadable = false;
	is_int(drain_once(&o, &e), ERR_OK, "it can");
	is_int(filed, 1, "and nothing is lost");
}

/* Without a restart: an operator has mended what was wrong with the file. */
static void
test_mended(void)
{
	struct drain_options o = options();
	struct spool_name name;
	struct drain *d;
	struct err e;

	forget();
	name = put("mended");
	is_int(chmod(path_of(name.text), 0644), 0, "a file for others, too");
	is_int(drain_start(&o, &d, &e), ERR_OK, "started");
	ok(comes(&told[DRAIN_BAD], 1), "is told");
	is_int(chmod(path_of(name.text), 0600), 0, "mended");
	ok(comes(&filed, 1), "and filed");
	drain_stop(d);
	is_int(told[DRAIN_BAD], 1, "it was told once");
}

/* A worker that has no memory takes nothing. */
static void
test_no_memory(void)
{
	struct drain_options o = options();
	struct err e;

	forget();
	for (int i = 0; i < 3; i++)
		(void)put("x");
	arenas = 1; /* of the thread that goes through the folder */
	is_int(drain_once(&o, &e), ERR_TEMPORARY, "no worker");
	is_str(str_of(e.text), "no thread, or no memory, for the spool",
	    "as it says");
	is_int((int64_t)waiting(), 3, "everything is left");
	arenas = 2;
	is_int(drain_once(&o, &e), ERR_OK, "one of four");
	is_int(filed, 3, "files all");
	o.tries = 1;
	(void)put("refused");
	arenas = 2;
	is_int(drain_once(&o, &e), ERR_OK, "no memory to park one");
	is_int(told[DRAIN_DEFERRED], 1, "is told");
	is_int(told[DRAIN_AWAY] + told[DRAIN_PARKED], 0, "as nothing else");
	arenas = -1;
	is_int(drain_once(&o, &e), ERR_OK, "there is");
	is_int(told[DRAIN_PARKED], 1, "it is parked");
}

/* Tries ------------------------------------------------------------------- */

static void
test_parked(void)
{
	struct drain_options o = options();
	const char *given;
	struct spool_name name;
	struct drain *d;
	struct err e;

	forget();
	name = put("refused");
	is_int(drain_start(&o, &d, &e), ERR_OK, "started");
	ok(comes(&told[DRAIN_PARKED], 1), "parked");
	is_int(tries, 5, "after five tries");
	is_int(told[DRAIN_REFUSED], 4, "told each time");
	is_int((int64_t)waiting(), 0, "and removed");
	given = fake_postgres_params(server, STATEMENT_RECORD_EVENT);
	ok(strncmp(given, name.text, 36) == 0, "under its own id");
	ok(strstr(given, "|quarantined|owner_mismatch|") != NULL,
	    "with its reason");
	ok(strstr(given, "|\\x76312e6b312e") != NULL, "sealed");
	ok(strstr(given, "Z") != NULL, "at the time at which it came");
	drain_stop(d);
}

static void
test_unknown(void)
{
	struct drain_options o = options();
	struct drain *d;
	struct err e;

	forget();
	(void)put("unknown");
	is_int(drain_start(&o, &d, &e), ERR_OK, "started");
	ok(comes(&tries, 8), "a call that nobody knows is tried again");
	drain_stop(d);
	is_int(told[DRAIN_PARKED], 0, "and is not parked");
	is_int((int64_t)waiting(), 1, "it waits");
	o.unknown_ms = 0;
	is_int(drain_start(&o, &d, &e), ERR_OK, "the spool was idle for long");
	ok(comes(&told[DRAIN_PARKED], 1), "then it is parked");
	drain_stop(d);
	is_int((int64_t)waiting(), 0, "and removed");
}

/* Away -------------------------------------------------------------------- */

static void
test_away(void)
{
	struct drain_options o = options();
	struct drain *d;
	struct err e;

	forget();
	is_away = true;
	for (int i = 0; i < 40; i++)
		(void)put("x");
	is_int(drain_start(&o, &d, &e), ERR_OK, "started");
	ok(comes(&told[DRAIN_AWAY], 20), "each in its turn");
	at_once_most = 0;
	ok(comes(&tries, atomic_load(&tries) + 20), "again and again");
	is_int(at_once_most, 1, "one at a time");
	is_int((int64_t)waiting(), 40, "nothing is lost");
	is_away = false;
	ok(comes(&filed, 40), "it is back");
	drain_stop(d);
	is_int(filed, 40, "each once");
	is_int(told[DRAIN_REFUSED] + told[DRAIN_PARKED], 0,
	    "and none of it was a try");
	is_int((int64_t)waiting(), 0, "nothing is left");
}

/* One that never gets through, first of all. */
static void
test_never(void)
{
	struct drain_options o = options();
	struct drain *d;
	struct err e;

	forget();
	(void)put("never");
	for (int i = 0; i < 30; i++)
		(void)put("x");
	is_int(drain_start(&o, &d, &e), ERR_OK, "started");
	ok(comes(&filed, 30), "it holds nobody up");
	(void)put("later");
	ok(comes(&filed, 31), "nor what comes later");
	drain_stop(d);
	is_int((int64_t)waiting(), 1, "and stays");
	is_int(told[DRAIN_AWAY], 1, "told once");
	clear();
}

/* One that was filed and cannot be removed. */
static void
test_not_removed(void)
{
	struct drain_options o = options();
	struct drain *d;
	struct err e;

	forget();
	o.workers = 1;
	o.retry_ms = 3600000;
	is_read_only = true;
	(void)put("first");
	is_int(drain_start(&o, &d, &e), ERR_OK, "started");
	for (int i = 1; i <= 3; i++) {
		ok(comes(&told[DRAIN_BAD], i), "that it stays is told");
		(void)put("next");
	}
	ok(comes(&told[DRAIN_BAD], 4), "of each");
	drain_stop(d);
	is_str(str_of(order), "first next next next ", "each is filed once");
	is_read_only = false;
	clear();
}

static void
test_two(void)
{
	struct spool *own = spool;
	struct drain_options o = options();
	struct spool_options s = { .state_dir = base,
		.max_bytes = 1 << 20,
		.max_files = 1000 };
	struct drain *a, *b;
	struct err e;

	forget();
	is_int(drain_start(&o, &a, &e), ERR_OK, "one");
	(void)put("x");
	ok(comes(&filed, 1), "has the spool");
	is_int(spool_open(&s, &o.spool, &e), ERR_OK, "opened again");
	is_int(spool_lock(o.spool, &e), ERR_CONFLICT, "which nobody shares");
	is_int(drain_start(&o, &b, &e), ERR_OK, "another waits");
	for (int i = 0; i < 20; i++)
		(void)put("x");
	ok(comes(&filed, 21), "filed");
	drain_stop(a);
	spool_close(spool);
	spool = o.spool;
	(void)put("x");
	ok(comes(&filed, 22), "it goes on when the first is gone");
	drain_stop(b);
	is_int(filed, 22, "each once");
	ok(spool != own, "the folder is the other's");
}

int
main(void)
{
	struct spool_options s = { .state_dir = base,
		.max_bytes = 1 << 20,
		.max_files = 1000,
		.make = true };
	struct db_lanes_options l = { .lanes = 1,
		.prepared = true,
		.role = STATEMENT_INTAKE };
	struct err e = { .text = "" };

	(void)snprintf(base, sizeof(base), "/tmp/cwdrain-XXXXXX");
	if ((arena = arena_new(64 << 20)) == NULL || mkdtemp(base) == NULL ||
	    keyring_parse(KEY1, &keys, &e) != ERR_OK ||
	    keyring_parse(KEY2, &others, &e) != ERR_OK ||
	    spool_open(&s, &spool, &e) != ERR_OK) {
		ok(false, "made: %s", e.text);
		return (done());
	}
	server = fake_postgres_start();
	l.url = fake_postgres_url(server);
	if (db_lanes_start(&l, &lanes, &e) != ERR_OK)
		ok(false, "lanes: %s", e.text);
	test_once();
	clear();
	test_bad();
	clear();
	test_three();
	test_mended();
	test_no_memory();
	test_parked();
	test_unknown();
	test_away();
	test_never();
	test_not_removed();
	test_two();
	db_lanes_stop(lanes);
	fake_postgres_stop(server);
	spool_close(spool);
	(void)rmdir(path_of(""));
	is_int(rmdir(base), 0, "everything is gone");
	arena_free(arena);
	return (done());
}
