/* twilio_signature: Twilio's own vectors; any byte changed is refused. */
#include "config.h"

#include "tap.h"
#include "twilio/twilio_signature.h"

#define AC1 "AC0123456789abcdef0123456789abcdef"
#define AC2 "AC0123456789abcdef0123456789abcdee"

static struct arena *arena;

struct vector {
	struct str name, token, url, body, signature;
};

static enum err_code
check(const struct vector *v)
{
	const struct twilio_signer signer = { v->token, CRYPT_SHA1 };
	struct form form = { 0 };
	bool has_form = !str_is(v->body, "-");
	struct err e;

	if (has_form && form_decode(arena, v->body, &form, &e) != ERR_OK)
		return (ERR_BUG);
	return (twilio_signature_check(arena, &signer, v->url,
	    has_form ? &form : NULL, v->signature, &e));
}

/* How many one-bit changes of a piece are still accepted. */
static int
accepted_changes(const struct vector *v, struct vector *changed,
    struct str *piece)
{
	struct str whole = *piece;
	char *copy = str_dup(arena, whole);
	int accepted = 0;
	size_t i;

	if (copy == NULL)
		return (-1);
	for (i = 0; i < whole.n; i++) {
		*changed = *v;
		copy[i] ^= 1;
		*piece = (struct str){ copy, whole.n };
		if (check(changed) == ERR_OK)
			accepted++;
		copy[i] ^= 1;
	}
	*piece = whole;
	return (accepted);
}

static void
test_vectors(void)
{
	char line[4096];
	FILE *f = open_data("twilio-signatures.tsv");
	struct vector v, changed;
	struct str made = STR_NONE;
	struct str row[5];
	struct twilio_signer signer;
	struct form form;
	int rows = 0;

	while (read_row(f, line, sizeof(line), row, 5) == 5) {
		rows++;
		v = (struct vector){ row[0], row[1], row[2], row[3], row[4] };
		is_int(check(&v), ERR_OK, row[0].p);
		signer = (struct twilio_signer){ v.token, CRYPT_SHA1 };
		form = (struct form){ 0 };
		ok(form_decode(arena, str_is(v.body, "-") ? STR("") : v.body,
		       &form, NULL) == ERR_OK &&
			twilio_signature_make(arena, &signer, v.url, &form,
			    &made, NULL) == ERR_OK &&
			str_eq(made, v.signature),
		    "%s is what we would make", row[0].p);
		changed = v;
		is_int(accepted_changes(&v, &changed, &changed.url), 0,
		    "no changed address");
		changed = v;
		is_int(accepted_changes(&v, &changed, &changed.signature), 0,
		    "no changed signature");
		changed = v;
		is_int(accepted_changes(&v, &changed, &changed.token), 0,
		    "no changed token");
		changed = v;
		if (!str_is(v.body, "-"))
			is_int(accepted_changes(&v, &changed, &changed.body), 0,
			    "no changed body");
		arena_reset(arena);
	}
	(void)fclose(f);
	is_int(rows, 13, "all vectors were read");
}

static const struct twilio_signer of_vectors = { STR("12345"), CRYPT_SHA1 };

static bool
accepts(const char *signed_url, const char *url)
{
	struct str signature = STR_NONE;
	struct err e;

	return (twilio_signature_make(arena, &of_vectors, str_of(signed_url),
		    NULL, &signature, &e) == ERR_OK &&
	    twilio_signature_check(arena, &of_vectors, str_of(url), NULL,
		signature, &e) == ERR_OK);
}

static const struct {
	const char *signed_url;
	const char *url;
	bool want;
} spellings[] = {
	{ "https://a.example/x?y", "https://a.example/x?y", true },
	{ "https://a.example:443/x", "https://a.example/x", true },
	{ "http://a.example:80/x", "http://a.example/x", true },
	{ "https://a.example:80/x", "https://a.example/x", false },
	{ "https://a.example/x", "https://a.example:8443/x", true },
	{ "https://a.example:443/x", "https://a.example:8443/x", false },
	{ "https://a.example:8443/x", "https://a.example/x", false },
	{ "https://a.example/x", "https://u:p@a.example/x", true },
	{ "https://u:p@a.example:443/x", "https://u:p@a.example/x", true },
	{ "https://a.example:443/x", "https://u:p@a.example/x", true },
	{ "https://a.example/x", "https://u:p@a.example:8443/x", true },
	{ "https://u:p@a.example/x", "https://a.example/x", false },
	{ "https://a.example/x?a=%27", "https://a.example/x?a='", true },
	{ "https://a.example/x?a='", "https://a.example/x?a=%27", false },
	{ "https://a.example/%27", "https://a.example/'", false },
	{ "https://a.example:443/?a=%27", "https://a.example/?a='", true },
	{ "http://a.example/x", "https://a.example/x", false },
	{ "https://a.example/x/", "https://a.example/x", false },
	{ "https://a.example/%2Fx", "https://a.example//x", false },
	{ "https://a.example/x?b&a", "https://a.example/x?a&b", false },
	{ "https://[::1]/x", "https://[::1]:8443/x", true },
	{ "https://a.example/x?u@b:1", "https://a.example/x?u@b:1", true },
	{ "https://b:1", "https://a.example/x?u@b:1", false },
};

static void
test_spellings(void)
{
	size_t i;

	for (i = 0; i < sizeof(spellings) / sizeof(spellings[0]); i++)
		ok(accepts(spellings[i].signed_url, spellings[i].url) ==
			spellings[i].want,
		    "%s as %s: %s", spellings[i].signed_url, spellings[i].url,
		    spellings[i].want ? "yes" : "no");
}

static struct str
made(const char *body)
{
	struct form form = { 0 };
	struct str signature = STR_NONE;

	if (form_decode(arena, str_of(body), &form, NULL) != ERR_OK ||
	    twilio_signature_make(arena, &of_vectors, STR("https://a/"), &form,
		&signature, NULL) != ERR_OK)
		ok(false, "made");
	return (signature);
}

static void
test_pairs(void)
{
	struct str whole = made("a=1&b=2");

	ok(str_eq(whole, made("b=2&a=1")), "order does not count");
	ok(str_eq(whole, made("a=1&b=2&a=1")), "nor a pair twice");
	ok(str_eq(made("a=1&a=2"), made("a=2&a=1")), "values are sorted");
	ok(!str_eq(whole, made("a=1&b=3")), "values do");
	ok(!str_eq(made("Sid=x&SidAccount=a"), made("Sid=a&SidAccount=x")),
	    "a name that begins another");
	/* Sorted by name: "Sid" "z", "SidAccount" "a". */
	ok(str_eq(made("Sid=z&SidAccount=a"), made("SidzSidAccounta=")),
	    "sorted by name, not by the joined text");
}

static const char *const no_signatures[] = { "", "x",
	"RSOYDt4T1cUTdK1PDd93/VVr8B8", "RSOYDt4T1cUTdK1PDd93/VVr8B8= ",
	" RSOYDt4T1cUTdK1PDd93/VVr8B8=", "RSOYDt4T1cUTdK1PDd93_VVr8B8=",
	"RSOYDt4T1cUTdK1PDd93/VVr8B9=", "rSOYDt4T1cUTdK1PDd93/VVr8B8=" };

static void
test_refused(void)
{
	struct vector v = { STR(""), STR("12345"),
		STR("https://mycompany.com/myapp.php?foo=1&bar=2"),
		STR("CallSid=CA1234567890ABCDE&Caller=%2B14158675309&Digits="
		    "1234&"
		    "From=%2B14158675309&To=%2B18005551212"),
		STR_NONE };
	size_t i;

	is_int(check(&v), ERR_AUTH, "no signature");
	for (i = 0; i < sizeof(no_signatures) / sizeof(no_signatures[0]); i++) {
		v.signature = str_of(no_signatures[i]);
		is_int(check(&v), ERR_AUTH, no_signatures[i]);
	}
	v.signature = STR("RSOYDt4T1cUTdK1PDd93/VVr8B8=");
	is_int(check(&v), ERR_OK, "and the right one");
}

/* A call needs the account's id; who has a bare token has none to give. */
static void
test_named(void)
{
	struct twilio_accounts accounts = { 0 };
	struct err e;

	ok(!twilio_accounts_named(&accounts), "no account");
	is_int(twilio_accounts_parse("sekret", &accounts, &e), ERR_OK,
	    "a bare token");
	ok(!twilio_accounts_named(&accounts), "has no account either");
	is_int(twilio_accounts_parse(AC1 ":one", &accounts, &e), ERR_OK,
	    "an account");
	ok(twilio_accounts_named(&accounts), "can place calls");
}

static void
test_accounts(void)
{
	static const char *const bad[] = { "", ",", "a,b", AC1 ":", AC1 ":a,",
		AC1 ":a," AC1 ":b", AC1 ":a b", AC1 ":a:b", "XX:a", "ACxx:a",
		AC1 "0:a", "a b", "a\x7f", AC1, AC1 ":" AC2,
		AC1 ":SK0123456789abcdef0123456789abcdef",
		"ACgggggggggggggggggggggggggggggggg:a" };
	enum { ROW_CHARS = 37 };
	char many[(TWILIO_ACCOUNTS_MAX + 1) * ROW_CHARS + 1];
	struct twilio_accounts accounts;
	struct twilio_signer signer = { STR_NONE, 0 };
	struct err e;
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		is_int(twilio_accounts_parse(bad[i], &accounts, &e), ERR_INPUT,
		    bad[i]);
	for (i = 0; i <= TWILIO_ACCOUNTS_MAX; i++)
		(void)snprintf(many + i * ROW_CHARS, ROW_CHARS + 1,
		    "AC%032zx:a,", i);
	many[i * ROW_CHARS - 1] = '\0';
	is_int(twilio_accounts_parse(many, &accounts, &e), ERR_INPUT,
	    "one account too many");
	many[(i - 1) * ROW_CHARS - 1] = '\0';
	is_int(twilio_accounts_parse(many, &accounts, &e), ERR_OK,
	    "as many as there may be");
	is_int(twilio_accounts_parse("sekret", &accounts, &e), ERR_OK,
	    "a bare token");
	ok(twilio_accounts_find(&accounts, STR(AC1), &signer, &e) == ERR_OK &&
		str_is(signer.secret, "sekret") &&
		twilio_accounts_find(&accounts, STR_NONE, &signer, &e) ==
		    ERR_OK,
	    "serves any account");
	is_int(twilio_accounts_parse(AC1 ":one," AC2 ":two", &accounts, &e),
	    ERR_OK, "two accounts");
	ok(twilio_accounts_find(&accounts, STR(AC2), &signer, &e) == ERR_OK &&
		str_is(signer.secret, "two"),
	    "each has its token");
	ok(twilio_accounts_find(&accounts, STR("AC"), &signer, &e) ==
		    ERR_AUTH &&
		twilio_accounts_find(&accounts, STR_NONE, &signer, &e) ==
		    ERR_AUTH &&
		twilio_accounts_find(&accounts, STR(""), &signer, &e) ==
		    ERR_AUTH,
	    "others have none");
	ok(signer.hash == CRYPT_SHA1, "a token signs with SHA-1");
	twilio_accounts_wipe(&accounts);
	ok(twilio_accounts_find(&accounts, STR(AC1), &signer, &e) == ERR_AUTH,
	    "wiped");
}

int
main(void)
{
	if ((arena = arena_new(16 << 20)) == NULL)
		return (1);
	test_vectors();
	test_spellings();
	test_pairs();
	test_refused();
	test_named();
	test_accounts();
	arena_free(arena);
	return (done());
}
