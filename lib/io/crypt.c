/*
 * OpenSSL 3, by its EVP interface. Algorithms are fetched once: a fetch takes
 * a lock and a look-up, and every request needs several HMACs. An HMAC context
 * of each digest is kept as a model, which is copied and given the real key.
 */
#include "config.h"

#include <assert.h>
#include <limits.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/param_build.h>
#include <openssl/params.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include "io/crypt.h"

#define HKDF_BYTES_MAX 64
#define GCM_KEY_BYTES 32
#define GCM_NONCE_BYTES 12
#define GCM_TAG_BYTES 16
#define RSA_BITS 2048

static const char *const hash_names[] = {
	[CRYPT_SHA1] = "SHA1",
	[CRYPT_SHA256] = "SHA256",
	[CRYPT_SHA512] = "SHA512",
};

#define HASHES (sizeof(hash_names) / sizeof(hash_names[0]))

static struct {
	pthread_once_t once;
	bool ready;
	EVP_MD *md[HASHES];
	EVP_MAC_CTX *hmac[HASHES];
} fetched = { .once = PTHREAD_ONCE_INIT };

static void
drop_fetched(void)
{
	size_t i;

	fetched.ready = false;
	for (i = CRYPT_SHA1; i < HASHES; i++) {
		EVP_MAC_CTX_free(fetched.hmac[i]);
		EVP_MD_free(fetched.md[i]);
	}
}

static OSSL_PARAM
text_param(const char *key, const char *value)
{
	/* The library reads it only; its type has no const. */
	union {
		const char *in;
		char *out;
	} text = { .in = value };

	return (OSSL_PARAM_construct_utf8_string(key, text.out, 0));
}

/* A context with its digest chosen; the key is a placeholder. */
static EVP_MAC_CTX *
hmac_model(EVP_MAC *hmac, const char *digest)
{
	OSSL_PARAM params[2] = {
		text_param(OSSL_MAC_PARAM_DIGEST, digest),
		OSSL_PARAM_construct_end(),
	};
	EVP_MAC_CTX *ctx = EVP_MAC_CTX_new(hmac);
	unsigned char key = 0;

	if (ctx == NULL || EVP_MAC_init(ctx, &key, sizeof(key), params) != 1) {
		EVP_MAC_CTX_free(ctx);
		return (NULL);
	}
	return (ctx);
}

static void
fetch(void)
{
	EVP_MAC *hmac = EVP_MAC_fetch(NULL, "HMAC", NULL);
	bool ok = hmac != NULL && OPENSSL_atexit(drop_fetched) == 1;
	size_t i;

	for (i = CRYPT_SHA1; ok && i < HASHES; i++) {
		fetched.md[i] = EVP_MD_fetch(NULL, hash_names[i], NULL);
		fetched.hmac[i] = hmac_model(hmac, hash_names[i]);
		ok = fetched.md[i] != NULL && fetched.hmac[i] != NULL;
	}
	EVP_MAC_free(hmac);
	fetched.ready = ok;
}

/* What OpenSSL says goes no further: it may name a file or a key. */
static enum err_code
failed(struct err *e, const char *what)
{
	ERR_clear_error();
	return (err_set(e, ERR_BUG, "openssl refuses: %s", what));
}

static enum err_code
no_memory(struct err *e)
{
	return (err_set(e, ERR_TOO_LARGE,
	    "request needs more memory than its ceiling"));
}

static enum err_code
ensure_fetched(struct err *e)
{
	if (pthread_once(&fetched.once, fetch) != 0 || !fetched.ready)
		return (failed(e, "digests"));
	return (ERR_OK);
}

static const unsigned char *
bytes_of(struct str s)
{
	return ((const unsigned char *)(s.p == NULL ? "" : s.p));
}

enum err_code
crypt_digest(enum crypt_hash hash, struct str data,
    struct crypt_digest *digest_r, struct err *e)
{
	enum err_code code;
	unsigned int n = 0;

	assert(hash >= CRYPT_SHA1 && hash < HASHES);
	if ((code = ensure_fetched(e)) != ERR_OK)
		return (code);
	if (EVP_Digest(bytes_of(data), data.n, digest_r->p, &n,
		fetched.md[hash], NULL) != 1)
		return (failed(e, "a digest"));
	digest_r->n = n;
	return (ERR_OK);
}

enum err_code
crypt_digest_parts(enum crypt_hash hash, const struct str *parts, size_t n,
    struct crypt_digest *digest_r, struct err *e)
{
	unsigned int bytes = 0;
	enum err_code code;
	EVP_MD_CTX *ctx;
	bool ok;

	assert(hash >= CRYPT_SHA1 && hash < HASHES);
	if ((code = ensure_fetched(e)) != ERR_OK)
		return (code);
	ok = (ctx = EVP_MD_CTX_new()) != NULL &&
	    EVP_DigestInit_ex2(ctx, fetched.md[hash], NULL) == 1;
	for (size_t i = 0; ok && i < n; i++)
		ok = EVP_DigestUpdate(ctx, parts[i].p, parts[i].n) == 1;
	ok = ok && EVP_DigestFinal_ex(ctx, digest_r->p, &bytes) == 1;
	digest_r->n = bytes;
	EVP_MD_CTX_free(ctx);
	return (ok ? ERR_OK : failed(e, "a digest"));
}

enum err_code
crypt_hmac(enum crypt_hash hash, struct str key, struct str data,
    struct crypt_digest *digest_r, struct err *e)
{
	EVP_MAC_CTX *ctx;
	enum err_code code;

	assert(hash >= CRYPT_SHA1 && hash < HASHES);
	if ((code = ensure_fetched(e)) != ERR_OK)
		return (code);
	if ((ctx = EVP_MAC_CTX_dup(fetched.hmac[hash])) == NULL ||
	    EVP_MAC_init(ctx, bytes_of(key), key.n, NULL) != 1 ||
	    EVP_MAC_update(ctx, bytes_of(data), data.n) != 1 ||
	    EVP_MAC_final(ctx, digest_r->p, &digest_r->n,
		sizeof(digest_r->p)) != 1)
		code = failed(e, "an HMAC");
	EVP_MAC_CTX_free(ctx);
	return (code);
}

/* Octets of a parameter; the library reads them only. */
static OSSL_PARAM
bytes_param(const char *key, struct str value)
{
	union {
		const unsigned char *in;
		void *out;
	} bytes = { .in = bytes_of(value) };

	return (OSSL_PARAM_construct_octet_string(key, bytes.out, value.n));
}

enum err_code
crypt_hkdf(struct str key, const char *label, unsigned char *out_r, size_t n,
    struct err *e)
{
	OSSL_PARAM params[] = {
		text_param(OSSL_KDF_PARAM_DIGEST, "SHA256"),
		bytes_param(OSSL_KDF_PARAM_KEY, key),
		bytes_param(OSSL_KDF_PARAM_INFO, str_of(label)),
		OSSL_PARAM_construct_end(),
	};
	EVP_KDF *kdf = EVP_KDF_fetch(NULL, "HKDF", NULL);
	EVP_KDF_CTX *ctx = kdf == NULL ? NULL : EVP_KDF_CTX_new(kdf);
	enum err_code code = ERR_OK;

	assert(n <= HKDF_BYTES_MAX);
	if (ctx == NULL || EVP_KDF_derive(ctx, out_r, n, params) != 1)
		code = failed(e, "a key derivation");
	EVP_KDF_CTX_free(ctx);
	EVP_KDF_free(kdf);
	return (code);
}

enum err_code
crypt_random(void *out_r, size_t n, struct err *e)
{
	if (n > INT_MAX || RAND_bytes(out_r, (int)n) != 1)
		return (failed(e, "random bytes"));
	return (ERR_OK);
}

bool
crypt_equal(struct str a, struct str b)
{
	return (
	    a.n == b.n && CRYPTO_memcmp(bytes_of(a), bytes_of(b), a.n) == 0);
}

void
crypt_wipe(void *p, size_t n)
{
	OPENSSL_cleanse(p, n);
}

enum err_code
crypt_hex(struct arena *a, struct str bytes, struct str *text_r, struct err *e)
{
	static const char digits[] = "0123456789abcdef";
	const unsigned char *p = bytes_of(bytes);
	char *text;
	size_t i;

	if (bytes.n > SIZE_MAX / 2 - 1 ||
	    (text = arena_alloc(a, bytes.n * 2 + 1)) == NULL)
		return (no_memory(e));
	for (i = 0; i < bytes.n; i++) {
		text[2 * i] = digits[p[i] >> 4];
		text[2 * i + 1] = digits[p[i] & 15];
	}
	*text_r = (struct str){ text, bytes.n * 2 };
	return (ERR_OK);
}

static const char alphabet[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
static const char alphabet_url[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

static enum err_code
encode64(struct arena *a, const char *digits, bool padded, struct str bytes,
    struct str *text_r, struct err *e)
{
	const unsigned char *p = bytes_of(bytes);
	size_t i, j, n = 0, part;
	unsigned group;
	char *text;

	if (bytes.n > SIZE_MAX / 2 - 4 ||
	    (text = arena_alloc(a, (bytes.n + 2) / 3 * 4 + 1)) == NULL)
		return (no_memory(e));
	for (i = 0; i < bytes.n; i += 3) {
		part = bytes.n - i < 3 ? bytes.n - i : 3;
		group = (unsigned)p[i] << 16;
		group |= part > 1 ? (unsigned)p[i + 1] << 8 : 0;
		group |= part > 2 ? p[i + 2] : 0;
		for (j = 0; j < 4; j++)
			if (j <= part)
				text[n++] = digits[group >> (18 - 6 * j) & 63];
			else if (padded)
				text[n++] = '=';
	}
	*text_r = (struct str){ text, n };
	return (ERR_OK);
}

enum err_code
crypt_base64(struct arena *a, struct str bytes, struct str *text_r,
    struct err *e)
{
	return (encode64(a, alphabet, true, bytes, text_r, e));
}

enum err_code
crypt_base64url(struct arena *a, struct str bytes, struct str *text_r,
    struct err *e)
{
	return (encode64(a, alphabet_url, false, bytes, text_r, e));
}

/*
 * Digits without padding. Canonical: no length that no bytes have, and the
 * bits over the last byte are 0.
 */
static enum err_code
decode64(struct arena *a, const char *digits, struct str text,
    struct str *bytes_r, struct err *e)
{
	const char *digit;
	size_t i, n = 0;
	unsigned group = 0, bits = 0;
	char *bytes;

	if (text.n % 4 == 1)
		return (err_set(e, ERR_INPUT, "base64 has a wrong length"));
	if ((bytes = arena_alloc(a, text.n / 4 * 3 + 3)) == NULL)
		return (no_memory(e));
	for (i = 0; i < text.n; i++) {
		digit = memchr(digits, text.p[i], 64);
		if (digit == NULL)
			return (err_set(e, ERR_INPUT,
			    "base64 has a foreign character"));
		group = (group << 6 | (unsigned)(digit - digits)) & 0xffff;
		bits += 6;
		if (bits >= 8) {
			bits -= 8;
			bytes[n++] = (char)(unsigned char)(group >> bits);
		}
	}
	if ((group & ((1U << bits) - 1)) != 0)
		return (err_set(e, ERR_INPUT, "base64 has stray bits"));
	*bytes_r = (struct str){ bytes, n };
	return (ERR_OK);
}

enum err_code
crypt_base64_decode(struct arena *a, struct str text, struct str *bytes_r,
    struct err *e)
{
	size_t pad = 0;

	while (pad < 2 && pad < text.n && text.p[text.n - 1 - pad] == '=')
		pad++;
	if (text.n % 4 != 0)
		return (err_set(e, ERR_INPUT, "base64 has a wrong length"));
	return (
	    decode64(a, alphabet, str_first(text, text.n - pad), bytes_r, e));
}

enum err_code
crypt_base64url_decode(struct arena *a, struct str text, struct str *bytes_r,
    struct err *e)
{
	return (decode64(a, alphabet_url, text, bytes_r, e));
}

/* One pass of AES-256-GCM; false when OpenSSL refuses or the tag is wrong. */
static bool
gcm(bool encrypt, struct str key, const unsigned char *nonce, struct str aad,
    struct str in, unsigned char *out, unsigned char *tag)
{
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	int n = 0, enc = encrypt ? 1 : 0;
	bool ok;

	ok = ctx != NULL &&
	    EVP_CipherInit_ex2(ctx, EVP_aes_256_gcm(), bytes_of(key), nonce,
		enc, NULL) == 1 &&
	    EVP_CipherUpdate(ctx, NULL, &n, bytes_of(aad), (int)aad.n) == 1 &&
	    EVP_CipherUpdate(ctx, out, &n, bytes_of(in), (int)in.n) == 1;
	if (ok && !encrypt)
		ok = EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG,
			 GCM_TAG_BYTES, tag) == 1;
	ok = ok && EVP_CipherFinal_ex(ctx, out + n, &n) == 1;
	if (ok && encrypt)
		ok = EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_GET_TAG,
			 GCM_TAG_BYTES, tag) == 1;
	EVP_CIPHER_CTX_free(ctx);
	ERR_clear_error();
	return (ok);
}

enum err_code
crypt_seal(struct arena *a, struct str key, struct str aad, struct str plain,
    struct str *sealed_r, struct err *e)
{
	const size_t extra = GCM_NONCE_BYTES + GCM_TAG_BYTES;
	enum err_code code;
	unsigned char *out;

	assert(key.n == GCM_KEY_BYTES);
	if (plain.n > INT_MAX - extra || aad.n > INT_MAX ||
	    (out = arena_alloc(a, plain.n + extra + 1)) == NULL)
		return (no_memory(e));
	if ((code = crypt_random(out, GCM_NONCE_BYTES, e)) != ERR_OK)
		return (code);
	if (!gcm(true, key, out, aad, plain, out + GCM_NONCE_BYTES,
		out + GCM_NONCE_BYTES + plain.n))
		return (failed(e, "an encryption"));
	*sealed_r = (struct str){ (const char *)out, plain.n + extra };
	return (ERR_OK);
}

enum err_code
crypt_open(struct arena *a, struct str key, struct str aad, struct str sealed,
    struct str *plain_r, struct err *e)
{
	const size_t extra = GCM_NONCE_BYTES + GCM_TAG_BYTES;
	unsigned char tag[GCM_TAG_BYTES], *out;
	struct str in;

	assert(key.n == GCM_KEY_BYTES);
	if (sealed.n < extra || sealed.n > INT_MAX || aad.n > INT_MAX)
		return (
		    err_set(e, ERR_AUTH, "sealed bytes have a wrong length"));
	in = (struct str){ sealed.p + GCM_NONCE_BYTES, sealed.n - extra };
	memcpy(tag, in.p + in.n, sizeof(tag));
	if ((out = arena_alloc(a, in.n + 1)) == NULL)
		return (no_memory(e));
	if (!gcm(false, key, bytes_of(sealed), aad, in, out, tag)) {
		crypt_wipe(out, in.n);
		return (err_set(e, ERR_AUTH, "sealed bytes do not open"));
	}
	*plain_r = (struct str){ (const char *)out, in.n };
	return (ERR_OK);
}

/* PKCS#8 in base64 -> an RSA key of 2048 bits or more, to be freed. */
static enum err_code
read_private_key(struct arena *a, struct str key_base64, EVP_PKEY **key_r,
    struct err *e)
{
	PKCS8_PRIV_KEY_INFO *info;
	const unsigned char *p;
	EVP_PKEY *key = NULL;
	enum err_code code;
	struct str der;

	code = crypt_base64_decode(a, key_base64, &der, e);
	if (code != ERR_OK)
		return (code);
	p = bytes_of(der);
	info = d2i_PKCS8_PRIV_KEY_INFO(NULL, &p, (long)der.n);
	if (info != NULL && p == bytes_of(der) + der.n)
		key = EVP_PKCS82PKEY(info);
	PKCS8_PRIV_KEY_INFO_free(info);
	ERR_clear_error();
	if (key == NULL || EVP_PKEY_is_a(key, "RSA") != 1 ||
	    EVP_PKEY_get_bits(key) < RSA_BITS) {
		EVP_PKEY_free(key);
		return (err_set(e, ERR_INPUT,
		    "not an RSA private key of 2048 bits or more (PKCS#8 DER in base64)"));
	}
	*key_r = key;
	return (ERR_OK);
}

enum err_code
crypt_rs256_sign(struct arena *a, struct str key_base64, struct str data,
    struct str *signature_r, struct err *e)
{
	EVP_MD_CTX *ctx = NULL;
	EVP_PKEY *key = NULL;
	unsigned char *out;
	enum err_code code;
	size_t n;

	if ((code = read_private_key(a, key_base64, &key, e)) != ERR_OK)
		return (code);
	n = (size_t)EVP_PKEY_get_size(key);
	if ((out = arena_alloc(a, n)) == NULL)
		code = no_memory(e);
	else if ((ctx = EVP_MD_CTX_new()) == NULL ||
	    EVP_DigestSignInit(ctx, NULL, EVP_sha256(), NULL, key) != 1 ||
	    EVP_DigestSign(ctx, out, &n, bytes_of(data), data.n) != 1)
		code = failed(e, "a signature");
	else
		*signature_r = (struct str){ (const char *)out, n };
	EVP_MD_CTX_free(ctx);
	EVP_PKEY_free(key);
	return (code);
}

/* Public keys ------------------------------------------------------------- */

struct crypt_public_key {
	EVP_PKEY *pkey;
};

/* Takes over pkey, which may be NULL. */
static enum err_code
keep_public_key(EVP_PKEY *pkey, struct crypt_public_key **key_r, struct err *e)
{
	struct crypt_public_key *key;

	ERR_clear_error();
	if (pkey == NULL || EVP_PKEY_is_a(pkey, "RSA") != 1 ||
	    EVP_PKEY_get_bits(pkey) < RSA_BITS) {
		EVP_PKEY_free(pkey);
		return (err_set(e, ERR_INPUT,
		    "not an RSA public key of 2048 bits or more"));
	}
	if ((key = malloc(sizeof(*key))) == NULL) {
		EVP_PKEY_free(pkey);
		return (err_set(e, ERR_TEMPORARY, "no memory"));
	}
	key->pkey = pkey;
	*key_r = key;
	return (ERR_OK);
}

enum err_code
crypt_public_key_read(struct str spki, struct crypt_public_key **key_r,
    struct err *e)
{
	const unsigned char *p = bytes_of(spki);
	EVP_PKEY *pkey = d2i_PUBKEY(NULL, &p, (long)spki.n);

	if (pkey != NULL && p != bytes_of(spki) + spki.n) {
		EVP_PKEY_free(pkey);
		pkey = NULL;
	}
	return (keep_public_key(pkey, key_r, e));
}

enum err_code
crypt_public_key_make(struct str modulus, struct str exponent,
    struct crypt_public_key **key_r, struct err *e)
{
	BIGNUM *n = BN_bin2bn(bytes_of(modulus), (int)modulus.n, NULL);
	BIGNUM *x = BN_bin2bn(bytes_of(exponent), (int)exponent.n, NULL);
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
	OSSL_PARAM_BLD *bld = OSSL_PARAM_BLD_new();
	OSSL_PARAM *params = NULL;
	EVP_PKEY *pkey = NULL;

	if (n != NULL && x != NULL && ctx != NULL && bld != NULL &&
	    OSSL_PARAM_BLD_push_BN(bld, "n", n) == 1 &&
	    OSSL_PARAM_BLD_push_BN(bld, "e", x) == 1 &&
	    (params = OSSL_PARAM_BLD_to_param(bld)) != NULL &&
	    EVP_PKEY_fromdata_init(ctx) == 1)
		(void)EVP_PKEY_fromdata(ctx, &pkey, EVP_PKEY_PUBLIC_KEY,
		    params);
	OSSL_PARAM_free(params);
	OSSL_PARAM_BLD_free(bld);
	EVP_PKEY_CTX_free(ctx);
	BN_free(n);
	BN_free(x);
	return (keep_public_key(pkey, key_r, e));
}

void
crypt_public_key_free(struct crypt_public_key *key)
{
	if (key == NULL)
		return;
	EVP_PKEY_free(key->pkey);
	free(key);
}

enum err_code
crypt_rs256_verify(const struct crypt_public_key *key, struct str data,
    struct str signature, struct err *e)
{
	EVP_MD_CTX *ctx;
	bool good;

	if (signature.n != (size_t)EVP_PKEY_get_size(key->pkey))
		return (
		    err_set(e, ERR_AUTH, "the signature has the wrong length"));
	good = (ctx = EVP_MD_CTX_new()) != NULL &&
	    EVP_DigestVerifyInit(ctx, NULL, EVP_sha256(), NULL, key->pkey) ==
		1 &&
	    EVP_DigestVerify(ctx, bytes_of(signature), signature.n,
		bytes_of(data), data.n) == 1;
	EVP_MD_CTX_free(ctx);
	ERR_clear_error();
	return (good ? ERR_OK : err_set(e, ERR_AUTH, "the signature is wrong"));
}
