/*
 * The keys of METADATA_KEYS, one for each purpose: the seal of a call's owner
 * (metadata.h), what is stored in quarantine and in the spool (rest.h), the
 * proof of a number (verification.h), and the digest of a search in the audit
 * (api_calls.c). Knows no more of them than their labels.
 * Source: RFC 5869 (HKDF).
 */
#ifndef CALLWARD_KEYRING_H
#define CALLWARD_KEYRING_H

#include <stddef.h>

#include "base/err.h"

#define KEYRING_KEYS_MAX 8
#define KEYRING_ID_MAX 32
#define KEYRING_KEY_BYTES 32

struct keyring {
	size_t n;
	struct {
		char id[KEYRING_ID_MAX + 1];
		/* derived; the setting's own is not kept */
		unsigned char seal_key[KEYRING_KEY_BYTES];  /* a call's owner */
		unsigned char rest_key[KEYRING_KEY_BYTES];  /* quarantine */
		unsigned char spool_key[KEYRING_KEY_BYTES]; /* the spool */
		unsigned char proof_key[KEYRING_KEY_BYTES]; /* code, tones */
		/* digests of searches, in the audit */
		unsigned char question_key[KEYRING_KEY_BYTES];
	} row[KEYRING_KEYS_MAX]; /* newest first: row 0 seals */
};

/*
 * Read METADATA_KEYS: "id:base64(32 bytes)[,id:base64...]", newest first, ids
 * of 1..32 letters, digits, '_' or '-', none twice. What is kept is
 * HKDF-SHA256 of each with the labels "callward seal v1", "callward
 * quarantine v1", "callward spool v1", "callward proof v1" and "callward
 * question v1".
 */
enum err_code keyring_parse(const char *setting, struct keyring *ring_r,
    struct err *e) MUST_CHECK;
void keyring_wipe(struct keyring *);

#endif
