/*
 * A session's token: taken apart, verified and checked. The claims are looked
 * at even where the signature is wrong, because no input made up here would
 * ever get past it.
 */
#include "config.h"

#include <assert.h>
#include <string.h>

#include "io/crypt.h"
#include "fuzz.h"
#include "io/id.h"
#include "tenancy/token.h"
#include "tenancy/token_keys.h"

#define NOW_MS INT64_C(1767225600000)

/* Of the key in tests/data/rs256-vectors.tsv. */
#define PUBLIC_KEY                                                             \
	"MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAvFlWbrELilHkxiVvvnWs"     \
	"m5HDHaoJegc7gKdnJkVzqR+6emI2A6FWNIns1UenJx4UrIghh0fWanVN7Und+J2g"     \
	"FfyUeH0jKFTAlrf4S/tT5+k3J/0hHSvF58PK4VEgBEsUo0gqINWdx8tuziUWiCya"     \
	"qTLD8XMneQsnRgj8JtKYZsACX7N5hw0IuGMjHpD/g1de12jYvXHN4gw9fSdW5OkW"     \
	"7/Ggyf1x/dyaBlrGbvSdDjjSp+8kifHtAhMvt8pNcU0vilcYsLqPFhnl+dxDNj6L"     \
	"l82g3AXi3jZ1LHPXKwi8VgY0SPWde/8k53Y0Ue0gXL59omlBj1oeJnsjv8x5W9Pp"     \
	"swIDAQAB"

static enum err_code
verify(struct arena *a, const struct token *token)
{
	static struct token_keys *keys;

	if (keys == NULL) {
		enum err_code code =
		    token_keys_new(PUBLIC_KEY, "", NULL, &keys, NULL);

		assert(code == ERR_OK);
	}
	return (token_keys_verify(keys, a, token, 0, NULL));
}

/* One value has one spelling: what was decoded encodes to the input. */
static void
check_read(struct arena *a, struct str input, const struct token *token)
{
	struct str text;
	enum err_code code;
	struct buf b;

	code = crypt_base64url(a, token->signature, &text, NULL);
	assert(code == ERR_OK);
	buf_init(&b, a);
	buf_add(&b, token->signed_part);
	buf_addc(&b, '.');
	buf_add(&b, text);
	code = buf_done(&b, &text, NULL);
	assert(code == ERR_OK && str_eq(text, input));
	assert(strlen(token->kid) < TOKEN_KID_SIZE);
}

bool
fuzz_one(struct arena *a, struct str input)
{
	struct token_rules rules = { .issuer = "https://clerk.example",
		.parties = "https://app.example,https://other.example" };
	struct token_claims claims;
	struct token token;
	enum err_code code;

	code = token_read(a, input, &token, NULL);
	assert(code == ERR_OK || code == ERR_AUTH);
	if (code != ERR_OK)
		return (false);
	check_read(a, input, &token);
	for (int by = TOKEN_BY_EITHER; by >= TOKEN_BY_USER; by--) {
		rules.tenancy = (enum token_tenancy)by;
		code = token_check(a, &token, &rules, NOW_MS, &claims, NULL);
		assert(code == ERR_OK || code == ERR_AUTH ||
		    (code == ERR_DENIED && by == TOKEN_BY_ORGANIZATION));
		if (code == ERR_OK)
			assert(id_is_user(claims.login) &&
			    (by != TOKEN_BY_ORGANIZATION ||
				token_is_organization(claims.login)));
	}
	return (code == ERR_OK && verify(a, &token) == ERR_OK);
}
