/*
 * Telephone numbers as E.164 text, taken as they are or refused. What people
 * type is phone_typed.h's.
 * Source: ITU-T E.164; the vendors' voice request parameters.
 */
#ifndef CALLWARD_PHONE_H
#define CALLWARD_PHONE_H

#include <stdbool.h>

#include "base/err.h"
#include "base/str.h"

#define PHONE_SIZE 17 /* '+', 15 digits, NUL */
/*
 * '+' and seven digits. Shorter numbers exist (tests/data/short-numbers.tsv),
 * but others' checks of E.164 may not know it.
 */
#define PHONE_COMMON_BYTES 8

struct phone {
	char text[PHONE_SIZE]; /* "" means none */
};

/*
 * Read a number in the form the vendors send it.
 *
 * text   any bytes, need not end in NUL; nothing past text.n is read
 * num_r  written only on ERR_OK
 *
 * Takes '+' and 6..15 digits, first digit not 0. Words such as "anonymous"
 * and SIP addresses are ERR_INPUT.
 */
enum err_code phone_parse(struct str text, struct phone *num_r,
    struct err *e) MUST_CHECK;

#define PHONE_WITHHELD "anonymous" /* who calls, where nothing was sent */

/*
 * Is this what networks send in the place of a number that is withheld? A word
 * ("anonymous"), alone or as the user of a SIP address, what a telephone's keys
 * make of it (+266696687), or nothing at all. callward.is_withheld says the
 * same in the database.
 */
bool phone_is_withheld(struct str caller);

/*
 * May a fallback be dialled to number?
 *
 * line      the assistant number that the call reached
 * prefixes  comma-separated "+..." prefixes; "" means: the country of line,
 *           without what costs more there (phone_is_costly)
 */
bool phone_may_dial(const struct phone *number, const struct phone *line,
    const char *prefixes);

/* Check such a list, for the settings: each is '+' and 1..14 digits. */
enum err_code phone_check_prefixes(const char *prefixes,
    struct err *e) MUST_CHECK;

#endif
