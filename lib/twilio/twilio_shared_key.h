/*
 * Shared keys: Twilio may sign a webhook with one instead of an account's auth
 * token. It then says in a header which key and which algorithm it took:
 * "X-Twilio-Webhooks-Signature-Settings: key=ID,algorithm=HMAC_SHA256".
 * Source: twilio-node 6.3.1, lib/webhooks/webhooks.js (November 2026).
 */
#ifndef CALLWARD_TWILIO_SHARED_KEY_H
#define CALLWARD_TWILIO_SHARED_KEY_H

#include "base/err.h"
#include "base/str.h"
#include "twilio/twilio_signature.h"

#define TWILIO_SHARED_KEYS_MAX 16

struct twilio_shared_keys {
	size_t n; /* 0: there is none */
	struct {
		char id[129];
		char secret[257];
	} row[TWILIO_SHARED_KEYS_MAX];
};

/*
 * Read TWILIO_SHARED_KEYS: "id:secret[,id:secret]", ids of 1..128 printable
 * characters without ',', ':' and '=', secrets of 1..256 without ',' and ':';
 * no blanks. "" is no key. ERR_INPUT names the rule, never the value.
 */
enum err_code twilio_shared_keys_parse(const char *setting,
    struct twilio_shared_keys *keys_r, struct err *e) MUST_CHECK;
void twilio_shared_keys_wipe(struct twilio_shared_keys *);

/*
 * The key and the algorithm that the header's value names. Names are read as
 * Twilio's SDK reads them: blanks around a name and a value do not count, case
 * does in a name and not in an algorithm, other names are passed over, and no
 * algorithm is HMAC_SHA1. ERR_AUTH: a key that we do not have or an algorithm
 * that nobody has; no key; a name twice; a part that is not name=value. The
 * secret lives as long as the keys.
 */
enum err_code twilio_shared_keys_find(const struct twilio_shared_keys *,
    struct str header, struct twilio_signer *signer_r,
    struct err *e) MUST_CHECK;

#endif
