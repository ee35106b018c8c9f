/*
 * Asks for the rights of a login in Callward's roles, before a migration that
 * would fail half-way for the lack of them.
 */
#include "config.h"

#include "cli.h"
#include "base/clock.h"
#include "roles.h"

enum err_code
roles_read(struct db *db, struct arena *a, struct roles *roles_r, struct err *e)
{
	const struct db_result *r;
	struct db_values none;
	enum err_code code;

	db_values_init(&none, a, STATEMENT_OPERATOR_ROLES);
	if ((code = db_run(db, a, &none, clock_mono_ms() + CLI_DEADLINE_MS, &r,
		 e)) != ERR_OK)
		return (code);
	roles_r->login = db_str(r, 0, OPERATOR_ROLES_LOGIN);
	roles_r->missing = db_str(r, 0, OPERATOR_ROLES_MISSING);
	roles_r->remedy = db_str(r, 0, OPERATOR_ROLES_REMEDY);
	return (ERR_OK);
}
