/*
 * Statements, their flights and what came of them, over libpq; db_open.c is
 * how a connection is made. Always non-blocking underneath: every wait is one
 * poll(2) with what is left of the deadline.
 *
 * Messages of the server can repeat values, so the intake's errors carry the
 * SQLSTATE and the constraint alone; db_exec, which runs our own text for the
 * operator, carries the server's sentence.
 */
#include "config.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "io/db_pq.h"
#include "base/log.h"

static void
release_result(void *p)
{
	PQclear(p);
}

/* What an error means ---------------------------------------------------- */

static bool
state_is(const char *state, const char *prefix)
{
	return (strncmp(state, prefix, strlen(prefix)) == 0);
}

static enum err_code
code_of_state(const char *state)
{
	static const struct {
		const char *prefix;
		enum err_code code;
	} rows[] = {
		{ "08", ERR_TEMPORARY },    /* connection */
		{ "57P0", ERR_TEMPORARY },  /* shutting down, starting */
		{ "57014", ERR_TEMPORARY }, /* cancelled, timed out */
		{ "53", ERR_TEMPORARY },    /* out of something */
		{ "40", ERR_TEMPORARY },    /* deadlock, serialisation */
		{ "55P03", ERR_TEMPORARY }, /* lock not to be had */
		{ "25006", ERR_TEMPORARY }, /* read-only: a standby */
		{ "25001", ERR_TEMPORARY }, /* the same: it may not write */
		{ "23", ERR_CONFLICT },	    /* a key or a check */
		{ "22", ERR_INPUT },	    /* a value of wrong form */
		{ "28", ERR_DENIED },
		{ "3D", ERR_DENIED }, /* no such database */
		{ "42501", ERR_DENIED },
	};

	if (state == NULL || state[0] == '\0')
		return (ERR_TEMPORARY);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (state_is(state, rows[i].prefix))
			return (rows[i].code);
	return (ERR_BUG);
}

static enum err_code
result_error(const PGresult *res, const char *what, struct err *e)
{
	const char *state = PQresultErrorField(res, PG_DIAG_SQLSTATE);
	const char *key = PQresultErrorField(res, PG_DIAG_CONSTRAINT_NAME);

	return (err_set(e, code_of_state(state), "%s: SQLSTATE %s%s%s", what,
	    state == NULL ? "none" : state, key == NULL ? "" : ", constraint ",
	    key == NULL ? "" : key));
}

/* Is this the server saying that the session is over? */
static bool
ends_session(const PGresult *res)
{
	const char *state = PQresultErrorField(res, PG_DIAG_SQLSTATE);

	return (
	    state == NULL || state_is(state, "57P0") || state_is(state, "08"));
}

/* Names under a pooler ----------------------------------------------------- */

static atomic_bool unnamed;

bool
db_unnamed(void)
{
	return (atomic_load(&unnamed));
}

/*
 * 42P05: another client prepared it on this connection before; 26000: it was
 * prepared on another one. A server without a pooler says neither.
 */
static bool
names_are_lost(const PGresult *res)
{
	const char *state = PQresultErrorField(res, PG_DIAG_SQLSTATE);
	struct log_line line;

	if (state == NULL ||
	    (strcmp(state, "42P05") != 0 && strcmp(state, "26000") != 0))
		return (false);
	if (atomic_exchange(&unnamed, true))
		return (true);
	log_begin(&line, LOG_LEVEL_WARN, "statements_unnamed");
	log_str(&line, "why",
	    STR("a pooler between here and the database does not keep prepared statements; from now on each goes with its text"));
	log_str(&line, "sqlstate", str_of(state));
	log_str(&line, "remedy", STR(DB_POOLER_REMEDY));
	log_end(&line);
	return (true);
}

/* What the server no longer has as it was when the statement was prepared. */
static bool
is_outdated(const PGresult *res)
{
	static const char *const states[] = { "42883", "0A000", "42P05",
		"26000" };
	const char *state = PQresultErrorField(res, PG_DIAG_SQLSTATE);

	for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++)
		if (state != NULL && strcmp(state, states[i]) == 0)
			return (true);
	return (false);
}

bool
db_is_stale(const struct db *db)
{
	return (db != NULL && db->stale);
}

/* A connection ------------------------------------------------------------ */

bool
db_wait_socket(const struct db *db, short events, int64_t deadline_ms)
{
	struct pollfd p = { .fd = PQsocket(db->conn), .events = events };
	int64_t left;
	int n;

	do {
		left = deadline_ms - clock_mono_ms();
		if (left <= 0)
			return (false);
		n = poll(&p, 1, left > 60000 ? 60000 : (int)left);
	} while (n == 0 || (n < 0 && errno == EINTR));
	return (n > 0);
}

void
db_close(struct db *db)
{
	if (db == NULL)
		return;
	PQfinish(db->conn);
	free(db);
}

static bool
is_open(const struct db *db)
{
	return (db != NULL && PQstatus(db->conn) == CONNECTION_OK);
}

/*
 * Mostly nothing came. Else read twice: a server that leaves says why, and the
 * end comes after that.
 */
bool
db_is_up(struct db *db)
{
	struct pollfd p = { .events = POLLIN };

	if (!is_open(db))
		return (false);
	p.fd = PQsocket(db->conn);
	return (poll(&p, 1, 0) == 0 ||
	    (PQconsumeInput(db->conn) != 0 && PQconsumeInput(db->conn) != 0 &&
		is_open(db)));
}

void
db_on_notice(struct db *db, db_notice *notice, void *ctx)
{
	db->notice = notice;
	db->notice_ctx = ctx;
}

/* Sending and waiting ---------------------------------------------------- */

static enum err_code
lost(struct db *db, const char *why, struct err *e)
{
	/*
	 * Whatever the server still says belongs to a statement that nobody
	 * waits for any more: the session is over.
	 */
	PQfinish(db->conn);
	db->conn = NULL;
	return (err_set(e, ERR_UNCERTAIN, "database: %s", why));
}

/* The next result, NULL included; both directions are kept moving. */
static enum err_code
next_result(struct db *db, int64_t deadline_ms, PGresult **res_r, struct err *e)
{
	int unsent;

	for (;;) {
		if ((unsent = PQflush(db->conn)) < 0)
			return (lost(db, "connection lost while sending", e));
		if (!PQisBusy(db->conn))
			break;
		if (!db_wait_socket(db,
			(short)(POLLIN | (unsent ? POLLOUT : 0)), deadline_ms))
			return (lost(db, "no answer in time", e));
		if (!PQconsumeInput(db->conn))
			return (lost(db, "connection lost", e));
	}
	*res_r = PQgetResult(db->conn);
	return (ERR_OK);
}

static int
send_job(struct db *db, const struct db_job *job, bool named)
{
	const struct db_values *v = job->values;
	const struct statement_row *row = &statements[v->statement];
	const char *values[DB_PARAMS_MAX + 1];
	int lengths[DB_PARAMS_MAX + 1], formats[DB_PARAMS_MAX + 1];
	const int n = db_params_of(row);

	for (int i = 0; i < row->params; i++) {
		values[i] = v->v[i].p;
		lengths[i] = v->v[i].n;
		formats[i] = v->v[i].binary;
	}
	values[row->params] = job->claims;
	lengths[row->params] = formats[row->params] = 0;
	return (named ? PQsendQueryPrepared(db->conn, row->prepared, n, values,
			    lengths, formats, 0) :
			PQsendQueryParams(db->conn, row->text, n, NULL, values,
			    lengths, formats, 0));
}

/* Read what one job was answered, up to the NULL behind it. */
static enum err_code
read_job(struct db *db, struct db_job *job, int64_t deadline_ms, struct err *e)
{
	const struct statement_row *row = &statements[job->values->statement];
	PGresult *res, *rest;
	enum err_code code;

	if ((code = next_result(db, deadline_ms, &res, e)) != ERR_OK)
		return (code);
	switch (PQresultStatus(res)) {
	case PGRES_TUPLES_OK:
		job->code =
		    db_has_columns(row, res, &job->err) ? ERR_OK : ERR_BUG;
		break;
	case PGRES_COMMAND_OK:
		job->code = ERR_OK;
		break;
	case PGRES_PIPELINE_ABORTED:
		job->code = err_set(&job->err, ERR_TEMPORARY,
		    "%s: another statement of the flight failed", row->name);
		break;
	default:
		(void)names_are_lost(res);
		db->stale |= is_outdated(res);
		job->code = result_error(res, row->name, &job->err);
		if (res == NULL || ends_session(res)) {
			PQclear(res);
			return (lost(db, "session ended by the server", e));
		}
	}
	if (job->code == ERR_OK)
		job->result = (struct db_result *)res;
	else
		PQclear(res);
	if ((code = next_result(db, deadline_ms, &rest, e)) != ERR_OK)
		return (code);
	if (rest != NULL) {
		PQclear(rest);
		return (lost(db, "a second result for one statement", e));
	}
	return (ERR_OK);
}

/*
 * Read up to the Sync: only when it came is the commit confirmed. An error in
 * between is the commit itself that failed.
 */
static enum err_code
read_sync(struct db *db, int64_t deadline_ms, bool *committed_r, struct err *e)
{
	ExecStatusType status;
	PGresult *res;
	enum err_code code;
	bool ended = false;

	*committed_r = true;
	for (;;) {
		if ((code = next_result(db, deadline_ms, &res, e)) != ERR_OK)
			return (code);
		/* libpq puts one NULL behind the refusal of a commit. */
		if (res == NULL && !*committed_r && !ended) {
			ended = true;
			continue;
		}
		status = PQresultStatus(res);
		if (status == PGRES_FATAL_ERROR && ends_session(res)) {
			PQclear(res);
			return (lost(db, "session ended at the commit", e));
		}
		PQclear(res);
		if (status == PGRES_PIPELINE_SYNC)
			return (ERR_OK);
		if (status == PGRES_FATAL_ERROR)
			*committed_r = false;
	}
}

static void
drop_results(struct db_job **jobs, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		db_result_free(jobs[i]->result);
		jobs[i]->result = NULL;
	}
}

static enum err_code
flight(struct db *db, struct db_job **jobs, size_t n, bool named,
    int64_t deadline_ms, struct err *e)
{
	enum err_code code;
	bool committed, failed = false;

	db->stale = false;
	if (PQenterPipelineMode(db->conn) != 1)
		return (lost(db, "no pipeline mode", e));
	for (size_t i = 0; i < n; i++)
		if (!send_job(db, jobs[i], named))
			return (lost(db, "connection lost while sending", e));
	if (PQpipelineSync(db->conn) != 1)
		return (lost(db, "connection lost while sending", e));
	for (size_t i = 0; i < n; i++) {
		if ((code = read_job(db, jobs[i], deadline_ms, e)) != ERR_OK)
			return (code);
		failed |= jobs[i]->code != ERR_OK;
	}
	if ((code = read_sync(db, deadline_ms, &committed, e)) != ERR_OK)
		return (code);
	if (PQexitPipelineMode(db->conn) != 1)
		return (lost(db, "pipeline left in disorder", e));
	for (size_t i = 0; (failed || !committed) && i < n; i++)
		if (jobs[i]->code == ERR_OK)
			jobs[i]->code =
			    err_set(&jobs[i]->err, ERR_TEMPORARY, "%s: %s",
				statements[jobs[i]->values->statement].name,
				committed ?
				    "another statement of the flight failed" :
				    "the commit failed");
	if (failed || !committed)
		return (err_set(e, ERR_CONFLICT,
		    "a statement of the flight failed"));
	return (ERR_OK);
}

enum err_code
db_flight(struct db *db, struct db_job **jobs, size_t n, bool named,
    int64_t deadline_ms, struct err *e)
{
	enum err_code code;

	if ((code = flight(db, jobs, n, named, deadline_ms, e)) != ERR_OK)
		drop_results(jobs, n);
	return (code);
}

/* Whose result is it? ------------------------------------------------------ */

enum err_code
db_prove(struct db_job *job, struct err *e)
{
	const struct statement_row *row = &statements[job->values->statement];
	const size_t present = (size_t)row->columns, whose = present + 1;
	const size_t rows = db_rows(job->result);
	PGresult *none;

	if (rows == 0)
		return (err_set(e, ERR_ABSENT,
		    "%s: its transaction was not the tenant's", row->name));
	for (size_t i = 0; i < rows; i++)
		if (!str_is(db_str(job->result, i, whose), job->claims))
			return (err_set(e, ERR_BUG,
			    "%s: the answer is somebody else's", row->name));
	if (db_bool(job->result, 0, present))
		return (ERR_OK);
	if ((none = PQcopyResult((const PGresult *)job->result,
		 PG_COPYRES_ATTRS)) == NULL)
		return (err_set(e, ERR_TEMPORARY, "no memory"));
	db_result_free(job->result);
	job->result = (struct db_result *)none;
	return (ERR_OK);
}

/* Preparing --------------------------------------------------------------- */

static enum err_code
misfit(const struct statement_row *row, const PGresult *res, struct err *e)
{
	const char *state = PQresultErrorField(res, PG_DIAG_SQLSTATE);

	if (names_are_lost(res))
		return (err_set(e, ERR_TEMPORARY,
		    "statement %s was not kept (%s): " DB_POOLER_REMEDY,
		    row->name, state));
	return (err_set(e, ERR_CONFLICT,
	    "statement %s does not fit the database (%s): run 'callward migrate'",
	    row->name, state == NULL ? "no answer" : state));
}

/* Read the answers to Parse and Describe of one statement. */
static enum err_code
read_prepared(struct db *db, const struct statement_row *row,
    int64_t deadline_ms, bool *fits, struct err *e)
{
	PGresult *res;
	enum err_code code;

	for (int step = 0; step < 2; step++) {
		if ((code = next_result(db, deadline_ms, &res, e)) != ERR_OK)
			return (code);
		if (PQresultStatus(res) == PGRES_FATAL_ERROR &&
		    ends_session(res)) {
			PQclear(res);
			return (lost(db, "session ended by the server", e));
		}
		if (*fits && PQresultStatus(res) != PGRES_COMMAND_OK) {
			*fits = false;
			(void)misfit(row, res, e);
		} else if (*fits && step == 1) {
			*fits = db_is_described(row, res, e);
		}
		PQclear(res);
		if ((code = next_result(db, deadline_ms, &res, e)) != ERR_OK)
			return (code);
		PQclear(res);
	}
	return (ERR_OK);
}

enum err_code
db_prepare(struct db *db, enum statement_role role, bool named,
    int64_t deadline_ms, struct err *e)
{
	enum err_code code;
	bool committed, fits = true;
	size_t i;

	if (PQenterPipelineMode(db->conn) != 1)
		return (lost(db, "no pipeline mode", e));
	for (i = 0; i < STATEMENTS; i++) {
		const char *name = named ? statements[i].prepared : "";

		if (statements[i].role != role)
			continue;
		if (!PQsendPrepare(db->conn, name, statements[i].text,
			db_params_of(&statements[i]), NULL) ||
		    !PQsendDescribePrepared(db->conn, name))
			return (lost(db, "connection lost while sending", e));
	}
	if (PQpipelineSync(db->conn) != 1)
		return (lost(db, "connection lost while sending", e));
	for (i = 0; i < STATEMENTS; i++) {
		if (statements[i].role != role)
			continue;
		if ((code = read_prepared(db, &statements[i], deadline_ms,
			 &fits, e)) != ERR_OK)
			return (code);
	}
	if ((code = read_sync(db, deadline_ms, &committed, e)) != ERR_OK)
		return (code);
	if (PQexitPipelineMode(db->conn) != 1)
		return (lost(db, "pipeline left in disorder", e));
	return (fits ? ERR_OK : e->code);
}

/* For the command --------------------------------------------------------- */

enum err_code
db_run(struct db *db, struct arena *a, const struct db_values *v,
    int64_t deadline_ms, const struct db_result **result_r, struct err *e)
{
	struct db_job job = { .values = v };
	enum err_code code;

	if ((code = db_values_check(v, e)) != ERR_OK)
		return (code);
	if (!is_open(db))
		return (err_set(e, ERR_TEMPORARY, "database: not connected"));
	if (!send_job(db, &job, false))
		return (lost(db, "connection lost while sending", e));
	if ((code = read_job(db, &job, deadline_ms, e)) != ERR_OK) {
		db_result_free(job.result);
		return (code);
	}
	if (job.code != ERR_OK) {
		*e = job.err;
		return (job.code);
	}
	if ((code = arena_tie(a, release_result, job.result, e)) != ERR_OK)
		return (code);
	*result_r = job.result;
	return (ERR_OK);
}

static enum err_code
send_text(struct db *db, const char *sql, struct err *e)
{
	if (!is_open(db))
		return (err_set(e, ERR_TEMPORARY, "database: not connected"));
	if (!PQsendQuery(db->conn, sql))
		return (lost(db, "connection lost while sending", e));
	return (ERR_OK);
}

/* What is built on something that was to be dropped: names of objects alone. */
static const char *
dependents(const PGresult *res)
{
	const char *state = PQresultErrorField(res, PG_DIAG_SQLSTATE);

	return (state != NULL && strcmp(state, "2BP01") == 0 ?
		PQresultErrorField(res, PG_DIAG_MESSAGE_DETAIL) :
		NULL);
}

enum err_code
db_exec(struct db *db, const char *sql, int64_t deadline_ms, struct err *e)
{
	enum err_code code, failed = ERR_OK;
	PGresult *res;

	if ((code = send_text(db, sql, e)) != ERR_OK)
		return (code);
	for (;;) {
		if ((code = next_result(db, deadline_ms, &res, e)) != ERR_OK)
			return (code);
		if (res == NULL)
			return (failed);
		if (PQresultStatus(res) == PGRES_FATAL_ERROR) {
			const char *text =
			    PQresultErrorField(res, PG_DIAG_MESSAGE_PRIMARY);
			const char *state =
			    PQresultErrorField(res, PG_DIAG_SQLSTATE);

			if (dependents(res) != NULL)
				text = dependents(res);
			failed = err_set(e, code_of_state(state), "%s (%s)",
			    text == NULL ? "connection lost" : text,
			    state == NULL ? "no SQLSTATE" : state);
			if (ends_session(res)) {
				/* Whether it was done, nobody knows. */
				PQclear(res);
				return (
				    lost(db, "session ended by the server", e));
			}
		}
		PQclear(res);
	}
}

/* One line of a COPY that comes out; *more_r turns false behind the last. */
static enum err_code
copy_line(struct db *db, db_line *fn, void *ctx, int64_t deadline_ms,
    bool *more_r, struct err *e)
{
	char *p;
	int n = PQgetCopyData(db->conn, &p, 1);

	if (n > 0) {
		fn(ctx, (struct str){ p, (size_t)n - (p[n - 1] == '\n') });
		PQfreemem(p);
	} else if (n == 0) {
		if (!db_wait_socket(db, POLLIN, deadline_ms))
			return (lost(db, "no answer in time", e));
		if (!PQconsumeInput(db->conn))
			return (lost(db, "connection lost", e));
	}
	*more_r = n >= 0;
	return (ERR_OK);
}

enum err_code
db_copy(struct db *db, const char *sql, db_line *fn, void *ctx,
    int64_t deadline_ms, struct err *e)
{
	enum err_code code, failed = ERR_OK;
	bool more = true, offered = false;
	PGresult *res;

	if ((code = send_text(db, sql, e)) != ERR_OK)
		return (code);
	for (;;) {
		if ((code = next_result(db, deadline_ms, &res, e)) != ERR_OK)
			return (code);
		if (res == NULL)
			return (failed);
		if (PQresultStatus(res) == PGRES_FATAL_ERROR && !offered)
			failed = result_error(res, "copy", e);
		while (PQresultStatus(res) == PGRES_COPY_OUT && more)
			if ((code = copy_line(db, fn, ctx, deadline_ms, &more,
				 e)) != ERR_OK)
				break;
		offered = PQresultStatus(res) == PGRES_COPY_IN;
		PQclear(res);
		if (code != ERR_OK)
			return (code);
		if (offered && PQputCopyEnd(db->conn, "not wanted") != 1)
			return (lost(db, "connection lost while sending", e));
	}
}
