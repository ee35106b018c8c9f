/*
 * The form of a sealed body, around crypt_seal.
 */
#include "config.h"

#include "io/crypt.h"
#include "io/id.h"
#include "tenancy/rest.h"

#define VERSION_TEXT "v1."

static struct str
key_of(const struct keyring *keys, size_t row, enum rest_use use)
{
	const unsigned char *key = use == REST_SPOOL ?
	    keys->row[row].spool_key :
	    keys->row[row].rest_key;

	return (
	    (struct str){ (const char *)key, sizeof(keys->row[row].rest_key) });
}

enum err_code
rest_seal(struct arena *a, const struct keyring *keys, enum rest_use use,
    struct str bound, struct str body, struct str *sealed, struct err *e)
{
	enum err_code code;
	struct str box;
	struct buf b;

	if ((code = crypt_seal(a, key_of(keys, 0, use), bound, body, &box,
		 e)) != ERR_OK)
		return (code);
	buf_init(&b, a);
	buf_addf(&b, VERSION_TEXT "%s.", keys->row[0].id);
	buf_add(&b, box);
	return (buf_done(&b, sealed, e));
}

/* The row of its key, and what follows. */
static enum err_code
find_key(const struct keyring *keys, struct str sealed, size_t *row,
    struct str *rest, struct err *e)
{
	struct str id;

	if (!str_starts(sealed, VERSION_TEXT))
		return (err_set(e, ERR_INPUT, "not a sealed body"));
	*rest = str_skip(sealed, sizeof(VERSION_TEXT) - 1);
	id = str_cut(rest, '.');
	if (rest->p == NULL || !id_is_user(id) || id.n > KEYRING_ID_MAX)
		return (err_set(e, ERR_INPUT, "not a sealed body"));
	for (*row = 0; *row < keys->n; ++*row)
		if (str_is(id, keys->row[*row].id))
			return (ERR_OK);
	return (err_set(e, ERR_ABSENT,
	    "its key, %.*s, is not among METADATA_KEYS", (int)id.n, id.p));
}

enum err_code
rest_check_key(const struct keyring *keys, struct str sealed, struct err *e)
{
	struct str rest;
	size_t row;

	return (find_key(keys, sealed, &row, &rest, e));
}

enum err_code
rest_open(struct arena *a, const struct keyring *keys, enum rest_use use,
    struct str bound, struct str sealed, struct str *body, struct err *e)
{
	enum err_code code;
	struct str rest;
	size_t row;

	if ((code = find_key(keys, sealed, &row, &rest, e)) != ERR_OK)
		return (code);
	return (crypt_open(a, key_of(keys, row, use), bound, rest, body, e));
}
