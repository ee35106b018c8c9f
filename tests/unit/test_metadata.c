/* metadata: a seal opens for what it was made over, and for nothing else. */
#include "config.h"

#include "tenancy/metadata.h"
#include "tap.h"

#define KEY1 "k1:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
#define KEY2 "k2:AQECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
#define CALL_ID "0190163d-8694-739b-aea5-966c26f8ad91"

static struct arena *arena;

static const struct metadata sample = {
	.user_id = { "user_a", 6 },
	.phone_number_id = { "p", 1 },
	.caller_phone_number = { "+15551111111", 12 },
	.assistant_phone_number = { "+15559999999", 12 },
	.call_id = { CALL_ID, 36 },
};

static struct keyring
keys_of(const char *setting)
{
	struct keyring keys;
	struct err e = { 0 };

	if (keyring_parse(setting, &keys, &e) != ERR_OK)
		ok(false, "keys: %s", e.text);
	return (keys);
}

/* Metadata sealed and written; STR_NONE when it is refused. */
static struct str
sealed(const char *setting, const struct metadata *m)
{
	struct keyring keys = keys_of(setting);
	struct json *object = json_new_object(arena);
	struct str text = STR_NONE;

	if (metadata_seal(arena, &keys, m, object, NULL) != ERR_OK ||
	    json_format(arena, object, &text, NULL) != ERR_OK)
		return (STR_NONE);
	return (text);
}

static enum err_code
opened(const char *setting, struct str text, struct metadata *m_r)
{
	struct keyring keys = keys_of(setting);
	const struct json *value = NULL;
	struct err e;

	if (json_parse(arena, text, &value, &e) != ERR_OK)
		return (ERR_BUG);
	return (metadata_open(arena, &keys, value, m_r, &e));
}

/* text with one piece replaced, once. */
static struct str
changed(struct str text, const char *from, const char *to)
{
	const char *at = memmem(text.p, text.n, from, strlen(from));
	struct str out = STR_NONE;
	struct buf b;

	if (!ok(at != NULL, "%s is there to be changed", from))
		return (STR_NONE);
	buf_init(&b, arena);
	buf_add(&b, str_first(text, (size_t)(at - text.p)));
	buf_adds(&b, to);
	buf_add(&b, str_skip(text, (size_t)(at - text.p) + strlen(from)));
	return (buf_done(&b, &out, NULL) == ERR_OK ? out : STR_NONE);
}

static struct str
null_of(struct str s)
{
	return (str_is(s, "-") ? STR_NONE : s);
}

static bool
same(const struct metadata *a, const struct metadata *b)
{
	return (str_eq(a->user_id, b->user_id) &&
	    str_eq(a->assistant_id, b->assistant_id) &&
	    str_eq(a->phone_number_id, b->phone_number_id) &&
	    str_eq(a->caller_phone_number, b->caller_phone_number) &&
	    str_eq(a->assistant_phone_number, b->assistant_phone_number) &&
	    str_eq(a->call_id, b->call_id));
}

static void
seals_and_opens(const char *setting, const struct metadata *m, const char *seal)
{
	const struct json *j = NULL;
	struct metadata back;
	struct str text = sealed(setting, m);

	ok(json_parse(arena, text, &j, NULL) == ERR_OK, "sealed");
	is_str(json_str(json_get(j, "seal")), seal,
	    "the seal that another program made");
	is_int(opened(setting, text, &back), ERR_OK, "it opens");
	ok(same(m, &back), "null and empty text stay apart");
}

/* A seal that is right, over what we would never have sealed. */
static void
is_denied(const char *setting, const struct metadata *m, struct str seal)
{
	struct keyring keys = keys_of(setting);
	struct json *j = json_new_object(arena);
	struct metadata back;
	struct err e = { 0 };

	json_add_str(j, "user_id", m->user_id);
	json_add_str(j, "assistant_id", m->assistant_id);
	json_add_str(j, "phone_number_id", m->phone_number_id);
	json_add_str(j, "caller_phone_number", m->caller_phone_number);
	json_add_str(j, "assistant_phone_number", m->assistant_phone_number);
	json_add_str(j, "call_id", m->call_id);
	json_add_str(j, "seal", seal);
	is_int(metadata_open(arena, &keys, j, &back, &e), ERR_DENIED,
	    "a right seal over malformed ids");
	is_str(str_of(e.text), "metadata has no user_id or no call_id",
	    "for that reason");
	ok(sealed(setting, m).p == NULL, "which we do not seal");
}

static void
test_vectors(void)
{
	char line[1024], setting[200];
	FILE *f = open_data("seal-vectors.tsv");
	struct metadata m;
	struct str row[10];
	int opens = 0, denied = 0;

	while (read_row(f, line, sizeof(line), row, 10) == 10) {
		(void)snprintf(setting, sizeof(setting), "%s:%s", row[0].p,
		    row[1].p);
		m = (struct metadata){ null_of(row[2]), null_of(row[3]),
			null_of(row[4]), row[5], row[6], null_of(row[7]) };
		if (str_is(row[9], "opens")) {
			seals_and_opens(setting, &m, row[8].p);
			opens++;
		} else {
			is_denied(setting, &m, row[8]);
			denied++;
		}
	}
	(void)fclose(f);
	ok(opens == 4 && denied == 4, "vectors were read");
}

static const struct {
	const char *from;
	const char *to;
	enum err_code want;
} changes[] = {
	{ "\"user_a\"", "\"user_b\"", ERR_DENIED },
	{ "\"user_a\"", "\"user_A\"", ERR_DENIED },
	{ "\"user_a\"", "\"user_a \"", ERR_DENIED },
	{ "\"user_a\"", "null", ERR_DENIED },
	{ "\"user_a\"", "7", ERR_DENIED },
	{ "\"user_a\"", "[\"user_a\"]", ERR_DENIED },
	{ "\"user_a\"", "\"\"", ERR_DENIED },
	{ "\"user_id\":\"user_a\",", "", ERR_DENIED },
	{ "\"user_id\"", "\"User_id\"", ERR_DENIED },
	{ "\"assistant_id\":null,", "\"assistant_id\":\"\",", ERR_DENIED },
	{ "\"assistant_id\":null,", "", ERR_OK },
	{ "\"phone_number_id\":\"p\"", "\"phone_number_id\":null", ERR_DENIED },
	{ "15551111111", "15551111112", ERR_DENIED },
	{ "15559999999", "15559999998", ERR_DENIED },
	{ "ad91", "ad92", ERR_DENIED },
	{ "v1.k1.", "v1.k2.", ERR_DENIED },
	{ "v1.k1.", "v1..", ERR_DENIED },
	{ "v1.k1.", "v1.k1", ERR_DENIED },
	{ "v1.k1.", "v2.k1.", ERR_DENIED },
	{ "v1.k1.", "V1.k1.", ERR_DENIED },
	{ "v1.k1.", " v1.k1.", ERR_DENIED },
	{ "\"}", "=\"}", ERR_DENIED },
	{ "\"}", "\",\"more\":{\"a\":1}}", ERR_OK },
	{ "\"seal\"", "\"Seal\"", ERR_DENIED },
	{ "\"seal\":\"v1.k1.", "\"seal\":null,\"x\":\"", ERR_DENIED },
	{ "\"seal\":\"v1.k1.", "\"seal\":1,\"x\":\"", ERR_DENIED },
};

static void
test_changes(void)
{
	struct str text = sealed(KEY1, &sample);
	struct metadata m;
	size_t i;

	is_int(opened(KEY1, text, &m), ERR_OK, "as it was made");
	for (i = 0; i < sizeof(changes) / sizeof(changes[0]); i++)
		is_int(opened(KEY1,
			   changed(text, changes[i].from, changes[i].to), &m),
		    changes[i].want, changes[i].to);
}

/* Base64url has stray bits in the last character: one spelling only. */
static void
test_canonical(void)
{
	struct str text = sealed(KEY1, &sample);
	struct metadata m;
	int opens = 0;
	char *copy = str_dup(arena, text);
	const char *c;

	if (!ok(copy != NULL && text.n > 3, "sealed"))
		return;
	for (c = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
		 "0123456789-_";
	     *c != '\0'; c++) {
		copy[text.n - 3] = *c;
		if (opened(KEY1, (struct str){ copy, text.n }, &m) == ERR_OK)
			opens++;
	}
	is_int(opens, 1, "one last character of 64 opens");
}

static void
test_absent(void)
{
	static const char *const none[] = { "null", "{}", "{\"a\":1}",
		"{\"USER_ID\":\"x\"}" };
	static const char *const broken[] = { "1", "\"x\"", "[]", "true",
		"{\"seal\":null}", "{\"user_id\":null}",
		"{\"call_id\":\"x\"}" };
	struct keyring keys = keys_of(KEY1);
	struct metadata m;
	size_t i;

	is_int(metadata_open(arena, &keys, NULL, &m, NULL), ERR_ABSENT,
	    "no value");
	for (i = 0; i < sizeof(none) / sizeof(none[0]); i++)
		is_int(opened(KEY1, str_of(none[i]), &m), ERR_ABSENT, none[i]);
	for (i = 0; i < sizeof(broken) / sizeof(broken[0]); i++)
		is_int(opened(KEY1, str_of(broken[i]), &m), ERR_DENIED,
		    broken[i]);
}

/* Vapi's own additions are not taken over. */
static void
test_copy(void)
{
	struct str text = changed(sealed(KEY1, &sample), "{",
	    "{\"extra\":{\"seal\":1},\"SEAL\":\"x\",");
	struct json *copy = json_new_object(arena);
	const struct json *from = NULL;
	struct str copied = STR_NONE;
	struct metadata back;

	ok(json_parse(arena, text, &from, NULL) == ERR_OK, "with additions");
	metadata_copy(from, copy);
	ok(json_format(arena, copy, &copied, NULL) == ERR_OK, "copied");
	ok(str_eq(copied, sealed(KEY1, &sample)), "ours alone");
	is_int(opened(KEY1, copied, &back), ERR_OK, "it still opens");
}

static void
test_rotation(void)
{
	struct str old = sealed(KEY1, &sample);
	struct str new = sealed(KEY2 "," KEY1, &sample);
	struct metadata m;

	is_int(opened(KEY2 "," KEY1, old, &m), ERR_OK,
	    "an older key still opens");
	is_int(opened(KEY2, new, &m), ERR_OK, "the first key seals");
	is_int(opened(KEY2, old, &m), ERR_DENIED, "a key that is gone");
}

static void
test_refuse_to_seal(void)
{
	struct metadata m = sample;
	char longer[130];

	m.user_id = STR_NONE;
	ok(sealed(KEY1, &m).p == NULL, "no user_id");
	m.user_id = STR("a b");
	ok(sealed(KEY1, &m).p == NULL, "no such user_id");
	m = sample;
	m.call_id = STR("x");
	ok(sealed(KEY1, &m).p == NULL, "no call_id");
	m = sample;
	memset(longer, 'x', sizeof(longer));
	m.caller_phone_number = (struct str){ longer, 129 };
	ok(sealed(KEY1, &m).p == NULL, "129 bytes");
	m.caller_phone_number.n = 128;
	ok(sealed(KEY1, &m).p != NULL, "128 bytes");
	ok(opened(KEY1, sealed(KEY1, &m), &m) == ERR_OK, "and they open");
}

static void
test_keys(void)
{
	static const char *const bad[] = { "", "k1", "k1:", ":AAEC", KEY1 ",",
		"," KEY1, KEY1 "," KEY1, "k 1:AAEC", "k1:AAEC", KEY1 "A",
		"k1:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh9=",
		"k1:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8",
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" KEY1 };
	struct metadata m = { .user_id = STR("user_a") };
	struct keyring keys;
	struct buf b;
	struct str many;
	struct err e;
	size_t i;

	is_int(keyring_parse(NULL, &keys, &e), ERR_INPUT, "no keys");
	is_int(metadata_seal(arena, &keys, &m, json_new_object(arena), &e),
	    ERR_BUG, "and nothing is sealed without");
	buf_init(&b, arena);
	for (i = 0; i <= KEYRING_KEYS_MAX; i++)
		buf_addf(&b, "%sk%zu%s", i == 0 ? "" : ",", i,
		    strchr(KEY1, ':'));
	ok(buf_done(&b, &many, &e) == ERR_OK &&
		keyring_parse(many.p, &keys, &e) == ERR_INPUT && keys.n == 0,
	    "one key too many");
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ok(keyring_parse(bad[i], &keys, &e) == ERR_INPUT &&
			keys.n == 0 && strstr(e.text, "AAEC") == NULL,
		    "keys \"%s\" are refused", bad[i]);
	keys = keys_of(KEY2 "," KEY1);
	is_int((int64_t)keys.n, 2, "two keys");
	keyring_wipe(&keys);
	ok(keys.n == 0 && keys.row[0].seal_key[0] == 0, "wiped");
}

int
main(void)
{
	if ((arena = arena_new(8 << 20)) == NULL)
		return (1);
	test_vectors();
	test_changes();
	test_canonical();
	test_absent();
	test_copy();
	test_rotation();
	test_refuse_to_seal();
	test_keys();
	arena_free(arena);
	return (done());
}
