/* vapi_signature: signed with our secret, as configured, and not long ago. */
#include "config.h"

#include "tap.h"
#include "vapi/vapi_signature.h"

#define NOW_MS INT64_C(1767225600000)
#define BODY "{\"message\":{\"type\":\"hang\"}}"
#define GOOD "27be9f42791979236d644d1156df359deaa9f038c8257092a678e3d93c1ff4e7"
#define LONG_NAME                                                              \
	"a12345678901234567890123456789012345678901234567890"                  \
	"1234567890123456" /* 67 characters: one too many */

static struct arena *arena;

static const struct settings usual = { .vapi_hmac_secret = "vapi-test-secret",
	.vapi_hmac_header = "x-signature",
	.vapi_hmac_timestamp_header = "x-timestamp",
	.vapi_hmac_prefix = "",
	.vapi_hmac_encoding = "hex",
	.vapi_hmac_algorithm = "sha256",
	.vapi_hmac_payload = "{timestamp}.{body}",
	.vapi_hmac_window_s = 300 };

static enum err_code
check(const struct settings *c, const char *timestamp, const char *body,
    const char *signature, int64_t now_ms)
{
	const struct vapi_signed in = { .signature = str_of(signature),
		.timestamp = str_of(timestamp),
		.body = str_of(body),
		.method = STR("POST"),
		.url = STR("https://example.com/api/webhooks/vapi") };
	struct vapi_signature_rule rule;
	struct err e = { 0 };

	if (vapi_signature_rule_read(c, &rule, &e) != ERR_OK) {
		ok(false, "a rule: %s", e.text);
		return (ERR_BUG);
	}
	return (vapi_signature_check(arena, &rule, &in, now_ms, &e));
}

static void
test_vectors(void)
{
	FILE *f = open_data("vapi-signatures.tsv");
	char line[1024], name[200];
	struct str row[7];
	int rows = 0;

	while (read_row(f, line, sizeof(line), row, 7) == 7) {
		struct settings c = usual;

		c.vapi_hmac_algorithm = row[0].p;
		c.vapi_hmac_encoding = row[1].p;
		c.vapi_hmac_prefix = row[2].p;
		c.vapi_hmac_payload = row[3].p;
		(void)snprintf(name, sizeof(name), "%s, %s, %s", row[0].p,
		    row[1].p, row[3].p);
		is_int(check(&c, str_is(row[4], "-") ? NULL : row[4].p,
			   row[5].p, row[6].p, NOW_MS),
		    ERR_OK, name);
		c.vapi_hmac_secret = "vapi-test-secreT";
		is_int(check(&c, str_is(row[4], "-") ? NULL : row[4].p,
			   row[5].p, row[6].p, NOW_MS),
		    ERR_AUTH, "not with another secret");
		rows++;
	}
	(void)fclose(f);
	is_int(rows, 11, "all of them were read");
}

/* A body signed right must not pass for one that was written anew. */
static void
test_wrong(void)
{
	static const struct {
		const char *signature;
		const char *body;
		const char *what;
	} rows[] = {
		{ NULL, BODY, "none" },
		{ "", BODY, "an empty one" },
		{ "27BE9F42791979236D644D1156DF359DEAA9F038C8257092A678E3D93C1F"
		  "F4E7",
		    BODY, "capital letters" },
		{ "27be9f42791979236d644d1156df359deaa9f038c8257092a678e3d93c1f"
		  "f4e",
		    BODY, "a digit less" },
		{ GOOD "0", BODY, "a digit more" },
		{ " " GOOD, BODY, "a space before" },
		{ GOOD " ", BODY, "a space behind" },
		{ "sha256=" GOOD, BODY, "a prefix that was not agreed on" },
		{ "J76fQnkZeSNtZE0RVt81neqp8DjIJXCSpnjj2Twf9Oc=", BODY,
		    "another encoding" },
		{ GOOD, "{\"message\": {\"type\": \"hang\"}}",
		    "of a body that was written anew" },
		{ GOOD, BODY "\n", "of a body with a line's end" },
		{ GOOD, "", "of a body that is gone" },
	};
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		is_int(check(&usual, "1767225600", rows[i].body,
			   rows[i].signature, NOW_MS),
		    ERR_AUTH, rows[i].what);
	is_int(check(&usual, "1767225600", BODY, GOOD, NOW_MS), ERR_OK,
	    "and the right one");
}

static void
test_prefix(void)
{
	struct settings c = usual;

	c.vapi_hmac_prefix = "sha256=";
	is_int(check(&c, "1767225600", BODY, "sha256=" GOOD, NOW_MS), ERR_OK,
	    "the agreed prefix");
	is_int(check(&c, "1767225600", BODY, GOOD, NOW_MS), ERR_AUTH,
	    "is required");
	is_int(check(&c, "1767225600", BODY, "SHA256=" GOOD, NOW_MS), ERR_AUTH,
	    "as it was agreed");
}

static void
test_time(void)
{
	static const char *const bad[] = { "", "-1767225600", "+1767225600",
		"17672256001767225600", "1e9", "1767225600.0", " 1767225600",
		"1767225600 ", "0x6955", "0", "now", "9999999999999999" };
	size_t i;

	is_int(check(&usual, "1767225600", BODY, GOOD, NOW_MS + 300000), ERR_OK,
	    "five minutes old");
	is_int(check(&usual, "1767225600", BODY, GOOD, NOW_MS + 300001),
	    ERR_AUTH, "older");
	is_int(check(&usual, "1767225600", BODY, GOOD, NOW_MS - 300000), ERR_OK,
	    "five minutes ahead");
	is_int(check(&usual, "1767225600", BODY, GOOD, NOW_MS - 300001),
	    ERR_AUTH, "further ahead");
	is_int(check(&usual, NULL, BODY, GOOD, NOW_MS), ERR_AUTH, "missing");
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		is_int(check(&usual, bad[i], BODY, GOOD, NOW_MS), ERR_AUTH,
		    bad[i]);
	is_int(check(&usual, "1767225600", BODY, GOOD, NOW_MS + 1000), ERR_OK,
	    "the same once more is what the rows are for");
	is_int(check(&usual, "1767225700", BODY, GOOD, NOW_MS), ERR_AUTH,
	    "a new time under an old signature");
	is_int(check(&usual, "1767225600000", BODY, GOOD, NOW_MS), ERR_AUTH,
	    "the same time spelled in milliseconds");
}

static void
test_untimed(void)
{
	const char *signature =
	    "8e73ddcc83fd1f082ef4cf69bff9d21f783493a70a5f7443c5b9cb29aad9d666";
	struct settings c = usual;

	c.vapi_hmac_payload = "{body}";
	is_int(check(&c, NULL, BODY, signature, NOW_MS), ERR_OK,
	    "no time is asked where none is signed");
	is_int(check(&c, "1", BODY, signature, NOW_MS), ERR_OK, "nor believed");
	is_int(check(&usual, "1767225600", BODY, signature, NOW_MS), ERR_AUTH,
	    "but where it is agreed on, it has to be signed");
}

static void
is_refused(const struct settings *c, const char *setting)
{
	struct vapi_signature_rule rule;
	struct err e = { 0 };

	ok(vapi_signature_rule_read(c, &rule, &e) == ERR_INPUT &&
		str_starts(str_of(e.text), setting) &&
		strstr(e.text, "vapi-test-secret") == NULL,
	    "refused: %s", e.text);
}

static void
test_rule(void)
{
	static const char *const names[] = { "", "x signature", "x_signature",
		"x:signature", "x\n", "\xc3\xa9", LONG_NAME };
	struct settings c = usual;
	struct vapi_signature_rule rule;
	size_t i;

	ok(vapi_signature_rule_read(&usual, &rule, NULL) == ERR_OK &&
		rule.timed && !rule.base64 && rule.window_ms == 300000,
	    "the usual rule");
	is_str(str_of(rule.header), "HTTP_X_SIGNATURE", "a name as CGI's");
	is_str(str_of(rule.timestamp_header), "HTTP_X_TIMESTAMP", "likewise");
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		c = usual;
		c.vapi_hmac_header = names[i];
		is_refused(&c, "VAPI_HMAC_HEADER");
		c = usual;
		c.vapi_hmac_timestamp_header = names[i];
		is_refused(&c, "VAPI_HMAC_TIMESTAMP_HEADER");
	}
	c = usual;
	c.vapi_hmac_encoding = "HEX";
	is_refused(&c, "VAPI_HMAC_ENCODING");
	c = usual;
	c.vapi_hmac_algorithm = "md5";
	is_refused(&c, "VAPI_HMAC_ALGORITHM");
	c = usual;
	c.vapi_hmac_payload = "{timestamp}";
	is_refused(&c, "VAPI_HMAC_PAYLOAD");
}

int
main(void)
{
	if ((arena = arena_new(4 << 20)) == NULL)
		return (1);
	test_vectors();
	test_wrong();
	test_prefix();
	test_time();
	test_untimed();
	test_rule();
	arena_free(arena);
	return (done());
}
