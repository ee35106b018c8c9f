/*
 * The signed token that says which tenant a dashboard request acts for. A
 * trial makes its own with the operator's key; a live installation gets them
 * from Clerk. Source: RFC 7519, Clerk session tokens version 2.
 */
#ifndef CALLWARD_TOKEN_H
#define CALLWARD_TOKEN_H

#include <stdint.h>

#include "arena.h"
#include "err.h"
#include "str.h"

#define TOKEN_TRIAL_ISSUER "callward-trial"

/*
 * A token of the trial's issuer: RS256, sub = user_id, azp = party when it
 * is not "", iat and nbf = now, exp = now + ttl.
 *
 * user_id      ^[A-Za-z0-9_-]{1,64}$, else ERR_INPUT
 * key_base64   PKCS#8 DER
 * ttl_s        1 .. 30 days
 */
enum err_code token_sign(struct arena *, struct str user_id,
    struct str key_base64, const char *party, int64_t now_ms, int64_t ttl_s,
    struct str *token_r, struct err *e) MUST_CHECK;

#endif
