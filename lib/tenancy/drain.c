/*
 * The threads of a drain: one goes through the folder and hands names to the
 * workers. While the database is away it tries records itself, one at a time;
 * what was handed out by then is left for the next pass.
 */
#include "config.h"

#include <assert.h>
#include <errno.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "tenancy/drain_parts.h"

#define LIST_MAX 4096
#define POLL_MS 200	      /* how often the folder is looked at */
#define SETTLED_NS 1000000000 /* see spool_changed_ns */
#define RECOUNT_MS 500
#define RECOUNT_SHARE 20 /* counting takes no more of the time than that */

/* Workers ----------------------------------------------------------------- */

static void *
work(void *arg)
{
	struct drain_worker *w = arg;
	struct drain *d = w->drain;
	struct spool_name name;
	bool away;

	pthread_mutex_lock(&d->lock);
	for (;;) {
		while (d->queued == 0 && !d->stop)
			pthread_cond_wait(&d->work, &d->lock);
		if (d->stop)
			break;
		name = d->queue[d->first];
		d->first = (d->first + 1) % DRAIN_QUEUE_MAX;
		d->queued--;
		d->at_work++;
		away = d->away;
		pthread_mutex_unlock(&d->lock);
		if (!away) {
			drain_record(d, w->arena, &name);
			arena_reset(w->arena);
		}
		pthread_mutex_lock(&d->lock);
		d->at_work--;
		pthread_cond_signal(&d->rest);
	}
	pthread_mutex_unlock(&d->lock);
	return (NULL);
}

/* As many workers as there is memory for, and one at least. */
static enum err_code
start_workers(struct drain *d, struct err *e)
{
	struct drain_worker *w = d->workers;

	for (; d->n_workers < d->o.workers; w++, d->n_workers++) {
		w->drain = d;
		if ((w->arena = arena_new(DRAIN_ARENA_BYTES)) == NULL)
			break;
		if (pthread_create(&w->thread, NULL, work, w) != 0) {
			arena_free(w->arena);
			break;
		}
	}
	if (d->n_workers == 0)
		return (err_set(e, ERR_TEMPORARY,
		    "no thread, or no memory, for the spool"));
	return (ERR_OK);
}

static void
hand_out(struct drain *d, const struct spool_name *name)
{
	pthread_mutex_lock(&d->lock);
	while (d->queued == DRAIN_QUEUE_MAX && !d->stop)
		pthread_cond_wait(&d->rest, &d->lock);
	if (!d->stop) {
		d->queue[(d->first + d->queued) % DRAIN_QUEUE_MAX] = *name;
		d->queued++;
		pthread_cond_signal(&d->work);
	}
	pthread_mutex_unlock(&d->lock);
}

static void
wait_for_workers(struct drain *d)
{
	pthread_mutex_lock(&d->lock);
	while ((d->queued > 0 || d->at_work > 0) && !d->stop)
		pthread_cond_wait(&d->rest, &d->lock);
	pthread_mutex_unlock(&d->lock);
}

/* Held records ------------------------------------------------------------ */

int
drain_compare_held(const void *a, const void *b)
{
	return (strcmp(((const struct drain_held *)a)->name.text,
	    ((const struct drain_held *)b)->name.text));
}

/* Is it to be tried now? */
static bool
is_due(struct drain *d, const struct spool_name *name, int64_t now)
{
	struct drain_held key = { .name = *name };
	bool due = true;
	void *at;

	pthread_mutex_lock(&d->lock);
	if ((at = tfind(&key, &d->held, drain_compare_held)) != NULL) {
		struct drain_held *h = *(struct drain_held **)at;

		h->seen = d->pass;
		due = h->due_ms <= now;
	}
	pthread_mutex_unlock(&d->lock);
	return (due);
}

struct sweep {
	unsigned pass;
	int64_t due_ms;
	struct drain_held *gone; /* those that were not seen */
};

static void
sweep_one(const void *node, VISIT visit, void *arg)
{
	struct drain_held *h = *(struct drain_held *const *)node;
	struct sweep *s = arg;

	if (visit != postorder && visit != leaf)
		return;
	if (h->seen != s->pass) {
		h->next = s->gone;
		s->gone = h;
	} else if (h->due_ms < s->due_ms)
		s->due_ms = h->due_ms;
}

/* Forget what is not in the folder any more; when is the next due? */
static int64_t
sweep(struct drain *d)
{
	struct sweep s = { .due_ms = INT64_MAX };
	struct drain_held *h;

	pthread_mutex_lock(&d->lock);
	s.pass = d->pass;
	twalk_r(d->held, sweep_one, &s);
	while ((h = s.gone) != NULL) {
		s.gone = h->next;
		(void)tdelete(h, &d->held, drain_compare_held);
		free(h);
	}
	pthread_mutex_unlock(&d->lock);
	return (s.due_ms);
}

/* A pass ------------------------------------------------------------------ */

static bool
is_away(struct drain *d)
{
	bool away;

	pthread_mutex_lock(&d->lock);
	away = d->away;
	pthread_mutex_unlock(&d->lock);
	return (away);
}

/* True: a stop. */
static bool
rest_until(struct drain *d, int64_t until_ms)
{
	struct timespec until = clock_timespec(until_ms);
	int failed = 0;
	bool stop;

	pthread_mutex_lock(&d->lock);
	while (!d->stop && failed == 0)
		failed = pthread_cond_clockwait(&d->rest, &d->lock,
		    CLOCK_MONOTONIC, &until);
	assert(failed == 0 || failed == ETIMEDOUT);
	stop = d->stop;
	pthread_mutex_unlock(&d->lock);
	return (stop);
}

/* While the database is away: this one, by itself. True: it is back. */
static bool
probe(struct drain *d, const struct spool_name *name)
{
	wait_for_workers(d);
	if (rest_until(d, d->probed_ms + d->o.pause_ms))
		return (false);
	drain_record(d, d->arena, name);
	arena_reset(d->arena);
	d->probed_ms = clock_mono_ms();
	return (!is_away(d));
}

static bool
is_stopped(struct drain *d)
{
	bool stop;

	pthread_mutex_lock(&d->lock);
	stop = d->stop;
	pthread_mutex_unlock(&d->lock);
	return (stop);
}

/*
 * Through the folder, from the oldest on. once: end when the database is away.
 * *again_r: some may have been left out.
 */
static enum err_code
pass(struct drain *d, bool once, bool *again_r, struct err *e)
{
	struct spool_name last = { "" };
	enum err_code code;
	size_t n = LIST_MAX;

	*again_r = false;
	while (n == LIST_MAX && !*again_r) {
		if ((code = spool_list(d->o.spool, last.text, LIST_MAX,
			 d->names, &n, e)) != ERR_OK)
			return (code);
		for (size_t i = 0; i < n && !is_stopped(d); i++) {
			if (!is_due(d, &d->names[i], clock_mono_ms()))
				continue;
			if (!is_away(d))
				hand_out(d, &d->names[i]);
			else if (once || probe(d, &d->names[i]))
				*again_r = true;
			if (*again_r)
				break;
		}
		if (n > 0)
			last = d->names[n - 1];
	}
	wait_for_workers(d);
	*again_r |= is_away(d);
	return (ERR_OK);
}

static void
go_through(struct drain *d)
{
	bool again;
	struct err e;

	pthread_mutex_lock(&d->lock);
	d->pass++;
	pthread_mutex_unlock(&d->lock);
	d->due_ms = 0;
	/* Held records are forgotten only by a pass that saw all there is. */
	if (pass(d, false, &again, &e) == ERR_OK && !again && !is_stopped(d))
		d->due_ms = sweep(d);
}

/* The thread -------------------------------------------------------------- */

static bool
is_settled(int64_t changed_ns)
{
	return (clock_wall_ms() * 1000000 - changed_ns > SETTLED_NS);
}

static void
recount(struct drain *d, int64_t changed_ns)
{
	const int64_t began = clock_mono_ms();
	struct spool_counts n;
	struct err e;

	if (began < d->recount_ms || changed_ns == d->counted_ns)
		return;
	if (spool_recount(d->o.spool, &e) == ERR_OK) {
		spool_count(d->o.spool, &n);
		(void)err_set(&e, ERR_INPUT,
		    "%lld files are not records, by their names",
		    (long long)n.strangers);
		if (n.strangers > d->strangers)
			d->o.tell(d->o.ctx, DRAIN_BAD, NULL, &e);
		d->strangers = n.strangers;
		d->counted_ns = is_settled(changed_ns) ? changed_ns : 0;
	}
	d->recount_ms = clock_mono_ms() + RECOUNT_MS +
	    (clock_mono_ms() - began) * RECOUNT_SHARE;
}

static void *
walk(void *arg)
{
	struct drain *d = arg;
	int64_t changed_ns;
	struct err e;

	do {
		changed_ns = spool_changed_ns(d->o.spool);
		if (!d->is_locked)
			d->is_locked = spool_lock(d->o.spool, &e) == ERR_OK;
		if (d->is_locked &&
		    (changed_ns != d->seen_ns ||
			clock_mono_ms() >= d->due_ms)) {
			go_through(d);
			d->seen_ns = is_settled(changed_ns) ? changed_ns : 0;
		}
		recount(d, changed_ns);
	} while (!rest_until(d, clock_mono_ms() + POLL_MS));
	return (NULL);
}

static void
free_drain(struct drain *d)
{
	pthread_mutex_lock(&d->lock);
	d->stop = true;
	pthread_cond_broadcast(&d->work);
	pthread_cond_broadcast(&d->rest);
	pthread_mutex_unlock(&d->lock);
	if (d->is_running)
		pthread_join(d->thread, NULL);
	for (size_t i = 0; i < d->n_workers; i++) {
		pthread_join(d->workers[i].thread, NULL);
		arena_free(d->workers[i].arena);
	}
	tdestroy(d->held, free);
	(void)pthread_cond_destroy(&d->work);
	(void)pthread_cond_destroy(&d->rest);
	(void)pthread_mutex_destroy(&d->lock);
	(void)pthread_mutex_destroy(&d->large);
	arena_free(d->arena);
	free(d->names);
	free(d->workers);
	free(d);
}

static enum err_code
new_drain(const struct drain_options *o, struct drain **d_r, struct err *e)
{
	struct drain *d = calloc(1, sizeof(*d));

	if (d == NULL)
		return (err_set(e, ERR_TEMPORARY, "no memory"));
	d->o = *o;
	d->busy_ms = clock_mono_ms();
	(void)pthread_mutex_init(&d->large, NULL);
	(void)pthread_mutex_init(&d->lock, NULL);
	(void)pthread_cond_init(&d->work, NULL);
	(void)pthread_cond_init(&d->rest, NULL);
	d->arena = arena_new(DRAIN_ARENA_BYTES);
	d->names = calloc(LIST_MAX, sizeof(d->names[0]));
	d->workers = calloc(o->workers, sizeof(d->workers[0]));
	if (d->arena == NULL || d->names == NULL || d->workers == NULL) {
		free_drain(d);
		return (err_set(e, ERR_TEMPORARY, "no memory"));
	}
	if (start_workers(d, e) != ERR_OK) {
		free_drain(d);
		return (e->code);
	}
	*d_r = d;
	return (ERR_OK);
}

enum err_code
drain_start(const struct drain_options *o, struct drain **d_r, struct err *e)
{
	enum err_code code;
	struct drain *d;

	if ((code = new_drain(o, &d, e)) != ERR_OK)
		return (code);
	if (pthread_create(&d->thread, NULL, walk, d) != 0) {
		free_drain(d);
		return (err_set(e, ERR_TEMPORARY, "no thread for the spool"));
	}
	d->is_running = true;
	*d_r = d;
	return (ERR_OK);
}

void
drain_stop(struct drain *d)
{
	if (d != NULL)
		free_drain(d);
}

enum err_code
drain_once(const struct drain_options *o, struct err *e)
{
	enum err_code code;
	struct drain *d;
	bool again;

	if ((code = new_drain(o, &d, e)) != ERR_OK)
		return (code);
	if ((code = pass(d, true, &again, e)) == ERR_OK && again) {
		*e = d->failure;
		code = e->code = ERR_TEMPORARY;
	}
	free_drain(d);
	return (code);
}
