/*
 * The keys that METADATA_KEYS stands for. Each purpose has a label of its own,
 * so that no key is used for two.
 */
#include "config.h"

#include <string.h>

#include "io/crypt.h"
#include "io/id.h"
#include "tenancy/keyring.h"

#define LABEL_SEAL "callward seal v1"
#define LABEL_REST "callward quarantine v1"
#define LABEL_SPOOL "callward spool v1"
#define LABEL_PROOF "callward proof v1"

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
	enum err_code code;
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
	    key.n != sizeof(ring->row[0].seal_key))
		return (err_set(e, ERR_INPUT,
		    "a metadata key is not 32 bytes in base64"));
	i = ring->n++;
	memcpy(ring->row[i].id, id.p, id.n);
	if ((code = crypt_hkdf(key, LABEL_SEAL, ring->row[i].seal_key,
		 sizeof(ring->row[i].seal_key), e)) != ERR_OK ||
	    (code = crypt_hkdf(key, LABEL_REST, ring->row[i].rest_key,
		 sizeof(ring->row[i].rest_key), e)) != ERR_OK ||
	    (code = crypt_hkdf(key, LABEL_SPOOL, ring->row[i].spool_key,
		 sizeof(ring->row[i].spool_key), e)) != ERR_OK)
		return (code);
	return (crypt_hkdf(key, LABEL_PROOF, ring->row[i].proof_key,
	    sizeof(ring->row[i].proof_key), e));
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
