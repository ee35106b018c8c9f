/*
 * callward line: the assistant numbers that tenants share, with Vapi's id of
 * each. They belong to no tenant and are the owner's rows.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "cli.h"
#include "commands.h"

#define ROLE "callward_owner"
#define LABEL_MAX 64

static enum err_code
add_line(struct cli *c, const struct phone *line, const char *vapi_id,
    const struct phone *fallback, const char *label, struct err *e)
{
	const struct db_result *result;
	struct db_values values;
	struct str verdict;
	enum err_code code;

	if ((code = cli_begin(c, ROLE, NULL, e)) != ERR_OK)
		return (code);
	statement_operator_line_add(&values, c->arena,
	    &(struct statement_operator_line_add){ .phone_number =
						       db_text(line->text),
		.vapi_phone_number_id = db_text(vapi_id),
		.fallback_number = db_text(fallback->text),
		.label = db_text(label) });
	if ((code = cli_run(c, &values, &result, e)) != ERR_OK ||
	    (code = cli_commit(c, e)) != ERR_OK)
		return (code);
	(void)printf("%s\n", line->text);
	verdict = db_str(result, 0, OPERATOR_LINE_ADD_VERDICT);
	(void)fprintf(stderr, "line %s: %.*s\n", line->text, (int)verdict.n,
	    verdict.p);
	return (ERR_OK);
}

int
line_add_run(struct cli *c, int argc, char **argv)
{
	const char *number = NULL, *vapi_id = NULL, *dial = NULL, *label = NULL;
	const struct cli_option options[] = {
		{ "vapi-id", &vapi_id, NULL, true },
		{ "fallback", &dial, NULL, false },
		{ "label", &label, NULL, false },
		{ 0 },
	};
	struct phone line = { 0 }, fallback = { 0 };
	struct err e = { 0 };
	int code;

	if (!cli_options(c, argc, argv, options, &number, &code) ||
	    !cli_number(c, "NUMBER", number, &line, &code) ||
	    !cli_check_vapi_id(c, vapi_id, &code) ||
	    !cli_number(c, "--fallback", dial, &fallback, &code) ||
	    !cli_check_text(c, "--label", label, LABEL_MAX, &code))
		return (code);
	if (strcmp(line.text, fallback.text) == 0)
		return (cli_usage(c,
		    "--fallback: the line itself would ring again"));
	if (!cli_connect(c, &code))
		return (code);
	return (cli_finish(c, add_line(c, &line, vapi_id, &fallback, label, &e),
	    &e));
}

int
line_list_run(struct cli *c, int argc, char **argv)
{
	static const struct cli_column columns[] = {
		{ "number", OPERATOR_LINE_LIST_PHONE_NUMBER },
		{ "vapi_id", OPERATOR_LINE_LIST_VAPI_PHONE_NUMBER_ID },
		{ "fallback", OPERATOR_LINE_LIST_FALLBACK_NUMBER },
		{ "label", OPERATOR_LINE_LIST_LABEL },
		{ 0 },
	};
	static const struct cli_list list = { ROLE,
		STATEMENT_OPERATOR_LINE_LIST, columns, false };

	return (cli_list(c, argc, argv, &list));
}
