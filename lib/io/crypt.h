/*
 * Digests, keys and encodings: the only includer of OpenSSL. Knows nothing of
 * what is signed. Decoders take the canonical form only, so that one value
 * has one spelling.
 */
#ifndef CALLWARD_CRYPT_H
#define CALLWARD_CRYPT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"

enum crypt_hash { CRYPT_SHA1 = 1, CRYPT_SHA256, CRYPT_SHA512 };

#define CRYPT_HASH_MAX 64
#define CRYPT_SHA256_BYTES 32

struct crypt_digest {
	unsigned char p[CRYPT_HASH_MAX];
	size_t n;
};

enum err_code crypt_digest(enum crypt_hash, struct str data,
    struct crypt_digest *digest_r, struct err *e) MUST_CHECK;
/* Of all parts, one after the other, as if they were one text. */
enum err_code crypt_digest_parts(enum crypt_hash, const struct str *parts,
    size_t n, struct crypt_digest *digest_r, struct err *e) MUST_CHECK;
enum err_code crypt_hmac(enum crypt_hash, struct str key, struct str data,
    struct crypt_digest *digest_r, struct err *e) MUST_CHECK;

/*
 * HKDF-SHA256 without salt: n bytes (at most 64) of output for this label.
 * Source: RFC 5869.
 */
enum err_code crypt_hkdf(struct str key, const char *label,
    unsigned char *out_r, size_t n, struct err *e) MUST_CHECK;

/* n bytes nobody can guess. */
enum err_code crypt_random(void *out_r, size_t n, struct err *e) MUST_CHECK;

/* Equal, in a time that depends on the lengths alone. */
bool crypt_equal(struct str a, struct str b);

/* Overwrite a secret; not optimised away. */
void crypt_wipe(void *p, size_t n);

/* Encoders: text in the arena, ending in NUL. Hex is lower case. */
enum err_code crypt_hex(struct arena *, struct str bytes, struct str *text_r,
    struct err *e) MUST_CHECK;
enum err_code crypt_base64(struct arena *, struct str bytes, struct str *text_r,
    struct err *e) MUST_CHECK; /* RFC 4648 s. 4 */
enum err_code crypt_base64url(struct arena *, struct str bytes,
    struct str *text_r, struct err *e) MUST_CHECK; /* s. 5, no padding */

/*
 * Decoders: bytes in the arena. ERR_INPUT for another alphabet, wrong or
 * missing padding, stray bits, white space.
 */
enum err_code crypt_base64_decode(struct arena *, struct str text,
    struct str *bytes_r, struct err *e) MUST_CHECK;
enum err_code crypt_base64url_decode(struct arena *, struct str text,
    struct str *bytes_r, struct err *e) MUST_CHECK;

/*
 * Authenticated encryption for what rests on disk or in a table:
 * AES-256-GCM, 12 random bytes in front, 16 bytes of tag behind.
 * key  32 bytes;  aad  bound to it but not stored
 * crypt_open answers ERR_AUTH for anything that was changed.
 */
enum err_code crypt_seal(struct arena *, struct str key, struct str aad,
    struct str plain, struct str *sealed_r, struct err *e) MUST_CHECK;
enum err_code crypt_open(struct arena *, struct str key, struct str aad,
    struct str sealed, struct str *plain_r, struct err *e) MUST_CHECK;

/*
 * RSASSA-PKCS1-v1_5 with SHA-256 (RS256), for the trial's token.
 * key_base64  PKCS#8 DER of an RSA private key of 2048 bits or more
 */
enum err_code crypt_rs256_sign(struct arena *, struct str key_base64,
    struct str data, struct str *signature_r, struct err *e) MUST_CHECK;

/* An RSA public key of 2048 bits or more. Shared by threads, read only. */
struct crypt_public_key;

/* From SubjectPublicKeyInfo (DER), or from modulus and exponent, big-endian */
enum err_code crypt_public_key_read(struct str spki,
    struct crypt_public_key **key_r, struct err *e) MUST_CHECK;
enum err_code crypt_public_key_make(struct str modulus, struct str exponent,
    struct crypt_public_key **key_r, struct err *e) MUST_CHECK;
void crypt_public_key_free(struct crypt_public_key *);

/* ERR_AUTH unless signature (as long as the modulus) is RS256 over data. */
enum err_code crypt_rs256_verify(const struct crypt_public_key *,
    struct str data, struct str signature, struct err *e) MUST_CHECK;

#endif
