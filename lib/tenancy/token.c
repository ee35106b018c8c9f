/*
 * Reading and checking a JWT, and writing one for a trial. Where two readers
 * of a token could differ (a name twice, padding, another algorithm) it is
 * refused.
 */
#include "config.h"

#include <string.h>

#include "io/crypt.h"
#include "io/id.h"
#include "io/json.h"
#include "tenancy/token.h"

#define SESSION_CATEGORY "cl_B7d4PD111AAA"

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
		return (err_set(e, ERR_INPUT,
		    "user is not 1 to 64 letters, digits, '_' or '-'"));
	if (ttl_s < 1 || ttl_s > TOKEN_TTL_MAX_S)
		return (err_set(e, ERR_INPUT,
		    "token lives from 1 second to 30 days"));
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

/* Reading ----------------------------------------------------------------- */

static enum err_code
decode_json(struct arena *a, struct str part, struct str *bytes_r,
    const struct json **root_r, struct err *e)
{
	if (crypt_base64url_decode(a, part, bytes_r, e) != ERR_OK ||
	    json_parse(a, *bytes_r, root_r, e) != ERR_OK ||
	    !json_is_object(*root_r))
		return (err_set(e, ERR_AUTH,
		    "a part of the token is no JSON object in base64url"));
	return (ERR_OK);
}

static enum err_code
check_header(const struct json *header, char kid[TOKEN_KID_SIZE], struct err *e)
{
	const struct json *typ = json_get(header, "typ");
	const struct json *cat = json_get(header, "cat");
	struct str id = json_str(json_get(header, "kid"));

	if (!str_is(json_str(json_get(header, "alg")), "RS256"))
		return (err_set(e, ERR_AUTH, "the token's alg is not RS256"));
	if (json_get(header, "crit") != NULL)
		return (err_set(e, ERR_AUTH, "the token has a crit header"));
	if (typ != NULL && !str_is(json_str(typ), "JWT"))
		return (err_set(e, ERR_AUTH, "the token's typ is not JWT"));
	if (cat != NULL && !str_is(json_str(cat), SESSION_CATEGORY))
		return (err_set(e, ERR_AUTH, "the token is no session's"));
	if (id.n >= TOKEN_KID_SIZE || str_has_nul(id) ||
	    (json_get(header, "kid") != NULL && id.n == 0))
		return (err_set(e, ERR_AUTH, "the token's kid is no name"));
	if (id.n > 0)
		memcpy(kid, id.p, id.n);
	kid[id.n] = '\0';
	return (ERR_OK);
}

enum err_code
token_read(struct arena *a, struct str text, struct token *token, struct err *e)
{
	struct str rest = text, header, payload, bytes;
	const struct json *root;
	enum err_code code;

	if (text.n > TOKEN_BYTES_MAX)
		return (err_set(e, ERR_AUTH, "the token is over %zu bytes",
		    TOKEN_BYTES_MAX));
	header = str_cut(&rest, '.');
	payload = str_cut(&rest, '.');
	if (rest.p == NULL || str_find(rest, '.') != rest.n)
		return (err_set(e, ERR_AUTH, "the token has not three parts"));
	token->signed_part = str_first(text, header.n + 1 + payload.n);
	if (crypt_base64url_decode(a, rest, &token->signature, e) != ERR_OK)
		return (err_set(e, ERR_AUTH,
		    "the token's signature is no base64url"));
	if ((code = decode_json(a, header, &bytes, &root, e)) != ERR_OK ||
	    (code = check_header(root, token->kid, e)) != ERR_OK)
		return (code);
	return (decode_json(a, payload, &token->payload, &root, e));
}

/* Checking ---------------------------------------------------------------- */

static enum err_code
check_times(const struct json *claims, int64_t now_ms, struct err *e)
{
	static const char *const starts[] = { "nbf", "iat" };
	const struct json *exp = json_get(claims, "exp"), *start;
	double now = (double)now_ms;

	if (!json_is_number(exp))
		return (err_set(e, ERR_AUTH, "the token has no exp"));
	if (json_number(exp, 0) * 1000 <= now - TOKEN_SKEW_MS)
		return (err_set(e, ERR_AUTH, "the token has expired"));
	for (size_t i = 0; i < sizeof(starts) / sizeof(starts[0]); i++) {
		if ((start = json_get(claims, starts[i])) == NULL)
			continue;
		if (!json_is_number(start) ||
		    json_number(start, 0) * 1000 > now + TOKEN_SKEW_MS)
			return (err_set(e, ERR_AUTH,
			    "the token's %s is ahead of our clock, or no number",
			    starts[i]));
	}
	return (ERR_OK);
}

static bool
is_party(struct str party, const char *parties)
{
	struct str rest = str_of(parties);

	while (rest.p != NULL)
		if (str_eq(str_trim(str_cut(&rest, ',')), party))
			return (true);
	return (false);
}

/* Ids of Clerk's that name no person: a machine, its key, and so on. */
static bool
is_other_subject(struct str id)
{
	static const char *const beginnings[] = { "mch_", "mt_", "ak_", "oat_",
		"org_", "ins_", "sess_", "client_" };

	for (size_t i = 0; i < sizeof(beginnings) / sizeof(beginnings[0]); i++)
		if (str_starts(id, beginnings[i]))
			return (true);
	return (false);
}

enum err_code
token_check(struct arena *a, const struct token *token,
    const struct token_rules *rules, int64_t now_ms,
    struct token_claims *claims_r, struct err *e)
{
	const struct json *claims, *azp;
	enum err_code code;
	struct str user_id;

	if (json_parse(a, token->payload, &claims, e) != ERR_OK)
		return (err_set(e, ERR_AUTH, "the token's claims are no JSON"));
	if (!str_is(json_str(json_get(claims, "iss")), rules->issuer))
		return (err_set(e, ERR_AUTH, "the token's issuer is another"));
	if ((code = check_times(claims, now_ms, e)) != ERR_OK)
		return (code);
	azp = json_get(claims, "azp");
	if (rules->parties[0] != '\0' &&
	    (json_str(azp).n == 0 || !is_party(json_str(azp), rules->parties)))
		return (err_set(e, ERR_AUTH,
		    "the token's azp is missing or not authorised"));
	if (str_is(json_str(json_get(claims, "sts")), "pending"))
		return (
		    err_set(e, ERR_AUTH, "the session is not signed in yet"));
	user_id = json_str(json_get(claims, "sub"));
	if (!id_is_user(user_id) || is_other_subject(user_id))
		return (err_set(e, ERR_AUTH, "the token's sub is no user id"));
	claims_r->user_id = user_id;
	claims_r->acting = json_get(claims, "act") != NULL;
	claims_r->actor = json_str(json_path(claims, "act.sub"));
	return (ERR_OK);
}
