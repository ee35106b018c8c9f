/*
 * A PostgreSQL that does what a test says: as much of protocol 3.0 as libpq
 * needs in pipeline mode, on a Unix socket of its own, one thread a
 * connection. It knows the compiled statements and no SQL. What comes between
 * two Syncs is one flight: all of it commits, or nothing.
 *
 * A statement is named in the rules and counts by its first parameter.
 */
#ifndef CALLWARD_FAKE_POSTGRES_H
#define CALLWARD_FAKE_POSTGRES_H

#include <stdbool.h>
#include <stddef.h>

#include "io/db.h"

struct fake_postgres;

enum fake_act {
	/* on: the first parameter of a statement of the flight */
	FAKE_HOLD = 1,	      /* wait for the release, then go on */
	FAKE_FAIL,	      /* this statement fails */
	FAKE_FAIL_COMMIT,     /* every statement answers, the commit fails */
	FAKE_END_SESSION,     /* FATAL, nothing committed */
	FAKE_END_AT_COMMIT,   /* FATAL in place of ReadyForQuery, committed */
	FAKE_CUT,	      /* closed without a word, nothing committed */
	FAKE_CUT_AT_COMMIT,   /* committed; closed before ReadyForQuery */
	FAKE_STALL,	      /* nothing committed, never an answer */
	FAKE_STALL_AT_COMMIT, /* committed; ReadyForQuery never comes */
	FAKE_CLOSE,	      /* answered whole, closed after it */
	FAKE_FORGET,	      /* the tenant is forgotten before this */
	FAKE_MISTAKE,	      /* answered to whom has the claims "state" */
	/* on: the name of a statement */
	FAKE_COLUMNS, /* described with others; "state" as in fake_wire.h */
	FAKE_PARAMS,
	FAKE_REFUSE_PARSE,
	/* on: the server's sentence */
	FAKE_REFUSE_LOGIN
};

/* Begin to listen; a failure ends the program. */
struct fake_postgres *fake_postgres_start(void);
void fake_postgres_stop(struct fake_postgres *);

/* The connection string. */
const char *fake_postgres_url(const struct fake_postgres *);

/* From now on a login is told that it is a standby, or that it is not. */
void fake_postgres_standby(struct fake_postgres *, bool);

/*
 * The next times that it fits, do this. state is an SQLSTATE where one is
 * sent. A flight that prepares goes by the name "prepare", and FAKE_STALL
 * takes "login" too.
 */
void fake_postgres_rule(struct fake_postgres *, enum fake_act, const char *on,
    const char *state, int times);

/*
 * Wait until all of these were used up, so that none is left for what comes
 * next: who does not wait for an answer is quicker than the server may be.
 * false when they were not within 20 s.
 */
bool fake_postgres_spent(struct fake_postgres *);

/* Let everything go on that is held now. */
void fake_postgres_release(struct fake_postgres *);

/* Close everything and listen no more; listen again. */
void fake_postgres_leave(struct fake_postgres *);
void fake_postgres_return(struct fake_postgres *);

/*
 * What a statement answers from now on: rows rows of these columns (NULL is
 * null). Without it: one row, whose first column is the first parameter.
 */
void fake_postgres_answer(struct fake_postgres *, enum statement, size_t rows,
    const char *const *columns);

/* How often one with this first parameter (NULL: any) came, and committed. */
size_t fake_postgres_came(struct fake_postgres *, const char *on);
size_t fake_postgres_committed(struct fake_postgres *, const char *on);

/* Wait until it came n times; false when it did not within 20 s. */
bool fake_postgres_await(struct fake_postgres *, const char *on, size_t n);

/* All first parameters in the order of their commit: "a b c". */
const char *fake_postgres_order(struct fake_postgres *);
size_t fake_postgres_logins(struct fake_postgres *);
size_t fake_postgres_largest(struct fake_postgres *); /* flight */
bool fake_postgres_named(struct fake_postgres *);     /* the last statement */

/*
 * The last parameters of a statement as one text, "|" between them: null is
 * "~", bytes are "\x" and hex digits.
 */
const char *fake_postgres_params(struct fake_postgres *, enum statement);

#endif
