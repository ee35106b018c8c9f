/*
 * A ring of calls in the order of their making, and chains by id through it.
 * The lock guards everything in struct store.
 */
#include "config.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "store.h"

#define BUCKETS 16384 /* a power of two */

struct kept {
	struct store_call call;
	struct kept *next; /* in its chain */
	char text[];
};

struct store {
	pthread_mutex_t lock;
	struct kept *ring[STORE_CALLS_MAX];
	uint64_t first, end; /* kept are first .. end - 1 */
	size_t bytes;
	struct kept *chain[BUCKETS];
};

struct store *
store_new(void)
{
	struct store *s = calloc(1, sizeof(*s));

	if (s != NULL && pthread_mutex_init(&s->lock, NULL) != 0) {
		free(s);
		s = NULL;
	}
	return (s);
}

static struct kept **
chain_of(struct store *s, struct str id)
{
	return (&s->chain[str_hash(id) & (BUCKETS - 1)]);
}

/* With the lock held: NULL when it is not there. */
static struct kept *
find(struct store *s, struct str id)
{
	struct kept *k = *chain_of(s, id);

	while (k != NULL && !str_is(id, k->call.id))
		k = k->next;
	return (k);
}

/* With the lock held. */
static void
drop_first(struct store *s)
{
	struct kept **slot = &s->ring[s->first++ % STORE_CALLS_MAX];
	struct kept **link = chain_of(s, str_of((*slot)->call.id));

	while (*link != *slot)
		link = &(*link)->next;
	*link = (*slot)->next;
	s->bytes -= (*slot)->call.request.n;
	free(*slot);
	*slot = NULL;
}

void
store_clear(struct store *s)
{
	(void)pthread_mutex_lock(&s->lock);
	while (s->first < s->end)
		drop_first(s);
	(void)pthread_mutex_unlock(&s->lock);
}

void
store_free(struct store *s)
{
	if (s == NULL)
		return;
	store_clear(s);
	(void)pthread_mutex_destroy(&s->lock);
	free(s);
}

/* With the lock held. */
static void
insert(struct store *s, struct kept *k)
{
	struct kept **chain = chain_of(s, str_of(k->call.id));

	while (s->first < s->end &&
	    (s->end - s->first == STORE_CALLS_MAX ||
		s->bytes + k->call.request.n > STORE_BYTES_MAX))
		drop_first(s);
	k->next = *chain;
	*chain = k;
	s->ring[s->end++ % STORE_CALLS_MAX] = k;
	s->bytes += k->call.request.n;
}

enum err_code
store_add(struct store *s, const struct store_call *call, struct err *e)
{
	struct kept *k = malloc(sizeof(*k) + call->request.n);
	enum err_code c = ERR_OK;

	if (k == NULL)
		return (err_set(e, ERR_TEMPORARY, "no memory for a call"));
	k->call = *call;
	memcpy(k->text, call->request.p, call->request.n);
	k->call.request.p = k->text;
	(void)pthread_mutex_lock(&s->lock);
	if (find(s, str_of(call->id)) != NULL)
		c = err_set(e, ERR_CONFLICT, "call id is taken");
	else
		insert(s, k);
	(void)pthread_mutex_unlock(&s->lock);
	if (c != ERR_OK)
		free(k);
	return (c);
}

/* With the lock held. */
static enum err_code
copy(const struct kept *k, struct arena *arena, struct store_call *call_r,
    struct err *e)
{
	char *text = str_dup(arena, k->call.request);

	if (text == NULL)
		return (err_set(e, ERR_TOO_LARGE, "calls are too large"));
	*call_r = k->call;
	call_r->request.p = text;
	return (ERR_OK);
}

enum err_code
store_get(struct store *s, struct str id, struct arena *arena,
    struct store_call *call_r, struct err *e)
{
	const struct kept *k;
	enum err_code c;

	(void)pthread_mutex_lock(&s->lock);
	if ((k = find(s, id)) == NULL)
		c = err_set(e, ERR_ABSENT, "no such call");
	else
		c = copy(k, arena, call_r, e);
	(void)pthread_mutex_unlock(&s->lock);
	return (c);
}

/* With the lock held: the call, if it is in this state. */
static enum err_code
find_in(struct store *s, struct str id, enum store_status status,
    struct kept **k_r, struct err *e)
{
	if ((*k_r = find(s, id)) == NULL)
		return (err_set(e, ERR_ABSENT, "no such call"));
	if ((*k_r)->call.status != status)
		return (err_set(e, ERR_CONFLICT, "call is in another state"));
	return (ERR_OK);
}

enum err_code
store_connect(struct store *s, struct str id, struct str call_sid,
    int64_t now_ms, struct err *e)
{
	struct kept *k;
	enum err_code c;

	(void)pthread_mutex_lock(&s->lock);
	if ((c = find_in(s, id, STORE_QUEUED, &k, e)) == ERR_OK) {
		k->call.status = STORE_IN_PROGRESS;
		k->call.started_ms = k->call.updated_ms = now_ms;
		(void)snprintf(k->call.call_sid, sizeof(k->call.call_sid),
		    "%.*s", (int)call_sid.n, call_sid.n > 0 ? call_sid.p : "");
	}
	(void)pthread_mutex_unlock(&s->lock);
	return (c);
}

enum err_code
store_end(struct store *s, struct str id, enum store_status was,
    const char *reason, int64_t ended_ms, struct err *e)
{
	struct kept *k;
	enum err_code c;

	(void)pthread_mutex_lock(&s->lock);
	if ((c = find_in(s, id, was, &k, e)) == ERR_OK) {
		k->call.status = STORE_ENDED;
		k->call.ended_ms = ended_ms;
		k->call.updated_ms = clock_wall_ms();
		(void)snprintf(k->call.ended_reason,
		    sizeof(k->call.ended_reason), "%s", reason);
	}
	(void)pthread_mutex_unlock(&s->lock);
	return (c);
}

static bool
wanted_text(struct str want, const char *have)
{
	return (want.p == NULL || str_is(want, have));
}

static bool
wanted(const struct store_filter *f, const struct store_call *call)
{
	return (wanted_text(f->id, call->id) &&
	    wanted_text(f->assistant_id, call->assistant_id) &&
	    wanted_text(f->phone_number_id, call->phone_number_id) &&
	    call->created_ms >= f->created_min_ms &&
	    call->created_ms <= f->created_max_ms &&
	    call->updated_ms >= f->updated_min_ms &&
	    call->updated_ms <= f->updated_max_ms);
}

enum err_code
store_list(struct store *s, const struct store_filter *f, struct arena *arena,
    struct store_call **calls_r, size_t *n_r, struct err *e)
{
	struct store_call *calls;
	size_t n = 0, max = (size_t)f->limit;
	enum err_code c = ERR_OK;

	calls = arena_alloc(arena, (max + 1) * sizeof(*calls));
	if (calls == NULL)
		return (err_set(e, ERR_TOO_LARGE, "calls are too large"));
	(void)pthread_mutex_lock(&s->lock);
	for (uint64_t i = s->end; i > s->first && n < max && c == ERR_OK; i--) {
		const struct kept *k = s->ring[(i - 1) % STORE_CALLS_MAX];

		if (wanted(f, &k->call))
			c = copy(k, arena, &calls[n++], e);
	}
	(void)pthread_mutex_unlock(&s->lock);
	*calls_r = calls;
	*n_r = n;
	return (c);
}
