/*
 * What the parts of callward doctor share: the settings of the responder
 * that is looked at, and the line that each check prints.
 */
#ifndef CALLWARD_DOCTOR_H
#define CALLWARD_DOCTOR_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "cli.h"
#include "io/db.h"
#include "io/http.h"
#include "io/settings.h"
#include "twilio/twilio_shared_key.h"
#include "twilio/twilio_signature.h"

struct doctor {
	struct cli *cli;
	struct settings settings; /* the responder's */
	struct twilio_accounts accounts;
	struct twilio_shared_keys shared_keys;
	struct http *http;		    /* with --online only */
	size_t ok, skipped, warned, failed; /* lines of each verdict */
};

/* Print a line, and count it. "ok   name: what is well". */
void doctor_ok(struct doctor *, const char *name, const char *fmt, ...)
    PRINTF_LIKE(3, 4);

/* "SKIP name: why it was not looked at": neither well nor wrong. */
void doctor_skip(struct doctor *, const char *name, const char *fmt, ...)
    PRINTF_LIKE(3, 4);

/* "FAIL name: problem; remedy" */
void doctor_fail(struct doctor *, const char *name, const char *remedy,
    const char *fmt, ...) PRINTF_LIKE(4, 5);

/* "WARN name: problem; remedy": nothing fails for that. */
void doctor_warn(struct doctor *, const char *name, const char *remedy,
    const char *fmt, ...) PRINTF_LIKE(4, 5);

/*
 * cli/doctor_database.c: the two logins, what they find, the clock; and
 * whether the operator's login, where this user may read it, can migrate.
 */
void doctor_databases(struct doctor *);
void doctor_operator(struct doctor *);

/*
 * cli/doctor_signature.c: a sample webhook, signed in the forms that proxies
 * break. Online it is posted, which leaves one line in the inbox.
 */
void doctor_signature(struct doctor *);
void doctor_signature_online(struct doctor *);

/*
 * cli/doctor_routes.c: do routes and prepared settings, which triggers keep,
 * agree with numbers and clinics' settings?
 */
void doctor_routes(struct doctor *);

/*
 * cli/doctor_numbers.c: what may be dialled, fallbacks that may not, and
 * tenants' numbers that are none. doctor_connect: is the operator's login open,
 * or can it be opened? doctor_list runs a statement by it, in a role; after a
 * failure it is closed. doctor_disconnect closes it after another failure, so
 * that the next check does not run in the transaction that failed.
 */
bool doctor_connect(struct doctor *);
void doctor_disconnect(struct doctor *);
enum err_code doctor_list(struct doctor *, const char *role,
    const struct db_values *, const struct db_result **result_r,
    struct err *e) MUST_CHECK;
void doctor_numbers(struct doctor *);

/*
 * cli/doctor_zones.c: the clinics' time zones, in the database and here. Comes
 * after doctor_numbers, with whose connection it asks which these are.
 */
void doctor_zones(struct doctor *);

/* cli/doctor_tenants.c: whether a login leads to each tenant. After numbers. */
void doctor_tenants(struct doctor *);

/* cli/doctor_online.c: the public address, and Vapi's key and ids. */
void doctor_public_url(struct doctor *);
void doctor_vapi(struct doctor *);

#endif
