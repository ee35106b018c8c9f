/*
 * callward migrate: brings the database to the state of the files of sql/. In
 * one transaction, under a lock, so that two at once do the work once: what
 * takes an older database over, the migrations that are not in the ledger, and
 * what stands once (roles, functions, triggers, access), where it is not what
 * the ledger has. Then the backfills. Rows that triggers derive from others are
 * compared with those each time, and corrected where they differ. Refuses a
 * ledger that the files do not explain.
 */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "backfill.h"
#include "cli.h"
#include "base/clock.h"
#include "commands.h"
#include "functions.h"
#include "ledger.h"
#include "migration.h"
#include "retry.h"
#include "roles.h"

#define INSTALLED PKGDATADIR "/sql"
#define FILE_DEADLINE_MS (INT64_C(6) * 3600 * 1000)

struct work {
	const struct sources *sources;
	struct ledger ledger;
	struct functions_outside outside;
	/* what is ours of these, a line each */
	struct str functions, triggers;
	bool older; /* there is something to take over */
	bool again; /* also what the ledger says is as it should be */
	size_t applied, tried;
	const struct sql_file *alone; /* the one that is next */
};

static void
print_notice(void *ctx, const char *text)
{
	(void)ctx;
	(void)printf("  ");
	cli_print_value(str_of(text));
	(void)printf("\n");
}

static enum err_code
apply_file(struct cli *c, const struct sql_file *file, struct err *e)
{
	enum err_code code;

	code =
	    db_exec(c->db, file->text.p, clock_mono_ms() + FILE_DEADLINE_MS, e);
	if (code != ERR_OK)
		err_prefix(e, "%s", file->path);
	return (code);
}

/* Was it applied in this state? If not, part has what it made before. */
static bool
is_current(const struct work *w, const char *name, struct str sha256,
    struct ledger_part *part)
{
	bool same = ledger_part(&w->ledger, name, part) &&
	    str_eq(part->sha256, sha256) && !w->again;

	part->sha256 = sha256;
	return (same);
}

static enum err_code
apply_part(struct cli *c, struct work *w, const char *name,
    const struct sql_file *file, struct err *e)
{
	struct ledger_part part;
	enum err_code code;

	if (is_current(w, name, file->sha256, &part))
		return (ERR_OK);
	if ((code = apply_file(c, file, e)) != ERR_OK)
		return (code);
	return (ledger_set_part(c, name, &part, e));
}

/* The responder's roles may not read the ledger, but a comment. */
static enum err_code
tell_responders(struct cli *c, struct str sha256, struct err *e)
{
	char sql[160];

	(void)snprintf(sql, sizeof(sql),
	    "comment on schema callward is 'Callward; functions: %.*s'",
	    (int)sha256.n, sha256.p);
	return (db_exec(c->db, sql, clock_mono_ms() + CLI_DEADLINE_MS, e));
}

static enum err_code
apply_functions(struct cli *c, struct work *w, struct err *e)
{
	const struct sql_files *files = &w->sources->functions;
	struct ledger_part part;
	enum err_code code;

	if (is_current(w, "functions", files->sha256, &part)) {
		w->functions = part.made;
		return (ERR_OK);
	}
	if (part.made.p == NULL && w->ledger.before > 0 &&
	    (code = ledger_functions_before(c, w->sources, &part.made, e)) !=
		ERR_OK)
		return (code);
	(void)printf("%zu functions\n", files->n);
	(void)fflush(stdout);
	if ((code = functions_apply(c, files, &w->outside, part.made,
		 &part.made, e)) != ERR_OK ||
	    (code = tell_responders(c, files->sha256, e)) != ERR_OK)
		return (code);
	w->functions = part.made;
	return (ledger_set_part(c, "functions", &part, e));
}

static enum err_code
apply_triggers(struct cli *c, struct work *w, struct err *e)
{
	const struct sql_file *file = &w->sources->triggers;
	const struct db_result *r;
	struct ledger_part part;
	struct db_values v;
	struct str command;
	enum err_code code;

	if (is_current(w, "triggers", file->sha256, &part)) {
		w->triggers = part.made;
		return (ERR_OK);
	}
	statement_operator_trigger_made(&v, c->arena,
	    &(struct statement_operator_trigger_made){ .made = part.made });
	if ((code = apply_file(c, file, e)) != ERR_OK ||
	    (code = cli_run(c, &v, &r, e)) != ERR_OK)
		return (code);
	part.made = w->triggers = db_str(r, 0, OPERATOR_TRIGGER_MADE_NAMES);
	command = db_str(r, 0, OPERATOR_TRIGGER_MADE_COMMAND);
	if (command.p != NULL &&
	    (code = db_exec(c->db, command.p, clock_mono_ms() + CLI_DEADLINE_MS,
		 e)) != ERR_OK)
		return (code);
	return (ledger_set_part(c, "triggers", &part, e));
}

/* The baseline, and the older tables around it. */
static enum err_code
apply_first(struct cli *c, struct work *w, struct err *e)
{
	struct ledger_part part = { w->sources->shape.sha256, STR_NONE,
		STR_NONE };
	enum err_code code;

	if ((code = apply_file(c, &w->sources->migrations.row[0], e)) !=
		ERR_OK ||
	    !w->older)
		return (code);
	if ((code = apply_file(c, &w->sources->shape, e)) != ERR_OK)
		return (code);
	return (ledger_set_part(c, "takeover", &part, e));
}

static enum err_code
apply_migrations(struct cli *c, struct work *w, struct err *e)
{
	const struct sql_files *files = &w->sources->migrations;
	enum err_code code;
	size_t i;

	w->alone = NULL;
	for (i = w->ledger.applied; i < files->n; i++) {
		if (str_starts(files->row[i].text, "-- alone\n")) {
			w->alone = &files->row[i];
			return (ERR_OK);
		}
		(void)printf("%s\n", strchr(files->row[i].path, '/') + 1);
		(void)fflush(stdout);
		code = i == 0 ? apply_first(c, w, e) :
				apply_file(c, &files->row[i], e);
		if (code != ERR_OK ||
		    (code = ledger_add(c, w->sources, i, e)) != ERR_OK)
			return (code);
		w->tried++;
	}
	return (ERR_OK);
}

/* What to begin with, from what is there. */
static enum err_code
prepare(struct cli *c, struct work *w, struct err *e)
{
	const struct db_result *r;
	struct db_values none;
	enum err_code code;
	bool is_new;

	w->tried = 0;
	db_values_init(&none, c->arena, STATEMENT_OPERATOR_OLDER);
	if ((code = ledger_lock(c, e)) != ERR_OK ||
	    (code = ledger_make(c, e)) != ERR_OK ||
	    (code = ledger_read(c, &w->ledger, e)) != ERR_OK ||
	    (code = ledger_check(&w->ledger, w->sources, e)) != ERR_OK ||
	    (code = cli_run(c, &none, &r, e)) != ERR_OK)
		return (code);
	is_new = w->ledger.before + w->ledger.applied == 0;
	w->older = is_new && db_bool(r, 0, OPERATOR_OLDER_OLDER);
	w->outside.anon = db_bool(r, 0, OPERATOR_OLDER_ANON);
	w->outside.authenticated = db_bool(r, 0, OPERATOR_OLDER_AUTHENTICATED);
	if (w->ledger.before > 0 && w->ledger.applied == 0) {
		w->ledger.applied = 1;
		return (ledger_add(c, w->sources, 0, e));
	}
	if (w->older && (code = apply_file(c, &w->sources->fit, e)) == ERR_OK)
		code = apply_file(c, &w->sources->aside, e);
	return (code);
}

/*
 * What a part made, for the doctor to compare. Noted with the part alone, so
 * that what was changed by hand since is not taken for ours.
 */
static enum err_code
note_objects(struct cli *c, const struct work *w, const char *kind,
    struct str made, struct str sha256, struct err *e)
{
	struct ledger_part part;
	struct str name = STR_NONE;
	const struct db_result *r;
	struct db_values v;
	enum err_code code;
	struct buf b;

	buf_init(&b, c->arena);
	buf_addf(&b, "noted/%s", kind);
	if ((code = buf_done(&b, &name, e)) != ERR_OK ||
	    is_current(w, name.p, sha256, &part))
		return (code);
	statement_operator_objects(&v, c->arena,
	    &(struct statement_operator_objects){ .kind = db_text(kind),
		.made = made });
	if ((code = cli_run(c, &v, &r, e)) != ERR_OK)
		return (code);
	part.made = db_str(r, 0, OPERATOR_OBJECTS_LINES);
	return (ledger_set_part(c, name.p, &part, e));
}

/* How many derived rows were not what they are derived from. */
static void
print_mended(int64_t many, const char *what)
{
	if (many > 0)
		(void)printf("%" PRId64 " %s\n", many, what);
}

/* A folder of an older version may not have it. */
static bool
has_function(const struct sources *s, const char *name)
{
	for (size_t i = 0; i < s->functions.n; i++)
		if (strcmp(s->functions.row[i].name, name) == 0)
			return (true);
	return (false);
}

/* In the transaction that makes the triggers: from then on they keep routes. */
static enum err_code
mend_routes(struct cli *c, const struct sources *s, struct err *e)
{
	const struct db_result *r;
	struct db_values v;
	enum err_code code;

	if (!has_function(s, "mend_routes"))
		return (ERR_OK);
	db_values_init(&v, c->arena, STATEMENT_OPERATOR_MEND_ROUTES);
	if ((code = cli_run(c, &v, &r, e)) == ERR_OK)
		print_mended(db_int(r, 0, OPERATOR_MEND_ROUTES_MENDED),
		    "routes rebuilt from the numbers");
	return (code);
}

static enum err_code
mend_settings(struct cli *c, void *ctx, struct err *e)
{
	const struct work *w = ctx;
	const struct db_result *r;
	struct db_values v;
	enum err_code code;

	if (!has_function(w->sources, "wrong_settings"))
		return (ERR_OK);
	statement_operator_settings_wrong(&v, c->arena,
	    &(struct statement_operator_settings_wrong){
		.mend = DB_TRUTH(true) });
	if ((code = cli_run(c, &v, &r, e)) == ERR_OK)
		print_mended(db_int(r, 0, OPERATOR_SETTINGS_WRONG_WRONG),
		    "rows of prepared settings expired, to be rebuilt by the next call");
	return (code);
}

static enum err_code
apply_all(struct cli *c, void *ctx, struct err *e)
{
	struct work *w = ctx;
	const struct sources *s = w->sources;
	enum err_code code;

	if ((code = prepare(c, w, e)) != ERR_OK ||
	    (code = apply_part(c, w, "roles", &s->roles, e)) != ERR_OK ||
	    (code = apply_migrations(c, w, e)) != ERR_OK || w->alone != NULL)
		return (code);
	if ((code = apply_functions(c, w, e)) != ERR_OK ||
	    (code = apply_triggers(c, w, e)) != ERR_OK)
		return (code);
	if ((code = apply_part(c, w, "access", &s->access, e)) != ERR_OK ||
	    (code = mend_routes(c, s, e)) != ERR_OK ||
	    (code = note_objects(c, w, "function", w->functions,
		 s->functions.sha256, e)) != ERR_OK ||
	    (code = note_objects(c, w, "trigger", w->triggers,
		 s->triggers.sha256, e)) != ERR_OK)
		return (code);
	return (note_objects(c, w, "policy", STR_NONE, s->access.sha256, e));
}

/* Noted behind a migration that runs by itself. */
static enum err_code
note_alone(struct cli *c, void *ctx, struct err *e)
{
	const struct work *w = ctx;

	return (ledger_add(c, w->sources,
	    (size_t)(w->alone - w->sources->migrations.row), e));
}

/* Indexes that it names and that were begun, by a run that was stopped. */
static enum err_code
unfinished(struct cli *c, const struct sql_file *file,
    const struct db_result **r, struct err *e)
{
	struct db_values v;

	statement_operator_index_unfinished(&v, c->arena,
	    &(struct statement_operator_index_unfinished){
		.text = file->text });
	return (cli_run(c, &v, r, e));
}

static enum err_code
drop_unfinished(struct cli *c, const struct sql_file *file, struct err *e)
{
	const struct db_result *r;
	struct str sql = STR_NONE, name;
	enum err_code code;
	struct buf b;

	code = unfinished(c, file, &r, e);
	for (size_t i = 0; code == ERR_OK && i < db_rows(r); i++) {
		name = db_str(r, i, OPERATOR_INDEX_UNFINISHED_NAME);
		(void)printf(
		    "  index %.*s was left unfinished and is made again\n",
		    (int)name.n, name.p);
		buf_init(&b, c->arena);
		buf_addf(&b, "drop index concurrently %.*s", (int)name.n,
		    name.p);
		if ((code = buf_done(&b, &sql, e)) == ERR_OK)
			code = db_exec(c->db, sql.p,
			    clock_mono_ms() + FILE_DEADLINE_MS, e);
	}
	return (code);
}

/*
 * A statement that cannot be in a transaction, such as "create index
 * concurrently": it waits for others without being in their way, and has to do
 * no harm when it runs twice.
 */
static enum err_code
apply_alone(struct cli *c, struct work *w, struct err *e)
{
	const struct db_result *r;
	enum err_code code;

	(void)printf("%s\n", strchr(w->alone->path, '/') + 1);
	(void)fflush(stdout);
	if ((code = drop_unfinished(c, w->alone, e)) != ERR_OK ||
	    (code = apply_file(c, w->alone, e)) != ERR_OK ||
	    (code = unfinished(c, w->alone, &r, e)) != ERR_OK)
		return (code);
	if (db_rows(r) > 0)
		return (err_set(e, ERR_CONFLICT,
		    "%s: index %s is not valid, so it is not noted as applied; run callward migrate again",
		    w->alone->path,
		    db_str(r, 0, OPERATOR_INDEX_UNFINISHED_NAME).p));
	w->applied++;
	return (retry_locked(c, note_alone, w, e));
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
migrate(struct cli *c, const struct sources *s, bool again, struct err *e)
{
	struct work w = { .sources = s, .again = again };
	bool held = false;
	enum err_code code;

	db_on_notice(c->db, print_notice, NULL);
	if ((code = check_roles(c, e)) != ERR_OK)
		return (code);
	for (;;) {
		if ((code = retry_locked(c, apply_all, &w, e)) != ERR_OK)
			return (code);
		w.applied += w.tried;
		if (w.alone == NULL)
			break;
		/* once it is held, look again: another may have been quicker */
		code = held ? apply_alone(c, &w, e) : ledger_hold(c, e);
		if (code != ERR_OK)
			return (code);
		held = true;
	}
	if ((code = backfills_run(c, s, e)) != ERR_OK ||
	    (code = retry_locked(c, mend_settings, &w, e)) != ERR_OK)
		return (code);
	(void)printf("%zu applied, the database is at %zu\n", w.applied,
	    MIGRATION_FIRST + s->migrations.n - 1);
	return (ERR_OK);
}

/* What is applied and what is not; changes nothing. */
static enum err_code
print_status(struct cli *c, const struct sources *s, struct err *e)
{
	struct ledger ledger;
	enum err_code code, checked;

	if ((code = ledger_read(c, &ledger, e)) != ERR_OK)
		return (code);
	checked = ledger_check(&ledger, s, e);
	ledger_print(&ledger, s);
	return (checked);
}

int
migrate_run(struct cli *c, int argc, char **argv)
{
	struct sources sources;
	const char *dir = NULL;
	bool again = false, status = false;
	const struct cli_option options[] = {
		{ "dir", &dir, NULL, false },
		{ "again", NULL, &again, false },
		{ "status", NULL, &status, false },
		{ 0 },
	};
	struct err e = { 0 };
	enum err_code code;
	int answer;

	if (!cli_options(c, argc, argv, options, NULL, &answer))
		return (answer);
	code =
	    sources_read(c->arena, dir != NULL ? dir : INSTALLED, &sources, &e);
	if (code != ERR_OK && dir == NULL && access(INSTALLED, F_OK) != 0)
		(void)err_set(&e, code,
		    "%s is not there: install Callward, or name the folder sql of its sources with --dir",
		    INSTALLED);
	if (code != ERR_OK)
		return (cli_finish(c, code, &e));
	if (!cli_connect(c, &answer))
		return (answer);
	code = status ? print_status(c, &sources, &e) :
			migrate(c, &sources, again, &e);
	return (cli_finish(c, code, &e));
}
