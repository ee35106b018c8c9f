/*
 * Vapi's HMAC credential: proof that a server message was signed with our
 * secret, and not long ago. Vapi lets the operator choose header, payload,
 * prefix, encoding and hash; the rule holds that choice.
 * Source: Vapi, server authentication, HMAC.
 */
#ifndef CALLWARD_VAPI_SIGNATURE_H
#define CALLWARD_VAPI_SIGNATURE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "io/crypt.h"
#include "base/err.h"
#include "io/settings.h"
#include "base/str.h"

#define VAPI_SIGNATURE_HEADER_SIZE 72

struct vapi_signature_rule {
	struct str secret;
	enum crypt_hash hash;
	bool base64;	    /* else lower-case hex */
	struct str prefix;  /* before the signature, such as "sha256=" */
	struct str payload; /* "{timestamp}.{body}" */
	bool timed;	    /* payload holds {timestamp} */
	int64_t window_ms;
	/* as CGI spells them: "HTTP_X_SIGNATURE" */
	char header[VAPI_SIGNATURE_HEADER_SIZE];
	char timestamp_header[VAPI_SIGNATURE_HEADER_SIZE];
};

/* What a request brings to be checked. */
struct vapi_signed {
	struct str signature; /* the header's value */
	struct str timestamp; /* likewise; STR_NONE when rule is not timed */
	struct str method;
	struct str url; /* as Vapi was told to call it */
	struct str body;
};

/*
 * The rule that the settings VAPI_HMAC_... make; its texts point into them.
 * ERR_INPUT begins with the name of the setting that is wrong.
 */
enum err_code vapi_signature_rule_read(const struct settings *,
    struct vapi_signature_rule *rule_r, struct err *e) MUST_CHECK;

/* What the header has to hold, prefix included; in->signature is not read. */
enum err_code vapi_signature_make(struct arena *,
    const struct vapi_signature_rule *, const struct vapi_signed *in,
    struct str *signature_r, struct err *e) MUST_CHECK;

/*
 * ERR_AUTH when the signature is another one, or when the timestamp is no
 * number of seconds or milliseconds or not within the window around now_ms
 * (wall clock). Constant time in the compare.
 */
enum err_code vapi_signature_check(struct arena *,
    const struct vapi_signature_rule *, const struct vapi_signed *,
    int64_t now_ms, struct err *e) MUST_CHECK;

#endif
