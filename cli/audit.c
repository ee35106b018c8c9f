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
	static const struct cli_column columns[] = {
		{ "at", OPERATOR_AUDIT_LIST_AT },
		{ "user", OPERATOR_AUDIT_LIST_USER_ID },
		{ "actor", OPERATOR_AUDIT_LIST_ACTOR },
		{ "action", OPERATOR_AUDIT_LIST_ACTION },
		{ "subject", OPERATOR_AUDIT_LIST_SUBJECT },
		{ 0 },
	};
	static const struct cli_list list = { "callward_owner",
		STATEMENT_OPERATOR_AUDIT_LIST, columns, true };

	return (cli_list(c, argc, argv, &list));
}
