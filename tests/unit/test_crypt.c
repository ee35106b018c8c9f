/* crypt: the published vectors of each algorithm, strict decoders. */
#include "config.h"

#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>

#include "io/crypt.h"
#include "tap.h"

static struct arena *arena;

static struct str
hex(const void *p, size_t n)
{
	struct str text = STR_NONE;

	if (crypt_hex(arena, (struct str){ p, n }, &text, NULL) != ERR_OK)
		ok(false, "hex");
	return (text);
}

/* FIPS 180: "abc". RFC 2202 and RFC 4231, test case 2. */
static void
test_digests(void)
{
	struct crypt_digest d;
	struct err e;

	ok(crypt_digest(CRYPT_SHA1, STR("abc"), &d, &e) == ERR_OK, "SHA-1");
	is_str(hex(d.p, d.n), "a9993e364706816aba3e25717850c26c9cd0d89d",
	    "SHA-1 of abc");
	ok(crypt_digest(CRYPT_SHA256, STR(""), &d, &e) == ERR_OK, "SHA-256");
	is_str(hex(d.p, d.n),
	    "e3b0c44298fc1c149afbf4c8996fb924"
	    "27ae41e4649b934ca495991b7852b855",
	    "SHA-256 of nothing");
	ok(crypt_hmac(CRYPT_SHA1, STR("Jefe"),
	       STR("what do ya want for nothing?"), &d, &e) == ERR_OK,
	    "HMAC");
	is_str(hex(d.p, d.n), "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79",
	    "HMAC-SHA1");
	ok(crypt_hmac(CRYPT_SHA256, STR("Jefe"),
	       STR("what do ya want for nothing?"), &d, &e) == ERR_OK,
	    "HMAC");
	is_str(hex(d.p, d.n),
	    "5bdcc146bf60754e6a042426089575c7"
	    "5a003f089d2739839dec58b964ec3843",
	    "HMAC-SHA256");
	ok(crypt_hmac(CRYPT_SHA512, STR("Jefe"),
	       STR("what do ya want for nothing?"), &d, &e) == ERR_OK,
	    "HMAC");
	is_str(hex(d.p, d.n),
	    "164b7a7bfcf819e2e395fbe73b56e0a3"
	    "87bd64222e831fd610270cd7ea250554"
	    "9758bf75c05a994a6d034f65f8f0e6fd"
	    "caeab1a34d4a6b4b636e070a38bce737",
	    "HMAC-SHA512");
	ok(crypt_hmac(CRYPT_SHA256, STR(""), STR(""), &d, &e) == ERR_OK,
	    "HMAC with an empty key");
	is_str(hex(d.p, d.n),
	    "b613679a0814d9ec772f95d778c35fc5"
	    "ff1697c493715653c6c712144292c5ad",
	    "is one too");
}

static void
test_hkdf(void)
{
	unsigned char key[22], out[42];
	struct err e;

	memset(key, 0x0b, sizeof(key));
	ok(crypt_hkdf((struct str){ (char *)key, sizeof(key) }, "", out,
	       sizeof(out), &e) == ERR_OK,
	    "HKDF");
	is_str(hex(out, sizeof(out)),
	    "8da4e775a563c18f715f802a063c5a31"
	    "b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8",
	    "RFC 5869 test case 3");
}

static void
test_equal(void)
{
	unsigned char a[16] = { 0 }, b[16] = { 0 };
	struct err e;

	ok(crypt_equal(STR("abc"), STR("abc")) &&
		!crypt_equal(STR("abc"), STR("abd")) &&
		!crypt_equal(STR("abc"), STR("ab")),
	    "equal");
	ok(crypt_equal(STR(""), STR_NONE), "nothing equals nothing");
	ok(crypt_random(a, sizeof(a), &e) == ERR_OK &&
		crypt_random(b, sizeof(b), &e) == ERR_OK &&
		memcmp(a, b, sizeof(a)) != 0,
	    "random");
	crypt_wipe(a, sizeof(a));
	memset(b, 0, sizeof(b));
	ok(memcmp(a, b, sizeof(a)) == 0, "wiped");
}

static const struct {
	const char *bytes;
	const char *text;
} rfc4648[] = {
	{ "", "" },
	{ "f", "Zg==" },
	{ "fo", "Zm8=" },
	{ "foo", "Zm9v" },
	{ "foob", "Zm9vYg==" },
	{ "fooba", "Zm9vYmE=" },
	{ "foobar", "Zm9vYmFy" },
	{ "\xfb\xff\xfe", "+//+" },
};

static const char *const no_base64[] = {
	"Z",
	"Zg",
	"Zg=",
	"Zg===",
	"Zh==",
	"Zm9=",
	"=",
	"====",
	"Zm9v=",
	"Zm=v",
	"Z===",
	"Zm9v\n",
	" Zm9v",
	"Zm 9",
	"-__-",
	"Zg==Zg==",
};

static void
test_base64(void)
{
	struct str s = STR_NONE;
	struct err e;
	size_t i;

	for (i = 0; i < sizeof(rfc4648) / sizeof(rfc4648[0]); i++) {
		ok(crypt_base64(arena, str_of(rfc4648[i].bytes), &s, &e) ==
			ERR_OK,
		    "encoded");
		is_str(s, rfc4648[i].text, rfc4648[i].text);
		ok(crypt_base64_decode(arena, s, &s, &e) == ERR_OK, "decoded");
		is_str(s, rfc4648[i].bytes, "and the same");
	}
	for (i = 0; i < sizeof(no_base64) / sizeof(no_base64[0]); i++)
		is_int(crypt_base64_decode(arena, str_of(no_base64[i]), &s, &e),
		    ERR_INPUT, no_base64[i]);
	ok(crypt_base64url(arena, STR("\xfb\xff\xfe\xff"), &s, &e) == ERR_OK,
	    "for addresses");
	is_str(s, "-__-_w", "without padding");
	ok(crypt_base64url_decode(arena, s, &s, &e) == ERR_OK &&
		str_eq(s, STR("\xfb\xff\xfe\xff")),
	    "and back");
	ok(crypt_base64url_decode(arena, STR("-__-_x"), &s, &e) == ERR_INPUT &&
		crypt_base64url_decode(arena, STR("-__-_w=="), &s, &e) ==
		    ERR_INPUT &&
		crypt_base64url_decode(arena, STR("+//+"), &s, &e) ==
		    ERR_INPUT &&
		crypt_base64url_decode(arena, STR("A"), &s, &e) == ERR_INPUT,
	    "strict too");
}

static void
test_seal(void)
{
	const struct str k = STR("0123456789abcdef0123456789abcdef");
	struct str sealed = STR_NONE, again = STR_NONE, plain = STR_NONE;
	char *changed;
	size_t i, opened = 0;

	ok(crypt_seal(arena, k, STR("aad"), STR("hello"), &sealed, NULL) ==
		    ERR_OK &&
		sealed.n == 5 + 28,
	    "sealed");
	ok(crypt_open(arena, k, STR("aad"), sealed, &plain, NULL) == ERR_OK,
	    "opened");
	is_str(plain, "hello", "the same");
	ok(crypt_seal(arena, k, STR("aad"), STR("hello"), &again, NULL) ==
		    ERR_OK &&
		!str_eq(sealed, again),
	    "never the same bytes twice");
	changed = str_dup(arena, sealed);
	for (i = 0; changed != NULL && i < sealed.n; i++) {
		changed[i] ^= 1;
		if (crypt_open(arena, k, STR("aad"),
			(struct str){ changed, sealed.n }, &plain,
			NULL) != ERR_AUTH)
			opened++;
		changed[i] ^= 1;
	}
	is_int((int64_t)opened, 0, "no changed byte opens");
	is_int(crypt_open(arena, k, STR("aae"), sealed, &plain, NULL), ERR_AUTH,
	    "nor other data beside it");
	is_int(crypt_open(arena, k, STR("aad"), str_first(sealed, 27), &plain,
		   NULL),
	    ERR_AUTH, "nor a stump");
	ok(crypt_seal(arena, k, STR(""), STR(""), &sealed, NULL) == ERR_OK &&
		crypt_open(arena, k, STR(""), sealed, &plain, NULL) == ERR_OK &&
		plain.n == 0,
	    "nothing can be sealed");
}

/* A key made for this test, with a signature that another program made. */
static void
test_rs256(void)
{
	static char line[8192];
	struct str row[3], s = STR_NONE, text = STR_NONE;
	FILE *f = open_data("rs256-vectors.tsv");
	struct err e;
	int rows = 0;

	while (read_row(f, line, sizeof(line), row, 3) == 3) {
		rows++;
		is_int(crypt_rs256_sign(arena, row[0], row[1], &s, &e), ERR_OK,
		    "signed");
		ok(crypt_base64(arena, s, &text, &e) == ERR_OK, "as base64");
		is_str(text, row[2].p, "the same signature");
	}
	(void)fclose(f);
	ok(rows > 0, "vectors were read");
	is_int(crypt_rs256_sign(arena, STR("AAAA"), STR("x"), &s, &e),
	    ERR_INPUT, "no key");
	is_int(crypt_rs256_sign(arena, STR("!"), STR("x"), &s, &e), ERR_INPUT,
	    "no base64");
	is_int(crypt_rs256_sign(arena, STR(""), STR("x"), &s, &e), ERR_INPUT,
	    "nothing");
}

static void *
many_hmacs(void *wrong)
{
	struct crypt_digest d;
	int i;

	for (i = 0; i < 2000; i++)
		if (crypt_hmac(CRYPT_SHA1, STR("Jefe"),
			STR("what do ya want for nothing?"), &d,
			NULL) != ERR_OK ||
		    d.n != 20 || d.p[0] != 0xef || d.p[19] != 0x79)
			*(int *)wrong = 1;
	return (NULL);
}

static void
test_threads(void)
{
	pthread_t thread[4];
	int wrong[4] = { 0 };
	size_t i;

	for (i = 0; i < 4; i++)
		if (pthread_create(&thread[i], NULL, many_hmacs, &wrong[i]) !=
		    0)
			abort();
	for (i = 0; i < 4; i++) {
		(void)pthread_join(thread[i], NULL);
		is_int(wrong[i], 0, "HMACs of one thread of four");
	}
}

#define BYTES 16384
#define ROUNDS 501

static int64_t
now_ns(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return ((int64_t)t.tv_sec * 1000000000 + t.tv_nsec);
}

/*
 * How long a comparison takes tells nothing of how many bytes were right. A
 * comparison that ends at the first difference is a hundred times quicker. The
 * quickest of each kind are compared: a busy machine only makes some slower.
 */
static void
test_equal_time(void)
{
	static char a[BYTES], first[BYTES], last[BYTES];
	int64_t ns, least[2] = { INT64_MAX, INT64_MAX };
	struct str secret = { a, BYTES };
	bool wrong = false;
	size_t i;

	first[0] = last[BYTES - 1] = 1;
	for (i = 0; i < 2 * ROUNDS; i++) {
		const char *other = i % 2 == 0 ? first : last;
		int64_t began = now_ns();

		wrong |= crypt_equal(secret, (struct str){ other, BYTES });
		ns = now_ns() - began;
		if (ns < least[i % 2])
			least[i % 2] = ns;
	}
	ok(!wrong && crypt_equal(secret, (struct str){ a, BYTES }),
	    "A11: texts that differ in their first or last byte");
	ok(least[0] * 4 > least[1] && least[1] * 4 > least[0],
	    "A11: a comparison takes as long wherever the difference is");
}

int
main(void)
{
	if ((arena = arena_new(1 << 20)) == NULL)
		return (1);
	test_threads();
	test_digests();
	test_hkdf();
	test_equal();
	test_equal_time();
	test_base64();
	test_seal();
	test_rs256();
	arena_free(arena);
	return (done());
}
