/*
 * Numbers: which may be dialled by what DIAL_PREFIXES says, and rows of
 * tenants' numbers that can find no call, because what they hold stands for a
 * number that is withheld.
 */
#include "config.h"

#include "doctor.h"
#include "tenancy/phone.h"

bool
doctor_connect(struct doctor *d)
{
	int code;

	return (d->cli->db != NULL || cli_connect(d->cli, &code));
}

static void
tell_dialling(const struct doctor *d)
{
	const char *prefixes = d->settings.dial_prefixes;

	if (prefixes[0] != '\0')
		doctor_ok("DIAL_PREFIXES",
		    "fallbacks and proofs may dial whatever begins with %s, its costly numbers too",
		    prefixes);
	else
		doctor_ok("DIAL_PREFIXES",
		    "not set: fallbacks and proofs may dial the country of their line, but for premium, shared-cost and personal "
		    "numbers and, in +1, the islands, territories and the Canadian north");
}

static void
check_withheld(struct doctor *d, const struct db_result *r)
{
	size_t row, found = 0;

	for (row = 0; row < db_rows(r); row++) {
		struct str user = db_str(r, row, OPERATOR_NUMBER_LIST_USER_ID);
		struct str number =
		    db_str(r, row, OPERATOR_NUMBER_LIST_PHONE_NUMBER);

		if (number.p == NULL || !phone_is_withheld(number) ||
		    str_is(db_str(r, row, OPERATOR_NUMBER_LIST_STATUS),
			"released"))
			continue;
		found++;
		doctor_fail(d, "numbers",
		    "it finds no call: let the clinic remove it and add its own",
		    "%.*s has %.*s, which networks send for a number that is withheld",
		    (int)user.n, user.p, (int)number.n, number.p);
	}
	if (found == 0)
		doctor_ok("numbers", "%zu, none stands for a withheld one",
		    row);
}

void
doctor_numbers(struct doctor *d)
{
	const struct db_result *r;
	struct err e = { 0 };
	struct db_values v;
	enum err_code code;

	tell_dialling(d);
	db_values_init(&v, d->cli->arena, STATEMENT_OPERATOR_NUMBER_LIST);
	if (!doctor_connect(d)) {
		doctor_ok("numbers", "not looked at, see operator.conf");
		return;
	}
	if ((code = cli_begin(d->cli, "callward_resolver", NULL, &e)) ==
		ERR_OK &&
	    (code = cli_run(d->cli, &v, &r, &e)) == ERR_OK)
		code = cli_commit(d->cli, &e);
	if (code != ERR_OK) {
		/* Its transaction would be the next one's. */
		db_close(d->cli->db);
		d->cli->db = NULL;
	}
	if (code == ERR_OK)
		check_withheld(d, r);
	else if (code == ERR_DENIED)
		doctor_ok("numbers",
		    "not looked at, since this login may not read them");
	else
		doctor_fail(d, "numbers",
		    "see operator.conf, and run 'callward migrate'",
		    "they cannot be read: %s", e.text);
}
