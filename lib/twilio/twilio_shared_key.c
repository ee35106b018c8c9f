/*
 * The list of shared keys, and the header that chooses one. The SDK asks for
 * an algorithm alone, since it knows one key; here the header has to be whole,
 * and a name that stands there twice is a header that came twice.
 */
#include "config.h"

#include <string.h>

#include "io/crypt.h"
#include "twilio/twilio_shared_key.h"

static enum err_code
add_key(struct twilio_shared_keys *keys, struct str id, struct str secret,
    struct err *e)
{
	size_t i = keys->n;

	if (!twilio_is_secret(id, sizeof(keys->row[0].id) - 1) ||
	    str_find(id, '=') < id.n)
		return (err_set(e, ERR_INPUT,
		    "a key's id is not 1 to %zu printable characters before a ':'",
		    sizeof(keys->row[0].id) - 1));
	if (twilio_is_sid(secret))
		return (err_set(e, ERR_INPUT,
		    "a SID stands where a key's secret belongs"));
	if (!twilio_is_secret(secret, sizeof(keys->row[0].secret) - 1))
		return (err_set(e, ERR_INPUT,
		    "a key's secret is not 1 to %zu printable characters",
		    sizeof(keys->row[0].secret) - 1));
	if (i == TWILIO_SHARED_KEYS_MAX)
		return (err_set(e, ERR_INPUT, "over %d keys",
		    TWILIO_SHARED_KEYS_MAX));
	while (i > 0)
		if (str_is(id, keys->row[--i].id))
			return (err_set(e, ERR_INPUT, "a key is given twice"));
	i = keys->n++;
	memcpy(keys->row[i].id, id.p, id.n);
	memcpy(keys->row[i].secret, secret.p, secret.n);
	return (ERR_OK);
}

enum err_code
twilio_shared_keys_parse(const char *setting, struct twilio_shared_keys *keys_r,
    struct err *e)
{
	struct str rest = str_of(setting), secret, id;
	enum err_code code;

	memset(keys_r, 0, sizeof(*keys_r));
	if (rest.n == 0)
		return (ERR_OK);
	while (rest.p != NULL) {
		secret = str_cut(&rest, ',');
		id = str_cut(&secret, ':');
		if (secret.p == NULL)
			code = err_set(e, ERR_INPUT,
			    "a key is not of the form id:secret");
		else
			code = add_key(keys_r, id, secret, e);
		if (code != ERR_OK) {
			twilio_shared_keys_wipe(keys_r);
			return (code);
		}
	}
	return (ERR_OK);
}

void
twilio_shared_keys_wipe(struct twilio_shared_keys *keys)
{
	crypt_wipe(keys, sizeof(*keys));
}

/* One part of the header into what it names; a name may come once. */
static enum err_code
read_part(struct str part, struct str *key_r, struct str *algorithm_r,
    struct err *e)
{
	struct str name = str_trim(str_cut(&part, '=')), *value_r = NULL;

	if (part.p == NULL)
		return (err_set(e, ERR_AUTH,
		    "the signature's settings are not name=value,..."));
	if (str_is(name, "key"))
		value_r = key_r;
	else if (str_is(name, "algorithm"))
		value_r = algorithm_r;
	if (value_r == NULL)
		return (ERR_OK);
	if (value_r->p != NULL)
		return (err_set(e, ERR_AUTH,
		    "the signature's settings name something twice"));
	*value_r = str_trim(part);
	return (ERR_OK);
}

enum err_code
twilio_shared_keys_find(const struct twilio_shared_keys *keys,
    struct str header, struct twilio_signer *signer_r, struct err *e)
{
	struct str key = STR_NONE, algorithm = STR_NONE;
	enum err_code code;
	size_t i;

	while (header.p != NULL)
		if ((code = read_part(str_cut(&header, ','), &key, &algorithm,
			 e)) != ERR_OK)
			return (code);
	if (algorithm.n == 0 || str_is_nocase(algorithm, "HMAC_SHA1"))
		signer_r->hash = CRYPT_SHA1;
	else if (str_is_nocase(algorithm, "HMAC_SHA256"))
		signer_r->hash = CRYPT_SHA256;
	else
		return (err_set(e, ERR_AUTH,
		    "the signature's algorithm is unknown"));
	for (i = 0; i < keys->n; i++)
		if (str_is(key, keys->row[i].id)) {
			signer_r->secret = str_of(keys->row[i].secret);
			return (ERR_OK);
		}
	return (err_set(e, ERR_AUTH,
	    "the signature's settings name no key of TWILIO_SHARED_KEYS"));
}
