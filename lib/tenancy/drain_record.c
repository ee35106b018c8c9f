/*
 * One record: read, opened, filed; removed, parked, or held for later.
 */
#include "config.h"

#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "tenancy/drain_parts.h"
#include "tenancy/rest.h"

#define LARGE_BYTES ((size_t)256 * 1024)
#define PARK_SPARE_BYTES ((size_t)64 * 1024)
#define SLOW_FACTOR 10 /* how much rarer what cannot leave is tried */

static void
tell(struct drain *d, enum drain_event event, const struct spool_name *name,
    const struct err *why)
{
	d->o.tell(d->o.ctx, event, name, why);
}

static void
forget(struct drain *d, const struct spool_name *name)
{
	struct drain_held key = { .name = *name }, *h;
	void *at;

	pthread_mutex_lock(&d->lock);
	if ((at = tfind(&key, &d->held, drain_compare_held)) != NULL) {
		h = *(struct drain_held **)at;
		(void)tdelete(&key, &d->held, drain_compare_held);
		free(h);
	}
	pthread_mutex_unlock(&d->lock);
}

/* Of the lock's holder. NULL: no memory, it is tried again at once. */
static struct drain_held *
hold(struct drain *d, const struct spool_name *name)
{
	struct drain_held *h = calloc(1, sizeof(*h));
	void *at;

	if (h == NULL)
		return (NULL);
	h->name = *name;
	h->seen = d->pass;
	at = tsearch(h, &d->held, drain_compare_held);
	if (at == NULL || *(struct drain_held **)at != h)
		free(h);
	return (at == NULL ? NULL : *(struct drain_held **)at);
}

/* It stays, and is looked at again after wait_ms. Each event is told once. */
static void
keep(struct drain *d, const struct spool_name *name, int64_t wait_ms,
    enum drain_event event, const struct err *why)
{
	const unsigned bit = 1U << event;
	struct drain_held *h;
	bool told = false;

	pthread_mutex_lock(&d->lock);
	if (event == DRAIN_AWAY) {
		d->away = true;
		d->failure = *why;
	}
	if ((h = hold(d, name)) != NULL) {
		h->due_ms = clock_mono_ms() + wait_ms;
		told = (h->told & bit) != 0;
		h->told |= bit;
	}
	pthread_mutex_unlock(&d->lock);
	if (!told)
		tell(d, event, name, why);
}

/* It is broken until an operator repairs it, or was filed but not removed. */
static void
bad(struct drain *d, const struct spool_name *name, const struct err *why)
{
	keep(d, name, d->o.retry_ms * SLOW_FACTOR, DRAIN_BAD, why);
}

static void
defer(struct drain *d, const struct spool_name *name, const struct err *why)
{
	keep(d, name, d->o.retry_ms, DRAIN_DEFERRED, why);
}

/* Filing it failed: is the database away, the record broken, or neither? */
static void
not_filed(struct drain *d, const struct spool_name *name, const struct err *why)
{
	switch (why->code) {
	case ERR_TEMPORARY:
	case ERR_UNCERTAIN:
		keep(d, name, d->o.pause_ms, DRAIN_AWAY, why);
		break;
	case ERR_INPUT:
	case ERR_TOO_LARGE:
		bad(d, name, why);
		break;
	default:
		defer(d, name, why);
		break;
	}
}

static void
answered(struct drain *d)
{
	pthread_mutex_lock(&d->lock);
	d->away = false;
	pthread_mutex_unlock(&d->lock);
}

static void
done(struct drain *d, const struct spool_name *name, enum drain_event event,
    const struct err *why)
{
	struct err e;

	if (spool_remove(d->o.spool, name, &e) != ERR_OK) {
		bad(d, name, &e);
		return;
	}
	forget(d, name);
	tell(d, event, name, why);
}

/* Under the record's id, so that one that is put back is the same line. */
static void
park(struct drain *d, const struct spool_name *name, struct tenancy_record *rec,
    struct str body, const struct err *why)
{
	const struct str id = spool_name_id(name);
	struct arena *a = arena_new(4 * body.n + PARK_SPARE_BYTES);
	struct err e = { .code = ERR_OK };

	memcpy(rec->id, id.p, id.n);
	rec->id[id.n] = '\0';
	(void)id_time_ms(id, &rec->received_ms);
	rec->verdict = "quarantined";
	rec->body_bytes = body.n;
	if (a == NULL) {
		(void)err_set(&e, ERR_TEMPORARY, "no memory");
		defer(d, name, &e);
	} else if (rest_seal(a, d->o.keys, REST_QUARANTINE, id, body,
		       &rec->body, &e) != ERR_OK) {
		defer(d, name, &e);
	} else if (tenancy_record_event(d->o.lanes, a, rec,
		       clock_mono_ms() + d->o.most_ms, &e) != ERR_OK) {
		not_filed(d, name, &e);
	} else {
		answered(d);
		done(d, name, DRAIN_PARKED, why);
	}
	arena_free(a);
}

static bool
is_unknown(struct str reason)
{
	return (str_is(reason, "unknown_call") ||
	    str_is(reason, "unsealed_metadata"));
}

/* Count a try; true: it was the last. */
static bool
tried(struct drain *d, const struct spool_name *name, struct str reason)
{
	const int64_t now = clock_mono_ms();
	const int most = d->o.tries;
	bool last = false, unknown = is_unknown(reason);
	struct drain_held *h;

	pthread_mutex_lock(&d->lock);
	h = hold(d, name);
	if (h != NULL && (h->tries == 0 || !unknown))
		d->busy_ms = now;
	if (h != NULL) {
		h->tries += h->tries <= most;
		h->due_ms =
		    now + d->o.retry_ms * (h->tries > most ? SLOW_FACTOR : 1);
		last = most > 0 && h->tries >= most &&
		    (!unknown || now - d->busy_ms >= d->o.unknown_ms);
	}
	pthread_mutex_unlock(&d->lock);
	return (last);
}

static void
file(struct drain *d, struct arena *a, const struct spool_name *name,
    const struct drain_kind *kind, struct str body)
{
	struct drain_job job = { .lanes = d->o.lanes,
		.keys = d->o.keys,
		.body = body,
		.most_ms = d->o.most_ms };
	struct drain_filed filed = { .asked = false };
	struct err e = { .code = ERR_OK };

	(void)id_time_ms(spool_name_id(name), &job.received_ms);
	if (kind->file(a, &job, &filed, &e) != ERR_OK) {
		not_filed(d, name, &e);
		return;
	}
	if (filed.asked)
		answered(d);
	if (!str_is(filed.verdict, "quarantined")) {
		pthread_mutex_lock(&d->lock);
		d->busy_ms = clock_mono_ms();
		pthread_mutex_unlock(&d->lock);
		done(d, name, DRAIN_APPLIED, &e);
		return;
	}
	(void)err_set(&e, ERR_DENIED, "%.*s", (int)filed.record.reason.n,
	    filed.record.reason.p);
	if (tried(d, name, filed.record.reason))
		park(d, name, &filed.record, body, &e);
	else
		tell(d, DRAIN_REFUSED, name, &e);
}

static const struct drain_kind *
find_kind(const struct drain *d, const struct spool_name *name)
{
	const struct drain_kind *kind = d->o.kinds;

	while (kind->name != NULL && !str_is(spool_name_kind(name), kind->name))
		kind++;
	return (kind->name == NULL ? NULL : kind);
}

void
drain_record(struct drain *d, struct arena *a, const struct spool_name *name)
{
	const struct drain_kind *kind = find_kind(d, name);
	struct str sealed, body;
	enum err_code code;
	struct err e;

	code = kind == NULL ?
	    err_set(&e, ERR_INPUT, "a kind that is not known") :
	    spool_read(d->o.spool, a, name, SPOOL_RECORD_MAX, &sealed, &e);
	if (code == ERR_OK)
		code = rest_open(a, d->o.keys, REST_SPOOL, str_of(name->text),
		    sealed, &body, &e);
	else if (code == ERR_ABSENT) {
		forget(d, name);
		return;
	}
	if (code == ERR_INPUT || code == ERR_ABSENT || code == ERR_AUTH) {
		bad(d, name, &e);
	} else if (code != ERR_OK) {
		defer(d, name, &e);
	} else if (body.n > LARGE_BYTES) {
		pthread_mutex_lock(&d->large);
		file(d, a, name, kind, body);
		pthread_mutex_unlock(&d->large);
	} else {
		file(d, a, name, kind, body);
	}
}
