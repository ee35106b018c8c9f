/*
 * Writing a JWT for a trial. Reading one is the responder's business; here is
 * no door, only the key that a trial's operator holds.
 */
#include "config.h"

#include "crypt.h"
#include "id.h"
#include "json.h"
#include "token.h"

#define TTL_MAX_S (INT64_C(30) * 24 * 3600)

/* Append a tree's text in base64url. */
static enum err_code
add_part(struct arena *a, struct buf *b, const struct json *j, struct err *e)
{
	enum err_code code;
	struct str text;

	if ((code = json_format(a, j, &text, e)) != ERR_OK ||
	    (code = crypt_base64url(a, text, &text, e)) != ERR_OK)
		return (code);
	buf_add(b, text);
	return (ERR_OK);
}

static enum err_code
signing_input(struct arena *a, struct str user_id, const char *party,
    int64_t now_s, int64_t ttl_s, struct str *input_r, struct err *e)
{
	struct json *header = json_new_object(a);
	struct json *claims = json_new_object(a);
	enum err_code code;
	struct buf b;

	json_add_str(header, "alg", STR("RS256"));
	json_add_str(header, "typ", STR("JWT"));
	json_add_str(claims, "iss", STR(TOKEN_TRIAL_ISSUER));
	json_add_str(claims, "sub", user_id);
	if (party[0] != '\0')
		json_add_str(claims, "azp", str_of(party));
	json_add_number(claims, "iat", (double)now_s);
	json_add_number(claims, "nbf", (double)now_s);
	json_add_number(claims, "exp", (double)(now_s + ttl_s));
	buf_init(&b, a);
	if ((code = add_part(a, &b, header, e)) != ERR_OK)
		return (code);
	buf_addc(&b, '.');
	if ((code = add_part(a, &b, claims, e)) != ERR_OK)
		return (code);
	return (buf_done(&b, input_r, e));
}

enum err_code
token_sign(struct arena *a, struct str user_id, struct str key_base64,
    const char *party, int64_t now_ms, int64_t ttl_s, struct str *token_r,
    struct err *e)
{
	enum err_code code;
	struct str input, signature;
	struct buf b;

	if (!id_is_user(user_id))
		return (err_set(e, ERR_INPUT, "user is not 1 to 64 letters, "
		    "digits, '_' or '-'"));
	if (ttl_s < 1 || ttl_s > TTL_MAX_S)
		return (err_set(e, ERR_INPUT, "token lives from 1 second to "
		    "30 days"));
	if ((code = signing_input(a, user_id, party, now_ms / 1000, ttl_s,
	    &input, e)) != ERR_OK ||
	    (code = crypt_rs256_sign(a, key_base64, input, &signature, e)) !=
	    ERR_OK ||
	    (code = crypt_base64url(a, signature, &signature, e)) != ERR_OK)
		return (code);
	buf_init(&b, a);
	buf_add(&b, input);
	buf_addc(&b, '.');
	buf_add(&b, signature);
	return (buf_done(&b, token_r, e));
}
