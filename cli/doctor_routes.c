/*
 * Do routes of numbers and prepared settings of calls, which triggers keep,
 * agree with the rows that they are derived from? Triggers can be off, as while
 * a database is restored.
 */
#include "config.h"

#include <inttypes.h>

#include "doctor.h"

#define REMEDY "run 'callward migrate', which rebuilds them"

static void
compare(struct doctor *d, const struct db_values *v, const char *name,
    const char *wrong, const char *right)
{
	const struct db_result *r;
	struct err e = { 0 };
	int64_t many;

	if (d->cli->db == NULL) {
		doctor_skip(d, name, "not looked at, see operator.conf");
		return;
	}
	if (doctor_list(d, "callward_owner", v, &r, &e) != ERR_OK) {
		doctor_skip(d, name, "not looked at: %s", e.text);
		return;
	}
	many = db_int(r, 0, db_column(r, "wrong"));
	if (many > 0)
		doctor_fail(d, name, REMEDY, "%" PRId64 " %s", many, wrong);
	else
		doctor_ok(d, name, "%s", right);
}

void
doctor_routes(struct doctor *d)
{
	struct db_values routes, settings;

	db_values_init(&routes, d->cli->arena, STATEMENT_OPERATOR_ROUTES_WRONG);
	statement_operator_settings_wrong(&settings, d->cli->arena,
	    &(struct statement_operator_settings_wrong){
		.mend = DB_TRUTH(false) });
	compare(d, &routes, "routes", "routes do not match the numbers",
	    "all match the numbers");
	compare(d, &settings, "settings",
	    "numbers have prepared settings that do not match the clinic's settings",
	    "all match the clinics' settings");
}
