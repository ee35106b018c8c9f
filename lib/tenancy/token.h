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

/* Which of its ids a token acts for: CLERK_TENANT. */
enum token_tenancy {
	TOKEN_BY_USER = 0,
	TOKEN_BY_ORGANIZATION,
	TOKEN_BY_EITHER /* the organization where there is one, else the user */
};

/* What a token must say beside being well signed. */
struct token_rules {
	const char *issuer;  /* exact */
	const char *parties; /* comma-separated azp; "": not asked */
	enum token_tenancy tenancy;
};

/* What is written outside of the signature's protection until it is checked. */
struct token {
	char kid[TOKEN_KID_SIZE]; /* "" when the token names none */
	struct str signed_part;	  /* "header.payload" */
	struct str signature;	  /* bytes */
	struct str payload;	  /* bytes, JSON */
};

/* What its holder can do about a token that is not taken. */
enum token_lack {
	TOKEN_LACKS_NOTHING = 0,
	TOKEN_LACKS_CHOICE, /* sts is pending: choose an organization first */
	TOKEN_LACKS_CLINIC  /* no organization, where one is the tenant */
};

/* Who a checked token acts for, and who that is. */
struct token_claims {
	struct str login; /* the user's id, or the organization's */
	bool owner;	  /* of the clinic; else its front desk */
	bool acting;	  /* somebody acts as the user: reading only */
	struct str actor; /* the person: sub, or act.sub, "unnamed" without */
	struct str name;  /* theirs, if the token has one */
	enum token_lack lack;
};

#define TOKEN_NAME_CHARS_MAX 80

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
 * id, or a machine's, an organization's or a key's of Clerk's; sts is
 * "pending" (lack says so); a name stands twice.
 *
 * Where the organization is the tenant it is o.id of a token of version 2, and
 * org_id of one of version 1; null is none. ERR_AUTH, too: what it is called
 * is no organization's id ("org_..."); both are there and differ; o has no id;
 * the version is another. ERR_DENIED: there is none, but has to be (lack).
 * The owner is who has exactly o.rol = "admin" or org_role = "org:admin", and
 * the user who is a tenant. In user mode organizations are not looked at.
 */
enum err_code token_check(struct arena *, const struct token *,
    const struct token_rules *, int64_t now_ms, struct token_claims *claims_r,
    struct err *e) MUST_CHECK;

/* Whose token a trial makes. */
struct token_person {
	struct str user_id;	 /* ^[A-Za-z0-9_-]{1,64}$, else ERR_INPUT */
	struct str organization; /* its id; STR_NONE: no o */
	struct str role;	 /* o.rol: "admin", or any other word */
	struct str name;	 /* STR_NONE: none */
};

/*
 * A token of the trial's issuer: RS256, version 2, azp = party when it is not
 * "", iat and nbf = now, exp = now + ttl.
 *
 * key_base64   PKCS#8 DER
 * ttl_s        1 .. 30 days
 */
enum err_code token_sign(struct arena *, const struct token_person *,
    struct str key_base64, const char *party, int64_t now_ms, int64_t ttl_s,
    struct str *token_r, struct err *e) MUST_CHECK;

/* "org_" and more, an id. */
bool token_is_organization(struct str id);

#endif
