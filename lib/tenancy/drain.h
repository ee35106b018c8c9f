/*
 * Empties a spool into the database: opens each record, has it filed by its
 * kind, oldest first, several at a time, and removes what is done. Knows
 * neither what the kinds are nor who is told.
 *
 * A try is an answer of a reachable database that refuses the record. While the
 * database is away, locked or full nothing counts as a try: one record at a
 * time is attempted, each time another one, until one succeeds. A record that
 * was refused often enough is moved to quarantine, under the record's own id.
 *
 * A record stays for one of three reasons, each told once. The database is
 * away: that concerns every record. The record is broken: it stays where it is,
 * and is looked at again now and then, since an operator may have repaired it.
 * Or it cannot be filed now, for another reason. No record delays another.
 */
#ifndef CALLWARD_DRAIN_H
#define CALLWARD_DRAIN_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "io/db_lane.h"
#include "base/err.h"
#include "io/spool.h"
#include "tenancy/keyring.h"
#include "tenancy/tenancy.h"
#include "base/str.h"

struct drain_job {
	struct db_lanes *lanes;
	const struct keyring *keys;
	struct str body;
	int64_t received_ms; /* wall clock: when it came */
	int64_t most_ms;     /* for the database */
};

/* What became of one. */
struct drain_filed {
	struct str verdict; /* as of tenancy_applied; STR_NONE: not kept */
	bool asked;	    /* the database answered */
	/* "quarantined": what the inbox would say; id and body left out */
	struct tenancy_record record;
};

/*
 * File the body of a record, which may have been filed before. ERR_TEMPORARY
 * and ERR_UNCERTAIN: the database did not answer. ERR_INPUT and ERR_TOO_LARGE:
 * the body is not of this kind. Any other error: it cannot be filed now.
 */
typedef enum err_code drain_file(struct arena *, const struct drain_job *,
    struct drain_filed *filed_r, struct err *e);

struct drain_kind {
	const char *name;
	drain_file *file;
};

enum drain_event {
	DRAIN_APPLIED, /* filed and removed */
	DRAIN_REFUSED, /* a try */
	DRAIN_PARKED,  /* in quarantine and removed */
	/* Each of these is told once a record, which stays. */
	DRAIN_AWAY,	/* the database did not answer */
	DRAIN_DEFERRED, /* not now, for another reason */
	/* Is broken, or was filed and cannot be removed. */
	DRAIN_BAD, /* name NULL: files of other names */
	DRAIN_EVENTS
};

/* Called by several threads. name may be NULL; why is never. */
typedef void drain_tell(void *ctx, enum drain_event, const struct spool_name *,
    const struct err *why);

struct drain_options {
	struct spool *spool;
	const struct keyring *keys;
	struct db_lanes *lanes;
	const struct drain_kind *kinds; /* ends without a name */
	size_t workers;
	int tries;	  /* until a record is parked; 0: never */
	int64_t retry_ms; /* between two tries; ten times it, of a broken one */
	/*
	 * A record of an unknown call is parked only when nothing else was in
	 * the spool for so long: the record that creates its call may follow.
	 */
	int64_t unknown_ms;
	int64_t pause_ms; /* between two records while the database is away */
	int64_t most_ms;  /* for the database, a record */
	drain_tell *tell;
	void *ctx;
};

struct drain;

/*
 * Go on until drain_stop: takes the spool's lock once nobody else has it, and
 * counts the spool again when it changed.
 */
enum err_code drain_start(const struct drain_options *, struct drain **drain_r,
    struct err *e) MUST_CHECK;
void drain_stop(struct drain *); /* NULL is fine */

/*
 * Each record once; the caller has the lock. ERR_TEMPORARY: the database went
 * away meanwhile.
 */
enum err_code drain_once(const struct drain_options *,
    struct err *e) MUST_CHECK;

#endif
