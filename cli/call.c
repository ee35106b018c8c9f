/*
 * callward call: what was sealed into the session of a call, from its
 * session's row and its own. The seal is shown and not checked: only the
 * responder has METADATA_KEYS.
 */
#include "config.h"

#include <stdio.h>

#include "cli.h"
#include "commands.h"
#include "io/id.h"

static enum err_code
act_for_owner(struct cli *c, const char *id, struct err *e)
{
	const struct db_result *r;
	struct db_values v;
	enum err_code code;
	char *user;

	statement_operator_call_owner(&v, c->arena,
	    &(struct statement_operator_call_owner){ .id = str_of(id) });
	if ((code = cli_begin(c, "callward_resolver", NULL, e)) != ERR_OK ||
	    (code = cli_run(c, &v, &r, e)) != ERR_OK)
		return (code);
	if (db_rows(r) == 0)
		return (err_set(e, ERR_ABSENT, "no call has this id"));
	user = str_dup(c->arena, db_str(r, 0, OPERATOR_CALL_OWNER_USER_ID));
	if (user == NULL)
		return (err_set(e, ERR_TOO_LARGE, "no memory"));
	return (cli_act(c, "callward_writer", user, e));
}

static enum err_code
show(struct cli *c, const char *id, struct err *e)
{
	const struct db_result *r;
	struct db_values v;
	enum err_code code;

	statement_operator_call_show(&v, c->arena,
	    &(struct statement_operator_call_show){ .id = str_of(id) });
	if ((code = act_for_owner(c, id, e)) != ERR_OK ||
	    (code = cli_run(c, &v, &r, e)) != ERR_OK)
		return (code);
	if (db_rows(r) == 0)
		return (err_set(e, ERR_ABSENT,
		    "this call has no session: nothing was sealed for it"));
	(void)printf("what\tvalue\n");
	for (size_t i = 0; i < db_rows(r); i++) {
		cli_print_value(db_str(r, i, OPERATOR_CALL_SHOW_WHAT));
		(void)putchar('\t');
		cli_print_value(db_str(r, i, OPERATOR_CALL_SHOW_VALUE));
		(void)putchar('\n');
	}
	return (cli_commit(c, e));
}

int
call_show_run(struct cli *c, int argc, char **argv)
{
	const char *id = NULL;
	const struct cli_option options[] = { { 0 } };
	struct err e = { 0 };
	int code;

	if (!cli_options(c, argc, argv, options, &id, &code))
		return (code);
	if (!id_is_uuid(str_of(id)))
		return (cli_usage(c, "ID is the id of a call"));
	if (!cli_connect(c, &code))
		return (code);
	return (cli_finish(c, show(c, id, &e), &e));
}
