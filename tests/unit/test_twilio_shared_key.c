/* twilio_shared_key: the SDK's own vectors; whatever else is named is not. */
#include "config.h"

#include "tap.h"
#include "twilio/twilio_shared_key.h"

#define SHA256 ",algorithm=HMAC_SHA256"

static struct arena *arena;

/* How many one-bit changes of a piece of text are still accepted. */
static int
accepted_changes(const struct twilio_signer *signer, struct str url,
    const struct form *form, struct str signature, struct str piece)
{
	char *bytes = (char *)(uintptr_t)piece.p;
	int accepted = 0;

	for (size_t i = 0; i < piece.n; i++) {
		bytes[i] ^= 1;
		accepted += twilio_signature_check(arena, signer, url, form,
				signature, NULL) == ERR_OK;
		bytes[i] ^= 1;
	}
	return (accepted);
}

static void
test_vector(const struct twilio_shared_keys *keys, const struct str row[5])
{
	const char *name = row[0].p;
	struct form form = { 0 };
	const struct form *covered = &form;
	struct twilio_signer signer, other;
	struct str made = STR_NONE;

	if (str_is(row[3], "-"))
		covered = NULL;
	else if (form_decode(arena, row[3], &form, NULL) != ERR_OK)
		ok(false, "%s has a form", name);
	if (!ok(twilio_shared_keys_find(keys, row[1], &signer, NULL) == ERR_OK,
		"%s is found", name))
		return;
	is_int(twilio_signature_check(arena, &signer, row[2], covered, row[4],
		   NULL),
	    ERR_OK, name);
	ok(twilio_signature_make(arena, &signer, row[2], covered, &made,
	       NULL) == ERR_OK &&
		str_eq(made, row[4]),
	    "it is what we would make");
	is_int(accepted_changes(&signer, row[2], covered, row[4], row[2]), 0,
	    "no changed address");
	is_int(accepted_changes(&signer, row[2], covered, row[4], row[4]), 0,
	    "no changed signature");
	other = signer;
	other.hash = signer.hash == CRYPT_SHA1 ? CRYPT_SHA256 : CRYPT_SHA1;
	is_int(twilio_signature_check(arena, &other, row[2], covered, row[4],
		   NULL),
	    ERR_AUTH, "not by the other algorithm");
	for (size_t i = 0; i < keys->n; i++) {
		other = signer;
		other.secret = str_of(keys->row[i].secret);
		if (!str_eq(other.secret, signer.secret))
			is_int(twilio_signature_check(arena, &other, row[2],
				   covered, row[4], NULL),
			    ERR_AUTH, "not by another key");
	}
	arena_reset(arena);
}

static void
test_vectors(void)
{
	FILE *f = open_data("twilio-shared-keys.tsv");
	struct twilio_shared_keys keys;
	struct str row[5];
	char line[4096];
	int rows = 0;

	ok(read_row(f, line, sizeof(line), row, 5) == 2 &&
		twilio_shared_keys_parse(row[1].p, &keys, NULL) == ERR_OK,
	    "the keys are a setting");
	for (; read_row(f, line, sizeof(line), row, 5) == 5; rows++)
		test_vector(&keys, row);
	(void)fclose(f);
	is_int(rows, 18, "all vectors were read");
}

/* Who has the keys a and b is told this, and refuses it. */
static const char *const unknown[] = { "", " ", "a", "key", "key=", "key=,",
	"key=c" SHA256, "key=A" SHA256, "key=aa" SHA256, "KEY=a" SHA256,
	"key=\"a\"" SHA256, "keys=a" SHA256, "key=a,algorithm=HMAC_SHA512",
	"key=a,algorithm=HMAC_MD5", "key=a,algorithm=SHA256",
	"key=a,algorithm=HMAC_SHA25", "key=a,algorithm=HMAC_SHA2566",
	"key=a,algorithm=none", "key=a,algorithm=\"HMAC_SHA256\"",
	"key=a,algorithm=HMAC_SHA256;", "key=a,", ",key=a", "key=a,,x=1",
	"key=a,algorithm", "key=a;algorithm=HMAC_SHA256", "key:a",
	"key=a" SHA256 ",key=a" SHA256, "key=a" SHA256 ", key=a" SHA256,
	"key=a" SHA256 ", key=b" SHA256, "key=a,key=a", "key=a,key=b",
	"key=,key=a", "key=a" SHA256 SHA256,
	"key=a,algorithm=,algorithm=HMAC_SHA256", "algorithm=HMAC_SHA256",
	"key=a=b", "key=a b", "key=a:one" };

static void
test_unknown(void)
{
	struct twilio_shared_keys keys, none;
	struct twilio_signer signer;
	struct err e;

	is_int(twilio_shared_keys_parse("a:one,b:two", &keys, &e), ERR_OK,
	    "two keys");
	for (size_t i = 0; i < sizeof(unknown) / sizeof(unknown[0]); i++)
		is_int(twilio_shared_keys_find(&keys, str_of(unknown[i]),
			   &signer, &e),
		    ERR_AUTH, unknown[i]);
	is_int(twilio_shared_keys_find(&keys, STR_NONE, &signer, &e), ERR_AUTH,
	    "no header");
	is_int(twilio_shared_keys_find(&keys, STR("key=a\0" SHA256), &signer,
		   &e),
	    ERR_AUTH, "a NUL");
	is_int(twilio_shared_keys_find(&keys, STR("key=b" SHA256), &signer, &e),
	    ERR_OK, "and the right one");
	ok(str_is(signer.secret, "two") && signer.hash == CRYPT_SHA256,
	    "with its secret");
	is_int(twilio_shared_keys_parse("", &none, &e), ERR_OK, "no keys");
	is_int(twilio_shared_keys_find(&none, STR("key=a" SHA256), &signer, &e),
	    ERR_AUTH, "know none");
	is_int(twilio_shared_keys_find(&none, STR("key=" SHA256), &signer, &e),
	    ERR_AUTH, "nor an empty one");
	twilio_shared_keys_wipe(&keys);
	is_int(twilio_shared_keys_find(&keys, STR("key=a" SHA256), &signer, &e),
	    ERR_AUTH, "wiped");
}

static void
test_setting(void)
{
	static const char *const bad[] = { ",", "sekret", ":sekret",
		"k:", "k:sekret,", ",k:sekret", "k:sekret,,j:x",
		"k:sekret,k:other", "k:sekret, j:x", " k:sekret", "k:sekret ",
		"k :sekret", "k:sek ret", "k:sek:ret", "k=1:sekret",
		"k:sekret\x7f", "k\x80:sekret", "k:sekret,sekret2",
		"k:AC0123456789abcdef0123456789abcdef",
		"k:SK0123456789abcdef0123456789abcdef" };
	enum { ROW_CHARS = 11 };
	char many[(TWILIO_SHARED_KEYS_MAX + 1) * ROW_CHARS + 1], large[512];
	struct twilio_shared_keys keys;
	struct err e;
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		is_int(twilio_shared_keys_parse(bad[i], &keys, &e), ERR_INPUT,
		    bad[i]);
		ok(strstr(e.text, "sek") == NULL, "is not told: %s", e.text);
		is_int((int64_t)keys.n, 0, "and not kept");
	}
	for (i = 0; i <= TWILIO_SHARED_KEYS_MAX; i++)
		(void)snprintf(many + i * ROW_CHARS, ROW_CHARS + 1,
		    "k%02zu:secret,", i % 100);
	many[i * ROW_CHARS - 1] = '\0';
	is_int(twilio_shared_keys_parse(many, &keys, &e), ERR_INPUT,
	    "one key too many");
	many[(i - 1) * ROW_CHARS - 1] = '\0';
	is_int(twilio_shared_keys_parse(many, &keys, &e), ERR_OK,
	    "as many as there may be");
	(void)snprintf(large, sizeof(large), "k:%0256d", 1);
	is_int(twilio_shared_keys_parse(large, &keys, &e), ERR_OK,
	    "a secret as long as may be");
	(void)snprintf(large, sizeof(large), "k:%0257d", 1);
	is_int(twilio_shared_keys_parse(large, &keys, &e), ERR_INPUT,
	    "a longer one");
	(void)snprintf(large, sizeof(large), "%0128d:x", 1);
	is_int(twilio_shared_keys_parse(large, &keys, &e), ERR_OK,
	    "an id as long as may be");
	(void)snprintf(large, sizeof(large), "%0129d:x", 1);
	is_int(twilio_shared_keys_parse(large, &keys, &e), ERR_INPUT,
	    "a longer one");
}

int
main(void)
{
	if ((arena = arena_new(16 << 20)) == NULL)
		return (1);
	test_vectors();
	test_unknown();
	test_setting();
	arena_free(arena);
	return (done());
}
