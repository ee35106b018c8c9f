/*
 * X-Twilio-Signature: proof that Twilio, with our account's token or a shared
 * key of ours (twilio_shared_key.h), made this request. Works on the address
 * that the operator configured and the raw REQUEST_URI, never on what a header
 * says about the host.
 * Source: Twilio, "Security: validating requests"; twilio-node's validator.
 */
#ifndef CALLWARD_TWILIO_SIGNATURE_H
#define CALLWARD_TWILIO_SIGNATURE_H

#include <stddef.h>

#include "base/arena.h"
#include "io/crypt.h"
#include "base/err.h"
#include "base/str.h"
#include "io/form.h"

#define TWILIO_ACCOUNTS_MAX 16

/* What signs: an account's token (with SHA-1), or a shared key. */
struct twilio_signer {
	struct str secret;
	enum crypt_hash hash; /* CRYPT_SHA1 or CRYPT_SHA256 */
};

struct twilio_accounts {
	size_t n;
	struct {
		char sid[35]; /* "" when the token stands alone */
		char token[129];
	} row[TWILIO_ACCOUNTS_MAX];
};

/*
 * Read TWILIO_AUTH_TOKEN: "AC…:token[,AC…:token]", or one bare token of
 * 1..128 printable characters without ',' and ':'.
 */
enum err_code twilio_accounts_parse(const char *setting,
    struct twilio_accounts *accounts_r, struct err *e) MUST_CHECK;
void twilio_accounts_wipe(struct twilio_accounts *);

/*
 * Can calls be placed? That needs the account's id beside its token: row 0
 * then has both. TWILIO_NO_ACCOUNT is the sentence for where it cannot.
 */
bool twilio_accounts_named(const struct twilio_accounts *);
#define TWILIO_NO_ACCOUNT                                                      \
	"no number can be proven: that takes calls, and TWILIO_AUTH_TOKEN "    \
	"with its account (AC...:token)"

/* Is this a SID (an account's or an API key's)? No secret looks like one. */
bool twilio_is_sid(struct str s);

/* 1 to max printable characters of ASCII without blank, ',' and ':'. */
bool twilio_is_secret(struct str s, size_t max);

/*
 * The token for an AccountSid; the bare token for any. ERR_AUTH when the
 * account is not ours. The secret lives as long as the accounts.
 */
enum err_code twilio_accounts_find(const struct twilio_accounts *,
    struct str account_sid, struct twilio_signer *signer_r,
    struct err *e) MUST_CHECK;

/*
 * The signature over url and the form's parameters, as base64 of the HMAC.
 * form  NULL: the url alone (GET, JSON)
 */
enum err_code twilio_signature_make(struct arena *,
    const struct twilio_signer *, struct str url, const struct form *form,
    struct str *signature_r, struct err *e) MUST_CHECK;

/*
 * Check a signature: url as given, with the scheme's default port, without a
 * port, each with and without user:password, and with "'" in the query as
 * "%27". ERR_AUTH when none of them gives it. Constant time in the compare.
 */
enum err_code twilio_signature_check(struct arena *,
    const struct twilio_signer *, struct str url, const struct form *form,
    struct str signature, struct err *e) MUST_CHECK;

#endif
