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

/* Wait until the socket is ready; false when the deadline passed. */
bool db_wait_socket(const struct db *, short events, int64_t deadline_ms);

#endif
