/*
 * Messages outlive the database's absence: what a webhook could not file is
 * kept in the spool, encrypted, and filed by a thread once the database is
 * back. This file joins spool, drain, settings, log and metrics; what can be
 * kept is the webhooks' business.
 */
#ifndef CALLWARD_SPOOLING_H
#define CALLWARD_SPOOLING_H

#include <stdbool.h>
#include <stdint.h>

#include "app.h"
#include "exchange.h"

/* How long a message waits for the database where there is a spool. */
#define SPOOLING_DB_MS 2500

struct spooling;

struct spooling_counts {
	int64_t records, bytes, oldest_ms; /* now; wall clock */
	uint64_t kept, refused;		   /* by the spool */
	uint64_t applied, tried, parked, bad;
};

/*
 * Is STATE_DIR as it must be? It may be missing where it is not set. checking
 * (-t): if root asks, it may belong to another user, since root only tests.
 */
enum err_code spooling_check(const struct app *, bool checking,
    struct err *e) MUST_CHECK;

/* The same, checking: has each record a key that is among METADATA_KEYS? */
enum err_code spooling_check_keys(const struct app *, struct err *e) MUST_CHECK;

/* NULL in *s_r: there is no spool, which is told. */
enum err_code spooling_start(const struct app *, struct spooling **s_r,
    struct err *e) MUST_CHECK;
void spooling_stop(struct spooling *); /* NULL is fine */

/* How long a message of this request may wait for the database. */
int64_t spooling_patience_ms(const struct exchange *, int64_t without_ms);

/*
 * Is the database known to be away, so that a message goes to the spool without
 * a try? Once a second it says no, so that one message tries the database.
 */
bool spooling_comes_first(const struct exchange *);

/* What a message has seen of the database. */
void spooling_answered(const struct exchange *);
void spooling_failed(const struct exchange *);

/*
 * Keep a message of this kind. True: it is on the disk, and x->outcome says
 * so. False: there is no spool, or it could not, which is logged.
 */
bool spooling_keep(struct exchange *, const char *kind, struct str body);

void spooling_count(const struct spooling *, struct spooling_counts *counts_r);

#endif
