/*
 * What rests outside of memory is kept whole, so that nothing is lost, and
 * encrypted, because a body can hold a patient's words and a provider's
 * secrets: in quarantine, in a table, and in the spool, in a file. Only the
 * holder of METADATA_KEYS reads it again.
 */
#ifndef CALLWARD_REST_H
#define CALLWARD_REST_H

#include "base/arena.h"
#include "base/err.h"
#include "tenancy/keyring.h"
#include "base/str.h"

/* Each has keys of its own, so that none passes for the other. */
enum rest_use { REST_QUARANTINE, REST_SPOOL };

/*
 * "v1." key-id "." and the body under AES-256-GCM, with the newest key.
 *
 * bound  what it is good for alone: the id of its row, the name of its file
 */
enum err_code rest_seal(struct arena *, const struct keyring *, enum rest_use,
    struct str bound, struct str body, struct str *sealed_r,
    struct err *e) MUST_CHECK;

/*
 * ERR_INPUT: not of that form; ERR_ABSENT: a key that is not among keys, which
 * the text names; ERR_AUTH: changed, or bound to something else.
 */
enum err_code rest_open(struct arena *, const struct keyring *, enum rest_use,
    struct str bound, struct str sealed, struct str *body_r,
    struct err *e) MUST_CHECK;

/*
 * Is its key among keys? ERR_INPUT and ERR_ABSENT as rest_open; the front of
 * what is sealed is enough.
 */
#define REST_FRONT_BYTES (sizeof("v1..") - 1 + KEYRING_ID_MAX)
enum err_code rest_check_key(const struct keyring *, struct str sealed,
    struct err *e) MUST_CHECK;

#endif
