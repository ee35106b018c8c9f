/*
 * The promise, looked at from inside: before a connection is used, the
 * database is asked whether it could be kept on it (who we are, forced
 * policies, durable commits, the schema's version). Belongs to the db
 * adapter; the questions themselves are SQL.
 */
#ifndef CALLWARD_DB_CHECK_H
#define CALLWARD_DB_CHECK_H

#include <stdbool.h>
#include <stdint.h>

#include "io/db.h"
#include "base/err.h"

/*
 * ERR_OK: nothing to complain of. ERR_DENIED: the promise could not be kept;
 * each complaint is one line in the log, unless quiet, and e holds the first.
 * Others as db_run.
 */
enum err_code db_check(struct db *, enum statement, bool quiet,
    int64_t deadline_ms, struct err *e) MUST_CHECK;

/*
 * Did the callward migrate of another version make the functions? They may
 * well do, so it is told, once a change, and nothing is refused. Of the
 * webhook role.
 */
enum err_code db_check_functions(struct db *, bool quiet, int64_t deadline_ms,
    struct err *e) MUST_CHECK;

#endif
