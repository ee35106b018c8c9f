/* token: what we sign, and what the dashboard's door asks of a token. */
#include "config.h"

#include "io/crypt.h"
#include "io/json.h"
#include "tap.h"
#include "tenancy/token.h"

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

	is_int(token_sign(arena,
		   &(struct token_person){ .user_id = STR("user_a") }, key,
		   "http://127.0.0.1", INT64_C(1767225600999), 3600, &token,
		   &e),
	    ERR_OK, "a token");
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
		str_eq(rest, signature),
	    "signed over both");
	is_int(token_sign(arena,
		   &(struct token_person){ .user_id = STR("user_a") }, key, "",
		   0, 1, &token, &e),
	    ERR_OK, "without a party");
	(void)str_cut(&token, '.');
	ok(json_get(part(str_cut(&token, '.')), "azp") == NULL, "no azp");
}

static void
test_refused(struct str key)
{
	struct str token;
	struct err e;

	is_int(token_sign(arena,
		   &(struct token_person){ .user_id = STR("a b") }, key, "", 0,
		   60, &token, &e),
	    ERR_INPUT, "no user");
	is_int(token_sign(arena, &(struct token_person){ .user_id = STR("") },
		   key, "", 0, 60, &token, &e),
	    ERR_INPUT, "an empty user");
	is_int(token_sign(arena, &(struct token_person){ .user_id = STR("a") },
		   key, "", 0, 0, &token, &e),
	    ERR_INPUT, "no time to live");
	is_int(token_sign(arena, &(struct token_person){ .user_id = STR("a") },
		   key, "", 0, 30 * 86400 + 1, &token, &e),
	    ERR_INPUT, "over 30 days");
	is_int(token_sign(arena, &(struct token_person){ .user_id = STR("a") },
		   STR("AAAA"), "", 0, 60, &token, &e),
	    ERR_INPUT, "no key");
}

/* Reading ----------------------------------------------------------------- */

#define HEADER "{\"alg\":\"RS256\",\"typ\":\"JWT\",\"kid\":\"ins_1\"}"
#define NOW_MS INT64_C(1767225600000)

/* "header.payload.AAAA" of two texts. */
static struct str
token_of(struct str header, struct str payload)
{
	struct str h = STR_NONE, p = STR_NONE, token = STR_NONE;
	struct buf b;

	buf_init(&b, arena);
	if (crypt_base64url(arena, header, &h, NULL) != ERR_OK ||
	    crypt_base64url(arena, payload, &p, NULL) != ERR_OK)
		ok(false, "base64url");
	buf_add(&b, h);
	buf_addc(&b, '.');
	buf_add(&b, p);
	buf_adds(&b, ".AAAA");
	if (buf_done(&b, &token, NULL) != ERR_OK)
		ok(false, "a token");
	return (token);
}

/* Refused, and the message names the rule. */
static void
is_refused(enum err_code code, const struct err *e, const char *rule,
    const char *name)
{
	if (!ok(code == ERR_AUTH && strstr(e->text, rule) != NULL, "%s", name))
		printf("#  got: %s %s\n", err_name(code), e->text);
}

static void
test_read(void)
{
	struct str text = token_of(STR(HEADER), STR("{\"a\":1}"));
	struct token t;
	struct err e;

	is_int(token_read(arena, text, &t, &e), ERR_OK, "read");
	is_str(str_of(t.kid), "ins_1", "kid");
	is_str(t.payload, "{\"a\":1}", "payload");
	is_int((int64_t)t.signature.n, 3, "signature");
	ok(str_eq(t.signed_part, str_first(text, text.n - 5)),
	    "what is signed is the text as it came");
	is_int(token_read(arena,
		   token_of(STR("{\"alg\":\"RS256\"}"), STR("{}")), &t, &e),
	    ERR_OK, "neither typ nor kid");
	is_str(str_of(t.kid), "", "no kid");
	is_int(token_read(arena,
		   token_of(STR("{\"alg\":\"RS256\","
				"\"cat\":\"cl_B7d4PD111AAA\",\"oiat\":1,"
				"\"jku\":\"x\"}"),
		       STR("{}")),
		   &t, &e),
	    ERR_OK, "a session's, and names of others");
}

static void
test_headers(void)
{
	static const struct {
		const char *header, *rule;
	} rows[] = {
		{ "{}", "alg" },
		{ "{\"alg\":\"none\"}", "alg" },
		{ "{\"alg\":\"HS256\"}", "alg" },
		{ "{\"alg\":\"RS512\"}", "alg" },
		{ "{\"alg\":\"PS256\"}", "alg" },
		{ "{\"alg\":\"rs256\"}", "alg" },
		{ "{\"alg\":\"RS256 \"}", "alg" },
		{ "{\"alg\":[\"RS256\"]}", "alg" },
		{ "{\"ALG\":\"RS256\"}", "alg" },
		{ "{\"alg\":\"RS256\",\"crit\":[]}", "crit" },
		{ "{\"alg\":\"RS256\",\"crit\":null}", "crit" },
		{ "{\"alg\":\"RS256\",\"typ\":\"at+jwt\"}", "typ" },
		{ "{\"alg\":\"RS256\",\"typ\":\"jwt\"}", "typ" },
		{ "{\"alg\":\"RS256\",\"typ\":null}", "typ" },
		{ "{\"alg\":\"RS256\",\"cat\":\"cl_B7d4PD333AAA\"}",
		    "session" },
		{ "{\"alg\":\"RS256\",\"cat\":\"\"}", "session" },
		{ "{\"alg\":\"RS256\",\"kid\":\"\"}", "kid" },
		{ "{\"alg\":\"RS256\",\"kid\":7}", "kid" },
		{ "{\"alg\":\"RS256\",\"kid\":null}", "kid" },
		{ "{\"alg\":\"RS256\",\"alg\":\"RS256\"}", "JSON" },
		{ "{\"alg\":\"none\",\"alg\":\"RS256\"}", "JSON" },
		{ "[\"RS256\"]", "JSON" },
		{ "", "JSON" },
		{ "{", "JSON" },
		{ "\"RS256\"", "JSON" },
		{ "{\"alg\":\"RS256\"} x", "JSON" },
	};
	struct token t;
	struct err e;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		is_refused(token_read(arena,
			       token_of(str_of(rows[i].header), STR("{}")), &t,
			       &e),
		    &e, rows[i].rule, rows[i].header);
}

static void
test_kid_bound(void)
{
	char header[300], kid[TOKEN_KID_SIZE + 1];
	struct token t;
	struct err e;

	for (size_t n = TOKEN_KID_SIZE - 1; n <= TOKEN_KID_SIZE; n++) {
		memset(kid, 'k', n);
		kid[n] = '\0';
		(void)snprintf(header, sizeof(header),
		    "{\"alg\":\"RS256\",\"kid\":\"%s\"}", kid);
		is_int(token_read(arena, token_of(str_of(header), STR("{}")),
			   &t, &e),
		    n < TOKEN_KID_SIZE ? ERR_OK : ERR_AUTH,
		    "the longest kid, and one more");
	}
}

static void
test_parts(void)
{
	static const char *const rows[] = { "", ".", "..", "...", "a", "a.b",
		"e30.e30", "e30.e30.AAAA.AAAA", "e30.e30.AAAA.", ".e30.AAAA",
		"eyJhbGciOiJSUzI1NiJ9..AAAA", "eyJhbGciOiJSUzI1NiJ9=.e30.AAAA",
		"eyJhbGciOiJSUzI1NiJ9.e30=.A",
		"eyJhbGciOiJSUzI1NiJ9.e30.AAAA=", "eyJhbGciOiJSUzI1NiJ9.e30.A",
		"eyJhbGciOiJSUzI1NiJ9.e30.AAAB+/",
		"eyJhbGciOiJSUzI1NiJ9.e30.AB", "eyJhbGciOiJSUzI1NiJ9.e31.AAAA",
		"eyJhbGciOiJSUzI1NiJ9 .e30.AAAA",
		"eyJhbGciOiJSUzI1NiJ9.e30.AAAA ",
		"eyJhbGciOiJSUzI1NiJ9.W10.AAAA",
		"eyJhbGciOiJSUzI1NiJ9.MQ.AAAA" };
	struct token t;
	struct err e;

	is_int(token_read(arena, STR("eyJhbGciOiJSUzI1NiJ9.e30.AAAA"), &t, &e),
	    ERR_OK, "the whole one");
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		is_int(token_read(arena, str_of(rows[i]), &t, &e), ERR_AUTH,
		    rows[i]);
	is_int(token_read(arena,
		   (struct str){ "eyJhbGciOiJSUzI1NiJ9.e30.AA\0A", 30 }, &t,
		   &e),
	    ERR_AUTH, "a NUL in it");
}

static void
test_size(void)
{
	static char text[TOKEN_BYTES_MAX + 2] = "eyJhbGciOiJSUzI1NiJ9.e30.";
	size_t head = strlen(text);
	struct token t;
	struct err e;

	memset(text + head, 'A', sizeof(text) - 1 - head);
	is_refused(token_read(arena, (struct str){ text, TOKEN_BYTES_MAX + 1 },
		       &t, &e),
	    &e, "8192", "a byte too many");
	is_int(token_read(arena, (struct str){ text, TOKEN_BYTES_MAX - 1 }, &t,
		   &e),
	    ERR_OK, "as long as it may be");
}

/* Checking ---------------------------------------------------------------- */

static const struct token_rules rules = { "https://clerk.example",
	"https://app.example , https://desk.example", TOKEN_BY_USER };

static enum err_code
check(const char *payload, const struct token_rules *r,
    struct token_claims *claims, struct err *e)
{
	struct token t = { .payload = str_of(payload) };

	return (token_check(arena, &t, r, NOW_MS, claims, e));
}

#define REST "\"iss\":\"https://clerk.example\",\"azp\":\"https://app.example\""
#define SUB "\"sub\":\"user_a\""
#define EXP "\"exp\":1767225660"

static void
test_accepted(void)
{
	static const char *const rows[] = {
		"{" REST "," SUB "," EXP "}",
		"{" REST "," SUB "," EXP ",\"sts\":\"active\",\"v\":2}",
		"{" REST "," SUB ",\"exp\":1767225595.001}",
		"{" REST "," SUB "," EXP ",\"nbf\":1767225605}",
		"{" REST "," SUB "," EXP ",\"iat\":1767225605}",
		"{" REST "," SUB "," EXP ",\"nbf\":0,\"iat\":0}",
		"{" REST "," SUB "," EXP ",\"aud\":\"x\",\"org_id\":\"o\"}",
		"{" REST "," SUB "," EXP ",\"user_id\":\"user_b\"}",
		"{\"iss\":\"https://clerk.example\",\"azp\":"
		"\"https://desk.example\"," SUB "," EXP "}",
	};
	struct token_claims claims;
	struct err e = { 0 };

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		is_int(check(rows[i], &rules, &claims, &e), ERR_OK, rows[i]);
		is_str(claims.login, "user_a", "the tenant is sub");
		ok(!claims.acting, "nobody acts as it");
	}
	is_int(check("{" REST "," SUB "," EXP ",\"act\":{\"sub\":\"z\"}}",
		   &rules, &claims, &e),
	    ERR_OK, "somebody acts");
	ok(claims.acting, "it is told");
	is_str(claims.login, "user_a", "the tenant is sub all the same");
	is_int(check("{" REST "," SUB "," EXP ",\"act\":null}", &rules, &claims,
		   &e),
	    ERR_OK, "act null");
	ok(claims.acting, "in doubt somebody acts");
}

static void
test_claims_refused(void)
{
	static const struct {
		const char *payload, *rule;
	} rows[] = {
		{ "{" REST "," SUB "}", "exp" },
		{ "{" REST "," SUB ",\"exp\":null}", "exp" },
		{ "{" REST "," SUB ",\"exp\":\"1767225660\"}", "exp" },
		{ "{" REST "," SUB ",\"exp\":1767225595}", "expired" },
		{ "{" REST "," SUB ",\"exp\":0}", "expired" },
		{ "{" REST "," SUB ",\"exp\":-1e300}", "expired" },
		{ "{" REST "," SUB "," EXP ",\"nbf\":1767225605.001}", "nbf" },
		{ "{" REST "," SUB "," EXP ",\"nbf\":\"0\"}", "nbf" },
		{ "{" REST "," SUB "," EXP ",\"nbf\":null}", "nbf" },
		{ "{" REST "," SUB "," EXP ",\"iat\":1767225605.001}", "iat" },
		{ "{" REST "," SUB "," EXP ",\"iat\":{}}", "iat" },
		{ "{" REST "," SUB "," EXP ",\"sts\":\"pending\"}",
		    "signed in" },
		{ "{" REST "," EXP "}", "sub" },
		{ "{" REST "," EXP ",\"sub\":\"\"}", "sub" },
		{ "{" REST "," EXP ",\"sub\":1}", "sub" },
		{ "{" REST "," EXP ",\"sub\":[\"user_a\"]}", "sub" },
		{ "{" REST "," EXP ",\"sub\":\"user a\"}", "sub" },
		{ "{" REST "," EXP ",\"sub\":\"mch_2x\"}", "sub" },
		{ "{" REST "," EXP ",\"sub\":\"org_2x\"}", "sub" },
		{ "{" REST "," EXP ",\"sub\":\"ak_2x\"}", "sub" },
		{ "{" REST "," EXP ",\"sub\":\"oat_2x\"}", "sub" },
		{ "{" REST "," EXP ",\"sub\":\"user_a'--\"}", "sub" },
		{ "{" REST "," EXP ",\"SUB\":\"user_a\"}", "sub" },
		{ "{" REST "," SUB "," EXP ",\"sub\":\"user_b\"}", "JSON" },
		{ "{" REST "," EXP ",\"sub\":\"user_a\\u0000\"}", "JSON" },
		{ "{\"azp\":\"https://app.example\"," SUB "," EXP "}",
		    "issuer" },
		{ "{\"iss\":\"https://clerk.example/\",\"azp\":"
		  "\"https://app.example\"," SUB "," EXP "}",
		    "issuer" },
		{ "{\"iss\":\"https://clerk.exampl\",\"azp\":"
		  "\"https://app.example\"," SUB "," EXP "}",
		    "issuer" },
		{ "{\"iss\":null," SUB "," EXP "}", "issuer" },
		{ "{\"iss\":\"https://clerk.example\"," SUB "," EXP "}",
		    "azp" },
		{ "{\"iss\":\"https://clerk.example\",\"azp\":\"\"," SUB "," EXP
		  "}",
		    "azp" },
		{ "{\"iss\":\"https://clerk.example\",\"azp\":"
		  "\"https://app.example/\"," SUB "," EXP "}",
		    "azp" },
		{ "{\"iss\":\"https://clerk.example\",\"azp\":\"https://"
		  "app.example , https://desk.example\"," SUB "," EXP "}",
		    "azp" },
		{ "{\"iss\":\"https://clerk.example\",\"azp\":"
		  "[\"https://app.example\"]," SUB "," EXP "}",
		    "azp" },
	};
	struct token_claims claims;
	struct err e;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		is_refused(check(rows[i].payload, &rules, &claims, &e), &e,
		    rows[i].rule, rows[i].payload);
}

static void
test_parties(void)
{
	const struct token_rules any = { "https://clerk.example", "",
		TOKEN_BY_USER };
	const struct token_rules gaps = { "https://clerk.example", ",,x,",
		TOKEN_BY_USER };
	static const char none[] =
	    "{\"iss\":\"https://clerk.example\"," SUB "," EXP "}";
	struct token_claims claims;
	struct err e;

	is_int(check(none, &any, &claims, &e), ERR_OK,
	    "where no party is named, none is asked for");
	is_int(check("{" REST "," SUB "," EXP "}", &any, &claims, &e), ERR_OK,
	    "nor looked at");
	is_int(check(none, &gaps, &claims, &e), ERR_AUTH,
	    "a gap in the list is no party");
	is_int(check("{\"iss\":\"https://clerk.example\",\"azp\":\"\"," SUB
		     "," EXP "}",
		   &gaps, &claims, &e),
	    ERR_AUTH, "an empty azp neither");
}

/* Organizations ----------------------------------------------------------- */

#define O(id, rol) "\"o\":{\"id\":\"" id "\",\"rol\":\"" rol "\"}"
#define FIRST(id, role) "\"org_id\":\"" id "\",\"org_role\":\"" role "\""
#define V2 "\"v\":2,"
#define PENDING ",\"sts\":\"pending\""

/* What a token of this tail comes to where the organization has to be there. */
static const struct {
	const char *more;
	enum err_code code;
	const char *login; /* NULL: the user's where either may be */
	bool owner;
	enum token_lack lack;
} organizations[] = {
	{ V2 O("org_1", "admin"), ERR_OK, "org_1", true, 0 },
	{ V2 O("org_1", "member"), ERR_OK, "org_1", false, 0 },
	{ V2 O("org_1", "org:admin"), ERR_OK, "org_1", false, 0 },
	{ V2 O("org_1", "Admin"), ERR_OK, "org_1", false, 0 },
	{ V2 O("org_1", " admin"), ERR_OK, "org_1", false, 0 },
	{ V2 O("org_1", ""), ERR_OK, "org_1", false, 0 },
	{ V2 "\"o\":{\"id\":\"org_1\"}", ERR_OK, "org_1", false, 0 },
	{ V2 "\"o\":{\"id\":\"org_1\",\"rol\":[\"admin\"]}", ERR_OK, "org_1",
	    false, 0 },
	{ FIRST("org_1", "org:admin"), ERR_OK, "org_1", true, 0 },
	{ "\"v\":1," FIRST("org_1", "org:admin"), ERR_OK, "org_1", true, 0 },
	{ "\"v\":null," FIRST("org_1", "org:admin"), ERR_OK, "org_1", true, 0 },
	{ FIRST("org_1", "admin"), ERR_OK, "org_1", false, 0 },
	{ FIRST("org_1", "org:member"), ERR_OK, "org_1", false, 0 },
	{ "\"org_id\":\"org_1\"", ERR_OK, "org_1", false, 0 },
	/* Both: the version's own decides what one is. */
	{ V2 O("org_1", "member") "," FIRST("org_1", "org:admin"), ERR_OK,
	    "org_1", false, 0 },
	{ O("org_1", "admin") "," FIRST("org_1", "org:member"), ERR_OK, "org_1",
	    false, 0 },
	{ V2 O("org_1", "admin") "," FIRST("org_2", "org:admin"), ERR_AUTH,
	    NULL, false, 0 },
	{ O("org_1", "admin") "," FIRST("org_2", "org:admin"), ERR_AUTH, NULL,
	    false, 0 },
	/* Of the other version, or null: there is none. */
	{ V2 "\"x\":1", ERR_DENIED, NULL, false, TOKEN_LACKS_CLINIC },
	{ "\"x\":1", ERR_DENIED, NULL, false, TOKEN_LACKS_CLINIC },
	{ V2 FIRST("org_1", "org:admin"), ERR_DENIED, NULL, false,
	    TOKEN_LACKS_CLINIC },
	{ O("org_1", "admin"), ERR_DENIED, NULL, false, TOKEN_LACKS_CLINIC },
	{ V2 "\"o\":null", ERR_DENIED, NULL, false, TOKEN_LACKS_CLINIC },
	{ "\"org_id\":null", ERR_DENIED, NULL, false, TOKEN_LACKS_CLINIC },
	/* No organization's id. */
	{ V2 "\"o\":{}", ERR_AUTH, NULL, false, 0 },
	{ V2 "\"o\":{\"rol\":\"admin\"}", ERR_AUTH, NULL, false, 0 },
	{ V2 "\"o\":{\"id\":null}", ERR_AUTH, NULL, false, 0 },
	{ V2 "\"o\":{\"id\":7}", ERR_AUTH, NULL, false, 0 },
	{ V2 "\"o\":[]", ERR_AUTH, NULL, false, 0 },
	{ V2 "\"o\":\"org_1\"", ERR_AUTH, NULL, false, 0 },
	{ V2 "\"o\":false", ERR_AUTH, NULL, false, 0 },
	{ V2 O("", "admin"), ERR_AUTH, NULL, false, 0 },
	{ V2 O("org_", "admin"), ERR_AUTH, NULL, false, 0 },
	{ V2 O("user_b", "admin"), ERR_AUTH, NULL, false, 0 },
	{ V2 O("ORG_1", "admin"), ERR_AUTH, NULL, false, 0 },
	{ V2 O("org_1 ", "admin"), ERR_AUTH, NULL, false, 0 },
	{ V2 O("org_1'--", "admin"), ERR_AUTH, NULL, false, 0 },
	{ O("", "admin"), ERR_AUTH, NULL, false, 0 },
	{ FIRST("", "org:admin"), ERR_AUTH, NULL, false, 0 },
	{ FIRST("user_b", "org:admin"), ERR_AUTH, NULL, false, 0 },
	{ "\"org_id\":[\"org_1\"]", ERR_AUTH, NULL, false, 0 },
	{ V2 "\"o\":{\"id\":\"org_1\",\"id\":\"org_2\"}", ERR_AUTH, NULL, false,
	    0 },
	/* Nobody knows where another version has it. */
	{ "\"v\":3," O("org_1", "admin"), ERR_AUTH, NULL, false, 0 },
	{ "\"v\":\"2\"," O("org_1", "admin"), ERR_AUTH, NULL, false, 0 },
	{ "\"v\":2.5," O("org_1", "admin"), ERR_AUTH, NULL, false, 0 },
	{ "\"v\":true," FIRST("org_1", "org:admin"), ERR_AUTH, NULL, false, 0 },
	{ V2 O("org_1", "admin") PENDING, ERR_AUTH, NULL, false,
	    TOKEN_LACKS_CHOICE },
	{ "\"x\":1" PENDING, ERR_AUTH, NULL, false, TOKEN_LACKS_CHOICE },
};

static void
check_organization(size_t i, enum token_tenancy by)
{
	const struct token_rules r = { "https://clerk.example", "", by };
	enum err_code want = organizations[i].code;
	const char *login = organizations[i].login;
	struct token_claims claims;
	bool owner = organizations[i].owner, alone = false;
	struct err e = { 0 };
	char payload[512];

	(void)snprintf(payload, sizeof(payload),
	    "{" REST "," SUB "," EXP ",%s}", organizations[i].more);
	/* A user's own clinic, whatever is said of organizations. */
	if (by == TOKEN_BY_USER)
		alone = organizations[i].lack != TOKEN_LACKS_CHOICE &&
		    strstr(payload, "\"id\":\"org_1\",\"id\"") == NULL;
	else if (by == TOKEN_BY_EITHER)
		alone = want == ERR_DENIED;
	if (alone) {
		want = ERR_OK;
		login = "user_a";
		owner = true;
	}
	is_int(check(payload, &r, &claims, &e), want, payload);
	if (want != ERR_OK) {
		is_int(claims.lack, organizations[i].lack, "what it lacks");
		return;
	}
	is_str(claims.login, login, "whose it is");
	is_int(claims.owner, owner, "owner, or desk");
	is_str(claims.actor, "user_a", "and always the person");
	ok(claims.name.p == NULL, "without a name");
}

static void
test_organizations(void)
{
	for (size_t i = 0; i < sizeof(organizations) / sizeof(organizations[0]);
	     i++)
		for (int by = TOKEN_BY_USER; by <= TOKEN_BY_EITHER; by++)
			check_organization(i, (enum token_tenancy)by);
}

/* Who it is, and the name that the token has for them. */
static void
test_person(void)
{
	static const struct {
		const char *more, *actor, *name;
	} rows[] = {
		{ "\"name\":\"Ana\"", "user_a", "Ana" },
		{ "\"name\":\"  Ana \\u00d1 \"", "user_a", "Ana \xc3\x91" },
		{ "\"name\":\"a\\u0007b\"", "user_a", NULL },
		{ "\"name\":\"a\\u202eb\"", "user_a", NULL },
		{ "\"name\":\"a\\nb\"", "user_a", NULL },
		{ "\"name\":\" \"", "user_a", NULL },
		{ "\"name\":7", "user_a", NULL },
		{ "\"act\":{\"sub\":\"user_z\"},\"name\":\"Ana\"", "user_z",
		    NULL },
		{ "\"act\":{\"sub\":\"a b\"}", "unnamed", NULL },
		{ "\"act\":{}", "unnamed", NULL },
	};
	struct token_claims claims;
	struct err e = { 0 };
	char payload[512];

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		(void)snprintf(payload, sizeof(payload),
		    "{" REST "," SUB "," EXP ",%s}", rows[i].more);
		is_int(check(payload, &rules, &claims, &e), ERR_OK, payload);
		is_str(claims.actor, rows[i].actor, "the person");
		if (rows[i].name == NULL)
			ok(claims.name.p == NULL, "no name");
		else
			is_str(claims.name, rows[i].name, "the name");
	}
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
	test_read();
	test_headers();
	test_kid_bound();
	test_parts();
	test_size();
	test_accepted();
	test_claims_refused();
	test_parties();
	test_organizations();
	test_person();
	arena_free(arena);
	return (done());
}
