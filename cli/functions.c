/*
 * Owns what a folder of sql/functions means. Every function looks names up in
 * pg_catalog first and among temporary things last, so that nobody who logs in
 * can have it take something else for what it names; but for those in SQL with
 * "-- inline: why" in their head, whose names were looked up when they were
 * made, and which a query takes in where they have no settings.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "functions.h"

#define ROLES                                                                  \
	"callward_owner|callward_writer|callward_resolver|callward_intake|"    \
	"callward_tenant|authenticated"

struct folder {
	const char *name;
	const char *owner;
	const char *caller; /* who may execute, beside the owner; or NULL */
	bool definer;
};

static const struct folder folders[] = {
	{ "intake", "callward_writer", "callward_intake", true },
	{ "acting", "callward_writer", NULL, true },
	{ "resolver", "callward_resolver", "callward_writer", true },
	{ "writer", "callward_writer", NULL, false },
	{ "tenant", "callward_owner", "callward_tenant", false },
	{ "operator", "callward_owner", NULL, false },
};

struct job {
	struct cli *c;
	const struct sql_files *files;
	const struct functions_outside *outside;
	struct str last;
	bool *visited;
	struct buf made;
};

static enum err_code
exec(struct cli *c, struct buf *b, struct err *e)
{
	struct str sql = STR_NONE;
	enum err_code code;

	if ((code = buf_done(b, &sql, e)) != ERR_OK)
		return (code);
	return (db_exec(c->db, sql.p, clock_mono_ms() + CLI_DEADLINE_MS, e));
}

static enum err_code
exec_text(struct cli *c, const char *sql, struct err *e)
{
	return (db_exec(c->db, sql, clock_mono_ms() + CLI_DEADLINE_MS, e));
}

static const struct folder *
folder_of(const struct sql_file *file)
{
	struct str path = str_of(file->path), name;

	(void)str_cut(&path, '/');
	name = str_cut(&path, '/');
	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++)
		if (str_is(name, folders[i].name))
			return (&folders[i]);
	return (NULL);
}

static struct str
made_so_far(const struct job *j)
{
	return (
	    j->made.n == 0 ? STR_NONE : (struct str){ j->made.p, j->made.n });
}

/*
 * Drop what the last set made: the functions of this name, or, without a name,
 * all but those that are kept; and what of that set is built on them, which is
 * made anew behind them.
 */
static enum err_code
drop_old(struct job *j, const char *name, struct str kept, struct err *e)
{
	const struct db_result *r;
	struct db_values v;
	struct str command;
	enum err_code code;

	statement_operator_function_drop(&v, j->c->arena,
	    &(struct statement_operator_function_drop){ .made = j->last,
		.name = db_text(name),
		.kept = kept });
	if ((code = cli_run(j->c, &v, &r, e)) != ERR_OK)
		return (code);
	command = db_str(r, 0, OPERATOR_FUNCTION_DROP_COMMAND);
	if (command.p == NULL)
		return (ERR_OK);
	if ((code = exec_text(j->c, command.p, e)) != ERR_OK)
		err_prefix(e,
		    "the old version of a function cannot be dropped");
	return (code);
}

/* One whose result or parameters' names changed has to be dropped first. */
static enum err_code
create(struct job *j, const struct sql_file *file, const struct folder *f,
    struct err *e)
{
	struct buf b;
	enum err_code code;
	struct err failed, dropped;
	bool again = false;

	for (;;) {
		buf_init(&b, j->c->arena);
		buf_addf(&b, "savepoint one; set local role %s;\n%s", f->owner,
		    file->text.p);
		buf_adds(&b, "\n; reset role; release one");
		code = exec(j->c, &b, e);
		if (code == ERR_OK || code == ERR_TEMPORARY ||
		    code == ERR_UNCERTAIN || again)
			return (code);
		again = true;
		failed = *e;
		if (exec_text(j->c, "rollback to one; release one", &dropped) !=
			ERR_OK ||
		    drop_old(j, file->name, made_so_far(j), &dropped) != ERR_OK)
			return (err_set(e, code, "%s; %s", dropped.text,
			    failed.text));
	}
}

/* Who may execute it: the folder's caller, and whom the head names. */
static enum err_code
add_callers(const struct job *j, const struct sql_file *file,
    const struct folder *f, const char *signature, struct buf *b, struct err *e)
{
	struct str place = STR_NONE, list, role;

	if (f->caller != NULL)
		buf_addf(b, "grant execute on function %s to %s;", signature,
		    f->caller);
	while (sql_file_head(file, "execute", &place, &list))
		while (list.n > 0) {
			role = str_trim(str_cut(&list, ','));
			if (!str_is_one_of(role, ROLES))
				return (err_set(e, ERR_INPUT,
				    "no such role of ours: %.*s", (int)role.n,
				    role.p));
			if (str_is(role, "authenticated") &&
			    !j->outside->authenticated)
				continue;
			buf_addf(b, "grant execute on function %s to %.*s;",
			    signature, (int)role.n, role.p);
		}
	return (ERR_OK);
}

static enum err_code
fit_out(const struct job *j, const struct sql_file *file,
    const struct folder *f, const char *signature, struct err *e)
{
	struct str roles = STR(ROLES), role, place = STR_NONE, set, name;
	struct buf b;
	enum err_code code;

	buf_init(&b, j->c->arena);
	buf_addf(&b, "set local role %s; alter function %s security %s%s",
	    f->owner, signature, f->definer ? "definer" : "invoker",
	    sql_file_head(file, "inline", &place, &set) ?
		"" :
		" set search_path = pg_catalog, pg_temp");
	place = STR_NONE;
	while (sql_file_head(file, "set", &place, &set)) {
		name = str_trim(str_cut(&set, '='));
		set = str_trim(set);
		buf_addf(&b, " set %.*s = '%.*s'", (int)name.n, name.p,
		    (int)set.n, set.p);
	}
	buf_addf(&b, "; revoke all on function %s from public", signature);
	while (roles.n > 0) {
		role = str_cut(&roles, '|');
		if (str_is(role, f->owner) ||
		    (str_is(role, "authenticated") &&
			!j->outside->authenticated))
			continue;
		buf_addf(&b, ", %.*s", (int)role.n, role.p);
	}
	buf_adds(&b, j->outside->anon ? ", anon;" : ";");
	if ((code = add_callers(j, file, f, signature, &b, e)) != ERR_OK)
		return (code);
	buf_adds(&b, "reset role");
	return (exec(j->c, &b, e));
}

static enum err_code
make_one(struct job *j, const struct sql_file *file, struct err *e)
{
	const struct folder *f = folder_of(file);
	const struct db_result *r;
	struct db_values v;
	enum err_code code;

	statement_operator_function_made(&v, j->c->arena,
	    &(struct statement_operator_function_made){ .name =
							    db_text(file->name),
		.made = made_so_far(j) });
	if (f == NULL)
		code = err_set(e, ERR_INPUT, "no such folder of functions");
	else if ((code = create(j, file, f, e)) == ERR_OK &&
	    (code = cli_run(j->c, &v, &r, e)) == ERR_OK) {
		if (db_rows(r) != 1)
			code = err_set(e, ERR_INPUT,
			    "makes %zu functions of its name", db_rows(r));
		else
			code = fit_out(j, file, f,
			    db_str(r, 0, OPERATOR_FUNCTION_MADE_SIGNATURE).p,
			    e);
	}
	if (code != ERR_OK) {
		err_prefix(e, "%s", file->path);
		return (code);
	}
	if (j->made.n > 0)
		buf_addc(&j->made, '\n');
	buf_add(&j->made, db_str(r, 0, OPERATOR_FUNCTION_MADE_SIGNATURE));
	return (ERR_OK);
}

/* Does the first one's text call the second? */
static bool
calls(const struct sql_file *file, const struct sql_file *other)
{
	const char *p = file->text.p;
	size_t n = strlen(other->name);

	while ((p = strstr(p, "callward.")) != NULL) {
		p += strlen("callward.");
		if (strncmp(p, other->name, n) == 0 && p[n] == '(')
			return (true);
	}
	return (false);
}

/* A body in SQL is read when it is made: what it calls comes before it. */
static enum err_code
make_after_its_own(struct job *j, size_t i, struct err *e)
{
	const struct sql_file *file = &j->files->row[i];
	enum err_code code;

	if (j->visited[i])
		return (ERR_OK);
	j->visited[i] = true;
	if (str_holds(file->text, "\nlanguage sql"))
		for (size_t k = 0; k < j->files->n; k++)
			if (k != i && calls(file, &j->files->row[k]) &&
			    (code = make_after_its_own(j, k, e)) != ERR_OK)
				return (code);
	return (make_one(j, file, e));
}

static enum err_code
tell_others(struct cli *c, struct str made, struct err *e)
{
	const struct db_result *r;
	struct db_values v;
	enum err_code code;

	statement_operator_function_others(&v, c->arena,
	    &(struct statement_operator_function_others){ .made = made });
	if ((code = cli_run(c, &v, &r, e)) != ERR_OK)
		return (code);
	for (size_t i = 0; i < db_rows(r); i++) {
		(void)printf("  ");
		cli_print_value(db_str(r, i, OPERATOR_FUNCTION_OTHERS_WHAT));
		(void)printf("\n");
	}
	return (ERR_OK);
}

enum err_code
functions_apply(struct cli *c, const struct sql_files *files,
    const struct functions_outside *outside, struct str last,
    struct str *made_r, struct err *e)
{
	struct job j = { c, files, outside, last, NULL, { 0 } };
	enum err_code code;
	size_t i;

	buf_init(&j.made, c->arena);
	if ((j.visited = arena_alloc(c->arena,
		 files->n * sizeof(*j.visited))) == NULL)
		return (err_set(e, ERR_TOO_LARGE, "no memory"));
	memset(j.visited, 0, files->n * sizeof(*j.visited));
	/* Owning a function takes CREATE on its schema; it is lent. */
	code = exec_text(c,
	    "grant create on schema callward to callward_writer, callward_resolver",
	    e);
	for (i = 0; code == ERR_OK && i < files->n; i++)
		code = make_after_its_own(&j, i, e);
	if (code != ERR_OK || (code = buf_done(&j.made, made_r, e)) != ERR_OK ||
	    (code = drop_old(&j, NULL, *made_r, e)) != ERR_OK ||
	    (code = exec_text(c,
		 "revoke create on schema callward from callward_writer, callward_resolver",
		 e)) != ERR_OK)
		return (code);
	return (tell_others(c, *made_r, e));
}
