/* quarantine: what rests is read with its key, under its id, unchanged. */
#include "config.h"

#include "tenancy/quarantine.h"
#include "tap.h"

#define KEY1 "k1:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
#define KEY2 "k2:HxAREhMUFRYXGBkaGxwdHh8AAQIDBAUGBwgJCgsMDQ4="
#define OTHER1 "k1:HxAREhMUFRYXGBkaGxwdHh8AAQIDBAUGBwgJCgsMDQ4="
#define ID "0190163d-8694-739b-aea5-966c26f8ad91"
#define BODY "{\"message\":{\"transcript\":\"My tooth hurts\"}}"

static struct arena *arena;

static struct keyring
keys_of(const char *setting)
{
	struct keyring keys;

	if (keyring_parse(setting, &keys, NULL) != ERR_OK)
		ok(false, "keys");
	return (keys);
}

static struct str
seal(const char *setting, struct str body)
{
	struct keyring keys = keys_of(setting);
	struct str sealed = STR("");

	is_int(quarantine_seal(arena, &keys, STR(ID), body, &sealed, NULL),
	    ERR_OK, "sealed");
	return (sealed);
}

static enum err_code
open_as(const char *setting, const char *id, struct str sealed,
    struct str *body_r)
{
	struct keyring keys = keys_of(setting);

	return (
	    quarantine_open(arena, &keys, str_of(id), sealed, body_r, NULL));
}

static void
test_opens(void)
{
	static char large[1 << 20];
	struct str sealed = seal(KEY1, STR(BODY)), body = STR_NONE;

	ok(str_starts(sealed, "v1.k1."), "it names its version and key");
	ok(memmem(sealed.p, sealed.n, "tooth", 5) == NULL,
	    "the words are not in it");
	is_int(open_as(KEY1, ID, sealed, &body), ERR_OK, "opened");
	is_str(body, BODY, "the body");
	ok(!str_eq(seal(KEY1, STR(BODY)), sealed), "never twice the same");
	is_int(open_as(KEY2 "," KEY1, ID, sealed, &body), ERR_OK,
	    "with a key that is no longer the newest");
	ok(str_starts(seal(KEY2 "," KEY1, STR(BODY)), "v1.k2."),
	    "the newest seals");
	is_int(open_as(KEY1, ID, seal(KEY1, STR("")), &body), ERR_OK,
	    "an empty body");
	is_int((int64_t)body.n, 0, "is empty");
	memset(large, 0xa5, sizeof(large));
	is_int(open_as(KEY1, ID,
		   seal(KEY1, (struct str){ large, sizeof(large) }), &body),
	    ERR_OK, "a large body");
	ok(body.n == sizeof(large) && memcmp(body.p, large, body.n) == 0,
	    "is the same");
}

static void
test_refused(void)
{
	struct str sealed = seal(KEY1, STR(BODY)), body;

	is_int(open_as(KEY1, "0190163d-8694-739b-aea5-966c26f8ad92", sealed,
		   &body),
	    ERR_AUTH, "another row's id");
	is_int(open_as(KEY1, "", sealed, &body), ERR_AUTH, "no id");
	is_int(open_as(OTHER1, ID, sealed, &body), ERR_AUTH,
	    "another key of this name");
	is_int(open_as(KEY2, ID, sealed, &body), ERR_ABSENT,
	    "a key that is not there");
	for (size_t n = 0; n < sealed.n; n++)
		if (open_as(KEY1, ID, str_first(sealed, n), &body) == ERR_OK)
			ok(false, "cut after %zu bytes", n);
}

/* Every byte of it counts, whichever bit is turned. */
static void
test_changed(void)
{
	struct str sealed = seal(KEY1, STR(BODY)), body;
	char *copy = str_dup(arena, sealed);
	size_t opened = 0;

	for (size_t i = 0; i < sealed.n * 8; i++) {
		copy[i / 8] = (char)(copy[i / 8] ^ 1 << i % 8);
		opened += open_as(KEY1, ID, (struct str){ copy, sealed.n },
			      &body) == ERR_OK;
		copy[i / 8] = (char)(copy[i / 8] ^ 1 << i % 8);
	}
	is_int((int64_t)opened, 0, "no bit of it may be turned");
	is_int(open_as(KEY1, ID, (struct str){ copy, sealed.n }, &body), ERR_OK,
	    "and then it is whole again");
}

static void
test_forms(void)
{
	static const struct {
		const char *text;
		enum err_code code;
	} rows[] = {
		{ "", ERR_INPUT },
		{ "v1.", ERR_INPUT },
		{ "v1.k1", ERR_INPUT },
		{ "v2.k1.AAAA", ERR_INPUT },
		{ "V1.k1.AAAA", ERR_INPUT },
		{ "v1..AAAA", ERR_ABSENT },
		{ "v1.k1.", ERR_AUTH },
		{ "v1.k1.AAAA", ERR_AUTH },
	};
	struct str body;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		is_int(open_as(KEY1, ID, str_of(rows[i].text), &body),
		    rows[i].code, rows[i].text);
}

int
main(void)
{
	if ((arena = arena_new(64 << 20)) == NULL)
		return (1);
	test_opens();
	test_refused();
	test_changed();
	test_forms();
	arena_free(arena);
	return (done());
}
