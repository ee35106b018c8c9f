/*
 * PostgreSQL: the only door to libpq. A connection, the statements that were
 * compiled in from sql/statements, their values and results, and what an
 * SQLSTATE means for the caller. Knows nothing of calls or tenants.
 *
 * A struct db is used by one thread at a time. Everything has a deadline of
 * the monotonic clock; a connection whose deadline passed in the middle of a
 * statement is closed, because what it would answer next belongs to nobody.
 */
#ifndef CALLWARD_DB_H
#define CALLWARD_DB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/err.h"
#include "io/statements.h"
#include "base/str.h"

#define DB_PARAMS_MAX 40

/* What helps when a pooler does not keep prepared statements. */
#define DB_POOLER_REMEDY                                                       \
	"set PREPARED=no, or let PgBouncer 1.21 or newer keep them "           \
	"(max_prepared_statements above 0)"

struct db;
struct db_result;

/* One bound value. */
struct db_value {
	const char *p; /* NULL is SQL's null; ends in NUL unless binary */
	int n;	       /* its bytes, without that NUL */
	bool binary;
};

struct db_values {
	enum statement statement;
	struct db_value v[DB_PARAMS_MAX];
	/*
	 * ERR_INPUT: a value has a NUL byte; ERR_TOO_LARGE: no memory for it;
	 * ERR_BUG: a name that the statement does not have
	 */
	enum err_code failed;
	struct arena *arena;
};

/*
 * Begin the values of a statement; all are null. Where a statement is known and
 * has parameters, its function of statements.h takes them instead:
 *
 *     statement_find_answer(&v, arena,
 *         &(struct statement_find_answer){ .call_sid = call_sid });
 */
void db_values_init(struct db_values *, struct arena *, enum statement);
/*
 * For these functions: all members of the statement's struct. Bytes, and texts
 * of 4 KiB or more, have to stay where they are until the statement has run.
 */
void db_values_take(struct db_values *, const void *params);
/* One by its name, where the statement is chosen at run time. */
void db_give(struct db_values *, const char *name, struct str);
void db_give_number(struct db_values *, const char *name, int64_t);

/*
 * Can they be sent? ERR_BUG also when one is missing that may not be null; the
 * functions below ask it first.
 */
enum err_code db_values_check(const struct db_values *,
    struct err *e) MUST_CHECK;

/* NULL and "" are null. */
struct str db_text(const char *);
/* Wall time in milliseconds as timestamptz, written into text; 0 is null. */
struct str db_time(int64_t wall_ms, char text[CLOCK_RFC3339_SIZE]);

/*
 * Reading a result. col is one of the statement's enum in statements.h. A null
 * is STR_NONE, false, 0.
 */
size_t db_rows(const struct db_result *);
/* A column by its name, of a statement that is chosen at run time. */
size_t db_column(const struct db_result *, const char *name);
struct str db_str(const struct db_result *, size_t row, size_t col);
int64_t db_int(const struct db_result *, size_t row, size_t col);
bool db_bool(const struct db_result *, size_t row, size_t col);

/*
 * Can the address be read in one way only? ERR_INPUT: it cannot be parsed, or
 * a piece of a password may have got into the host or the database's name.
 */
enum err_code db_check_address(const char *url, struct err *e) MUST_CHECK;

/*
 * Connect. Secrets of the address never reach a message. Of several hosts, or
 * of several addresses of one, each has its share of the time that is left
 * (connect_timeout of the address at most); one that says nothing for so long
 * is passed over.
 *
 * url       libpq connection string
 * app       application_name
 * ERR_TEMPORARY: not reachable now; ERR_INPUT: the address is malformed;
 * ERR_DENIED: the server refused the login (SQLSTATE class 28, 3D, 42501)
 */
enum err_code db_open(const char *url, const char *app, int64_t deadline_ms,
    struct db **db_r, struct err *e) MUST_CHECK;
void db_close(struct db *); /* NULL is fine */

/*
 * Is a connection on which nothing is under way still good? What the server
 * closed meanwhile is not, as after its restart.
 */
bool db_is_up(struct db *);

/* The operator sees the server's notices ("raise notice"). */
typedef void db_notice(void *ctx, const char *text);
void db_on_notice(struct db *, db_notice *, void *ctx);

/*
 * Prepare every statement of a role and compare the types of its parameters,
 * the names and the types of its columns with the compiled ones. ERR_CONFLICT
 * names the statement that differs, and in what.
 *
 * named          false: check only, keep nothing (for a pooler)
 * ERR_TEMPORARY  and db_unnamed(): a pooler is in between, connect again
 */
enum err_code db_prepare(struct db *, enum statement_role, bool named,
    int64_t deadline_ms, struct err *e) MUST_CHECK;

/*
 * Did a server not keep what was prepared on a connection (SQLSTATE 42P05,
 * 26000), because a pooler gives each transaction another one? From then on
 * this process sends every statement with its text. Told once, in the log.
 */
bool db_unnamed(void);

/*
 * Did a statement fail for what the server knew of it no longer being so: no
 * function of this name and these parameters (SQLSTATE 42883), other columns
 * than when it was prepared (0A000), a name that is lost (42P05, 26000)? As
 * when functions were replaced meanwhile. Connect again, and it may work.
 */
bool db_is_stale(const struct db *);

/*
 * Run one statement outside of any flight; the result is tied to the arena.
 * Not prepared before; fit for the command, not for the hot path.
 */
enum err_code db_run(struct db *, struct arena *, const struct db_values *,
    int64_t deadline_ms, const struct db_result **result_r,
    struct err *e) MUST_CHECK;

/*
 * Run SQL text without values, of our own making only (begin, commit, a
 * migration's file); many statements are allowed.
 */
enum err_code db_exec(struct db *, const char *sql, int64_t deadline_ms,
    struct err *e) MUST_CHECK;

/*
 * Run one COPY of our own making. TO STDOUT: each line that comes is given to
 * fn, without its newline. FROM STDIN: nothing is sent; ERR_OK then means that
 * the server would have taken rows. Errors as db_run, with the SQLSTATE.
 */
typedef void db_line(void *ctx, struct str line);
enum err_code db_copy(struct db *, const char *sql, db_line *fn, void *ctx,
    int64_t deadline_ms, struct err *e) MUST_CHECK;

/* Flights: statements sent together as one implicit transaction. */

/* One statement of a flight and what became of it. */
struct db_job {
	const struct db_values *values;
	const char *claims;	  /* of a tenant's statement: whom it is for */
	struct db_result *result; /* set on ERR_OK; db_result_free */
	struct err err;
	enum err_code code;
};

/*
 * Send n jobs and wait until their commit is confirmed.
 *
 * named  the statements were prepared with db_prepare; otherwise each goes
 *        with its text. After ERR_CONFLICT and db_is_stale(): connect again
 * ERR_OK         all done and committed
 * ERR_CONFLICT   a statement failed, nothing was committed; job->code says
 *                which (others of the flight hold ERR_TEMPORARY)
 * ERR_UNCERTAIN  the connection was lost or the deadline passed in between;
 *                it is down now
 */
enum err_code db_flight(struct db *, struct db_job **jobs, size_t n, bool named,
    int64_t deadline_ms, struct err *e) MUST_CHECK;

void db_result_free(struct db_result *);

/*
 * A tenant's statement runs only in a transaction that has its claims, and what
 * it answers ends in them. Look at both, and take the row away that stands for
 * none. ERR_ABSENT: it did not run, because its transaction had no tenant or
 * another one; ERR_BUG: the rows are of somebody else's, and not to be used.
 */
enum err_code db_prove(struct db_job *, struct err *e) MUST_CHECK;

#endif
