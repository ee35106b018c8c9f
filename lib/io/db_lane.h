/*
 * Lanes: a few connections that carry the webhook statements of all request
 * threads. A lane takes what is waiting (one or many), sends it as one
 * flight, a pipelined batch in one transaction, and hands each thread its own
 * result after the commit of the flight was confirmed. A lone statement is
 * never delayed; how many flights are out at once depends on how much waits.
 *
 * A job whose key is in a flight waits for that flight; those of one key keep
 * their order. Values of more than DB_LANE_LARGE_BYTES take the last lane,
 * which is theirs alone.
 * If one statement of a flight fails, the flight is sent again one by one, so
 * that only the guilty one fails. After a lost connection the lane connects
 * again and sends each job once more: every statement of the webhook role is
 * written so that a second time does no harm.
 */
#ifndef CALLWARD_DB_LANE_H
#define CALLWARD_DB_LANE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "io/db.h"
#include "io/db_session.h"
#include "base/err.h"
#include "base/str.h"

#define DB_LANE_LARGE_BYTES (32 * 1024)
#define DB_LANE_QUEUE_MAX 8192 /* jobs waiting for all, or for one lane */

struct db_lanes;

struct db_lanes_options {
	const char *url;
	size_t lanes; /* beside the one for large values */
	bool prepared;
	enum statement_role role;
	bool self_check; /* refuse a connection that fails db_check */
	struct db_renewer *renewer; /* NULL: connections are kept */
};

struct db_lanes_counts {
	uint64_t flights;
	uint64_t statements;
	uint64_t singles; /* statements sent again one by one */
	uint64_t reconnects;
	uint64_t waiting; /* now */
	uint64_t away;	  /* lanes that could not connect the last time */
};

/*
 * Start the threads. The database need not be there: lanes connect when a
 * job comes, and again after a loss.
 */
enum err_code db_lanes_start(const struct db_lanes_options *,
    struct db_lanes **lanes_r, struct err *e) MUST_CHECK;

/*
 * Stop the threads, close the connections, free. No thread may be in
 * db_lanes_run by then: a job stands on the stack of its thread.
 */
void db_lanes_stop(struct db_lanes *);

/*
 * Run a statement and wait for its commit; the result is tied to the arena.
 *
 * key          what the statement is about: jobs of one key keep their order
 * deadline_ms  monotonic; a job that still waits is given up then, one that
 *              is on its way is waited for
 * ERR_TEMPORARY  the database is away, too much is waiting, or the server
 *                asked to try later: nothing was done
 * ERR_UNCERTAIN  it may have been done
 * ERR_CONFLICT   a unique key refused it; ERR_DENIED the role may not;
 * ERR_INPUT      the server refused a value; ERR_BUG for the rest
 */
enum err_code db_lanes_run(struct db_lanes *, struct arena *, struct str key,
    const struct db_values *, int64_t deadline_ms,
    const struct db_result **result_r, struct err *e) MUST_CHECK;

/*
 * The same for a statement that answers with one row, whatever it finds;
 * ERR_BUG when it did not.
 */
enum err_code db_lanes_run_one(struct db_lanes *, struct arena *,
    struct str key, const struct db_values *, int64_t deadline_ms,
    const struct db_result **result_r, struct err *e) MUST_CHECK;

/*
 * Run it on the first lane and on each lane that is away, one after the other;
 * fails if one of them still cannot reach the database.
 */
enum err_code db_lanes_probe(struct db_lanes *, struct arena *,
    const struct db_values *, int64_t deadline_ms,
    const struct db_result **result_r, struct err *e) MUST_CHECK;

void db_lanes_count(struct db_lanes *, struct db_lanes_counts *counts_r);

#endif
