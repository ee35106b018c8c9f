/*
 * The owner of a call, sealed into the session that the assistant runs, and
 * opened again when a message comes back. Knows keys and bytes; not where the
 * metadata travels, and no database.
 * Source: ownership model, doc/ownership.md.
 */
#ifndef CALLWARD_METADATA_H
#define CALLWARD_METADATA_H

#include <stddef.h>

#include "arena.h"
#include "err.h"
#include "json.h"
#include "str.h"

#define METADATA_KEYS_MAX 8
#define METADATA_KEY_ID_MAX 32

/* All text ends in NUL; p is NULL for a value that is null. */
struct metadata {
	struct str user_id;
	struct str assistant_id;
	struct str phone_number_id;
	struct str caller_phone_number;
	struct str assistant_phone_number;
	struct str call_id;
};

struct metadata_keys {
	size_t n;
	struct {
		char id[METADATA_KEY_ID_MAX + 1];
		/* derived; the setting's own is not kept */
		unsigned char key[32];	     /* seals the owner of a call */
		unsigned char rest_key[32];  /* what rests in quarantine */
		unsigned char proof_key[32]; /* codes and tones of a proof */
	} row[METADATA_KEYS_MAX];	     /* newest first: row 0 seals */
};

/*
 * Read METADATA_KEYS: "id:base64(32 bytes)[,id:base64...]", newest first, ids
 * of 1..32 letters, digits, '_' or '-', none twice. What is kept is
 * HKDF-SHA256 of each with the labels "callward seal v1", "callward
 * quarantine v1" and "callward proof v1".
 */
enum err_code metadata_keys_parse(const char *setting,
    struct metadata_keys *keys_r, struct err *e) MUST_CHECK;
void metadata_keys_wipe(struct metadata_keys *);

/*
 * The metadata object for a session: the five names, call_id, and seal =
 * "v1." key-id "." base64url(HMAC-SHA256 over each of the six values in this
 * struct's order as big-endian 32-bit length and bytes; null: 0xffffffff).
 */
enum err_code metadata_seal(struct arena *, const struct metadata_keys *,
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
enum err_code metadata_open(struct arena *, const struct metadata_keys *,
    const struct json *value, struct metadata *m_r, struct err *e) MUST_CHECK;

/* Copy what is ours, and nothing that others have put beside it. */
void metadata_copy(const struct json *from, struct json *object);

#endif
