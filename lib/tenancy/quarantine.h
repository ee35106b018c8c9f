/*
 * Bodies that rest in quarantine: kept whole, so that nothing is lost, and
 * encrypted, because a body can hold a patient's words and a provider's
 * secrets. Only the holder of METADATA_KEYS reads them again.
 */
#ifndef CALLWARD_QUARANTINE_H
#define CALLWARD_QUARANTINE_H

#include "base/arena.h"
#include "base/err.h"
#include "tenancy/keyring.h"
#include "base/str.h"

/*
 * "v1." key-id "." and the body under AES-256-GCM, bound to id (that of its
 * row), with the newest key.
 */
enum err_code quarantine_seal(struct arena *, const struct keyring *,
    struct str id, struct str body, struct str *sealed_r,
    struct err *e) MUST_CHECK;

/*
 * ERR_INPUT: not of that form; ERR_ABSENT: a key that is not among keys;
 * ERR_AUTH: changed, or another row's.
 */
enum err_code quarantine_open(struct arena *, const struct keyring *,
    struct str id, struct str sealed, struct str *body_r,
    struct err *e) MUST_CHECK;

#endif
