/*
 * Makes the functions of sql/functions anew, each with the owner, the rights
 * and the settings that its folder and its head say.
 */
#ifndef CALLWARD_FUNCTIONS_H
#define CALLWARD_FUNCTIONS_H

#include <stdbool.h>

#include "cli.h"
#include "base/err.h"
#include "migration.h"
#include "base/str.h"

/* Roles of Supabase's own interface, which may be there or not. */
struct functions_outside {
	bool anon, authenticated;
};

/*
 * Within a transaction. last: the signatures of those that were made the time
 * before, a line each; what is among them and no more in the set is dropped.
 * What is neither is left and told. made_r: the signatures of now.
 */
enum err_code functions_apply(struct cli *, const struct sql_files *,
    const struct functions_outside *, struct str last, struct str *made_r,
    struct err *e) MUST_CHECK;

#endif
