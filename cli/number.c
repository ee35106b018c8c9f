/*
 * callward number: the numbers of tenants. What the operator adds is active
 * at once; a number that is active for another tenant is refused, and the
 * operator is told whose it is.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "cli.h"
#include "commands.h"
#include "io/id.h"

#define RULES "from|forwarded_from|diversion|to"
#define LABEL_MAX 80

struct number {
	const char *user;
	struct phone phone;
	const char *assistant;
	const char *vapi_id;
	const char *match_rule;
	struct phone fallback;
	const char *label;
	struct phone line;
};

static enum err_code
refuse_other_holder(struct cli *c, const struct number *n, struct err *e)
{
	const struct db_result *result;
	struct db_values values;
	struct str holder;
	enum err_code code;
	size_t row;

	statement_operator_number_holder(&values, c->arena,
	    &(struct statement_operator_number_holder){
		.phone_number = db_text(n->phone.text) });
	if ((code = cli_run(c, &values, &result, e)) != ERR_OK)
		return (code);
	for (row = 0; row < db_rows(result); row++) {
		holder = db_str(result, row, OPERATOR_NUMBER_HOLDER_USER_ID);
		if (!str_is(holder, n->user))
			return (err_set(e, ERR_CONFLICT,
			    "%s is active for %.*s; nothing was changed",
			    n->phone.text, (int)holder.n, holder.p));
	}
	return (ERR_OK);
}

static enum err_code
write_number(struct cli *c, const struct number *n,
    const struct db_result **result_r, struct err *e)
{
	struct db_values values;
	enum err_code code;

	statement_operator_number_add(&values, c->arena,
	    &(struct statement_operator_number_add){ .user_id =
							 db_text(n->user),
		.phone_number = db_text(n->phone.text),
		.assistant_id = db_text(n->assistant),
		.vapi_assistant_id = db_text(n->vapi_id),
		.match_rule = db_text(n->match_rule),
		.fallback_number = db_text(n->fallback.text),
		.label = db_text(n->label),
		.assistant_phone_number = db_text(n->line.text) });
	code = cli_run(c, &values, result_r, e);
	if (code == ERR_CONFLICT)
		err_prefix(e,
		    "%s was taken by somebody else meanwhile, or a value is refused",
		    n->phone.text);
	if (code != ERR_OK)
		return (code);
	if (db_str(*result_r, 0, OPERATOR_NUMBER_ADD_ID).p != NULL)
		return (ERR_OK);
	if (n->line.text[0] == '\0')
		return (err_set(e, ERR_ABSENT, "%s has no assistant %s",
		    n->user, n->assistant));
	if (n->assistant == NULL)
		return (err_set(e, ERR_ABSENT, "there is no line %s",
		    n->line.text));
	return (err_set(e, ERR_ABSENT,
	    "%s has no assistant %s, or there is no line %s", n->user,
	    n->assistant, n->line.text));
}

static enum err_code
add_number(struct cli *c, const struct number *n, struct err *e)
{
	const struct db_result *result;
	struct str verdict;
	enum err_code code;

	if ((code = cli_begin(c, "callward_resolver", NULL, e)) != ERR_OK ||
	    (code = refuse_other_holder(c, n, e)) != ERR_OK ||
	    (code = cli_act(c, "callward_writer", n->user, e)) != ERR_OK ||
	    (code = write_number(c, n, &result, e)) != ERR_OK ||
	    (code = cli_commit(c, e)) != ERR_OK)
		return (code);
	cli_print_value(db_str(result, 0, OPERATOR_NUMBER_ADD_ID));
	(void)putchar('\n');
	verdict = db_str(result, 0, OPERATOR_NUMBER_ADD_VERDICT);
	(void)fprintf(stderr, "number %s of %s: %.*s\n", n->phone.text, n->user,
	    (int)verdict.n, verdict.p);
	return (ERR_OK);
}

int
number_add_run(struct cli *c, int argc, char **argv)
{
	struct number n = { 0 };
	const char *number = NULL, *dial = NULL, *line = NULL;
	const struct cli_option options[] = {
		{ "user", &n.user, NULL, true },
		{ "number", &number, NULL, true },
		{ "assistant", &n.assistant, NULL, false },
		{ "vapi-id", &n.vapi_id, NULL, false },
		{ "match-rule", &n.match_rule, NULL, false },
		{ "fallback", &dial, NULL, false },
		{ "label", &n.label, NULL, false },
		{ "line", &line, NULL, false },
		{ 0 },
	};
	struct err e = { 0 };
	int code;

	if (!cli_options(c, argc, argv, options, NULL, &code) ||
	    !cli_check_user(c, n.user, &code) ||
	    !cli_number_of(c, n.user, "--number", number, &n.phone, &code) ||
	    !cli_check_vapi_id(c, n.vapi_id, &code) ||
	    !cli_check_word(c, "--match-rule", n.match_rule, RULES, &code) ||
	    !cli_number_of(c, n.user, "--fallback", dial, &n.fallback, &code) ||
	    !cli_check_text(c, "--label", n.label, LABEL_MAX, &code) ||
	    !cli_number(c, "--line", line, &n.line, &code))
		return (code);
	if (strcmp(n.user, "USER") == 0)
		return (cli_usage(c,
		    "--user: put the tenant's id in the place of USER"));
	if (n.assistant != NULL && !id_is_uuid(str_of(n.assistant)))
		return (cli_usage(c,
		    "--assistant: the id that 'callward assistant list' shows is wanted"));
	if (strcmp(n.phone.text, n.fallback.text) == 0)
		return (cli_usage(c,
		    "--fallback: the number itself forwards back here"));
	if (!cli_connect(c, &code))
		return (code);
	return (cli_finish(c, add_number(c, &n, &e), &e));
}

int
number_list_run(struct cli *c, int argc, char **argv)
{
	static const struct cli_column columns[] = {
		{ "user", OPERATOR_NUMBER_LIST_USER_ID },
		{ "number", OPERATOR_NUMBER_LIST_PHONE_NUMBER },
		{ "status", OPERATOR_NUMBER_LIST_STATUS },
		{ "match_rule", OPERATOR_NUMBER_LIST_MATCH_RULE },
		{ "assistant", OPERATOR_NUMBER_LIST_ASSISTANT_ID },
		{ "vapi_id", OPERATOR_NUMBER_LIST_VAPI_ASSISTANT_ID },
		{ "fallback", OPERATOR_NUMBER_LIST_FALLBACK_NUMBER },
		{ "label", OPERATOR_NUMBER_LIST_LABEL },
		{ "id", OPERATOR_NUMBER_LIST_ID },
		{ "line", OPERATOR_NUMBER_LIST_ASSISTANT_PHONE_NUMBER },
		{ "proof", OPERATOR_NUMBER_LIST_PROOF },
		{ 0 },
	};
	static const struct cli_list list = { "callward_resolver",
		STATEMENT_OPERATOR_NUMBER_LIST, columns, true };

	return (cli_list(c, argc, argv, &list));
}
