/*
 * The owner of a call, sealed into the session that the assistant runs, and
 * opened again when a message comes back. Knows keys and bytes; not where the
 * metadata travels, and no database.
 * Source: ownership model, doc/ownership.md.
 */
#ifndef CALLWARD_METADATA_H
#define CALLWARD_METADATA_H

#include "base/arena.h"
#include "base/err.h"
#include "io/json.h"
#include "tenancy/keyring.h"
#include "base/str.h"

/* All text ends in NUL; p is NULL for a value that is null. */
struct metadata {
	struct str user_id;
	struct str assistant_id;
	struct str phone_number_id;
	struct str caller_phone_number;
	struct str assistant_phone_number;
	struct str call_id;
};

/*
 * The metadata object for a session: the five names, call_id, and seal =
 * "v1." key-id "." base64url(HMAC-SHA256 over each of the six values in this
 * struct's order as big-endian 32-bit length and bytes; null: 0xffffffff).
 */
enum err_code metadata_seal(struct arena *, const struct keyring *,
    const struct metadata *, struct json *object, struct err *e) MUST_CHECK;

enum metadata_kind {
	METADATA_NONE = 0, /* NULL, JSON null, or none of our seven names */
	METADATA_UNSEALED, /* no object, or our names without a seal */
	METADATA_SEALED	   /* the seal is a text that begins with "v1." */
};

/* By its form; whether a seal is ours and holds, metadata_open says. */
enum metadata_kind metadata_kind(const struct json *value);

/*
 * Open metadata. A seal that opens: ERR_OK, and m_r is filled. METADATA_NONE:
 * ERR_ABSENT. Anything else is ERR_DENIED: no object, a value of another type
 * than text or null, text over 128 bytes, missing user_id or call_id, an
 * unknown key, a seal that is missing, not canonical, or wrong. Names beyond
 * the seven are ignored; a missing value is null.
 */
enum err_code metadata_open(struct arena *, const struct keyring *,
    const struct json *value, struct metadata *m_r, struct err *e) MUST_CHECK;

/* Copy what is ours, and nothing that others have put beside it. */
void metadata_copy(const struct json *from, struct json *object);

#endif
