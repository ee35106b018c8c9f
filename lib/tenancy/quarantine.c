/*
 * The form of a sealed body, around crypt_seal.
 */
#include "config.h"

#include "io/crypt.h"
#include "tenancy/quarantine.h"

#define VERSION_TEXT "v1."

static struct str
rest_key(const struct keyring *keys, size_t row)
{
	return ((struct str){ (const char *)keys->row[row].rest_key,
	    sizeof(keys->row[row].rest_key) });
}

enum err_code
quarantine_seal(struct arena *a, const struct keyring *keys, struct str id,
    struct str body, struct str *sealed, struct err *e)
{
	enum err_code code;
	struct str box;
	struct buf b;

	if ((code = crypt_seal(a, rest_key(keys, 0), id, body, &box, e)) !=
	    ERR_OK)
		return (code);
	buf_init(&b, a);
	buf_addf(&b, VERSION_TEXT "%s.", keys->row[0].id);
	buf_add(&b, box);
	return (buf_done(&b, sealed, e));
}

enum err_code
quarantine_open(struct arena *a, const struct keyring *keys, struct str id,
    struct str sealed, struct str *body, struct err *e)
{
	struct str rest, key_id;

	if (!str_starts(sealed, VERSION_TEXT))
		return (err_set(e, ERR_INPUT, "not a body of quarantine"));
	rest = str_skip(sealed, sizeof(VERSION_TEXT) - 1);
	key_id = str_cut(&rest, '.');
	if (rest.p == NULL)
		return (err_set(e, ERR_INPUT, "not a body of quarantine"));
	for (size_t i = 0; i < keys->n; i++)
		if (str_is(key_id, keys->row[i].id))
			return (crypt_open(a, rest_key(keys, i), id, rest, body,
			    e));
	return (err_set(e, ERR_ABSENT,
	    "the key of this body is not among METADATA_KEYS"));
}
