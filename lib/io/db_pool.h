/*
 * Connections that act for one tenant at a time: the dashboard's. Each request
 * borrows one, runs one transaction in one flight (set the tenant, then the
 * statement) and gives it back; the tenant is local to that transaction and
 * never outlives it. Another login role than the lanes', so that neither can
 * do the other's work. One tenant has at most half of the connections at a
 * time, and who waits for one is served in turn.
 */
#ifndef CALLWARD_DB_POOL_H
#define CALLWARD_DB_POOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "io/db.h"
#include "io/db_session.h"
#include "base/err.h"
#include "base/str.h"

struct db_pool;

struct db_pool_options {
	const char *url;
	size_t connections;
	bool prepared;
	struct db_renewer *renewer; /* NULL: connections are kept */
};

/* Nothing is connected before it is needed. */
enum err_code db_pool_new(const struct db_pool_options *,
    struct db_pool **pool_r, struct err *e) MUST_CHECK;
/* When nobody uses it any more. */
void db_pool_free(struct db_pool *);

/* For whom a statement runs. */
struct db_pool_who {
	struct str login;  /* of whom a share of the connections is counted */
	struct str claims; /* what callward.tenant_enter is given: JSON */
	struct str before; /* the request's tenant; STR_NONE: not known yet */
	bool writes;	   /* false: the transaction is read only */
};

/* What the database told of that. */
struct db_pool_told {
	bool nobody;	   /* the login has no tenant: nothing was run */
	struct str tenant; /* whose it was; good until the arena's reset */
	bool standby;	   /* it takes no writes at all */
};

/*
 * Run a statement of the tenant role; the result is tied to the arena. One
 * that does not write is tried once more on a new connection when the first
 * was lost.
 *
 * told_r  written where the database has answered
 * Errors as db_lanes_run. ERR_DENIED with nobody set: the login has no tenant.
 * Where it has another one than who->before, nothing is run: ERR_TEMPORARY.
 * A connection that is not free for two seconds is ERR_TEMPORARY. Whatever
 * keeps a new connection from being used, its self-check included, is
 * ERR_TEMPORARY.
 */
enum err_code db_pool_run(struct db_pool *, struct arena *,
    const struct db_pool_who *, const struct db_values *, int64_t deadline_ms,
    struct db_pool_told *told_r, const struct db_result **result_r,
    struct err *e) MUST_CHECK;

#endif
