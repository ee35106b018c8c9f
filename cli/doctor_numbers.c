/*
 * Numbers: which may be dialled according to DIAL_PREFIXES, fallbacks that may
 * not, and tenants' numbers that can find no call, because they are what Twilio
 * sends in the place of a withheld number.
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

void
doctor_disconnect(struct doctor *d)
{
	db_close(d->cli->db);
	d->cli->db = NULL;
}

enum err_code
doctor_list(struct doctor *d, const char *role, const struct db_values *v,
    const struct db_result **result_r, struct err *e)
{
	enum err_code code;

	if ((code = cli_begin(d->cli, role, NULL, e)) == ERR_OK &&
	    (code = cli_run(d->cli, v, result_r, e)) == ERR_OK)
		code = cli_commit(d->cli, e);
	if (code != ERR_OK)
		doctor_disconnect(d);
	return (code);
}

static void
tell_dialling(struct doctor *d)
{
	const char *prefixes = d->settings.dial_prefixes;

	if (prefixes[0] != '\0')
		doctor_ok(d, "DIAL_PREFIXES",
		    "fallbacks and proofs may dial whatever begins with %s, its costly numbers too",
		    prefixes);
	else
		doctor_ok(d, "DIAL_PREFIXES",
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
		doctor_ok(d, "numbers", "%zu, none stands for a withheld one",
		    row);
}

/* May it be dialled for a call to at least one of our lines? */
static bool
may_be_dialled(const struct doctor *d, const struct db_result *lines,
    struct str text)
{
	struct phone number, line;

	if (phone_parse(text, &number, NULL) != ERR_OK)
		return (false);
	for (size_t row = 0; row < db_rows(lines); row++)
		if (phone_parse(db_str(lines, row,
				    OPERATOR_LINE_LIST_PHONE_NUMBER),
			&line, NULL) == ERR_OK &&
		    phone_may_dial(&number, &line, d->settings.dial_prefixes))
			return (true);
	return (false);
}

/* whose  the number or line that the fallback is of; it may have none */
static void
check_fallback(struct doctor *d, const struct db_result *lines,
    struct str whose, struct str fallback, size_t *found)
{
	if (fallback.p == NULL)
		return;
	++*found;
	if (!may_be_dialled(d, lines, fallback))
		doctor_warn(d, "fallbacks",
		    "set DIAL_PREFIXES, or another fallback",
		    "%.*s has %.*s, which DIAL_PREFIXES does not let be dialled: its callers hear the sentence alone",
		    (int)whose.n, whose.p, (int)fallback.n, fallback.p);
}

static void
check_fallbacks(struct doctor *d, const struct db_result *numbers)
{
	const size_t warned = d->warned;
	const struct db_result *lines;
	struct err e = { 0 };
	struct db_values v;
	size_t found = 0;

	db_values_init(&v, d->cli->arena, STATEMENT_OPERATOR_LINE_LIST);
	if (doctor_list(d, "callward_owner", &v, &lines, &e) != ERR_OK) {
		doctor_skip(d, "fallbacks", "not looked at: %s", e.text);
		return;
	}
	for (size_t row = 0; row < db_rows(numbers); row++)
		if (!str_is(db_str(numbers, row, OPERATOR_NUMBER_LIST_STATUS),
			"released"))
			check_fallback(d, lines,
			    db_str(numbers, row,
				OPERATOR_NUMBER_LIST_PHONE_NUMBER),
			    db_str(numbers, row,
				OPERATOR_NUMBER_LIST_FALLBACK_NUMBER),
			    &found);
	for (size_t row = 0; row < db_rows(lines); row++)
		check_fallback(d, lines,
		    db_str(lines, row, OPERATOR_LINE_LIST_PHONE_NUMBER),
		    db_str(lines, row, OPERATOR_LINE_LIST_FALLBACK_NUMBER),
		    &found);
	if (d->warned == warned)
		doctor_ok(d, "fallbacks", "%zu, each may be dialled", found);
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
		doctor_skip(d, "numbers", "not looked at, see operator.conf");
		return;
	}
	code = doctor_list(d, "callward_resolver", &v, &r, &e);
	if (code == ERR_OK) {
		check_withheld(d, r);
		check_fallbacks(d, r);
	} else if (code == ERR_DENIED)
		doctor_skip(d, "numbers",
		    "not looked at, since this login may not read them");
	else
		doctor_fail(d, "numbers",
		    "see operator.conf, and run 'callward migrate'",
		    "they cannot be read: %s", e.text);
}
