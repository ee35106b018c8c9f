/*
 * callward tenant: which logins lead to which tenant. Without a link a login,
 * a user's or an organization's id, is a tenant of its own. A tenant that is
 * linked is reached by its logins alone, so nothing has to be renamed when a
 * clinic that was a person becomes an organization.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "cli.h"
#include "commands.h"
#include "tenancy/token.h"

#define OWNER "callward_owner"

/* Requests that wait for this lock have the same limit (sql/roles.sql). */
#define LOCK                                                                   \
	"set local lock_timeout = '2s'; "                                      \
	"lock table callward.tenant_logins in access exclusive mode"

struct link {
	const char *user;
	const char *login;
};

/* Requests that are under way end first, so that no row comes afterwards. */
static enum err_code
begin(struct cli *c, struct err *e)
{
	const int64_t until_ms = clock_mono_ms() + CLI_DEADLINE_MS;
	enum err_code code;

	if ((code = cli_begin(c, OWNER, NULL, e)) != ERR_OK)
		return (code);
	if ((code = db_exec(c->db, LOCK, until_ms, e)) != ERR_OK)
		err_prefix(e, "the dashboard is at work, try again");
	return (code);
}

static enum err_code
refuse_wrong_link(const struct link *l, const struct db_result *r,
    struct err *e)
{
	struct str to = db_str(r, 0, OPERATOR_TENANT_STATE_LINKED_TO);
	struct str target = db_str(r, 0, OPERATOR_TENANT_STATE_TARGET_OF);
	bool self = strcmp(l->user, l->login) == 0;

	if (to.p != NULL && !str_is(to, l->user))
		return (err_set(e, ERR_CONFLICT,
		    "%s is a login of %.*s; unlink it first", l->login,
		    (int)to.n, to.p));
	if (target.p != NULL && !str_is(target, l->user))
		return (err_set(e, ERR_CONFLICT,
		    "%s is a login of %.*s: name that tenant", l->user,
		    (int)target.n, target.p));
	if (!self && db_bool(r, 0, OPERATOR_TENANT_STATE_LEADS))
		return (err_set(e, ERR_CONFLICT,
		    "%s is a tenant that logins are linked to", l->login));
	return (ERR_OK);
}

/* A login's own rows could not be reached any more. */
static enum err_code
refuse_rows(struct cli *c, const struct link *l, bool linked, struct err *e)
{
	const struct db_result *r;
	struct db_values v;
	enum err_code code;

	if (strcmp(l->user, l->login) == 0 || linked)
		return (ERR_OK);
	db_values_init(&v, c->arena, STATEMENT_OPERATOR_TENANT_ROWS);
	if ((code = cli_act(c, "callward_writer", l->login, e)) != ERR_OK ||
	    (code = cli_run(c, &v, &r, e)) != ERR_OK)
		return (code);
	if (db_str(r, 0, OPERATOR_TENANT_ROWS_FOUND_IN).p != NULL)
		return (err_set(e, ERR_CONFLICT,
		    "%s has rows of its own in %s; nothing was changed",
		    l->login, db_str(r, 0, OPERATOR_TENANT_ROWS_FOUND_IN).p));
	return (cli_act(c, OWNER, NULL, e));
}

static enum err_code
link_login(struct cli *c, const struct link *l, struct err *e)
{
	const struct db_result *r;
	struct db_values v;
	enum err_code code;

	statement_operator_tenant_state(&v, c->arena,
	    &(struct statement_operator_tenant_state){ .login =
							   str_of(l->login),
		.user_id = str_of(l->user) });
	if ((code = begin(c, e)) != ERR_OK ||
	    (code = cli_run(c, &v, &r, e)) != ERR_OK ||
	    (code = refuse_wrong_link(l, r, e)) != ERR_OK ||
	    (code = refuse_rows(c, l,
		 db_str(r, 0, OPERATOR_TENANT_STATE_LINKED_TO).p != NULL, e)) !=
		ERR_OK)
		return (code);
	statement_operator_tenant_link(&v, c->arena,
	    &(struct statement_operator_tenant_link){ .login = str_of(l->login),
		.user_id = str_of(l->user) });
	if ((code = cli_run(c, &v, &r, e)) != ERR_OK ||
	    (code = cli_commit(c, e)) != ERR_OK)
		return (code);
	(void)fprintf(stderr, "%s leads to tenant %s: %s\n", l->login, l->user,
	    db_str(r, 0, OPERATOR_TENANT_LINK_VERDICT).p);
	if (!db_bool(r, 0, OPERATOR_TENANT_LINK_BY_ITSELF))
		(void)fprintf(stderr,
		    "%s itself no longer leads there; to let it: callward tenant link --user %s --login %s\n",
		    l->user, l->user, l->user);
	return (ERR_OK);
}

static enum err_code
unlink_login(struct cli *c, const char *login, struct err *e)
{
	const struct db_result *r;
	struct db_values v;
	enum err_code code;

	statement_operator_tenant_unlink(&v, c->arena,
	    &(struct statement_operator_tenant_unlink){
		.login = str_of(login) });
	if ((code = begin(c, e)) != ERR_OK ||
	    (code = cli_run(c, &v, &r, e)) != ERR_OK)
		return (code);
	if (db_rows(r) == 0)
		return (
		    err_set(e, ERR_ABSENT, "%s is linked to no tenant", login));
	if ((code = cli_commit(c, e)) != ERR_OK)
		return (code);
	(void)fprintf(stderr, "%s leads to tenant %s no longer%s\n", login,
	    db_str(r, 0, OPERATOR_TENANT_UNLINK_USER_ID).p,
	    db_bool(r, 0, OPERATOR_TENANT_UNLINK_LAST) ?
		"; it was the last link, so the tenant's own id leads there again" :
		"");
	return (ERR_OK);
}

/* --org or --login: one of them. */
static bool
take_login(struct cli *c, const char *org, const char *login,
    const char **login_r, int *code)
{
	*login_r = org != NULL ? org : login;
	if ((org == NULL) == (login == NULL))
		*code = cli_usage(c, "--org or --login: one of them is wanted");
	else if (org != NULL && !token_is_organization(str_of(org)))
		*code = cli_usage(c,
		    "--org: an organization's id is org_ and letters, digits, '_' or '-'");
	else
		return (cli_check_user(c, login, code));
	return (false);
}

int
tenant_link_run(struct cli *c, int argc, char **argv)
{
	const char *org = NULL, *login = NULL;
	struct link l = { 0 };
	const struct cli_option options[] = {
		{ "user", &l.user, NULL, true },
		{ "org", &org, NULL, false },
		{ "login", &login, NULL, false },
		{ 0 },
	};
	struct err e = { 0 };
	int code;

	if (!cli_options(c, argc, argv, options, NULL, &code) ||
	    !cli_check_user(c, l.user, &code) ||
	    !take_login(c, org, login, &l.login, &code) ||
	    !cli_connect(c, &code))
		return (code);
	return (cli_finish(c, link_login(c, &l, &e), &e));
}

int
tenant_unlink_run(struct cli *c, int argc, char **argv)
{
	const char *org = NULL, *login = NULL, *which = NULL;
	const struct cli_option options[] = {
		{ "org", &org, NULL, false },
		{ "login", &login, NULL, false },
		{ 0 },
	};
	struct err e = { 0 };
	int code;

	if (!cli_options(c, argc, argv, options, NULL, &code) ||
	    !take_login(c, org, login, &which, &code) || !cli_connect(c, &code))
		return (code);
	return (cli_finish(c, unlink_login(c, which, &e), &e));
}

int
tenant_list_run(struct cli *c, int argc, char **argv)
{
	static const struct cli_column columns[] = {
		{ "tenant", OPERATOR_TENANT_LIST_USER_ID },
		{ "logins", OPERATOR_TENANT_LIST_LOGINS },
		{ "numbers", OPERATOR_TENANT_LIST_NUMBERS },
		{ "assistants", OPERATOR_TENANT_LIST_ASSISTANTS },
		{ 0 },
	};
	static const struct cli_list list = { "callward_resolver",
		STATEMENT_OPERATOR_TENANT_LIST, columns, false };

	return (cli_list(c, argc, argv, &list));
}

/* The tenant that this login leads to, or that it is. */
static enum err_code
show_tenant(struct cli *c, const char *login, struct err *e)
{
	const struct db_result *r;
	struct db_values v;
	enum err_code code;
	char *user;

	statement_operator_tenant_state(&v, c->arena,
	    &(struct statement_operator_tenant_state){ .login = str_of(login),
		.user_id = str_of(login) });
	if ((code = cli_begin(c, OWNER, NULL, e)) != ERR_OK ||
	    (code = cli_run(c, &v, &r, e)) != ERR_OK)
		return (code);
	user = str_dup(c->arena, db_str(r, 0, OPERATOR_TENANT_STATE_TENANT));
	if (user == NULL)
		return (err_set(e, ERR_TOO_LARGE, "no memory"));
	db_values_init(&v, c->arena, STATEMENT_OPERATOR_TENANT_SHOW);
	if ((code = cli_act(c, "callward_writer", user, e)) != ERR_OK ||
	    (code = cli_run(c, &v, &r, e)) != ERR_OK)
		return (code);
	(void)printf("what\tid\tname\tsince\n");
	for (size_t i = 0; i < db_rows(r); i++)
		for (size_t col = 0; col < 4; col++) {
			cli_print_value(db_str(r, i, col));
			(void)putchar(col == 3 ? '\n' : '\t');
		}
	return (cli_commit(c, e));
}

int
tenant_show_run(struct cli *c, int argc, char **argv)
{
	const char *user = NULL;
	const struct cli_option options[] = {
		{ "user", &user, NULL, true },
		{ 0 },
	};
	struct err e = { 0 };
	int code;

	if (!cli_options(c, argc, argv, options, NULL, &code) ||
	    !cli_check_user(c, user, &code) || !cli_connect(c, &code))
		return (code);
	return (cli_finish(c, show_tenant(c, user, &e), &e));
}
