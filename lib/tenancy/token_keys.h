/*
 * The public keys that tokens are signed with: one that the operator pinned,
 * or the issuer's set (JWKS), fetched and kept. Knows where keys come from,
 * not what a token says.
 *
 * The set is fetched when it is first needed, again after five minutes, and
 * when a token names a key that it does not have, at most once a minute. One
 * thread fetches; while that fails the old set stands.
 * Source: RFC 7517; Clerk, networkless verification and JWKS.
 */
#ifndef CALLWARD_TOKEN_KEYS_H
#define CALLWARD_TOKEN_KEYS_H

#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "io/http.h"
#include "base/str.h"
#include "tenancy/token.h"

struct token_keys;

/* Could token_keys_new take these two? ERR_INPUT says why not. */
enum err_code token_keys_check(const char *pinned, const char *issuer,
    struct err *e) MUST_CHECK;

/*
 * pinned  a PEM (newlines, spaces or "\\n" between its lines) or the base64 in
 *         it; "" to use the issuer's set
 * issuer  its address; the set is at issuer/.well-known/jwks.json
 * ERR_INPUT: pinned is no RSA public key, or there is neither a key nor an
 * https address (http on loopback) to ask.
 */
enum err_code token_keys_new(const char *pinned, const char *issuer,
    struct http *, struct token_keys **keys_r, struct err *e) MUST_CHECK;
void token_keys_free(struct token_keys *);

/*
 * Verify a token's signature. ERR_AUTH: another key or a broken signature;
 * ERR_TEMPORARY: there is no set yet and it cannot be had now.
 */
enum err_code token_keys_verify(struct token_keys *, struct arena *,
    const struct token *, int64_t deadline_ms, struct err *e) MUST_CHECK;

#endif
