/*
 * admission.lock guards all of it. The table has a row for each tenant that
 * has a request in hand; since each of them takes one of the dashboard's
 * places, there are as many rows as places, and a free one is always found.
 */
#include "config.h"

#include <assert.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "admission.h"
#include "exchange.h"

#define NAME_MAX_BYTES 64 /* id_is_user */
#define MEMORY_MUCH_BYTES ((uint64_t)64 * 1024 * 1024)
#define KEPT_FREE_MOST 32

struct row {
	char name[NAME_MAX_BYTES + 1];
	size_t in_hand; /* 0: the row is free */
	size_t held;
};

struct admission {
	pthread_mutex_t lock;
	size_t most, held_most;
	size_t busy_most;     /* held, or waiting for Vapi */
	uint64_t memory_peak; /* since nothing was set aside */
	struct admission_counts n;
	struct row row[]; /* most */
};

/*
 * Threads that may neither wait for Vapi nor be held: a sixteenth, 32 at most,
 * which are enough, since their requests are short.
 */
static size_t
kept_free(size_t threads)
{
	size_t sixteenth = (threads + 15) / 16;

	return (sixteenth < KEPT_FREE_MOST ? sixteenth : KEPT_FREE_MOST);
}

struct admission *
admission_new(size_t threads)
{
	size_t most = threads < 2 ? 1 : threads / 2;
	struct admission *a;

	if ((a = calloc(1, sizeof(*a) + most * sizeof(a->row[0]))) == NULL)
		return (NULL);
	pthread_mutex_init(&a->lock, NULL);
	a->most = most;
	a->held_most = threads / 4 + 1;
	a->busy_most = threads < 2 ? 1 : threads - kept_free(threads);
	return (a);
}

void
admission_free(struct admission *a)
{
	if (a == NULL)
		return;
	pthread_mutex_destroy(&a->lock);
	free(a);
}

/* The tenant's row, or a free one. */
static size_t
find_row(const struct admission *a, struct str tenant)
{
	size_t free_one = a->most;

	for (size_t i = 0; i < a->most; i++) {
		if (a->row[i].in_hand == 0)
			free_one = free_one < a->most ? free_one : i;
		else if (str_is(tenant, a->row[i].name))
			return (i);
	}
	assert(free_one < a->most);
	return (free_one);
}

static enum err_code
refuse(struct exchange *x, int status, struct err *e)
{
	response_problem(&x->resp, x->arena, &x->req, status, e);
	response_header(&x->resp, "Retry-After", "1");
	return (e->code);
}

enum err_code
admission_enter(struct exchange *x, struct err *e)
{
	struct admission *a = x->app->admission;

	pthread_mutex_lock(&a->lock);
	x->place.entered = a->n.in_hand < a->most;
	if (x->place.entered)
		a->n.in_hand++;
	else
		a->n.refused++;
	pthread_mutex_unlock(&a->lock);
	if (x->place.entered)
		return (ERR_OK);
	(void)err_set(e, ERR_TEMPORARY,
	    "the dashboard has %zu requests in hand", a->most);
	return (refuse(x, 503, e));
}

enum err_code
admission_name(struct exchange *x, struct err *e)
{
	struct admission *a = x->app->admission;
	struct row *row;

	assert(x->place.entered && !x->place.named);
	pthread_mutex_lock(&a->lock);
	x->place.row = find_row(a, x->login);
	row = &a->row[x->place.row];
	x->place.named = row->in_hand < ADMISSION_TENANT_MOST;
	if (!x->place.named)
		a->n.refused++;
	else if (row->in_hand++ == 0)
		(void)snprintf(row->name, sizeof(row->name), "%.*s",
		    (int)x->login.n, x->login.p);
	pthread_mutex_unlock(&a->lock);
	if (x->place.named)
		return (ERR_OK);
	(void)err_set(e, ERR_INPUT,
	    "%d requests of this clinic are under way; try again in a moment",
	    ADMISSION_TENANT_MOST);
	return (refuse(x, 429, e));
}

enum err_code
admission_hold(struct exchange *x, struct err *e)
{
	struct admission *a = x->app->admission;
	bool tenant_full = false;
	struct row *row;

	assert(x->place.named);
	if (x->place.held)
		return (ERR_OK);
	row = &a->row[x->place.row];
	pthread_mutex_lock(&a->lock);
	tenant_full = row->held >= ADMISSION_TENANT_HELD_MOST;
	x->place.held = !tenant_full && a->n.held < a->held_most &&
	    a->n.held + a->n.asking < a->busy_most;
	if (x->place.held) {
		row->held++;
		a->n.held++;
	} else {
		a->n.refused++;
	}
	pthread_mutex_unlock(&a->lock);
	if (x->place.held)
		return (ERR_OK);
	if (!tenant_full) {
		(void)err_set(e, ERR_TEMPORARY, "%zu threads are held",
		    a->held_most);
		return (refuse(x, 503, e));
	}
	(void)err_set(e, ERR_INPUT,
	    "%d files, recordings, tests or proofs of this clinic are under way; try again when one has ended",
	    ADMISSION_TENANT_HELD_MOST);
	return (refuse(x, 429, e));
}

void
admission_leave(struct exchange *x)
{
	struct admission *a = x->app->admission;

	if (!x->place.entered)
		return;
	pthread_mutex_lock(&a->lock);
	a->n.in_hand--;
	if (x->place.named)
		a->row[x->place.row].in_hand--;
	if (x->place.held) {
		a->row[x->place.row].held--;
		a->n.held--;
	}
	pthread_mutex_unlock(&a->lock);
	x->place = (struct admission_place){ 0 };
}

enum err_code
admission_ask(struct admission *a, struct err *e)
{
	bool may;

	pthread_mutex_lock(&a->lock);
	may = a->n.held + a->n.asking < a->busy_most;
	if (may)
		a->n.asking++;
	else
		a->n.asking_refused++;
	pthread_mutex_unlock(&a->lock);
	return (may ? ERR_OK :
		      err_set(e, ERR_TEMPORARY,
			  "vapi is not asked: %zu threads wait for it",
			  a->busy_most));
}

void
admission_asked(struct admission *a)
{
	pthread_mutex_lock(&a->lock);
	a->n.asking--;
	pthread_mutex_unlock(&a->lock);
}

/* Under the lock. */
static bool
fits(const struct admission *a, int64_t body_bytes)
{
	return (a->n.memory == 0 ||
	    a->n.memory + (uint64_t)body_bytes * ADMISSION_BODY_TIMES <=
		ADMISSION_MEMORY_BYTES);
}

bool
admission_take_memory(struct admission *a, int64_t body_bytes, bool must)
{
	bool may;

	pthread_mutex_lock(&a->lock);
	may = must || fits(a, body_bytes);
	if (may)
		a->n.memory += (uint64_t)body_bytes * ADMISSION_BODY_TIMES;
	if (a->n.memory > a->memory_peak)
		a->memory_peak = a->n.memory;
	pthread_mutex_unlock(&a->lock);
	return (may);
}

bool
admission_give_memory(struct admission *a, int64_t body_bytes)
{
	bool over;

	pthread_mutex_lock(&a->lock);
	a->n.memory -= (uint64_t)body_bytes * ADMISSION_BODY_TIMES;
	over = a->n.memory == 0 && a->memory_peak > MEMORY_MUCH_BYTES;
	if (over)
		a->memory_peak = 0;
	pthread_mutex_unlock(&a->lock);
	return (over);
}

bool
admission_has_memory(struct admission *a, int64_t body_bytes)
{
	bool has;

	pthread_mutex_lock(&a->lock);
	has = fits(a, body_bytes);
	pthread_mutex_unlock(&a->lock);
	return (has);
}

void
admission_count(struct admission *a, struct admission_counts *counts_r)
{
	pthread_mutex_lock(&a->lock);
	*counts_r = a->n;
	pthread_mutex_unlock(&a->lock);
}
