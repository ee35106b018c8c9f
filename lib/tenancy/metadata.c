/*
 * Sealing and opening. The five names are fixed by what other programs read;
 * call_id and seal are ours. The order of fields[] is the order under the
 * seal, and may never change within "v1".
 */
#include "config.h"

#include <stddef.h>
#include <string.h>

#include "io/crypt.h"
#include "io/id.h"
#include "tenancy/metadata.h"

#define SEAL_VERSION "v1."
#define VALUE_BYTES_MAX 128
#define NULL_LENGTH UINT32_MAX

static const struct {
	const char *name;
	size_t offset;
} fields[] = {
	{ "user_id", offsetof(struct metadata, user_id) },
	{ "assistant_id", offsetof(struct metadata, assistant_id) },
	{ "phone_number_id", offsetof(struct metadata, phone_number_id) },
	{ "caller_phone_number",
	    offsetof(struct metadata, caller_phone_number) },
	{ "assistant_phone_number",
	    offsetof(struct metadata, assistant_phone_number) },
	{ "call_id", offsetof(struct metadata, call_id) },
};

#define FIELDS (sizeof(fields) / sizeof(fields[0]))

static struct str
field_get(const struct metadata *m, size_t i)
{
	struct str v;

	memcpy(&v, (const char *)m + fields[i].offset, sizeof(v));
	return (v);
}

static void
field_set(struct metadata *m, size_t i, struct str v)
{
	memcpy((char *)m + fields[i].offset, &v, sizeof(v));
}

/* The whole text of a seal, by the key of row i. */
static enum err_code
make_seal(struct arena *a, const struct keyring *keys, size_t row,
    const struct metadata *m, struct str *seal_r, struct err *e)
{
	const struct str key = { (const char *)keys->row[row].seal_key,
		sizeof(keys->row[row].seal_key) };
	struct crypt_digest digest;
	enum err_code code;
	struct str v, base, text;
	struct buf b;
	uint32_t n;
	size_t i;

	buf_init(&b, a);
	for (i = 0; i < FIELDS; i++) {
		v = field_get(m, i);
		n = v.p == NULL ? NULL_LENGTH : (uint32_t)v.n;
		buf_addc(&b, (char)(unsigned char)(n >> 24));
		buf_addc(&b, (char)(unsigned char)(n >> 16 & 0xff));
		buf_addc(&b, (char)(unsigned char)(n >> 8 & 0xff));
		buf_addc(&b, (char)(unsigned char)(n & 0xff));
		buf_add(&b, v);
	}
	if ((code = buf_done(&b, &base, e)) != ERR_OK ||
	    (code = crypt_hmac(CRYPT_SHA256, key, base, &digest, e)) !=
		ERR_OK ||
	    (code = crypt_base64url(a,
		 (struct str){ (const char *)digest.p, digest.n }, &text, e)) !=
		ERR_OK)
		return (code);
	buf_init(&b, a);
	buf_addf(&b, SEAL_VERSION "%s.%s", keys->row[row].id, text.p);
	return (buf_done(&b, seal_r, e));
}

enum err_code
metadata_seal(struct arena *a, const struct keyring *keys,
    const struct metadata *m, struct json *object, struct err *e)
{
	enum err_code code;
	struct str seal;
	size_t i;

	if (keys->n == 0)
		return (err_set(e, ERR_BUG, "no metadata key"));
	if (!id_is_user(m->user_id) || !id_is_uuid(m->call_id))
		return (err_set(e, ERR_INPUT,
		    "metadata needs a user_id and a call_id"));
	for (i = 0; i < FIELDS; i++)
		if (field_get(m, i).n > VALUE_BYTES_MAX ||
		    str_has_nul(field_get(m, i)) ||
		    !str_is_utf8(field_get(m, i)))
			return (err_set(e, ERR_INPUT,
			    "metadata %s is not text of at most %d bytes",
			    fields[i].name, VALUE_BYTES_MAX));
	if ((code = make_seal(a, keys, 0, m, &seal, e)) != ERR_OK)
		return (code);
	for (i = 0; i < FIELDS; i++)
		json_add_str(object, fields[i].name, field_get(m, i));
	json_add_str(object, "seal", seal);
	return (ERR_OK);
}

static bool
has_our_names(const struct json *object)
{
	size_t i;

	for (i = 0; i < FIELDS; i++)
		if (json_get(object, fields[i].name) != NULL)
			return (true);
	return (json_get(object, "seal") != NULL);
}

void
metadata_copy(const struct json *from, struct json *object)
{
	const struct json *value;
	size_t i;

	for (i = 0; i < FIELDS; i++)
		if ((value = json_get(from, fields[i].name)) != NULL)
			json_add_copy(object, fields[i].name, value);
	if ((value = json_get(from, "seal")) != NULL)
		json_add_copy(object, "seal", value);
}

static enum err_code
read_fields(const struct json *object, struct metadata *m_r, struct err *e)
{
	const struct json *value;
	size_t i;

	for (i = 0; i < FIELDS; i++) {
		value = json_get(object, fields[i].name);
		if (value == NULL || json_is_null(value))
			field_set(m_r, i, STR_NONE);
		else if (!json_is_string(value) ||
		    json_str(value).n > VALUE_BYTES_MAX)
			return (err_set(e, ERR_DENIED,
			    "metadata %s is not text of at most %d bytes",
			    fields[i].name, VALUE_BYTES_MAX));
		else
			field_set(m_r, i, json_str(value));
	}
	return (ERR_OK);
}

/* The seal made anew has to be the same text: there is one spelling. */
static enum err_code
check_seal(struct arena *a, const struct keyring *keys,
    const struct metadata *m, struct str seal, struct err *e)
{
	struct str rest, id, made;
	enum err_code code;
	size_t i;

	if (!str_starts(seal, SEAL_VERSION))
		return (err_set(e, ERR_DENIED,
		    "metadata has no seal of version 1"));
	rest = str_skip(seal, strlen(SEAL_VERSION));
	id = str_cut(&rest, '.');
	for (i = 0; i < keys->n && !str_is(id, keys->row[i].id); i++)
		continue;
	if (i == keys->n)
		return (err_set(e, ERR_DENIED,
		    "metadata is sealed with a key that is not ours"));
	if ((code = make_seal(a, keys, i, m, &made, e)) != ERR_OK)
		return (code);
	if (!crypt_equal(made, seal))
		return (err_set(e, ERR_DENIED, "metadata does not open"));
	return (ERR_OK);
}

enum metadata_kind
metadata_kind(const struct json *value)
{
	if (value == NULL || json_is_null(value))
		return (METADATA_NONE);
	if (!json_is_object(value))
		return (METADATA_UNSEALED);
	if (str_starts(json_str(json_get(value, "seal")), SEAL_VERSION))
		return (METADATA_SEALED);
	return (has_our_names(value) ? METADATA_UNSEALED : METADATA_NONE);
}

enum err_code
metadata_open(struct arena *a, const struct keyring *keys,
    const struct json *value, struct metadata *m_r, struct err *e)
{
	struct metadata m;
	enum err_code code;

	if (metadata_kind(value) == METADATA_NONE)
		return (err_set(e, ERR_ABSENT, "metadata is not ours"));
	if (!json_is_object(value))
		return (err_set(e, ERR_DENIED, "metadata is no object"));
	if ((code = read_fields(value, &m, e)) != ERR_OK ||
	    (code = check_seal(a, keys, &m, json_str(json_get(value, "seal")),
		 e)) != ERR_OK)
		return (code);
	if (!id_is_user(m.user_id) || !id_is_uuid(m.call_id))
		return (err_set(e, ERR_DENIED,
		    "metadata has no user_id or no call_id"));
	*m_r = m;
	return (ERR_OK);
}
