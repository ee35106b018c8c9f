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
signing_input(struct arena *a, const struct token_person *who,
    const char *party, int64_t now_s, int64_t ttl_s, struct str *input_r,
    struct err *e)
{
	struct json *header = json_new_object(a);
	struct json *claims = json_new_object(a), *o;
	enum err_code code;
	struct buf b;

	json_add_str(header, "alg", STR("RS256"));
	json_add_str(header, "typ", STR("JWT"));
	json_add_str(claims, "iss", STR(TOKEN_TRIAL_ISSUER));
	json_add_str(claims, "sub", who->user_id);
	json_add_number(claims, "v", 2);
	if (who->organization.p != NULL) {
		o = json_add_object(claims, "o");
		json_add_str(o, "id", who->organization);
		json_add_str(o, "rol", who->role);
	}
	if (who->name.p != NULL)
		json_add_str(claims, "name", who->name);
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
token_sign(struct arena *a, const struct token_person *who,
    struct str key_base64, const char *party, int64_t now_ms, int64_t ttl_s,
    struct str *token_r, struct err *e)
{
	enum err_code code;
	struct str input, signature;
	struct buf b;

	if (!id_is_user(who->user_id))
		return (err_set(e, ERR_INPUT,
		    "user is not 1 to 64 letters, digits, '_' or '-'"));
	if (who->organization.p != NULL &&
	    !token_is_organization(who->organization))
		return (err_set(e, ERR_INPUT,
		    "an organization's id begins with org_"));
	if (ttl_s < 1 || ttl_s > TOKEN_TTL_MAX_S)
		return (err_set(e, ERR_INPUT,
		    "token lives from 1 second to 30 days"));
	if ((code = signing_input(a, who, party, now_ms / 1000, ttl_s, &input,
		 e)) != ERR_OK ||
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

bool
token_is_organization(struct str id)
{
	return (str_starts(id, "org_") && id.n > 4 && id_is_user(id));
}

/* The member of an object; one that is null is as if it were not there. */
static const struct json *
given(const struct json *o, const char *name)
{
	const struct json *value = json_get(o, name);

	return (json_is_null(value) ? NULL : value);
}

/* Version 1 has no v. Of another one it is not known where things stand. */
static enum err_code
read_version(const struct json *claims, bool *second_r, struct err *e)
{
	const struct json *v = given(claims, "v");
	double version = json_number(v, 0);

	*second_r = version == 2;
	if (v == NULL || version == 1 || version == 2)
		return (ERR_OK);
	return (err_set(e, ERR_AUTH, "the token's version is not 1 or 2"));
}

/*
 * The organization's id, STR_NONE without one, and whether it is the owner who
 * asks. A claim of the other version than the token's own is a custom one,
 * perhaps of a text that its holder chose: it opens nothing.
 */
static enum err_code
read_organization(const struct json *claims, struct str *id_r, bool *owner_r,
    struct err *e)
{
	const struct json *o = given(claims, "o"), *first;
	struct str of_o = json_str(json_get(o, "id")), of_org_id;
	enum err_code code;
	bool second;

	first = given(claims, "org_id");
	of_org_id = json_str(first);
	if ((code = read_version(claims, &second, e)) != ERR_OK)
		return (code);
	if (o != NULL && !token_is_organization(of_o))
		return (err_set(e, ERR_AUTH,
		    "the token's o has no organization's id"));
	if (first != NULL && !token_is_organization(of_org_id))
		return (err_set(e, ERR_AUTH,
		    "the token's org_id is no organization's"));
	if (o != NULL && first != NULL && !str_eq(of_o, of_org_id))
		return (err_set(e, ERR_AUTH,
		    "the token's o.id and org_id are two organizations"));
	if (second) {
		*id_r = o == NULL ? STR_NONE : of_o;
		*owner_r = str_is(json_str(json_get(o, "rol")), "admin");
	} else {
		*id_r = first == NULL ? STR_NONE : of_org_id;
		*owner_r =
		    str_is(json_str(json_get(claims, "org_role")), "org:admin");
	}
	return (ERR_OK);
}

static enum err_code
read_login(const struct json *claims, enum token_tenancy tenancy,
    struct token_claims *c, struct err *e)
{
	struct str organization = STR_NONE;
	enum err_code code;

	if (tenancy != TOKEN_BY_USER &&
	    (code = read_organization(claims, &organization, &c->owner, e)) !=
		ERR_OK)
		return (code);
	if (organization.p != NULL) {
		c->login = organization;
		return (ERR_OK);
	}
	if (tenancy == TOKEN_BY_ORGANIZATION) {
		c->lack = TOKEN_LACKS_CLINIC;
		return (
		    err_set(e, ERR_DENIED, "the token names no organization"));
	}
	c->login = json_str(json_get(claims, "sub"));
	c->owner = true;
	return (ERR_OK);
}

/* A short text that may be shown as it is. */
static bool
is_name(struct str s)
{
	size_t n = 0;

	for (; s.n > 0 && str_unprintable(s) == 0; n++)
		s = str_skip(s, str_utf8_length(s));
	return (s.n == 0 && n > 0 && n <= TOKEN_NAME_CHARS_MAX);
}

/* Who it is. The name is the user's: it says nothing of who acts as them. */
static void
read_person(const struct json *claims, struct token_claims *c)
{
	struct str name = str_trim(json_str(json_get(claims, "name")));

	c->acting = json_get(claims, "act") != NULL;
	c->actor = json_str(json_path(claims, c->acting ? "act.sub" : "sub"));
	if (!id_is_user(c->actor))
		c->actor = STR("unnamed");
	c->name = STR_NONE;
	if (!c->acting && is_name(name))
		c->name = name;
}

enum err_code
token_check(struct arena *a, const struct token *token,
    const struct token_rules *rules, int64_t now_ms,
    struct token_claims *claims_r, struct err *e)
{
	const struct json *claims, *azp;
	enum err_code code;
	struct str user_id;

	*claims_r = (struct token_claims){ 0 };
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
	if (str_is(json_str(json_get(claims, "sts")), "pending")) {
		claims_r->lack = TOKEN_LACKS_CHOICE;
		return (
		    err_set(e, ERR_AUTH, "the session is not signed in yet"));
	}
	user_id = json_str(json_get(claims, "sub"));
	if (!id_is_user(user_id) || is_other_subject(user_id))
		return (err_set(e, ERR_AUTH, "the token's sub is no user id"));
	read_person(claims, claims_r);
	return (read_login(claims, rules->tenancy, claims_r, e));
}
