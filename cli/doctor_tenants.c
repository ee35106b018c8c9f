/*
 * Does anybody's login lead to each tenant, under the CLERK_TENANT that the
 * responder has? A clinic that was a user is out of reach as soon as users are
 * none, until an organization is linked to it.
 */
#include "config.h"

#include "doctor.h"
#include "tenancy/token.h"

/* Is one of "a,b,c" such a login? */
static bool
leads(struct str logins, bool organizations)
{
	while (logins.p != NULL)
		if (token_is_organization(str_cut(&logins, ',')) ==
		    organizations)
			return (true);
	return (false);
}

static void
judge(struct doctor *d, const struct db_result *r)
{
	bool users = str_is(str_of(d->settings.clerk_tenant), "user");
	size_t found = 0;

	for (size_t row = 0; row < db_rows(r); row++) {
		struct str user = db_str(r, row, OPERATOR_TENANT_LIST_USER_ID);

		if (leads(db_str(r, row, OPERATOR_TENANT_LIST_LOGINS), !users))
			continue;
		found++;
		doctor_warn(d, "tenants",
		    users ? "set CLERK_TENANT, or link a user's login" :
			    "callward tenant link, with --org",
		    "nobody's login leads to %.*s: CLERK_TENANT is %s",
		    (int)user.n, user.p, d->settings.clerk_tenant);
	}
	if (found == 0)
		doctor_ok(d, "tenants", "%zu, a login leads to each",
		    db_rows(r));
}

void
doctor_tenants(struct doctor *d)
{
	const struct db_result *r;
	struct err e = { 0 };
	struct db_values v;

	/* Either: each id is a login, if it is not linked to others. */
	if (d->settings.clerk_issuer[0] == '\0' ||
	    str_is(str_of(d->settings.clerk_tenant), "either"))
		return;
	if (d->cli->db == NULL) {
		doctor_skip(d, "tenants", "not looked at, see operator.conf");
		return;
	}
	db_values_init(&v, d->cli->arena, STATEMENT_OPERATOR_TENANT_LIST);
	if (doctor_list(d, "callward_resolver", &v, &r, &e) == ERR_OK)
		judge(d, r);
	else
		doctor_skip(d, "tenants", "not looked at: %s", e.text);
}
