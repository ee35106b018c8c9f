/*
 * callward prune: deletes first answers, inbox lines and attempts to prove a
 * number after some weeks, routes a month after they ended, and who has read
 * what after 400 days, so that no table grows for ever. Who has changed what
 * stays. Tenants' rows are never touched.
 */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>

#include "cli.h"
#include "commands.h"

#define ROLE "callward_owner"
#define DAYS_DEFAULT 90
#define DAYS_LEAST 14 /* a provider may repeat itself for days */
#define AUDIT_DAYS_DEFAULT 400
#define DAYS_MOST 3650

static enum err_code
prune(struct cli *c, int64_t days, int64_t audit_days, struct err *e)
{
	const struct db_result *r;
	struct db_values values;
	enum err_code code;

	if ((code = cli_begin(c, ROLE, NULL, e)) != ERR_OK)
		return (code);
	statement_operator_prune(&values, c->arena,
	    &(struct statement_operator_prune){ .days = DB_NUMBER(days),
		.audit_days = DB_NUMBER(audit_days) });
	if ((code = cli_run(c, &values, &r, e)) != ERR_OK ||
	    (code = cli_commit(c, e)) != ERR_OK)
		return (code);
	(void)printf("answers\t%" PRId64 "\nevents\t%" PRId64
		     "\nproofs\t%" PRId64 "\nroutes\t%" PRId64
		     "\naudit\t%" PRId64 "\n",
	    db_int(r, 0, OPERATOR_PRUNE_ANSWERS),
	    db_int(r, 0, OPERATOR_PRUNE_EVENTS),
	    db_int(r, 0, OPERATOR_PRUNE_PROOFS),
	    db_int(r, 0, OPERATOR_PRUNE_ROUTES),
	    db_int(r, 0, OPERATOR_PRUNE_AUDIT));
	return (ERR_OK);
}

/* A number of days; usage otherwise. */
static bool
read_days(struct cli *c, const char *name, const char *text, int64_t *days,
    int *code)
{
	if (text == NULL ||
	    str_parse_int(str_of(text), DAYS_LEAST, DAYS_MOST, days, NULL) ==
		ERR_OK)
		return (true);
	*code = cli_usage(c, "%s is a number from %d to %d", name, DAYS_LEAST,
	    DAYS_MOST);
	return (false);
}

int
prune_run(struct cli *c, int argc, char **argv)
{
	const char *text = NULL, *audit_text = NULL;
	const struct cli_option options[] = {
		{ "days", &text, NULL, false },
		{ "audit-days", &audit_text, NULL, false },
		{ 0 },
	};
	int64_t days = DAYS_DEFAULT, audit_days = AUDIT_DAYS_DEFAULT;
	struct err e = { 0 };
	int code;

	if (!cli_options(c, argc, argv, options, NULL, &code) ||
	    !read_days(c, "--days", text, &days, &code) ||
	    !read_days(c, "--audit-days", audit_text, &audit_days, &code) ||
	    !cli_connect(c, &code))
		return (code);
	return (cli_finish(c, prune(c, days, audit_days, &e), &e));
}
