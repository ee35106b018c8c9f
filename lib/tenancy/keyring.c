/*
 * The keys that METADATA_KEYS stands for. Each purpose has a label of its own,
 * so that no key is used for two.
 */
#include "config.h"

#include <string.h>

#include "io/crypt.h"
#include "io/id.h"
#include "tenancy/keyring.h"

/* One key for each purpose, from an entry of the setting. */
static enum err_code
derive(struct keyring *ring, size_t row, struct str key, struct err *e)
{
	const struct {
		const char *label;
		unsigned char *key;
	} purposes[] = {
		{ "callward seal v1", ring->row[row].seal_key },
		{ "callward quarantine v1", ring->row[row].rest_key },
		{ "callward spool v1", ring->row[row].spool_key },
		{ "callward proof v1", ring->row[row].proof_key },
		{ "callward question v1", ring->row[row].question_key },
	};
	enum err_code code = ERR_OK;

	for (size_t i = 0;
	     i < sizeof(purposes) / sizeof(purposes[0]) && code == ERR_OK; i++)
		code = crypt_hkdf(key, purposes[i].label, purposes[i].key,
		    KEYRING_KEY_BYTES, e);
	return (code);
}

/* As a user id, but shorter. */
static bool
is_key_id(struct str s)
{
	return (id_is_user(s) && s.n <= KEYRING_ID_MAX);
}

/* One "id:base64". */
static enum err_code
add_key(struct arena *a, struct keyring *ring, struct str entry, struct err *e)
{
	struct str text = entry, id = str_cut(&text, ':'), key;
	size_t i;

	if (!is_key_id(id) || text.p == NULL)
		return (err_set(e, ERR_INPUT,
		    "a metadata key is not of the form id:base64"));
	for (i = 0; i < ring->n; i++)
		if (str_is(id, ring->row[i].id))
			return (err_set(e, ERR_INPUT,
			    "two metadata keys have one id"));
	if (ring->n == KEYRING_KEYS_MAX)
		return (err_set(e, ERR_INPUT, "over %d metadata keys",
		    KEYRING_KEYS_MAX));
	if (crypt_base64_decode(a, text, &key, e) != ERR_OK ||
	    key.n != KEYRING_KEY_BYTES)
		return (err_set(e, ERR_INPUT,
		    "a metadata key is not 32 bytes in base64"));
	i = ring->n++;
	memcpy(ring->row[i].id, id.p, id.n);
	return (derive(ring, i, key, e));
}

enum err_code
keyring_parse(const char *setting, struct keyring *ring_r, struct err *e)
{
	struct str rest = str_of(setting);
	enum err_code code = ERR_OK;
	struct arena *a;

	memset(ring_r, 0, sizeof(*ring_r));
	if (rest.p == NULL)
		return (err_set(e, ERR_INPUT, "a metadata key is missing"));
	/* Decoding needs little; a setting that needs more has no key. */
	if ((a = arena_new(rest.n + 4096)) == NULL)
		return (err_set(e, ERR_TEMPORARY, "no memory"));
	while (code == ERR_OK && rest.p != NULL)
		code = add_key(a, ring_r, str_cut(&rest, ','), e);
	arena_free(a);
	if (code != ERR_OK)
		keyring_wipe(ring_r);
	return (code);
}

void
keyring_wipe(struct keyring *ring)
{
	crypt_wipe(ring, sizeof(*ring));
}
