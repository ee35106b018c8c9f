/*
 * What is signed. Lines: an address, a form, a signature, a time, and a body.
 * The first is read as settings of a signature by a shared key, too.
 * Ours opens, the input's own does not, whatever the address looks like.
 */
#include "config.h"

#include <assert.h>
#include <string.h>

#include "fuzz.h"
#include "twilio/twilio_shared_key.h"
#include "twilio/twilio_signature.h"
#include "vapi/vapi_signature.h"

#define SECRET "of-nobody-but-the-harness"
#define NOW_MS INT64_C(1767225600000)

static void
check_twilio(struct arena *a, const struct twilio_signer *signer,
    struct str url, struct str body, struct str signature)
{
	struct form form, *covered = NULL;
	struct str right;
	enum err_code code;
	char *other;

	if (form_decode(a, body, &form, NULL) == ERR_OK)
		covered = &form;
	code = twilio_signature_make(a, signer, url, covered, &right, NULL);
	assert(code == ERR_OK);
	code = twilio_signature_check(a, signer, url, covered, right, NULL);
	assert(code == ERR_OK);
	code = twilio_signature_check(a, signer, url, covered, signature, NULL);
	assert(code == ERR_AUTH || str_eq(signature, right));
	other = str_dup(a, right);
	assert(other != NULL);
	other[5] ^= 1;
	code = twilio_signature_check(a, signer, url, covered,
	    (struct str){ other, right.n }, NULL);
	assert(code == ERR_AUTH);
}

/* Whatever is taken names the one key and an algorithm that there is. */
static bool
check_shared_key(struct arena *a, struct str header, struct str body,
    struct str signature)
{
	struct twilio_shared_keys keys;
	struct twilio_signer signer;
	enum err_code code;

	code = twilio_shared_keys_parse("k:" SECRET, &keys, NULL);
	assert(code == ERR_OK);
	code = twilio_shared_keys_find(&keys, header, &signer, NULL);
	assert(code == ERR_OK || code == ERR_AUTH);
	if (code == ERR_OK)
		check_twilio(a, &signer, header, body, signature);
	twilio_shared_keys_wipe(&keys);
	return (code == ERR_OK);
}

static bool
check_vapi(struct arena *a, struct str url, struct str payload,
    struct str signature, struct str timestamp, struct str body)
{
	const struct settings choice = { .vapi_hmac_secret = SECRET,
		.vapi_hmac_header = "x-signature",
		.vapi_hmac_timestamp_header = "x-timestamp",
		.vapi_hmac_prefix = "v0=",
		.vapi_hmac_encoding = "hex",
		.vapi_hmac_algorithm = "sha256",
		.vapi_hmac_payload = str_dup(a, payload),
		.vapi_hmac_window_s = 300 };
	struct vapi_signed in = { .signature = signature,
		.timestamp = timestamp,
		.method = STR("POST"),
		.url = url,
		.body = body };
	struct vapi_signature_rule rule;
	enum err_code code;

	assert(choice.vapi_hmac_payload != NULL);
	if (str_has_nul(payload) ||
	    vapi_signature_rule_read(&choice, &rule, NULL) != ERR_OK)
		return (false);
	code = vapi_signature_check(a, &rule, &in, NOW_MS, NULL);
	assert(code == ERR_AUTH);
	if (vapi_signature_make(a, &rule, &in, &in.signature, NULL) != ERR_OK)
		return (false);
	code = vapi_signature_check(a, &rule, &in, NOW_MS, NULL);
	assert(code == ERR_OK || (code == ERR_AUTH && rule.timed));
	return (code == ERR_OK);
}

/*
 * Taken: a payload that makes a rule, and a time within its window; or settings
 * that name the shared key.
 */
bool
fuzz_one(struct arena *a, struct str input)
{
	const struct twilio_signer signer = { STR(SECRET), CRYPT_SHA1 };
	struct twilio_shared_keys keys;
	struct twilio_accounts accounts;
	struct str line[5];
	bool named;

	for (size_t i = 0; i < 5; i++)
		if ((line[i] = i < 4 ? str_cut(&input, '\n') : input).p == NULL)
			line[i] = STR("");
	check_twilio(a, &signer, line[0], line[1], line[2]);
	named = check_shared_key(a, line[0], line[1], line[2]);
	if (!str_has_nul(line[0]) &&
	    twilio_shared_keys_parse(str_dup(a, line[0]), &keys, NULL) ==
		ERR_OK)
		twilio_shared_keys_wipe(&keys);
	if (!str_has_nul(line[0]) &&
	    twilio_accounts_parse(str_dup(a, line[0]), &accounts, NULL) ==
		ERR_OK)
		twilio_accounts_wipe(&accounts);
	return (check_vapi(a, line[0], line[1], line[2], line[3], line[4]) ||
	    named);
}
