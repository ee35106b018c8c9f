/* token: the claims that the dashboard's door asks for, signed by our key. */
#include "config.h"

#include "crypt.h"
#include "json.h"
#include "tap.h"
#include "token.h"

static struct arena *arena;

static const struct json *
part(struct str text)
{
	const struct json *j = NULL;
	struct str bytes;

	if (crypt_base64url_decode(arena, text, &bytes, NULL) != ERR_OK ||
	    json_parse(arena, bytes, &j, NULL) != ERR_OK)
		ok(false, "a part of the token");
	return (j);
}

static void
test_claims(struct str key)
{
	struct str token = STR_NONE, rest, head, body, signature, input;
	const struct json *j;
	struct err e;

	is_int(token_sign(arena, STR("user_a"), key, "http://127.0.0.1",
	    INT64_C(1767225600999), 3600, &token, &e), ERR_OK, "a token");
	rest = token;
	head = str_cut(&rest, '.');
	body = str_cut(&rest, '.');
	input = str_first(token, head.n + 1 + body.n);
	j = part(head);
	is_str(json_str(json_get(j, "alg")), "RS256", "alg");
	is_str(json_str(json_get(j, "typ")), "JWT", "typ");
	j = part(body);
	is_str(json_str(json_get(j, "iss")), TOKEN_TRIAL_ISSUER, "iss");
	is_str(json_str(json_get(j, "sub")), "user_a", "sub");
	is_str(json_str(json_get(j, "azp")), "http://127.0.0.1", "azp");
	ok(json_number(json_get(j, "iat"), 0) == 1767225600, "iat");
	ok(json_number(json_get(j, "nbf"), 0) == 1767225600, "nbf");
	ok(json_number(json_get(j, "exp"), 0) == 1767229200, "exp");
	ok(crypt_rs256_sign(arena, key, input, &signature, &e) == ERR_OK &&
	    crypt_base64url(arena, signature, &signature, &e) == ERR_OK &&
	    str_eq(rest, signature), "signed over both");
	is_int(token_sign(arena, STR("user_a"), key, "", 0, 1, &token, &e),
	    ERR_OK, "without a party");
	(void)str_cut(&token, '.');
	ok(json_get(part(str_cut(&token, '.')), "azp") == NULL, "no azp");
}

static void
test_refused(struct str key)
{
	struct str token;
	struct err e;

	is_int(token_sign(arena, STR("a b"), key, "", 0, 60, &token, &e),
	    ERR_INPUT, "no user");
	is_int(token_sign(arena, STR(""), key, "", 0, 60, &token, &e),
	    ERR_INPUT, "an empty user");
	is_int(token_sign(arena, STR("a"), key, "", 0, 0, &token, &e),
	    ERR_INPUT, "no time to live");
	is_int(token_sign(arena, STR("a"), key, "", 0, 30 * 86400 + 1, &token,
	    &e), ERR_INPUT, "over 30 days");
	is_int(token_sign(arena, STR("a"), STR("AAAA"), "", 0, 60, &token,
	    &e), ERR_INPUT, "no key");
}

int
main(void)
{
	static char line[8192];
	struct str row[3];
	FILE *f = open_data("rs256-vectors.tsv");

	if ((arena = arena_new(1 << 20)) == NULL)
		return (1);
	if (ok(read_row(f, line, sizeof(line), row, 3) == 3, "a key")) {
		test_claims(row[0]);
		test_refused(row[0]);
	}
	(void)fclose(f);
	arena_free(arena);
	return (done());
}
