/*
 * Nothing here locks: counters and the flag are atomics, each for itself.
 */
#include "config.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "io/spool.h"
#include "spooling.h"
#include "tenancy/drain.h"
#include "tenancy/rest.h"
#include "vapi/spooled.h"

#define SEAL_SPARE_BYTES ((size_t)64 * 1024)
#define PROBE_MS 1000 /* how often a message tries a database that is away */
#define WORKERS 24
#define TRIES 5
#define RETRY_MS 60000
#define UNKNOWN_MS 3600000
#define PAUSE_MS 1000

struct spooling {
	struct spool *spool;
	struct drain *drain;
	atomic_bool away, half_told;
	atomic_int_fast64_t probe_ms; /* mono: the next message that tries */
	atomic_uint_fast64_t kept, refused, event[DRAIN_EVENTS];
};

/* Checks ------------------------------------------------------------------ */

/* NULL in *spool_r: there is none yet, which is fine: the start makes it. */
static enum err_code
open_to_check(const struct app *app, bool checking, struct spool **spool_r,
    struct err *e)
{
	struct spool_options o = spool_options_of(&app->settings);
	enum err_code code;

	*spool_r = NULL;
	o.as_root = checking;
	code = spool_open(&o, spool_r, e);
	if (code == ERR_ABSENT &&
	    (app->settings.state_dir[0] == '\0' ||
		access(o.state_dir, F_OK) == 0))
		return (ERR_OK);
	return (code);
}

enum err_code
spooling_check(const struct app *app, bool checking, struct err *e)
{
	struct spool *spool;
	enum err_code code = open_to_check(app, checking, &spool, e);

	spool_close(spool);
	return (code);
}

enum err_code
spooling_check_keys(const struct app *app, struct err *e)
{
	struct spool *spool;
	enum err_code code = open_to_check(app, true, &spool, e);

	if (code == ERR_OK && spool != NULL)
		code = spooled_check_keys(spool, &app->keys, e);
	spool_close(spool);
	return (code);
}

/* Draining ---------------------------------------------------------------- */

static void
log_record(const char *event, const struct spool_name *name,
    const struct err *why)
{
	struct log_line line;

	log_begin(&line, LOG_LEVEL_ERROR, event);
	if (name != NULL)
		log_text(&line, "record", name->text);
	log_failure(&line, why);
	log_end(&line);
}

static void
drained(void *ctx, enum drain_event event, const struct spool_name *name,
    const struct err *why)
{
	struct spooling *s = ctx;

	atomic_fetch_add(&s->event[event], 1);
	if (event == DRAIN_BAD)
		log_record("spool_record_bad", name, why);
	else if (event == DRAIN_DEFERRED)
		log_record("spool_record_deferred", name, why);
	else if (event == DRAIN_PARKED)
		log_record("spool_record_parked", name, why);
	if (event == DRAIN_APPLIED || event == DRAIN_PARKED)
		atomic_store(&s->away, false);
	else if (event == DRAIN_AWAY)
		atomic_store(&s->away, true);
}

enum err_code
spooling_start(const struct app *app, struct spooling **s_r, struct err *e)
{
	struct spool_options o = spool_options_of(&app->settings);
	struct drain_options d = { .keys = &app->keys,
		.lanes = app->lanes,
		.kinds = spooled_kinds,
		.workers = WORKERS,
		.tries = TRIES,
		.retry_ms = RETRY_MS,
		.unknown_ms = UNKNOWN_MS,
		.pause_ms = PAUSE_MS,
		.most_ms = SPOOLING_DB_MS,
		.tell = drained };
	struct spooling *s;
	enum err_code code;

	*s_r = NULL;
	if (app->settings.spool_max_files == 0)
		return (ERR_OK);
	if ((s = calloc(1, sizeof(*s))) == NULL)
		return (err_set(e, ERR_TEMPORARY, "no memory"));
	o.make = true;
	if ((code = spool_open(&o, &s->spool, e)) == ERR_OK) {
		d.spool = s->spool;
		d.ctx = s;
		code = drain_start(&d, &s->drain, e);
	}
	if (code == ERR_OK) {
		*s_r = s;
		return (ERR_OK);
	}
	spooling_stop(s);
	if (code != ERR_ABSENT || app->settings.state_dir[0] != '\0')
		return (code);
	log_error(LOG_LEVEL_WARN, "no_spool", e);
	return (ERR_OK);
}

void
spooling_stop(struct spooling *s)
{
	if (s == NULL)
		return;
	drain_stop(s->drain);
	spool_close(s->spool);
	free(s);
}

/* Keeping ----------------------------------------------------------------- */

int64_t
spooling_patience_ms(const struct exchange *x, int64_t without_ms)
{
	return (x->app->spooling == NULL ? without_ms : SPOOLING_DB_MS);
}

bool
spooling_comes_first(const struct exchange *x)
{
	struct spooling *s = x->app->spooling;
	int_fast64_t now = clock_mono_ms(), due;

	if (s == NULL || !atomic_load(&s->away))
		return (false);
	due = atomic_load(&s->probe_ms);
	return (now < due ||
	    !atomic_compare_exchange_strong(&s->probe_ms, &due,
		now + PROBE_MS));
}

void
spooling_answered(const struct exchange *x)
{
	if (x->app->spooling != NULL)
		atomic_store(&x->app->spooling->away, false);
}

void
spooling_failed(const struct exchange *x)
{
	struct spooling *s = x->app->spooling;

	if (s != NULL && !atomic_exchange(&s->away, true))
		atomic_store(&s->probe_ms, clock_mono_ms() + PROBE_MS);
}

/* Said once each time that it becomes half full. */
static void
tell_half(struct spooling *s)
{
	struct spool_counts n;
	struct log_line line;

	spool_count(s->spool, &n);
	if (atomic_exchange(&s->half_told, n.half_full) || !n.half_full)
		return;
	log_begin(&line, LOG_LEVEL_ERROR, "spool_half_full");
	log_int(&line, "records", n.files);
	log_int(&line, "bytes", n.bytes);
	log_end(&line);
}

static enum err_code
put(struct spooling *s, const struct keyring *keys, const char *kind,
    struct str body, struct err *e)
{
	struct arena *a = arena_new(3 * body.n + SEAL_SPARE_BYTES);
	struct spool_name name;
	struct str sealed;
	enum err_code code;

	if (a == NULL)
		return (err_set(e, ERR_TEMPORARY, "no memory"));
	if ((code = spool_name_new(kind, &name, e)) == ERR_OK &&
	    (code = rest_seal(a, keys, REST_SPOOL, str_of(name.text), body,
		 &sealed, e)) == ERR_OK)
		code = spool_put(s->spool, &name, sealed, e);
	arena_free(a);
	return (code);
}

bool
spooling_keep(struct exchange *x, const char *kind, struct str body)
{
	struct spooling *s = x->app->spooling;
	struct err e;

	if (s == NULL)
		return (false);
	if (put(s, &x->app->keys, kind, body, &e) != ERR_OK) {
		atomic_fetch_add(&s->refused, 1);
		log_error(LOG_LEVEL_ERROR, "spool_failed", &e);
		return (false);
	}
	atomic_fetch_add(&s->kept, 1);
	tell_half(s);
	x->outcome = "spooled";
	return (true);
}

void
spooling_count(const struct spooling *s, struct spooling_counts *n)
{
	struct spool_counts now;

	*n = (struct spooling_counts){ 0 };
	if (s == NULL)
		return;
	spool_count(s->spool, &now);
	*n = (struct spooling_counts){ .records = now.files - now.strangers,
		.bytes = now.bytes,
		.oldest_ms = now.oldest_ms,
		.kept = atomic_load(&s->kept),
		.refused = atomic_load(&s->refused),
		.applied = atomic_load(&s->event[DRAIN_APPLIED]),
		.tried = atomic_load(&s->event[DRAIN_REFUSED]),
		.parked = atomic_load(&s->event[DRAIN_PARKED]),
		.bad = atomic_load(&s->event[DRAIN_BAD]) };
}
