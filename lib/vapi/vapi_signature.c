/*
 * The payload is put together from the raw bytes as the rule says, then one
 * HMAC and one compare. Header names become CGI's once, at the start.
 */
#include "config.h"

#include <string.h>

#include "vapi/vapi_signature.h"

#define TIMESTAMP_DIGITS_MAX 16
#define SECONDS_MAX INT64_C(100000000000) /* above: milliseconds */

/* "x-signature" is HTTP_X_SIGNATURE. */
static enum err_code
cgi_name(const char *setting, const char *header,
    char name_r[VAPI_SIGNATURE_HEADER_SIZE], struct err *e)
{
	size_t n = strlen(header), i;

	if (n == 0 || n > VAPI_SIGNATURE_HEADER_SIZE - sizeof("HTTP_"))
		return (err_set(e, ERR_INPUT,
		    "%s: a header's name has 1 to %zu characters", setting,
		    VAPI_SIGNATURE_HEADER_SIZE - sizeof("HTTP_")));
	memcpy(name_r, "HTTP_", 5);
	for (i = 0; i < n; i++) {
		char c = header[i];

		if (c >= 'a' && c <= 'z')
			c = (char)(c - 'a' + 'A');
		else if (c == '-')
			c = '_';
		else if (!(c >= 'A' && c <= 'Z') && !(c >= '0' && c <= '9'))
			return (err_set(e, ERR_INPUT,
			    "%s: letters, digits and '-' only", setting));
		name_r[5 + i] = c;
	}
	name_r[5 + n] = '\0';
	return (ERR_OK);
}

static enum err_code
read_hash(const char *algorithm, enum crypt_hash *hash_r, struct err *e)
{
	if (strcmp(algorithm, "sha256") == 0)
		*hash_r = CRYPT_SHA256;
	else if (strcmp(algorithm, "sha512") == 0)
		*hash_r = CRYPT_SHA512;
	else if (strcmp(algorithm, "sha1") == 0)
		*hash_r = CRYPT_SHA1;
	else
		return (err_set(e, ERR_INPUT,
		    "VAPI_HMAC_ALGORITHM: sha256, sha512 or sha1"));
	return (ERR_OK);
}

enum err_code
vapi_signature_rule_read(const struct settings *s,
    struct vapi_signature_rule *rule, struct err *e)
{
	enum err_code code;

	memset(rule, 0, sizeof(*rule));
	rule->secret = str_of(s->vapi_hmac_secret);
	rule->prefix = str_of(s->vapi_hmac_prefix);
	rule->payload = str_of(s->vapi_hmac_payload);
	rule->window_ms = s->vapi_hmac_window_s * 1000;
	rule->timed = str_holds(rule->payload, "{timestamp}");
	rule->base64 = strcmp(s->vapi_hmac_encoding, "base64") == 0;
	if (!rule->base64 && strcmp(s->vapi_hmac_encoding, "hex") != 0)
		return (
		    err_set(e, ERR_INPUT, "VAPI_HMAC_ENCODING: hex or base64"));
	if (!str_holds(rule->payload, "{body}"))
		return (err_set(e, ERR_INPUT,
		    "VAPI_HMAC_PAYLOAD: must hold "
		    "{body}, or the body would not be signed"));
	if ((code = read_hash(s->vapi_hmac_algorithm, &rule->hash, e)) !=
		ERR_OK ||
	    (code = cgi_name("VAPI_HMAC_HEADER", s->vapi_hmac_header,
		 rule->header, e)) != ERR_OK)
		return (code);
	return (cgi_name("VAPI_HMAC_TIMESTAMP_HEADER",
	    s->vapi_hmac_timestamp_header, rule->timestamp_header, e));
}

static enum err_code
check_time(const struct vapi_signature_rule *rule, struct str text,
    int64_t now_ms, struct err *e)
{
	int64_t ms;

	if (text.n == 0 || text.n > TIMESTAMP_DIGITS_MAX ||
	    str_parse_int(text, 0, INT64_MAX / 1000, &ms, NULL) != ERR_OK)
		return (err_set(e, ERR_AUTH, "the timestamp is no number"));
	if (ms < SECONDS_MAX)
		ms *= 1000;
	if (ms < now_ms - rule->window_ms || ms > now_ms + rule->window_ms)
		return (err_set(e, ERR_AUTH,
		    "the timestamp is outside of VAPI_HMAC_WINDOW_S: a replay, or a clock is wrong"));
	return (ERR_OK);
}

/* The text that was signed: the payload with its places filled. */
static enum err_code
fill_payload(struct arena *a, const struct vapi_signature_rule *rule,
    const struct vapi_signed *in, struct str *text_r, struct err *e)
{
	const struct {
		const char *word;
		struct str value;
	} places[] = { { "{body}", in->body }, { "{timestamp}", in->timestamp },
		{ "{method}", in->method }, { "{url}", in->url } };
	struct str rest = rule->payload;
	struct buf b;
	size_t i;

	buf_init(&b, a);
	while (rest.n > 0) {
		for (i = 0; i < sizeof(places) / sizeof(places[0]); i++)
			if (str_starts(rest, places[i].word))
				break;
		if (i < sizeof(places) / sizeof(places[0])) {
			buf_add(&b, places[i].value);
			rest = str_skip(rest, strlen(places[i].word));
		} else {
			buf_addc(&b, rest.p[0]);
			rest = str_skip(rest, 1);
		}
	}
	return (buf_done(&b, text_r, e));
}

enum err_code
vapi_signature_make(struct arena *a, const struct vapi_signature_rule *rule,
    const struct vapi_signed *in, struct str *signature_r, struct err *e)
{
	struct crypt_digest digest;
	struct str text, bytes, encoded;
	enum err_code code;
	struct buf b;

	if ((code = fill_payload(a, rule, in, &text, e)) != ERR_OK ||
	    (code = crypt_hmac(rule->hash, rule->secret, text, &digest, e)) !=
		ERR_OK)
		return (code);
	bytes = (struct str){ (const char *)digest.p, digest.n };
	code = rule->base64 ? crypt_base64(a, bytes, &encoded, e) :
			      crypt_hex(a, bytes, &encoded, e);
	if (code != ERR_OK)
		return (code);
	buf_init(&b, a);
	buf_add(&b, rule->prefix);
	buf_add(&b, encoded);
	return (buf_done(&b, signature_r, e));
}

enum err_code
vapi_signature_check(struct arena *a, const struct vapi_signature_rule *rule,
    const struct vapi_signed *in, int64_t now_ms, struct err *e)
{
	struct str made;
	enum err_code code;

	if (rule->timed &&
	    (code = check_time(rule, in->timestamp, now_ms, e)) != ERR_OK)
		return (code);
	if ((code = vapi_signature_make(a, rule, in, &made, e)) != ERR_OK)
		return (code);
	if (!crypt_equal(made, in->signature))
		return (err_set(e, ERR_AUTH, "the vapi signature is wrong"));
	return (ERR_OK);
}
