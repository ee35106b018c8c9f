/*
 * What a database tells of itself: which migrations it has, and which state of
 * what stands once (roles, functions, triggers, access) and of backfills.
 */
#ifndef CALLWARD_LEDGER_H
#define CALLWARD_LEDGER_H

#include <stdbool.h>
#include <stddef.h>

#include "cli.h"
#include "base/err.h"
#include "migration.h"
#include "base/str.h"

struct ledger {
	const struct db_result *rows; /* NULL: there is none */
	const struct db_result *parts;
	size_t before;	/* rows of before the baseline, which come first */
	size_t applied; /* files of sources->migrations, from the first on */
};

struct ledger_part {
	struct str sha256, made, place;
};

/*
 * Only one may migrate, to the transaction's end, or (ledger_hold) to the
 * connection's; waited for, for a minute.
 */
enum err_code ledger_lock(struct cli *, struct err *e) MUST_CHECK;
enum err_code ledger_hold(struct cli *, struct err *e) MUST_CHECK;

/*
 * Both refuse, ERR_DENIED, a schema or a ledger that somebody else made or hung
 * something on: it would be run with the operator's rights.
 */
enum err_code ledger_make(struct cli *, struct err *e) MUST_CHECK;
enum err_code ledger_read(struct cli *, struct ledger *ledger_r,
    struct err *e) MUST_CHECK;

/*
 * Do these files explain what the ledger tells? ERR_CONFLICT: a gap, a file
 * that changed, a newer database, one that stopped on the way to the baseline.
 * Counts ledger->applied; a ledger of before the baseline that is whole has the
 * baseline.
 */
enum err_code ledger_check(struct ledger *, const struct sources *,
    struct err *e) MUST_CHECK;

enum err_code ledger_add(struct cli *, const struct sources *, size_t i,
    struct err *e) MUST_CHECK;

/* False: never applied; *part_r has no values then. */
bool ledger_part(const struct ledger *, const char *name,
    struct ledger_part *part_r);
enum err_code ledger_set_part(struct cli *, const char *name,
    const struct ledger_part *, struct err *e) MUST_CHECK;

/* The functions that stand before the ledger tells of them, a line each. */
enum err_code ledger_functions_before(struct cli *, const struct sources *,
    struct str *made_r, struct err *e) MUST_CHECK;

/* What is applied and what is not, on stdout. */
void ledger_print(const struct ledger *, const struct sources *);

#endif
