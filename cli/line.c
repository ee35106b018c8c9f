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
	enum err_code code;

	if ((code = cli_begin(c, ROLE, NULL, e)) != ERR_OK)
		return (code);
	db_values_init(&values, c->arena);
	db_bind_text(&values, line->text);
	db_bind_text(&values, vapi_id);
	db_bind_text(&values, fallback->text);
	db_bind_text(&values, label);
	if ((code = cli_run(c, STATEMENT_OPERATOR_LINE_ADD, &values, &result,
		 e)) != ERR_OK ||
	    (code = cli_commit(c, e)) != ERR_OK)
		return (code);
	(void)printf("%s\n", line->text);
	(void)fprintf(stderr, "line %s: %.*s\n", line->text,
	    (int)db_str(result, 0, 0).n, db_str(result, 0, 0).p);
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
	static const char *const header[] = { "number", "vapi_id", "fallback",
		"label", NULL };
	static const struct cli_list list = { ROLE,
		STATEMENT_OPERATOR_LINE_LIST, header, false };

	return (cli_list(c, argc, argv, &list));
}
