/*
 * callward assistant: the assistants of tenants. Which of Vapi's assistants
 * one is, the operator alone decides: all tenants share one organisation
 * there.
 */
#include "config.h"

#include <stdio.h>

#include "cli.h"
#include "commands.h"

#define NAME_MAX_CHARS 40 /* Vapi's limit */

static enum err_code
add_assistant(struct cli *c, const char *user, const char *name,
    const char *vapi_id, struct err *e)
{
	const struct db_result *result;
	struct db_values values;
	struct str verdict;
	enum err_code code;

	if ((code = cli_begin(c, "callward_writer", user, e)) != ERR_OK)
		return (code);
	statement_operator_assistant_add(&values, c->arena,
	    &(struct statement_operator_assistant_add){ .user_id =
							    db_text(user),
		.name = db_text(name),
		.vapi_assistant_id = db_text(vapi_id) });
	if ((code = cli_run(c, &values, &result, e)) != ERR_OK ||
	    (code = cli_commit(c, e)) != ERR_OK)
		return (code);
	cli_print_value(db_str(result, 0, OPERATOR_ASSISTANT_ADD_ID));
	(void)putchar('\n');
	verdict = db_str(result, 0, OPERATOR_ASSISTANT_ADD_VERDICT);
	(void)fprintf(stderr, "assistant %s of %s: %.*s\n", name, user,
	    (int)verdict.n, verdict.p);
	return (ERR_OK);
}

int
assistant_add_run(struct cli *c, int argc, char **argv)
{
	const char *user = NULL, *name = NULL, *vapi_id = NULL;
	const struct cli_option options[] = {
		{ "user", &user, NULL, true },
		{ "name", &name, NULL, true },
		{ "vapi-id", &vapi_id, NULL, true },
		{ 0 },
	};
	struct err e = { 0 };
	int code;

	if (!cli_options(c, argc, argv, options, NULL, &code) ||
	    !cli_check_user(c, user, &code) ||
	    !cli_check_text(c, "--name", name, NAME_MAX_CHARS, &code) ||
	    !cli_check_vapi_id(c, vapi_id, &code) || !cli_connect(c, &code))
		return (code);
	return (cli_finish(c, add_assistant(c, user, name, vapi_id, &e), &e));
}

int
assistant_list_run(struct cli *c, int argc, char **argv)
{
	static const struct cli_column columns[] = {
		{ "user", OPERATOR_ASSISTANT_LIST_USER_ID },
		{ "id", OPERATOR_ASSISTANT_LIST_ID },
		{ "name", OPERATOR_ASSISTANT_LIST_NAME },
		{ "vapi_id", OPERATOR_ASSISTANT_LIST_VAPI_ASSISTANT_ID },
		{ "max_duration_seconds",
		    OPERATOR_ASSISTANT_LIST_MAX_DURATION_SECONDS },
		{ 0 },
	};
	static const struct cli_list list = { "callward_resolver",
		STATEMENT_OPERATOR_ASSISTANT_LIST, columns, true };

	return (cli_list(c, argc, argv, &list));
}
