/*
 * Owns callward.schema_migrations and callward.schema_parts.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "ledger.h"
#include "retry.h"

#define LOCK_WAIT_MS (INT64_C(60) * 1000)
#define LOCK_POLL_MS 200

static enum err_code
run(struct cli *c, enum statement statement, const struct db_result **result_r,
    struct err *e)
{
	struct db_values none;

	db_values_init(&none, c->arena, statement);
	return (cli_run(c, &none, result_r, e));
}

/*
 * Asked again and again rather than waited for in the server, so that the
 * operator is told and the wait has an end. begun: in a transaction.
 */
static enum err_code
take_lock(struct cli *c, enum statement statement, bool begun, struct err *e)
{
	const struct db_result *result;
	int64_t end = clock_mono_ms() + LOCK_WAIT_MS;
	struct str who = STR_NONE;
	bool told = false;
	enum err_code code;

	for (;;) {
		if ((code = run(c, statement, &result, e)) != ERR_OK ||
		    db_bool(result, 0, db_column(result, "taken")))
			return (code);
		if (!told && (who = lock_holders(c, true)).p == NULL)
			who = STR("nobody that can be seen");
		if (!told)
			(void)fprintf(stderr,
			    "callward migrate: another one is at work (%.*s), waiting for it up to %d s\n",
			    (int)who.n, who.p, (int)(LOCK_WAIT_MS / 1000));
		told = true;
		if (clock_mono_ms() >= end)
			return (err_set(e, ERR_CONFLICT,
			    "another one is still at work; nothing was changed by this one; the lock is held by %.*s",
			    (int)who.n, who.p));
		if (!begun)
			clock_sleep_ms(LOCK_POLL_MS);
		else if ((code = retry_pause(c, LOCK_POLL_MS, e)) != ERR_OK)
			return (code);
	}
}

enum err_code
ledger_lock(struct cli *c, struct err *e)
{
	return (take_lock(c, STATEMENT_OPERATOR_LEDGER_LOCK, true, e));
}

enum err_code
ledger_hold(struct cli *c, struct err *e)
{
	return (take_lock(c, STATEMENT_OPERATOR_LEDGER_HOLD, false, e));
}

/* What is there, and is it ours? */
static enum err_code
find(struct cli *c, const struct db_result **has_r, struct err *e)
{
	struct str problem;
	enum err_code code;

	if ((code = run(c, STATEMENT_OPERATOR_LEDGER_FIND, has_r, e)) != ERR_OK)
		return (code);
	problem = db_str(*has_r, 0, OPERATOR_LEDGER_FIND_PROBLEM);
	if (problem.p == NULL)
		return (ERR_OK);
	return (err_set(e, ERR_DENIED,
	    "%.*s: it must be callward_owner's or this login's alone; find out what it is, then drop it or give it to this login",
	    (int)problem.n, problem.p));
}

enum err_code
ledger_make(struct cli *c, struct err *e)
{
	static const struct {
		size_t has;
		enum statement make;
	} makes[] = {
		{ OPERATOR_LEDGER_FIND_HAS_SCHEMA,
		    STATEMENT_OPERATOR_LEDGER_CREATE_SCHEMA },
		{ OPERATOR_LEDGER_FIND_HAS_LEDGER,
		    STATEMENT_OPERATOR_LEDGER_CREATE_TABLE },
		{ OPERATOR_LEDGER_FIND_HAS_PARTS,
		    STATEMENT_OPERATOR_LEDGER_CREATE_PARTS },
	};
	const struct db_result *has, *none;
	enum err_code code;
	size_t i;

	code = find(c, &has, e);
	for (i = 0; code == ERR_OK && i < sizeof(makes) / sizeof(makes[0]); i++)
		if (!db_bool(has, 0, makes[i].has))
			code = run(c, makes[i].make, &none, e);
	return (code);
}

enum err_code
ledger_read(struct cli *c, struct ledger *l, struct err *e)
{
	const struct db_result *has;
	enum err_code code;

	memset(l, 0, sizeof(*l));
	code = find(c, &has, e);
	if (code == ERR_OK && db_bool(has, 0, OPERATOR_LEDGER_FIND_HAS_LEDGER))
		code = run(c, STATEMENT_OPERATOR_LEDGER_LIST, &l->rows, e);
	if (code == ERR_OK && db_bool(has, 0, OPERATOR_LEDGER_FIND_HAS_PARTS))
		code = run(c, STATEMENT_OPERATOR_PART_LIST, &l->parts, e);
	return (code);
}

static size_t
rows_of(const struct ledger *l)
{
	return (l->rows == NULL ? 0 : db_rows(l->rows));
}

static enum err_code
gap(size_t want, int64_t version, struct err *e)
{
	return (err_set(e, ERR_CONFLICT,
	    "the ledger has a gap: %zu was never applied, %lld was", want,
	    (long long)version));
}

static enum err_code
differs(const struct ledger *l, size_t row, const char *file, struct err *e)
{
	struct str name = db_str(l->rows, row, OPERATOR_LEDGER_LIST_NAME);

	return (err_set(e, ERR_CONFLICT,
	    "%s is not the file that was applied as %.*s: its checksum differs",
	    file, (int)name.n, name.p));
}

/* The next line of the list of before the baseline that is of this kind. */
static bool
next_before(const char *kind, struct str *rest, struct str *first_r,
    struct str *second_r)
{
	struct str line;

	while (rest->n > 0) {
		line = str_cut(rest, '\n');
		if (!str_is(str_cut(&line, '\t'), kind))
			continue;
		*first_r = str_cut(&line, '\t');
		*second_r = line;
		return (true);
	}
	return (false);
}

/* Migrations that are gone: the baseline stands for all of them together. */
static enum err_code
check_before(struct ledger *l, const struct sources *s, struct err *e)
{
	struct str rest = s->ledger.text, name, sha;
	size_t n = 0;
	int64_t version;

	while (l->before < rows_of(l) &&
	    db_int(l->rows, l->before, OPERATOR_LEDGER_LIST_VERSION) <
		MIGRATION_FIRST)
		l->before++;
	if (l->before == 0)
		return (ERR_OK);
	for (; next_before("migration", &rest, &name, &sha); n++) {
		if (n >= l->before)
			continue;
		version = db_int(l->rows, n, OPERATOR_LEDGER_LIST_VERSION);
		if (version != (int64_t)n + 1)
			return (gap(n + 1, version, e));
		if (!str_eq(db_str(l->rows, n, OPERATOR_LEDGER_LIST_SHA256),
			sha))
			return (differs(l, n, "what this callward knows", e));
	}
	if (n == l->before)
		return (ERR_OK);
	return (err_set(e, ERR_CONFLICT,
	    "the database is at %zu, on the way to a first release, and this callward takes over from %zu alone: bring it there with the callward that made it, or begin with an empty database",
	    l->before, n));
}

enum err_code
ledger_check(struct ledger *l, const struct sources *s, struct err *e)
{
	const struct sql_file *file;
	struct str name;
	size_t row;
	int64_t version;
	enum err_code code;

	if ((code = check_before(l, s, e)) != ERR_OK)
		return (code);
	for (row = l->before; row < rows_of(l); row++) {
		version = db_int(l->rows, row, OPERATOR_LEDGER_LIST_VERSION) -
		    MIGRATION_FIRST;
		name = db_str(l->rows, row, OPERATOR_LEDGER_LIST_NAME);
		if (version >= (int64_t)s->migrations.n)
			return (err_set(e, ERR_CONFLICT,
			    "the database is at %lld and the files end at %zu: this callward is older than the database; migrate with the one that has %.*s; this one's responder serves it without",
			    (long long)version + MIGRATION_FIRST,
			    s->migrations.n + MIGRATION_FIRST - 1, (int)name.n,
			    name.p));
		if (version != (int64_t)(row - l->before))
			return (gap(row - l->before + MIGRATION_FIRST,
			    version + MIGRATION_FIRST, e));
		file = &s->migrations.row[version];
		if (!str_eq(db_str(l->rows, row, OPERATOR_LEDGER_LIST_SHA256),
			file->sha256))
			return (differs(l, row, file->path, e));
	}
	l->applied = row - l->before;
	return (ERR_OK);
}

enum err_code
ledger_add(struct cli *c, const struct sources *s, size_t i, struct err *e)
{
	const struct sql_file *file = &s->migrations.row[i];
	const struct db_result *none;
	struct db_values values;

	statement_operator_ledger_add(&values, c->arena,
	    &(struct statement_operator_ledger_add){
		.version = DB_NUMBER((int64_t)i + MIGRATION_FIRST),
		.name = db_text(strchr(file->path, '/') + 1),
		.sha256 = file->sha256 });
	return (cli_run(c, &values, &none, e));
}

bool
ledger_part(const struct ledger *l, const char *name,
    struct ledger_part *part_r)
{
	size_t i;

	memset(part_r, 0, sizeof(*part_r));
	for (i = 0; l->parts != NULL && i < db_rows(l->parts); i++) {
		if (!str_is(db_str(l->parts, i, OPERATOR_PART_LIST_NAME), name))
			continue;
		part_r->sha256 = db_str(l->parts, i, OPERATOR_PART_LIST_SHA256);
		part_r->made = db_str(l->parts, i, OPERATOR_PART_LIST_MADE);
		part_r->place = db_str(l->parts, i, OPERATOR_PART_LIST_PLACE);
		return (true);
	}
	return (false);
}

enum err_code
ledger_set_part(struct cli *c, const char *name, const struct ledger_part *part,
    struct err *e)
{
	const struct db_result *none;
	struct db_values values;

	statement_operator_part_set(&values, c->arena,
	    &(struct statement_operator_part_set){ .name = db_text(name),
		.sha256 = part->sha256,
		.made = part->made,
		.place = part->place });
	return (cli_run(c, &values, &none, e));
}

enum err_code
ledger_functions_before(struct cli *c, const struct sources *s,
    struct str *made_r, struct err *e)
{
	struct str rest = s->ledger.text, name, none;
	struct buf b;

	buf_init(&b, c->arena);
	while (next_before("function", &rest, &name, &none)) {
		if (b.n > 0)
			buf_addc(&b, '\n');
		buf_add(&b, name);
	}
	return (buf_done(&b, made_r, e));
}

static void
print_row(struct str name, const char *state, struct str at)
{
	cli_print_value(name);
	(void)printf("\t%s\t", state);
	cli_print_value(at);
	(void)printf("\n");
}

static void
print_part(const struct ledger *l, const char *name, struct str sha256)
{
	struct ledger_part part;
	bool has = ledger_part(l, name, &part);

	print_row(str_of(name),
	    !has			    ? "absent" :
		str_eq(part.sha256, sha256) ? "current" :
					      "other",
	    STR_NONE);
}

void
ledger_print(const struct ledger *l, const struct sources *s)
{
	const struct sql_file *file;
	size_t i, row;
	bool same;

	(void)printf("name\tstate\tapplied_at\n");
	for (row = 0; row < l->before; row++)
		print_row(db_str(l->rows, row, OPERATOR_LEDGER_LIST_NAME),
		    "before",
		    db_str(l->rows, row, OPERATOR_LEDGER_LIST_APPLIED_AT));
	for (i = 0; i < s->migrations.n || row < rows_of(l); i++, row++) {
		file = i < s->migrations.n ? &s->migrations.row[i] : NULL;
		if (row >= rows_of(l)) {
			print_row(str_of(strchr(file->path, '/') + 1),
			    i == 0 && l->before > 0 ? "before" : "pending",
			    STR_NONE);
			continue;
		}
		same = file != NULL &&
		    db_int(l->rows, row, OPERATOR_LEDGER_LIST_VERSION) ==
			(int64_t)i + MIGRATION_FIRST &&
		    str_eq(db_str(l->rows, row, OPERATOR_LEDGER_LIST_SHA256),
			file->sha256);
		print_row(db_str(l->rows, row, OPERATOR_LEDGER_LIST_NAME),
		    same ? "applied" : "differs",
		    db_str(l->rows, row, OPERATOR_LEDGER_LIST_APPLIED_AT));
	}
	print_part(l, "roles", s->roles.sha256);
	print_part(l, "functions", s->functions.sha256);
	print_part(l, "triggers", s->triggers.sha256);
	print_part(l, "access", s->access.sha256);
}
