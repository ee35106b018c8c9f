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

/*
 * Run a statement of the tenant role; the result is tied to the arena.
 *
 * claims  what the tenant's policies read: JSON with the tenant as "sub"
 * writes  false: the transaction is read only, and is tried once more on a
 *         new connection when the first was lost
 * Errors as db_lanes_run. A connection that is not free for two seconds is
 * ERR_TEMPORARY. Whatever keeps a new connection from being used, its
 * self-check included, is ERR_TEMPORARY.
 */
enum err_code db_pool_run(struct db_pool *, struct arena *, struct str claims,
    bool writes, const struct db_values *, int64_t deadline_ms,
    const struct db_result **result_r, struct err *e) MUST_CHECK;

#endif
