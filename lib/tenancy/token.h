/*
 * The signed token that says which tenant a dashboard request acts for. A
 * trial makes its own with the operator's key; a live installation gets them
 * from Clerk. Which key a token was signed with is token_keys.h's business.
 * Source: RFC 7515 and 7519, Clerk session tokens versions 1 and 2.
 */
#ifndef CALLWARD_TOKEN_H
#define CALLWARD_TOKEN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"

#define TOKEN_TRIAL_ISSUER "callward-trial"

#define TOKEN_BYTES_MAX ((size_t)8192)
#define TOKEN_SKEW_MS 5000
#define TOKEN_TTL_MAX_S (INT64_C(30) * 24 * 3600) /* of a trial's token */
#define TOKEN_KID_SIZE 128

/* What a token must say beside being well signed. */
struct token_rules {
	const char *issuer;  /* exact */
	const char *parties; /* comma-separated azp; "": not asked */
};

/* What is written outside of the signature's protection until it is checked. */
struct token {
	char kid[TOKEN_KID_SIZE]; /* "" when the token names none */
	struct str signed_part;	  /* "header.payload" */
	struct str signature;	  /* bytes */
	struct str payload;	  /* bytes, JSON */
};

/* Who a checked token acts for. */
struct token_claims {
	struct str user_id;
	bool acting;	  /* somebody acts as the user: reading only */
	struct str actor; /* who, where the token says it in act.sub */
};

/*
 * Take a compact JWS apart: three parts of strict base64url, a header that is
 * JSON with alg RS256, typ JWT or none, no crit, and no category other than
 * a session's. ERR_AUTH names the rule. Nothing is proven yet.
 */
enum err_code token_read(struct arena *, struct str text, struct token *token_r,
    struct err *e) MUST_CHECK;

/*
 * Check the claims of a token whose signature was verified. ERR_AUTH: iss is
 * another; exp is missing or past; nbf or iat ahead (5 s of skew each); azp
 * is missing or not among the parties, where there are some; sub is no user
 * id, or a machine's, an organisation's or a key's of Clerk's; sts is
 * "pending"; a name stands twice.
 */
enum err_code token_check(struct arena *, const struct token *,
    const struct token_rules *, int64_t now_ms, struct token_claims *claims_r,
    struct err *e) MUST_CHECK;

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
