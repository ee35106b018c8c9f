/*
 * callward isolation: can one tenant reach another's rows? What is tried is
 * made from the catalog by callward.isolation (sql/functions), in a
 * transaction that is rolled back; here it is printed, and COPY is tried,
 * which only a client can. One line per role, table and command, one column
 * per kind of claims.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "cli.h"
#include "base/clock.h"
#include "commands.h"

#define TENANT_A "callward-audit-a"
#define TENANT_B "callward-audit-b"

struct tally {
	size_t cells;
	size_t leaks;
	size_t untested;
	size_t problems; /* told by the catalog, or without claims */
};

struct cell {
	char outcome[sizeof(((struct err *)0)->text)];
	const char *verdict; /* "ok", "leak", "untested" */
};

/* What a COPY brought out. */
struct haul {
	struct str me; /* STR_NONE: nobody's rows may come */
	size_t own;
	size_t foreign;
};

static void
count_line(void *ctx, struct str line)
{
	struct haul *h = ctx;

	if (h->me.p != NULL && str_eq(line, h->me))
		h->own++;
	else
		h->foreign++;
}

/* "denied", or "error" with the SQLSTATE. */
static void
tell_error(enum err_code code, const struct err *e, struct cell *cell_r)
{
	const char *state = strstr(e->text, "SQLSTATE ");

	if (code == ERR_DENIED)
		(void)snprintf(cell_r->outcome, sizeof(cell_r->outcome),
		    "denied");
	else
		(void)snprintf(cell_r->outcome, sizeof(cell_r->outcome),
		    "error %s",
		    state == NULL ? "without a state" :
				    state + strlen("SQLSTATE "));
}

/* COPY TO: own rows and no others, or a refusal. */
static void
judge_out(const struct haul *h, struct str kind, enum err_code code,
    const struct err *e, struct cell *cell_r)
{
	size_t told = h->foreign;

	cell_r->verdict = "ok";
	if (code != ERR_OK) {
		tell_error(code, e, cell_r);
		if (code != ERR_DENIED &&
		    !(code == ERR_INPUT && str_is(kind, "malformed")))
			cell_r->verdict = "untested";
		return;
	}
	if (h->foreign > 0)
		cell_r->verdict = "leak";
	else if (h->me.p != NULL && h->own == 0)
		cell_r->verdict = "untested";
	if ((str_is(kind, "own") || str_is(kind, "desk")) && h->foreign == 0)
		told = h->own;
	(void)snprintf(cell_r->outcome, sizeof(cell_r->outcome), "%zu", told);
}

/* COPY FROM: no policy looks at it, so it must be refused to everybody. */
static void
judge_in(enum err_code code, const struct err *e, struct cell *cell)
{
	if (code == ERR_OK) {
		(void)snprintf(cell->outcome, sizeof(cell->outcome),
		    "taken in");
		cell->verdict = "leak";
	} else if (code != ERR_DENIED && strstr(e->text, "0A000") == NULL &&
	    strcmp(cell->verdict, "ok") == 0) {
		tell_error(code, e, cell);
		cell->verdict = "untested";
	}
}

static enum err_code
act(struct cli *c, struct str role, struct str claims, struct err *e)
{
	const struct db_result *none;
	struct db_values values;

	statement_operator_claims(&values, c->arena,
	    &(struct statement_operator_claims){ .role = role,
		.claims = claims });
	return (cli_run(c, &values, &none, e));
}

/* One COPY as this cell's role, and back. Its own end is in *why. */
static enum err_code
copy(struct cli *c, const struct db_result *r, size_t row, size_t col,
    struct haul *h, enum err_code *code_r, struct err *why, struct err *e)
{
	int64_t until_ms = clock_mono_ms() + CLI_DEADLINE_MS;
	enum err_code code;

	if ((code = db_exec(c->db, "savepoint cell", until_ms, e)) != ERR_OK ||
	    (code = act(c, db_str(r, row, OPERATOR_ISOLATION_ROLE),
		 db_str(r, row, OPERATOR_ISOLATION_CLAIMS), e)) != ERR_OK)
		return (code);
	*code_r =
	    db_copy(c->db, db_str(r, row, col).p, count_line, h, until_ms, why);
	return (db_exec(c->db, "rollback to savepoint cell", until_ms, e));
}

static enum err_code
try_copies(struct cli *c, const struct db_result *r, size_t row,
    struct cell *cell_r, struct err *e)
{
	struct haul h = { .me = db_str(r, row, OPERATOR_ISOLATION_ME) };
	struct err why = { 0 };
	enum err_code code, ended = ERR_OK;

	if ((code = copy(c, r, row, OPERATOR_ISOLATION_COPY_OUT, &h, &ended,
		 &why, e)) != ERR_OK)
		return (code);
	judge_out(&h, db_str(r, row, OPERATOR_ISOLATION_KIND), ended, &why,
	    cell_r);
	if ((code = copy(c, r, row, OPERATOR_ISOLATION_COPY_IN, &h, &ended,
		 &why, e)) != ERR_OK)
		return (code);
	judge_in(ended, &why, cell_r);
	return (ERR_OK);
}

static enum err_code
read_cell(struct cli *c, const struct db_result *r, size_t row,
    struct cell *cell_r, struct err *e)
{
	struct str outcome = db_str(r, row, OPERATOR_ISOLATION_OUTCOME);
	struct str verdict = db_str(r, row, OPERATOR_ISOLATION_VERDICT);

	if (db_str(r, row, OPERATOR_ISOLATION_COPY_OUT).p != NULL)
		return (try_copies(c, r, row, cell_r, e));
	(void)snprintf(cell_r->outcome, sizeof(cell_r->outcome), "%.*s",
	    (int)outcome.n, outcome.p == NULL ? "" : outcome.p);
	cell_r->verdict = str_is(verdict, "ok") ? "ok" :
	    str_is(verdict, "leak")		? "leak" :
						  "untested";
	return (ERR_OK);
}

/* What the catalog shows to be wrong, before anything was tried. */
static void
print_problem(const struct db_result *r, size_t row)
{
	cli_print_value(db_str(r, row, OPERATOR_ISOLATION_TAB));
	(void)fputs(": ", stdout);
	if (db_str(r, row, OPERATOR_ISOLATION_KIND).p == NULL) {
		cli_print_value(db_str(r, row, OPERATOR_ISOLATION_OUTCOME));
		(void)putchar('\n');
	} else
		(void)printf("rows show to %s while no tenant was ever set\n",
		    db_str(r, row, OPERATOR_ISOLATION_ROLE).p);
}

static void
print_cell(const struct db_result *r, size_t row, const struct cell *cell,
    struct tally *t)
{
	bool leak = strcmp(cell->verdict, "leak") == 0;
	bool ok = strcmp(cell->verdict, "ok") == 0;
	char text[sizeof(cell->outcome) + 16];

	if (str_is(db_str(r, row, OPERATOR_ISOLATION_KIND), "own"))
		(void)printf("%-16s %-24s %-9s",
		    db_str(r, row, OPERATOR_ISOLATION_ROLE).p,
		    db_str(r, row, OPERATOR_ISOLATION_TAB).p,
		    db_str(r, row, OPERATOR_ISOLATION_COMMAND).p);
	(void)snprintf(text, sizeof(text), "%s%s",
	    leak   ? "LEAK: " :
		ok ? "" :
		     "UNTESTED: ",
	    cell->outcome);
	if (str_is(db_str(r, row, OPERATOR_ISOLATION_KIND), "malformed"))
		(void)printf(" %s\n", text);
	else
		(void)printf(" %-12s", text);
	t->cells++;
	t->leaks += leak;
	t->untested += !ok && !leak;
}

static enum err_code
print_cells(struct cli *c, const struct db_result *r, struct tally *t,
    struct err *e)
{
	struct cell cell = { .verdict = "ok" };
	enum err_code code;
	bool titled = false;

	for (size_t row = 0; row < db_rows(r); row++) {
		struct str kind = db_str(r, row, OPERATOR_ISOLATION_KIND);

		if (kind.p == NULL || str_is(kind, "unset")) {
			print_problem(r, row);
			t->problems++;
			continue;
		}
		if (!titled)
			(void)printf(
			    "%-16s %-24s %-9s %-12s %-12s %-12s %-12s %-12s %s\n",
			    "role", "table", "command", "own", "desk", "other",
			    "none", "empty", "malformed");
		titled = true;
		if ((code = read_cell(c, r, row, &cell, e)) != ERR_OK)
			return (code);
		print_cell(r, row, &cell, t);
	}
	return (ERR_OK);
}

static enum err_code
audit(struct cli *c, const char *a, const char *b, struct tally *t,
    struct err *e)
{
	const struct db_result *r;
	struct db_values values;
	enum err_code code;

	statement_operator_isolation(&values, c->arena,
	    &(struct statement_operator_isolation){ .a = db_text(a),
		.b = db_text(b) });
	if ((code = db_exec(c->db, "begin", clock_mono_ms() + CLI_DEADLINE_MS,
		 e)) != ERR_OK ||
	    (code = cli_run(c, &values, &r, e)) != ERR_OK ||
	    (code = print_cells(c, r, t, e)) != ERR_OK)
		return (code);
	return (
	    db_exec(c->db, "rollback", clock_mono_ms() + CLI_DEADLINE_MS, e));
}

static int
print_verdict(const struct tally *t)
{
	bool good = t->cells > 0 && t->leaks + t->untested + t->problems == 0;

	(void)printf(
	    "%zu cells: %zu leak, %zu could not be tried; the catalog shows %zu problems\n%s\n",
	    t->cells, t->leaks, t->untested, t->problems,
	    good ? "isolated" : "NOT ISOLATED");
	return (good ? CLI_OK : CLI_FAILED);
}

int
isolation_run(struct cli *c, int argc, char **argv)
{
	const char *a = NULL, *b = NULL;
	const struct cli_option options[] = {
		{ "user", &a, NULL, false },
		{ "user", &b, NULL, false },
		{ 0 },
	};
	struct tally t = { 0 };
	struct err e = { 0 };
	int code;

	if (!cli_options(c, argc, argv, options, NULL, &code) ||
	    !cli_check_user(c, a, &code) || !cli_check_user(c, b, &code))
		return (code);
	if ((a == NULL) != (b == NULL) || (a != NULL && strcmp(a, b) == 0))
		return (cli_usage(c, "--user: two tenants, or none"));
	if (!cli_connect(c, &code))
		return (code);
	if (audit(c, a == NULL ? TENANT_A : a, b == NULL ? TENANT_B : b, &t,
		&e) != ERR_OK)
		return (cli_finish(c, e.code, &e));
	return (print_verdict(&t));
}
