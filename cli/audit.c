/*
 * callward audit: which transcripts, recordings and exports were read, which
 * tests run, and who listed and searched calls as a clinic.
 */
#include "config.h"

#include "cli.h"
#include "commands.h"

int
audit_list_run(struct cli *c, int argc, char **argv)
{
	static const char *const header[] = { "at", "user", "actor", "action",
		"subject", NULL };
	static const struct cli_list list = { "callward_owner",
		STATEMENT_OPERATOR_AUDIT_LIST, header, true };

	return (cli_list(c, argc, argv, &list));
}
