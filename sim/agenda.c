/*
 * A heap by time and a pool of threads that wait for its top. The lock
 * guards everything in struct agenda but the threads' handles.
 */
#include "config.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>

#include "agenda.h"
#include "base/clock.h"

struct agenda {
	pthread_mutex_t lock;
	pthread_cond_t changed; /* one more errand, or the stop */
	struct errand **heap;	/* a child is never due earlier */
	size_t n, size;
	bool stopped;
	size_t arena_bytes;
	size_t threads;
	pthread_t thread[];
};

static void
sift_up(struct agenda *a, size_t i)
{
	while (i > 0 && a->heap[(i - 1) / 2]->due_ms > a->heap[i]->due_ms) {
		struct errand *t = a->heap[i];

		a->heap[i] = a->heap[(i - 1) / 2];
		a->heap[(i - 1) / 2] = t;
		i = (i - 1) / 2;
	}
}

static void
sift_down(struct agenda *a)
{
	size_t i = 0;

	for (;;) {
		size_t child = 2 * i + 1;
		struct errand *t = a->heap[i];

		if (child + 1 < a->n &&
		    a->heap[child + 1]->due_ms < a->heap[child]->due_ms)
			child++;
		if (child >= a->n || a->heap[child]->due_ms >= t->due_ms)
			return;
		a->heap[i] = a->heap[child];
		a->heap[child] = t;
		i = child;
	}
}

/* With the lock held, and an errand there. */
static struct errand *
pop(struct agenda *a)
{
	struct errand *top = a->heap[0];

	a->heap[0] = a->heap[--a->n];
	sift_down(a);
	return (top);
}

/* Wait for an errand that is due; NULL: stop. */
static struct errand *
next(struct agenda *a)
{
	struct errand *errand = NULL;

	(void)pthread_mutex_lock(&a->lock);
	while (!a->stopped && errand == NULL) {
		if (a->n == 0) {
			(void)pthread_cond_wait(&a->changed, &a->lock);
		} else if (a->heap[0]->due_ms > clock_mono_ms()) {
			struct timespec t = clock_timespec(a->heap[0]->due_ms);

			(void)pthread_cond_clockwait(&a->changed, &a->lock,
			    CLOCK_MONOTONIC, &t);
		} else {
			errand = pop(a);
		}
	}
	(void)pthread_mutex_unlock(&a->lock);
	return (errand);
}

static void *
work(void *p)
{
	struct agenda *a = p;
	struct arena *arena = arena_new(a->arena_bytes);
	struct errand *errand;

	while (arena != NULL && (errand = next(a)) != NULL) {
		errand->run(errand, arena);
		arena_reset(arena);
	}
	arena_free(arena);
	return (NULL);
}

enum err_code
agenda_start(size_t n, size_t arena_bytes, struct agenda **a_r, struct err *e)
{
	struct agenda *a = calloc(1, sizeof(*a) + n * sizeof(a->thread[0]));

	if (a == NULL)
		return (err_set(e, ERR_TEMPORARY, "no memory for the agenda"));
	a->arena_bytes = arena_bytes;
	(void)pthread_mutex_init(&a->lock, NULL);
	(void)pthread_cond_init(&a->changed, NULL);
	for (size_t i = 0; i < n; i++) {
		if (pthread_create(&a->thread[i], NULL, work, a) != 0) {
			agenda_stop(a);
			agenda_free(a);
			return (
			    err_set(e, ERR_TEMPORARY, "cannot start a thread"));
		}
		a->threads++;
	}
	*a_r = a;
	return (ERR_OK);
}

void
agenda_add(struct agenda *a, struct errand *errand)
{
	bool taken = false;

	(void)pthread_mutex_lock(&a->lock);
	if (!a->stopped && a->n == a->size) {
		size_t size = a->size == 0 ? 256 : a->size * 2;
		struct errand **heap =
		    realloc(a->heap, size * sizeof(a->heap[0]));

		if (heap != NULL) {
			a->heap = heap;
			a->size = size;
		}
	}
	if (!a->stopped && a->n < a->size) {
		a->heap[a->n++] = errand;
		sift_up(a, a->n - 1);
		taken = true;
		(void)pthread_cond_signal(&a->changed);
	}
	(void)pthread_mutex_unlock(&a->lock);
	if (!taken)
		free(errand);
}

void
agenda_clear(struct agenda *a)
{
	(void)pthread_mutex_lock(&a->lock);
	while (a->n > 0)
		free(a->heap[--a->n]);
	(void)pthread_mutex_unlock(&a->lock);
}

void
agenda_stop(struct agenda *a)
{
	(void)pthread_mutex_lock(&a->lock);
	a->stopped = true;
	(void)pthread_cond_broadcast(&a->changed);
	(void)pthread_mutex_unlock(&a->lock);
}

void
agenda_free(struct agenda *a)
{
	if (a == NULL)
		return;
	for (size_t i = 0; i < a->threads; i++)
		(void)pthread_join(a->thread[i], NULL);
	agenda_clear(a);
	free(a->heap);
	(void)pthread_cond_destroy(&a->changed);
	(void)pthread_mutex_destroy(&a->lock);
	free(a);
}
