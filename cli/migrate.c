/*
 * callward migrate: brings the database to the newest of the migration files,
 * each in one transaction together with its row in the ledger. Under a lock,
 * so that two at once do the work once. Refuses a ledger that the files do
 * not explain: a changed file, a gap, a newer database.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "cli.h"
#include "base/clock.h"
#include "commands.h"
#include "migration.h"
#include "roles.h"

#define LOCK_WAIT_MS (INT64_C(60) * 1000)
#define LOCK_POLL_MS 200
#define FILE_DEADLINE_MS (INT64_C(6) * 3600 * 1000)

static enum err_code
exec(struct cli *c, const char *sql, struct err *e)
{
	return (db_exec(c->db, sql, clock_mono_ms() + CLI_DEADLINE_MS, e));
}

static enum err_code
run(struct cli *c, enum statement statement, const struct db_result **result_r,
    struct err *e)
{
	struct db_values none;

	db_values_init(&none, c->arena, statement);
	return (cli_run(c, &none, result_r, e));
}

static void
print_notice(void *ctx, const char *text)
{
	(void)ctx;
	(void)printf("  ");
	cli_print_value(str_of(text));
	(void)printf("\n");
}

/*
 * Asked again and again rather than waited for in the server, so that the
 * operator is told and the wait has an end.
 */
static enum err_code
take_lock(struct cli *c, struct err *e)
{
	const struct db_result *result;
	int64_t end = clock_mono_ms() + LOCK_WAIT_MS;
	bool told = false;
	enum err_code code;

	for (;;) {
		if ((code = run(c, STATEMENT_OPERATOR_LEDGER_LOCK, &result,
			 e)) != ERR_OK ||
		    db_bool(result, 0, OPERATOR_LEDGER_LOCK_TAKEN))
			return (code);
		if (!told)
			(void)fprintf(stderr,
			    "callward migrate: another one is at work, waiting for it up to %d s\n",
			    (int)(LOCK_WAIT_MS / 1000));
		told = true;
		if (clock_mono_ms() >= end)
			return (err_set(e, ERR_TEMPORARY,
			    "another one is still at work; nothing was changed by this one"));
		clock_sleep_ms(LOCK_POLL_MS);
	}
}

static enum err_code
make_ledger(struct cli *c, struct err *e)
{
	const struct db_result *has, *none;
	enum err_code code;

	if ((code = run(c, STATEMENT_OPERATOR_LEDGER_FIND, &has, e)) != ERR_OK)
		return (code);
	if (!db_bool(has, 0, OPERATOR_LEDGER_FIND_HAS_SCHEMA) &&
	    (code = run(c, STATEMENT_OPERATOR_LEDGER_CREATE_SCHEMA, &none,
		 e)) != ERR_OK)
		return (code);
	if (!db_bool(has, 0, OPERATOR_LEDGER_FIND_HAS_LEDGER))
		return (
		    run(c, STATEMENT_OPERATOR_LEDGER_CREATE_TABLE, &none, e));
	return (ERR_OK);
}

/* Does the ledger tell of these files, in their order, and of no other? */
static enum err_code
check_ledger(const struct db_result *ledger, const struct migrations *m,
    struct err *e)
{
	const struct migration *file;
	size_t row;
	int64_t version;

	for (row = 0; row < db_rows(ledger); row++) {
		version = db_int(ledger, row, OPERATOR_LEDGER_LIST_VERSION);
		if (version > (int64_t)m->n)
			return (err_set(e, ERR_CONFLICT,
			    "the database is at %lld and the files end at %zu: this callward is older than the database",
			    (long long)version, m->n));
		if (version != (int64_t)row + 1)
			return (err_set(e, ERR_CONFLICT,
			    "the ledger has a gap: %zu was never applied, %lld was",
			    row + 1, (long long)version));
		file = &m->row[row];
		if (!str_eq(db_str(ledger, row, OPERATOR_LEDGER_LIST_SHA256),
			file->sha256))
			return (err_set(e, ERR_CONFLICT,
			    "%s is not the file that was applied as %.*s: its checksum differs",
			    file->file,
			    (int)db_str(ledger, row, OPERATOR_LEDGER_LIST_NAME)
				.n,
			    db_str(ledger, row, OPERATOR_LEDGER_LIST_NAME).p));
	}
	return (ERR_OK);
}

static enum err_code
apply_file(struct cli *c, const struct migration *file, struct err *e)
{
	const struct db_result *none;
	struct db_values values;
	enum err_code code;

	(void)printf("%s\n", file->file);
	(void)fflush(stdout);
	/*
	 * With row security off a statement that a policy would silently
	 * narrow fails instead. A lock that live traffic holds is waited for
	 * only so long, because all traffic queues behind the wait.
	 */
	code = exec(c,
	    "set local row_security = off;"
	    " set local statement_timeout = 0;"
	    " set local lock_timeout = '10s'",
	    e);
	if (code == ERR_OK)
		code = db_exec(c->db, file->text,
		    clock_mono_ms() + FILE_DEADLINE_MS, e);
	if (code != ERR_OK) {
		err_prefix(e, "%s", file->file);
		return (code);
	}
	statement_operator_ledger_add(&values, c->arena,
	    &(struct statement_operator_ledger_add){
		.version = DB_NUMBER(file->version),
		.name = str_of(file->file),
		.sha256 = file->sha256 });
	return (cli_run(c, &values, &none, e));
}

/* One transaction: the next file, or the finding that all are applied. */
static enum err_code
step(struct cli *c, const struct migrations *m, size_t *applied_r, bool *done_r,
    struct err *e)
{
	const struct db_result *ledger;
	enum err_code code;

	if ((code = exec(c, "begin isolation level read committed", e)) !=
		ERR_OK ||
	    (code = take_lock(c, e)) != ERR_OK ||
	    (code = make_ledger(c, e)) != ERR_OK ||
	    (code = run(c, STATEMENT_OPERATOR_LEDGER_LIST, &ledger, e)) !=
		ERR_OK ||
	    (code = check_ledger(ledger, m, e)) != ERR_OK)
		return (code);
	*done_r = db_rows(ledger) == m->n;
	if (!*done_r) {
		code = apply_file(c, &m->row[db_rows(ledger)], e);
		if (code != ERR_OK)
			return (code);
		(*applied_r)++;
	}
	return (cli_commit(c, e));
}

static enum err_code
check_roles(struct cli *c, struct err *e)
{
	struct roles roles;
	enum err_code code;

	if ((code = roles_read(c->db, c->arena, &roles, e)) != ERR_OK ||
	    roles.missing.p == NULL)
		return (code);
	return (err_set(e, ERR_DENIED,
	    "this login lacks ADMIN on the roles; as a superuser: %.*s",
	    (int)roles.remedy.n, roles.remedy.p));
}

static enum err_code
migrate(struct cli *c, const struct migrations *m, struct err *e)
{
	size_t applied = 0;
	bool done = false;
	enum err_code code;

	db_on_notice(c->db, print_notice, NULL);
	if ((code = check_roles(c, e)) != ERR_OK)
		return (code);
	while (!done)
		if ((code = step(c, m, &applied, &done, e)) != ERR_OK)
			return (code);
	(void)printf("%zu applied, the database is at %zu\n", applied, m->n);
	return (ERR_OK);
}

static const char *
state_of(const struct db_result *ledger, const struct migrations *m, size_t i)
{
	if (ledger == NULL || i >= db_rows(ledger))
		return ("pending");
	return (i < m->n &&
		    db_int(ledger, i, OPERATOR_LEDGER_LIST_VERSION) ==
			(int64_t)i + 1 &&
		    str_eq(db_str(ledger, i, OPERATOR_LEDGER_LIST_SHA256),
			m->row[i].sha256) ?
		"applied" :
		"differs");
}

/* What is applied and what is not; changes nothing. */
static enum err_code
print_status(struct cli *c, const struct migrations *m, struct err *e)
{
	const struct db_result *has, *ledger = NULL;
	enum err_code code;
	size_t i, rows = 0;
	struct str name, at;

	if ((code = run(c, STATEMENT_OPERATOR_LEDGER_FIND, &has, e)) != ERR_OK)
		return (code);
	if (db_bool(has, 0, OPERATOR_LEDGER_FIND_HAS_LEDGER)) {
		if ((code = run(c, STATEMENT_OPERATOR_LEDGER_LIST, &ledger,
			 e)) != ERR_OK)
			return (code);
		rows = db_rows(ledger);
	}
	(void)printf("name\tstate\tapplied_at\n");
	for (i = 0; i < m->n || i < rows; i++) {
		name = i < rows ? db_str(ledger, i, OPERATOR_LEDGER_LIST_NAME) :
				  str_of(m->row[i].file);
		at = i < rows ?
		    db_str(ledger, i, OPERATOR_LEDGER_LIST_APPLIED_AT) :
		    STR_NONE;
		cli_print_value(name);
		(void)printf("\t%s\t", state_of(ledger, m, i));
		cli_print_value(at);
		(void)printf("\n");
	}
	return (ledger == NULL ? ERR_OK : check_ledger(ledger, m, e));
}

int
migrate_run(struct cli *c, int argc, char **argv)
{
	struct migrations *files;
	const char *dir = NULL;
	bool status = false;
	const struct cli_option options[] = {
		{ "dir", &dir, NULL, false },
		{ "status", NULL, &status, false },
		{ 0 },
	};
	struct err e = { 0 };
	enum err_code code;
	int answer;

	if (!cli_options(c, argc, argv, options, NULL, &answer))
		return (answer);
	if ((files = arena_alloc(c->arena, sizeof(*files))) == NULL)
		return (
		    cli_finish(c, err_set(&e, ERR_TOO_LARGE, "no memory"), &e));
	code = migrations_read(c->arena,
	    dir != NULL ? dir : PKGDATADIR "/sql/migrations", files, &e);
	if (code != ERR_OK)
		return (cli_finish(c, code, &e));
	if (!cli_connect(c, &answer))
		return (answer);
	code = status ? print_status(c, files, &e) : migrate(c, files, &e);
	return (cli_finish(c, code, &e));
}
