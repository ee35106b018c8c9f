/*
 * token_keys: a pinned key in every spelling, and the issuer's set, asked of
 * a server on loopback. The monotonic clock is ours (the linker wraps it), so
 * that minutes pass at once; and it stands still for those who ask, so that
 * what has to happen within seconds does, however slow the machine is.
 */
#include "config.h"

#include <pthread.h>
#include <stdatomic.h>

#include "base/clock.h"
#include "io/crypt.h"
#include "fake_vendor.h"
#include "tap.h"
#include "tenancy/token_keys.h"

#define SET_PATH "/.well-known/jwks.json"
#define THREADS 32
#define MINUTE_MS 60000

enum { ONE = 0, TWO, SMALL, CURVE, KEYS };

struct key {
	struct str sign, spki, n, e;
};

static struct key key[KEYS];
static char lines[KEYS][8192];
static struct fake_vendor *vendor;
static struct http *http;
static struct arena *arena;
static atomic_llong passed_ms;
static int64_t begun_ms;
static _Thread_local bool stands_still;

int64_t __real_clock_mono_ms(void);
int64_t __wrap_clock_mono_ms(void);

int64_t
__wrap_clock_mono_ms(void)
{
	return ((stands_still ? begun_ms : __real_clock_mono_ms()) +
	    atomic_load(&passed_ms));
}

static void
let_pass(int64_t ms)
{
	atomic_fetch_add(&passed_ms, ms);
}

static void
read_keys(void)
{
	FILE *f = open_data("token-keys.tsv");
	struct str row[5];

	for (size_t i = 0; i < KEYS; i++) {
		if (read_row(f, lines[i], sizeof(lines[i]), row, 5) != 5) {
			printf("Bail out! a key is missing\n");
			exit(1);
		}
		key[i] = (struct key){ row[1], row[2], row[3], row[4] };
	}
	(void)fclose(f);
}

/* What is left of a token once it was read, signed by a key. */
static struct token
token_by(const struct key *by, const char *kid)
{
	struct token t = { .signed_part = STR("header.payload") };

	(void)snprintf(t.kid, sizeof(t.kid), "%s", kid);
	if (crypt_rs256_sign(arena, by->sign, t.signed_part, &t.signature,
		NULL) != ERR_OK)
		ok(false, "a signature");
	return (t);
}

static enum err_code
verify(struct token_keys *keys, const struct key *by, const char *kid)
{
	struct token t = token_by(by, kid);

	return (
	    token_keys_verify(keys, arena, &t, clock_mono_ms() + 20000, NULL));
}

/* A pinned key ------------------------------------------------------------ */

/* The base64 of a key in lines of 64, with what stands between them. */
static const char *
spell(const char *begin, struct str text, const char *between, const char *end)
{
	struct str done = STR_NONE;
	struct buf b;

	buf_init(&b, arena);
	buf_adds(&b, begin);
	for (; text.n > 0; text = str_skip(text, 64)) {
		if (b.n > 0)
			buf_adds(&b, between);
		buf_add(&b, str_first(text, 64));
	}
	buf_adds(&b, end);
	if (buf_done(&b, &done, NULL) != ERR_OK)
		ok(false, "a spelling");
	return (done.p);
}

#define BEGIN "-----BEGIN PUBLIC KEY-----"
#define END "-----END PUBLIC KEY-----"

static void
check_pinned(const char *pinned, const char *name)
{
	struct token_keys *keys = NULL;
	struct err e = { 0 };

	if (!ok(token_keys_new(pinned, "callward-trial", NULL, &keys, &e) ==
		    ERR_OK,
		"%s %s", name, e.text))
		return;
	is_int(verify(keys, &key[ONE], "any"), ERR_OK, "it verifies");
	is_int(verify(keys, &key[ONE], ""), ERR_OK, "whatever the kid is");
	is_int(verify(keys, &key[TWO], "any"), ERR_AUTH, "its own alone");
	token_keys_free(keys);
}

static void
test_pinned(void)
{
	struct str text = key[ONE].spki;

	check_pinned(spell(BEGIN, text, "\n", "\n" END "\n"), "a PEM");
	check_pinned(spell(BEGIN, text, "\r\n", "\r\n" END "\r\n"),
	    "a PEM of another system");
	check_pinned(spell(BEGIN, text, " ", " " END), "a PEM in one line");
	check_pinned(spell(BEGIN, text, "\\n", "\\n" END "\\n"),
	    "a PEM with the two characters");
	check_pinned(spell("  \t" BEGIN, text, "\n", "\n" END "  "),
	    "a PEM with space around it");
	check_pinned(text.p, "the base64 alone");
	check_pinned(spell("", text, "\n", "\n"), "the base64 in lines");
	check_pinned(spell("", text, "\\n", ""), "the same, escaped");
}

static void
test_pinned_wrong(void)
{
	const struct {
		const char *pinned, *name;
	} rows[] = {
		{ "x", "no key" },
		{ BEGIN END, "a PEM of nothing" },
		{ spell(BEGIN, str_first(key[ONE].spki, 200), "\n", "\n" END),
		    "half of a key" },
		{ spell(BEGIN, key[SMALL].spki, "\n", "\n" END), "1024 bits" },
		{ spell(BEGIN, key[CURVE].spki, "\n", "\n" END),
		    "an elliptic curve" },
		{ key[ONE].sign.p, "the private key" },
		{ spell("-----BEGIN PRIVATE KEY-----", key[ONE].sign, "\n",
		      "\n-----END PRIVATE KEY-----"),
		    "the same as PEM" },
		{ spell("-----BEGIN RSA PUBLIC KEY-----", key[ONE].spki, "\n",
		      "\n" END),
		    "another kind of PEM" },
		{ spell("", key[ONE].spki, "*", ""), "stars between lines" },
		{ spell("", key[ONE].spki, "", "AAAA"), "bytes behind a key" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct token_keys *keys = NULL;
		struct err e = { 0 };

		is_int(token_keys_new(rows[i].pinned, "https://x", NULL, &keys,
			   &e),
		    ERR_INPUT, rows[i].name);
		ok(strstr(e.text, "2048") != NULL && keys == NULL,
		    "the rule is told");
		is_int(token_keys_check(rows[i].pinned, "https://x", &e),
		    ERR_INPUT, "and found without the key's being taken");
	}
}

static void
test_issuer(void)
{
	static const char *const bad[] = { "", "callward-trial",
		"http://clerk.example", "http://127.0.0.1.example",
		"http://localhost.example:80", "ftp://clerk.example" };
	struct token_keys *keys;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ok(token_keys_new("", bad[i], NULL, &keys, NULL) == ERR_INPUT &&
			token_keys_check("", bad[i], NULL) == ERR_INPUT,
		    "%s", bad[i]);
	is_int(token_keys_check("", "https://clerk.example", NULL), ERR_OK,
	    "https is an issuer whose keys can be asked for");
	is_int(token_keys_new("", "https://clerk.example", NULL, &keys, NULL),
	    ERR_OK, "https, and nothing is asked yet");
	token_keys_free(keys);
}

/* The set ----------------------------------------------------------------- */

static const char *
jwk(const struct key *k, const char *kid, const char *more)
{
	struct str text = STR_NONE;
	struct buf b;

	buf_init(&b, arena);
	buf_addf(&b,
	    "{\"kty\":\"RSA\",\"kid\":\"%s\",\"n\":\"%s\","
	    "\"e\":\"%s\"%s}",
	    kid, k->n.p, k->e.p, more);
	if (buf_done(&b, &text, NULL) != ERR_OK)
		ok(false, "a key of the set");
	return (text.p);
}

static const char *
set_of(const char *a, const char *b)
{
	struct str text = STR_NONE;
	struct buf all;

	buf_init(&all, arena);
	buf_addf(&all, "{\"keys\":[%s%s%s]}", a, b[0] == '\0' ? "" : ",", b);
	if (buf_done(&all, &text, NULL) != ERR_OK)
		ok(false, "a set");
	return (text.p);
}

static void
serve(const char *set)
{
	fake_vendor_answer(vendor, 200, "", set);
}

/* How often the issuer was asked since the last question. */
static size_t
asked(void)
{
	static size_t before;
	size_t n = fake_vendor_hits(vendor, SET_PATH), more = n - before;

	before = n;
	return (more);
}

static struct token_keys *
new_keys(void)
{
	struct token_keys *keys = NULL;

	if (token_keys_new("", fake_vendor_url(vendor, ""), http, &keys,
		NULL) != ERR_OK)
		ok(false, "keys of an issuer");
	return (keys);
}

static void
test_kept(void)
{
	struct token_keys *keys = new_keys();

	serve(set_of(jwk(&key[ONE], "one", ""), ""));
	is_int((int64_t)asked(), 0, "not asked before it is needed");
	for (int i = 0; i < 5; i++)
		is_int(verify(keys, &key[ONE], "one"), ERR_OK, "verified");
	is_int((int64_t)asked(), 1, "asked once");
	is_int(verify(keys, &key[TWO], "one"), ERR_AUTH, "another's");
	is_int((int64_t)asked(), 0, "which is no reason to ask");
	let_pass(4 * MINUTE_MS);
	is_int(verify(keys, &key[ONE], "one"), ERR_OK, "four minutes later");
	is_int((int64_t)asked(), 0, "kept");
	let_pass(MINUTE_MS);
	is_int(verify(keys, &key[ONE], "one"), ERR_OK, "five minutes later");
	is_int((int64_t)asked(), 1, "asked again");
	token_keys_free(keys);
}

static void
test_unknown(void)
{
	struct token_keys *keys = new_keys();

	serve(set_of(jwk(&key[ONE], "one", ""), ""));
	is_int(verify(keys, &key[TWO], "two"), ERR_AUTH, "an unknown key");
	is_int((int64_t)asked(), 1, "the first fetch");
	for (int minute = 0; minute < 3; minute++) {
		for (int i = 0; i < 20; i++)
			if (verify(keys, &key[TWO], i % 2 ? "two" : "") !=
			    ERR_AUTH)
				ok(false, "an unknown key");
		is_int((int64_t)asked(), minute == 0 ? 0 : 1,
		    "once a minute at most");
		let_pass(MINUTE_MS + 1);
	}
	serve(set_of(jwk(&key[TWO], "two", ""), ""));
	is_int(verify(keys, &key[TWO], "two"), ERR_OK, "the key has changed");
	is_int(verify(keys, &key[ONE], "one"), ERR_AUTH, "the old is gone");
	is_int((int64_t)asked(), 1, "with one question");
	token_keys_free(keys);
}

/* Answers that are no set of keys. */
static void
for_each_failure(void (*check)(const char *name))
{
	static char large[70 * 1024];
	const struct {
		int status;
		const char *headers, *body, *name;
	} rows[] = {
		{ 500, "", "{}", "500" },
		{ 404, "", set_of(jwk(&key[ONE], "one", ""), ""), "404" },
		{ 302, "Location: /echo\r\n", "", "a redirect" },
		{ 200, "", "", "nothing" },
		{ 200, "", "<html>", "no JSON" },
		{ 200, "", "{}", "no keys" },
		{ 200, "", "{\"keys\":null}", "keys null" },
		{ 200, "", "{\"keys\":[]}", "no key" },
		{ 200, "", "{\"keys\":[1,\"x\",{},null]}", "no key at all" },
		{ 200, "", set_of(jwk(&key[SMALL], "one", ""), ""),
		    "1024 bits" },
		{ 200, "",
		    set_of(jwk(&key[ONE], "one", ",\"use\":\"enc\""), ""),
		    "for encrypting" },
		{ 200, "",
		    set_of(jwk(&key[ONE], "one", ",\"alg\":\"RS512\""), ""),
		    "of another algorithm" },
		{ 200, "", set_of(jwk(&key[ONE], "one", ",\"kty\":\"EC\""), ""),
		    "kty twice" },
		{ 200, "", set_of(jwk(&key[ONE], "", ""), ""), "no name" },
		{ 200, "", "{\"keys\":[{\"kty\":\"EC\",\"kid\":\"one\"}]}",
		    "a curve" },
		{ 200, "",
		    "{\"keys\":[{\"kty\":\"RSA\",\"kid\":\"one\","
		    "\"n\":\"AQAB\",\"e\":\"AQAB\"}]}",
		    "a tiny modulus" },
		{ 200, "", large, "too large" },
	};

	memset(large, ' ', sizeof(large) - 1);
	memcpy(large, rows[1].body, strlen(rows[1].body));
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		fake_vendor_answer(vendor, rows[i].status, rows[i].headers,
		    rows[i].body);
		check(rows[i].name);
	}
	serve("{}");
}

static void
check_no_set(const char *name)
{
	struct token_keys *keys = new_keys();

	is_int(verify(keys, &key[ONE], "one"), ERR_TEMPORARY, name);
	is_int((int64_t)asked(), 1, "asked");
	is_int(verify(keys, &key[ONE], "one"), ERR_TEMPORARY, "and again");
	is_int((int64_t)asked(), 0, "not asked again at once");
	let_pass(3001);
	serve(set_of(jwk(&key[TWO], "two", ""), jwk(&key[ONE], "one", "")));
	is_int(verify(keys, &key[ONE], "one"), ERR_OK, "three seconds later");
	is_int((int64_t)asked(), 1, "asked");
	token_keys_free(keys);
}

static struct token_keys *standing;

static void
check_old_set(const char *name)
{
	let_pass(6 * MINUTE_MS);
	is_int(verify(standing, &key[ONE], "one"), ERR_OK, name);
	is_int((int64_t)asked(), 1, "asked");
	is_int(verify(standing, &key[ONE], "one"), ERR_OK, "the old stands");
	is_int((int64_t)asked(), 0, "and is not asked for at once");
	let_pass(MINUTE_MS + 1);
	is_int(verify(standing, &key[TWO], "two"), ERR_AUTH, "an unknown");
	is_int((int64_t)asked(), 1, "asked a minute later");
}

static void
test_failures(void)
{
	for_each_failure(check_no_set);
	standing = new_keys();
	serve(set_of(jwk(&key[ONE], "one",
			 ",\"use\":\"sig\","
			 "\"alg\":\"RS256\""),
	    ""));
	is_int(verify(standing, &key[ONE], "one"), ERR_OK, "a set");
	(void)asked();
	for_each_failure(check_old_set);
	token_keys_free(standing);
}

static void
test_usable(void)
{
	struct token_keys *keys = new_keys();
	struct buf b;
	struct str all = STR_NONE;

	buf_init(&b, arena);
	for (int i = 0; i < 17; i++) {
		char kid[8];

		(void)snprintf(kid, sizeof(kid), "k%d", i);
		buf_addf(&b, "%s%s", i == 0 ? "" : ",",
		    jwk(&key[ONE], kid, ""));
	}
	if (buf_done(&b, &all, NULL) != ERR_OK)
		ok(false, "many keys");
	serve(set_of(all.p, ""));
	is_int(verify(keys, &key[ONE], "k0"), ERR_OK, "the first of many");
	is_int(verify(keys, &key[ONE], "k15"), ERR_OK, "the sixteenth");
	is_int(verify(keys, &key[ONE], "k16"), ERR_AUTH, "no more than that");
	token_keys_free(keys);
	keys = new_keys();
	serve(set_of(jwk(&key[SMALL], "small", ""), jwk(&key[ONE], "one", "")));
	is_int(verify(keys, &key[ONE], "one"), ERR_OK,
	    "a key that is no use is passed over");
	is_int(verify(keys, &key[ONE], "small"), ERR_AUTH, "not taken");
	(void)asked();
	token_keys_free(keys);
}

/* Threads ----------------------------------------------------------------- */

struct asker {
	pthread_t thread;
	pthread_barrier_t *start;
	struct token_keys *keys;
	struct token token;
	enum err_code code;
};

static void *
run_asker(void *arg)
{
	struct asker *asker = arg;
	struct arena *own = arena_new(1 << 20);

	stands_still = true;
	pthread_barrier_wait(asker->start);
	asker->code = own == NULL ?
	    ERR_BUG :
	    token_keys_verify(asker->keys, own, &asker->token,
		clock_mono_ms() + 20000, NULL);
	arena_free(own);
	return (NULL);
}

/* All at once; how many got this code. */
static int
ask_together(struct token_keys *keys, const char *kid, enum err_code code)
{
	static struct asker asker[THREADS];
	pthread_barrier_t start;
	int n = 0;

	pthread_barrier_init(&start, NULL, THREADS);
	for (size_t i = 0; i < THREADS; i++) {
		asker[i] = (struct asker){ .start = &start,
			.keys = keys,
			.token = token_by(&key[ONE], kid) };
		if (pthread_create(&asker[i].thread, NULL, run_asker,
			&asker[i]) != 0) {
			printf("Bail out! no thread\n");
			exit(1);
		}
	}
	for (size_t i = 0; i < THREADS; i++) {
		pthread_join(asker[i].thread, NULL);
		n += asker[i].code == code;
	}
	pthread_barrier_destroy(&start);
	return (n);
}

static void
test_threads(void)
{
	struct token_keys *keys = new_keys();

	fake_vendor_answer(vendor, 500, "", "");
	is_int(ask_together(keys, "one", ERR_TEMPORARY), THREADS,
	    "nobody gets in without keys");
	is_int((int64_t)asked(), 1, "one asked for all");
	let_pass(3001);
	serve(set_of(jwk(&key[ONE], "one", ""), ""));
	is_int(ask_together(keys, "one", ERR_OK), THREADS, "all get in");
	is_int((int64_t)asked(), 1, "one asked for all");
	let_pass(5 * MINUTE_MS);
	is_int(ask_together(keys, "one", ERR_OK), THREADS, "the set is old");
	is_int((int64_t)asked(), 1, "one asked for all");
	let_pass(MINUTE_MS + 1);
	is_int(ask_together(keys, "two", ERR_AUTH), THREADS, "an unknown");
	is_int((int64_t)asked(), 1, "one asked for all");
	token_keys_free(keys);
}

int
main(void)
{
	if ((arena = arena_new(64 << 20)) == NULL ||
	    http_start(&http, NULL) != ERR_OK)
		return (1);
	begun_ms = clock_mono_ms();
	stands_still = true;
	read_keys();
	test_pinned();
	test_pinned_wrong();
	test_issuer();
	vendor = fake_vendor_start();
	test_kept();
	test_unknown();
	test_failures();
	test_usable();
	test_threads();
	fake_vendor_stop(vendor);
	http_stop(http);
	arena_free(arena);
	return (done());
}
