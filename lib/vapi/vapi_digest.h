/*
 * Recognizes a report that comes again: by a digest of the values that would be
 * stored. Not of its body, since Vapi signs the recording's address again each
 * time. Serves vapi_report.c.
 */
#ifndef CALLWARD_VAPI_DIGEST_H
#define CALLWARD_VAPI_DIGEST_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "tenancy/tenancy.h"

/*
 * The version of the reader, which is the digest's first byte. To be raised
 * whenever the same body may give other values than before, so that a report
 * that comes again after an upgrade is read again:
 * tests/unit/test_vapi_digest.c has a body and its digest.
 */
#define VAPI_DIGEST_VERSION 1

#define VAPI_DIGEST_BYTES 17

/*
 * told         event->told without the address of a recording
 * has_address  there is one, whatever it says
 * digest_r     lives in the arena
 * ERR_TOO_LARGE: past the arena's ceiling.
 */
enum err_code vapi_digest_report(struct arena *, const struct tenancy_event *,
    struct str told, bool has_address, struct str *digest_r,
    struct err *e) MUST_CHECK;

#endif
