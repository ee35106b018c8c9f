/*
 * Metadata that comes back, the keys that sealed it, and bodies at rest. A
 * seal that opens is the one that we would write over the same values.
 */
#include "config.h"

#include <assert.h>

#include "fuzz.h"
#include "tenancy/metadata.h"
#include "tenancy/rest.h"

#define KEYS "k1:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="

static void
check_opened(struct arena *a, const struct keyring *keys,
    const struct json *value, const struct metadata *m)
{
	struct json *again = json_new_object(a);
	enum err_code code;

	code = metadata_seal(a, keys, m, again, NULL);
	assert(code == ERR_OK);
	for (const struct json *j = json_first(again); j != NULL;
	     j = json_next(j)) {
		const char *name = str_dup(a, json_name(j));

		assert(name != NULL);
		assert(str_eq(json_str(j), json_str(json_get(value, name))));
	}
}

/* What is sealed opens, under its own id and unchanged only. */
static void
check_rest(struct arena *a, const struct keyring *keys, struct str input)
{
	struct str sealed, body;
	enum err_code code;
	char *other;

	code =
	    rest_open(a, keys, REST_QUARANTINE, STR("id"), input, &body, NULL);
	assert(code != ERR_OK);
	code = rest_seal(a, keys, REST_QUARANTINE, STR("id"), input, &sealed,
	    NULL);
	assert(code == ERR_OK);
	code =
	    rest_open(a, keys, REST_QUARANTINE, STR("id"), sealed, &body, NULL);
	assert(code == ERR_OK && body.n == input.n);
	code =
	    rest_open(a, keys, REST_QUARANTINE, STR("it"), sealed, &body, NULL);
	assert(code == ERR_AUTH);
	other = str_dup(a, sealed);
	assert(other != NULL);
	other[sealed.n - 1] ^= 1;
	code = rest_open(a, keys, REST_QUARANTINE, STR("id"),
	    (struct str){ other, sealed.n }, &body, NULL);
	assert(code == ERR_AUTH);
}

static void
check_keys(struct arena *a, struct str input)
{
	struct keyring keys;
	const char *setting = str_dup(a, input);

	if (setting == NULL || keyring_parse(setting, &keys, NULL) != ERR_OK)
		return;
	assert(keys.n > 0 && keys.n <= KEYRING_KEYS_MAX);
	keyring_wipe(&keys);
}

bool
fuzz_one(struct arena *a, struct str input)
{
	struct keyring keys;
	const struct json *value;
	struct metadata m;
	enum err_code code;

	code = keyring_parse(KEYS, &keys, NULL);
	assert(code == ERR_OK);
	check_keys(a, input);
	check_rest(a, &keys, input);
	if (json_parse(a, input, &value, NULL) != ERR_OK)
		return (false);
	code = metadata_open(a, &keys, value, &m, NULL);
	assert(code == ERR_OK || code == ERR_ABSENT || code == ERR_DENIED);
	if (code != ERR_OK)
		return (false);
	check_opened(a, &keys, value, &m);
	return (true);
}
