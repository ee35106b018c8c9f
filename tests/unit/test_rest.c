/* rest: what rests is read with its key, under its id, unchanged. */
#include "config.h"

#include "tenancy/rest.h"
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

	is_int(rest_seal(arena, &keys, REST_QUARANTINE, STR(ID), body, &sealed,
		   NULL),
	    ERR_OK, "sealed");
	return (sealed);
}

static enum err_code
open_as(const char *setting, const char *id, struct str sealed,
    struct str *body_r)
{
	struct keyring keys = keys_of(setting);

	return (rest_open(arena, &keys, REST_QUARANTINE, str_of(id), sealed,
	    body_r, NULL));
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
		{ "v1..AAAA", ERR_INPUT },
		{ "v1.k1.", ERR_AUTH },
		{ "v1.k1.AAAA", ERR_AUTH },
	};
	struct str body;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		is_int(open_as(KEY1, ID, str_of(rows[i].text), &body),
		    rows[i].code, rows[i].text);
}

/* The two uses have keys of their own, and a front tells its key. */
static void
test_uses(void)
{
	struct keyring keys = keys_of(KEY1), others = keys_of(KEY2);
	struct str sealed = STR(""), body = STR_NONE;
	struct err e = { .text = "" };

	is_int(rest_seal(arena, &keys, REST_SPOOL, STR(ID), STR(BODY), &sealed,
		   NULL),
	    ERR_OK, "sealed for the spool");
	is_int(rest_open(arena, &keys, REST_QUARANTINE, STR(ID), sealed, &body,
		   NULL),
	    ERR_AUTH, "what is of the spool is not of quarantine");
	is_int(rest_open(arena, &keys, REST_SPOOL, STR(ID),
		   seal(KEY1, STR(BODY)), &body, NULL),
	    ERR_AUTH, "nor the other way");
	is_int(rest_open(arena, &keys, REST_SPOOL, STR(ID), sealed, &body,
		   NULL),
	    ERR_OK, "the spool opens its own");
	is_str(body, BODY, "whole");
	sealed = str_first(sealed, REST_FRONT_BYTES);
	is_int(rest_check_key(&keys, sealed, NULL), ERR_OK,
	    "the front tells the key");
	is_int(rest_check_key(&others, sealed, &e), ERR_ABSENT,
	    "which is not among others");
	ok(str_holds(str_of(e.text), "its key, k1,"), "and is named");
	is_int(rest_check_key(&keys, STR("v1.k1"), NULL), ERR_INPUT,
	    "of what is no sealed body there is no key");
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
	test_uses();
	arena_free(arena);
	return (done());
}
