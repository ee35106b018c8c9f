/*
 * callward prune: forgets first answers and inbox lines after some weeks, so
 * that neither grows for ever. Tenants' rows are never touched.
 */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>

#include "cli.h"
#include "commands.h"

#define ROLE "callward_owner"
#define DAYS_DEFAULT 90
#define DAYS_LEAST 14 /* a provider may repeat itself for days */
#define DAYS_MOST 3650

static enum err_code
prune(struct cli *c, int64_t days, struct err *e)
{
	const struct db_result *r;
	struct db_values values;
	enum err_code code;

	if ((code = cli_begin(c, ROLE, NULL, e)) != ERR_OK)
		return (code);
	db_values_init(&values, c->arena);
	db_bind_int(&values, days);
	if ((code = cli_run(c, STATEMENT_OPERATOR_PRUNE, &values, &r, e)) !=
		ERR_OK ||
	    (code = cli_commit(c, e)) != ERR_OK)
		return (code);
	(void)printf("answers\t%" PRId64 "\nevents\t%" PRId64 "\n",
	    db_int(r, 0, 0), db_int(r, 0, 1));
	return (ERR_OK);
}

int
prune_run(struct cli *c, int argc, char **argv)
{
	const char *text = NULL;
	const struct cli_option options[] = {
		{ "days", &text, NULL, false },
		{ 0 },
	};
	int64_t days = DAYS_DEFAULT;
	struct err e = { 0 };
	int code;

	if (!cli_options(c, argc, argv, options, NULL, &code))
		return (code);
	if (text != NULL &&
	    str_parse_int(str_of(text), DAYS_LEAST, DAYS_MOST, &days, NULL) !=
		ERR_OK)
		return (cli_usage(c, "--days is a number from %d to %d",
		    DAYS_LEAST, DAYS_MOST));
	if (!cli_connect(c, &code))
		return (code);
	return (cli_finish(c, prune(c, days, &e), &e));
}
