/*
 * admission: who gets a place, who is told to come again and how, and that
 * what was given comes back.
 */
#include "config.h"

#include <pthread.h>
#include <stdio.h>

#include "admission.h"
#include "exchange.h"
#include "tap.h"

#define THREADS 80
#define MOST (THREADS / 2)
#define HELD_MOST (THREADS / 4 + 1)
#define CROWD 16
#define ROUNDS 2000

static struct arena *arena;
static struct app app;
static struct exchange all[MOST + 1];

static struct exchange
request_of(const char *tenant)
{
	struct exchange x = { .app = &app, .arena = arena };

	memcpy(x.req.id, "id", 3);
	x.login = str_of(tenant);
	return (x);
}

static enum err_code
come(struct exchange *x, const char *tenant, struct err *e)
{
	enum err_code code;

	*x = request_of(tenant);
	if ((code = admission_enter(x, e)) != ERR_OK)
		return (code);
	return (admission_name(x, e));
}

static struct admission_counts
counts(void)
{
	struct admission_counts n;

	admission_count(app.admission, &n);
	return (n);
}

static void
is_refused(const struct exchange *x, int status, const char *what)
{
	is_int(x->resp.status, status, what);
	is_str(str_of(x->resp.header[x->resp.n_headers - 1].name),
	    "Retry-After", "and when to come again");
	ok((strstr(x->resp.body.p, "\"detail\"") != NULL) == (status == 429),
	    "a sentence for the clinic alone");
}

static void
leave_all(void)
{
	for (size_t i = 0; i <= MOST; i++)
		admission_leave(&all[i]);
	is_int((int64_t)counts().in_hand, 0, "all of it came back");
	is_int((int64_t)counts().held, 0, "what was held, too");
}

static void
test_tenant(void)
{
	struct err e;

	for (size_t i = 0; i < ADMISSION_TENANT_MOST; i++)
		if (come(&all[i], "user_a", &e) != ERR_OK)
			ok(false, "request %zu of a tenant", i);
	is_int(come(&all[MOST], "user_a", &e), ERR_INPUT, "one more");
	is_refused(&all[MOST], 429, "is too many");
	admission_leave(&all[MOST]);
	is_int(come(&all[MOST], "user_b", &e), ERR_OK, "another's is served");
	admission_leave(&all[0]);
	is_int(come(&all[0], "user_a", &e), ERR_OK, "and the next of the one");
	leave_all();
}

static void
test_dashboard(void)
{
	char name[MOST][16];
	struct err e;

	for (size_t i = 0; i < MOST; i++) {
		(void)snprintf(name[i], sizeof(name[i]), "user_%zu", i);
		if (come(&all[i], name[i], &e) != ERR_OK)
			ok(false, "request %zu of the dashboard", i);
	}
	is_int(come(&all[MOST], "user_x", &e), ERR_TEMPORARY, "one more");
	is_refused(&all[MOST], 503, "is too many, whoever's");
	admission_leave(&all[MOST]);
	is_int((int64_t)counts().in_hand, MOST, "it has taken nothing");
	admission_leave(&all[7]);
	is_int(come(&all[7], "user_x", &e), ERR_OK, "a free row is found");
	leave_all();
}

static void
test_held(void)
{
	char name[HELD_MOST][16];
	uint64_t refused;
	struct err e;

	for (size_t i = 0; i <= ADMISSION_TENANT_HELD_MOST; i++)
		if (come(&all[i], "user_a", &e) != ERR_OK ||
		    (i < ADMISSION_TENANT_HELD_MOST &&
			(admission_hold(&all[i], &e) != ERR_OK ||
			    admission_hold(&all[i], &e) != ERR_OK)))
			ok(false, "thread %zu of a tenant", i);
	is_int((int64_t)counts().held, ADMISSION_TENANT_HELD_MOST,
	    "each is counted once");
	refused = counts().refused;
	is_int(admission_hold(&all[ADMISSION_TENANT_HELD_MOST], &e), ERR_INPUT,
	    "one more");
	is_refused(&all[ADMISSION_TENANT_HELD_MOST], 429, "is too many");
	is_int((int64_t)(counts().refused - refused), 1, "it is counted");
	leave_all();
	for (size_t i = 0; i < HELD_MOST; i++) {
		(void)snprintf(name[i], sizeof(name[i]), "user_%zu", i);
		if (come(&all[i], name[i], &e) != ERR_OK ||
		    admission_hold(&all[i], &e) != ERR_OK)
			ok(false, "thread %zu", i);
	}
	is_int(come(&all[MOST], "user_x", &e), ERR_OK, "one who holds none");
	is_int(admission_hold(&all[MOST], &e), ERR_TEMPORARY, "one too many");
	is_refused(&all[MOST], 503, "whoever's");
	leave_all();
}

/* Whatever waits for Vapi or is held leaves a sixteenth of the threads. */
static void
test_asking(void)
{
	const int most = THREADS - THREADS / 16;
	uint64_t refused = counts().asking_refused;
	struct err e;
	int n = 0;

	is_int(come(&all[0], "user_a", &e), ERR_OK, "one of the dashboard");
	is_int(admission_hold(&all[0], &e), ERR_OK, "is held");
	while (n < THREADS && admission_ask(app.admission, &e) == ERR_OK)
		n++;
	is_int(n, most - 1, "so many calls may wait beside it");
	is_int(e.code, ERR_TEMPORARY, "the next is told");
	ok(counts().asking == (uint64_t)n &&
		counts().asking_refused == refused + 1,
	    "they are counted");
	is_int(come(&all[1], "user_b", &e), ERR_OK,
	    "the dashboard goes on meanwhile");
	is_int(admission_hold(&all[1], &e), ERR_TEMPORARY,
	    "but holds no thread more");
	admission_asked(app.admission);
	is_int(admission_hold(&all[1], &e), ERR_OK, "until one is free");
	for (n--; n > 0; n--)
		admission_asked(app.admission);
	is_int((int64_t)counts().asking, 0, "nothing is left");
	leave_all();
}

/* Of many threads 32 are enough to leave. */
static void
test_asking_many(void)
{
	struct admission *a = admission_new(2048);
	struct err e;
	int n = 0;

	while (n < 2048 && admission_ask(a, &e) == ERR_OK)
		n++;
	is_int(n, 2016, "so many of 2,048 threads may wait");
	for (; n > 0; n--)
		admission_asked(a);
	admission_free(a);
}

static void
test_memory(void)
{
	const int64_t mib = 1024 * 1024,
		      most =
			  ADMISSION_MEMORY_BYTES / mib / ADMISSION_BODY_TIMES;
	struct admission *a = app.admission;
	int64_t n = 0;

	ok(admission_take_memory(a, 100 * most * mib, false),
	    "one alone fits, however large");
	ok(!admission_take_memory(a, mib, false) &&
		!admission_has_memory(a, mib),
	    "and none beside it");
	ok(admission_take_memory(a, mib, true), "but what must");
	ok(!admission_give_memory(a, 100 * most * mib), "one goes");
	ok(admission_give_memory(a, mib),
	    "with the last of many there is something to give back");
	while (n <= most && admission_take_memory(a, mib, false))
		n++;
	is_int(n, most, "so many of one MiB");
	is_int((int64_t)counts().memory, most * mib * ADMISSION_BODY_TIMES,
	    "with what reading them takes");
	for (; n > 1; n--)
		if (admission_give_memory(a, mib))
			ok(false, "some are left");
	ok(admission_give_memory(a, mib), "the last");
	ok(admission_take_memory(a, mib, false) &&
		!admission_give_memory(a, mib),
	    "one by one there is nothing to give back");
	is_int((int64_t)counts().memory, 0, "nothing is left");
}

static void *
run_one(void *tenant)
{
	struct arena *own = arena_new((size_t)1 << 20);
	struct exchange x;
	struct err e;

	for (int i = 0; i < ROUNDS && own != NULL; i++) {
		x = request_of(tenant);
		x.arena = own;
		if (admission_enter(&x, &e) == ERR_OK &&
		    admission_name(&x, &e) == ERR_OK)
			(void)(admission_hold(&x, &e) == ERR_OK);
		admission_leave(&x);
		arena_reset(own);
	}
	arena_free(own);
	return (NULL);
}

static void
test_crowd(void)
{
	static char a[] = "user_a", b[] = "user_b";
	pthread_t thread[CROWD];

	for (size_t i = 0; i < CROWD; i++)
		if (pthread_create(&thread[i], NULL, run_one,
			i % 2 == 0 ? a : b) != 0)
			ok(false, "a thread");
	for (size_t i = 0; i < CROWD; i++)
		pthread_join(thread[i], NULL);
	leave_all();
}

static void
test_few(void)
{
	struct exchange x;
	struct err e;

	admission_free(app.admission);
	if ((app.admission = admission_new(1)) == NULL)
		ok(false, "an admission");
	is_int(come(&x, "user_a", &e), ERR_OK, "one thread serves everybody");
	is_int(admission_hold(&x, &e), ERR_OK, "and may be held");
	is_int(admission_ask(app.admission, &e), ERR_TEMPORARY,
	    "then no call waits for Vapi");
	is_int(come(&all[0], "user_b", &e), ERR_TEMPORARY, "one by one");
	admission_leave(&x);
	leave_all();
}

int
main(void)
{
	if ((arena = arena_new((size_t)1 << 20)) == NULL ||
	    (app.admission = admission_new(THREADS)) == NULL)
		return (1);
	for (size_t i = 0; i <= MOST; i++)
		all[i] = request_of("nobody");
	test_tenant();
	test_dashboard();
	test_held();
	test_asking();
	test_asking_many();
	test_memory();
	test_crowd();
	test_few();
	admission_free(app.admission);
	arena_free(arena);
	return (done());
}
