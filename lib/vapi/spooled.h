/*
 * What a spool of ours holds: the kinds of its records, and whether they can
 * be opened. For the responder and for the command.
 */
#ifndef CALLWARD_SPOOLED_H
#define CALLWARD_SPOOLED_H

#include "base/err.h"
#include "io/spool.h"
#include "tenancy/drain.h"
#include "tenancy/keyring.h"

/* Ends without a name. */
extern const struct drain_kind spooled_kinds[];

/*
 * Has each record a key that is among keys? ERR_INPUT names the first that has
 * not, and its key. One that cannot be read is passed over.
 */
enum err_code spooled_check_keys(struct spool *, const struct keyring *keys,
    struct err *e) MUST_CHECK;

#endif
