/*
 * Inside of the db adapter: what a connection is, for the files of it that
 * speak to libpq. The one includer of libpq; nobody else may include this.
 */
#ifndef CALLWARD_DB_PQ_H
#define CALLWARD_DB_PQ_H

#include <stdbool.h>
#include <stdint.h>

#include <libpq-fe.h>

#include "io/db.h"

/* An ERR_INPUT that says how to write an address, and repeats none. */
#define DB_MALFORMED                                                           \
	"the address of the database is malformed (in a name or password, "    \
	"'@' is written %40, '/' %2F, ':' %3A)"

struct db {
	PGconn *conn;
	bool stale; /* see db_is_stale */
	db_notice *notice;
	void *notice_ctx;
};

/* One more than the values: the claims, where the statement is proven. */
int db_params_of(const struct statement_row *);
/* With the two of the proof, where there is one. */
int db_columns_of(const struct statement_row *);

/*
 * Are the columns of a result those of the statement's head, by name, and of
 * types that are read alike? False: *e, an ERR_BUG, says in what they differ.
 */
bool db_has_columns(const struct statement_row *, const PGresult *,
    struct err *e) MUST_CHECK;
/* The same of what the server describes, parameters too: ERR_CONFLICT. */
bool db_is_described(const struct statement_row *, const PGresult *,
    struct err *e) MUST_CHECK;

/* Wait until the socket is ready; false when the deadline passed. */
bool db_wait_socket(const struct db *, short events, int64_t deadline_ms);

#endif
