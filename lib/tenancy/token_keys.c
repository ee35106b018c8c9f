/*
 * keys.lock guards the set and its times; it is never held over a request to
 * the outside. A verification holds it for reading only, so that keys stay
 * while they are used. keys.fetching is held by the one thread that fetches,
 * whose deadline bounds how long others wait for it.
 */
#include "config.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "io/crypt.h"
#include "io/json.h"
#include "base/log.h"
#include "tenancy/token_keys.h"

#define KEYS_MAX 16
#define SET_MAX_BYTES ((size_t)64 * 1024)
#define REFRESH_MS (5 * 60 * 1000)
#define UNKNOWN_MS (60 * 1000) /* between two fetches for unknown keys */
#define SPKI_MAX_BYTES 8192
#define FETCH_MS 3000
#define POLL_MS 20 /* looking whether another thread's fetch is done */

struct key_set {
	size_t n;
	struct {
		char kid[TOKEN_KID_SIZE];
		struct crypt_public_key *key;
	} row[KEYS_MAX];
};

struct token_keys {
	struct crypt_public_key *pinned; /* NULL: the set is used */
	struct http *http;
	char *url;
	pthread_rwlock_t lock;
	struct key_set set;
	int64_t fetched_ms; /* monotonic; 0: never */
	int64_t tried_ms;
	pthread_mutex_t fetching;
};

/* A pinned key ------------------------------------------------------------ */

/* The base64 of a PEM or of bare text, whatever stands between its lines. */
static enum err_code
pem_base64(struct arena *a, struct str pem, struct str *text_r, struct err *e)
{
	static const char begin[] = "-----BEGIN PUBLIC KEY-----";
	struct buf b;

	pem = str_trim(pem);
	if (str_starts(pem, begin))
		pem = str_skip(pem, sizeof(begin) - 1);
	buf_init(&b, a);
	for (size_t i = 0; i < pem.n; i++) {
		char c = pem.p[i];

		if (c == '-')
			break; /* the END line */
		if (c == '\\' && i + 1 < pem.n && pem.p[i + 1] == 'n')
			i++;
		else if (c != '\n' && c != '\r' && c != ' ' && c != '\t')
			buf_addc(&b, c);
	}
	return (buf_done(&b, text_r, e));
}

static enum err_code
read_pinned(const char *pinned, struct crypt_public_key **key_r, struct err *e)
{
	struct arena *a = arena_new((size_t)16 * SPKI_MAX_BYTES);
	struct str text, der;
	enum err_code code;

	if (a == NULL)
		return (err_set(e, ERR_TEMPORARY, "no memory"));
	if (pem_base64(a, str_of(pinned), &text, e) != ERR_OK ||
	    crypt_base64_decode(a, text, &der, e) != ERR_OK ||
	    crypt_public_key_read(der, key_r, e) != ERR_OK)
		code = err_set(e, ERR_INPUT,
		    "not a public RSA key of 2048 bits or more (PEM, or the base64 in it)");
	else
		code = ERR_OK;
	arena_free(a);
	return (code);
}

/* The set ----------------------------------------------------------------- */

static void
set_free(struct key_set *set)
{
	for (size_t i = 0; i < set->n; i++)
		crypt_public_key_free(set->row[i].key);
	set->n = 0;
}

/* Keys that cannot sign for us are passed over, not refused. */
static void
add_key(struct arena *a, const struct json *jwk, struct key_set *set)
{
	struct str kid = json_str(json_get(jwk, "kid")), n, x;
	const struct json *use = json_get(jwk, "use");
	const struct json *alg = json_get(jwk, "alg");

	if (set->n == KEYS_MAX || kid.n == 0 || kid.n >= TOKEN_KID_SIZE ||
	    !str_is(json_str(json_get(jwk, "kty")), "RSA") ||
	    (use != NULL && !str_is(json_str(use), "sig")) ||
	    (alg != NULL && !str_is(json_str(alg), "RS256")) ||
	    crypt_base64url_decode(a, json_str(json_get(jwk, "n")), &n, NULL) !=
		ERR_OK ||
	    crypt_base64url_decode(a, json_str(json_get(jwk, "e")), &x, NULL) !=
		ERR_OK ||
	    crypt_public_key_make(n, x, &set->row[set->n].key, NULL) != ERR_OK)
		return;
	memcpy(set->row[set->n].kid, kid.p, kid.n);
	set->row[set->n].kid[kid.n] = '\0';
	set->n++;
}

static enum err_code
read_set(struct arena *a, struct str body, struct key_set *set, struct err *e)
{
	const struct json *root, *jwk;
	enum err_code code;

	memset(set, 0, sizeof(*set));
	if ((code = json_parse(a, body, &root, e)) != ERR_OK)
		return (code);
	for (jwk = json_first(json_get(root, "keys")); jwk != NULL;
	     jwk = json_next(jwk))
		add_key(a, jwk, set);
	if (set->n == 0)
		return (err_set(e, ERR_INPUT, "no usable key in it"));
	return (ERR_OK);
}

static enum err_code
fetch_set(struct token_keys *keys, struct arena *a, int64_t deadline_ms,
    struct key_set *set_r, struct err *e)
{
	int64_t most_ms = clock_mono_ms() + FETCH_MS;
	const struct http_request req = { .method = "GET",
		.url = keys->url,
		.headers = { "Accept: application/json" },
		.deadline_ms = deadline_ms < most_ms ? deadline_ms : most_ms,
		.answer_max_bytes = SET_MAX_BYTES };
	struct http_answer answer;
	enum err_code code;

	if ((code = http_do(keys->http, a, &req, &answer, e)) != ERR_OK)
		return (code);
	if (answer.status != 200)
		return (
		    err_set(e, ERR_TEMPORARY, "answered %d", answer.status));
	return (read_set(a, answer.body, set_r, e));
}

static void
fetch(struct token_keys *keys, struct arena *a, int64_t deadline_ms)
{
	struct key_set fresh, old;
	enum err_code code;
	struct err e;

	code = fetch_set(keys, a, deadline_ms, &fresh, &e);
	if (code != ERR_OK) {
		err_prefix(&e, "the issuer's keys (CLERK_ISSUER)");
		log_error(LOG_LEVEL_ERROR, "jwks_failed", &e);
	}
	pthread_rwlock_wrlock(&keys->lock);
	old.n = 0;
	if (code == ERR_OK) {
		old = keys->set;
		keys->set = fresh;
		keys->fetched_ms = clock_mono_ms();
	}
	pthread_rwlock_unlock(&keys->lock);
	set_free(&old);
}

/* Is it time to ask the issuer (again)? Notes that it is being done. */
static bool
is_time(struct token_keys *keys, bool unknown)
{
	int64_t now = clock_mono_ms(), pause_ms = UNKNOWN_MS;
	bool yes;

	pthread_rwlock_wrlock(&keys->lock);
	if (keys->fetched_ms == 0)
		pause_ms = FETCH_MS; /* without any key nobody gets in */
	yes = (unknown || now - keys->fetched_ms >= REFRESH_MS) &&
	    (keys->tried_ms == 0 || now - keys->tried_ms >= pause_ms);
	if (yes)
		keys->tried_ms = now;
	pthread_rwlock_unlock(&keys->lock);
	return (yes);
}

/*
 * Fetch the set if it is time. Who lacks a key waits for a fetch that is
 * under way; who merely holds an old set goes on with it.
 */
static void
refresh(struct token_keys *keys, struct arena *a, bool unknown,
    int64_t deadline_ms)
{
	while (pthread_mutex_trylock(&keys->fetching) != 0) {
		if (!unknown || clock_mono_ms() >= deadline_ms)
			return;
		clock_sleep_ms(POLL_MS);
	}
	if (is_time(keys, unknown))
		fetch(keys, a, deadline_ms);
	pthread_mutex_unlock(&keys->fetching);
}

/* Verifying --------------------------------------------------------------- */

/* ERR_ABSENT: the set has no such key. stale_r: it is time to fetch. */
static enum err_code
verify_in_set(struct token_keys *keys, const struct token *token, bool *stale_r,
    struct err *e)
{
	enum err_code code = ERR_ABSENT;

	pthread_rwlock_rdlock(&keys->lock);
	*stale_r = keys->fetched_ms == 0 ||
	    clock_mono_ms() - keys->fetched_ms >= REFRESH_MS;
	for (size_t i = 0; i < keys->set.n && code == ERR_ABSENT; i++)
		if (strcmp(keys->set.row[i].kid, token->kid) == 0)
			code = crypt_rs256_verify(keys->set.row[i].key,
			    token->signed_part, token->signature, e);
	if (code == ERR_ABSENT)
		(void)err_set(e,
		    keys->fetched_ms == 0 ? ERR_TEMPORARY : ERR_AUTH,
		    keys->fetched_ms == 0 ?
			"no keys of the issuer to be had" :
			"the token names a key that the issuer does not have");
	pthread_rwlock_unlock(&keys->lock);
	return (code);
}

enum err_code
token_keys_verify(struct token_keys *keys, struct arena *a,
    const struct token *token, int64_t deadline_ms, struct err *e)
{
	enum err_code code;
	struct err own;
	bool stale;

	if (e == NULL)
		e = &own;
	if (keys->pinned != NULL)
		return (crypt_rs256_verify(keys->pinned, token->signed_part,
		    token->signature, e));
	code = verify_in_set(keys, token, &stale, e);
	if (code == ERR_ABSENT || stale) {
		refresh(keys, a, code == ERR_ABSENT, deadline_ms);
		code = verify_in_set(keys, token, &stale, e);
	}
	return (code == ERR_ABSENT ? e->code : code);
}

/* Where a key comes from: key_r is NULL for the issuer's set. */
static enum err_code
choose_key(const char *pinned, const char *issuer,
    struct crypt_public_key **key_r, struct err *e)
{
	*key_r = NULL;
	if (pinned[0] != '\0')
		return (read_pinned(pinned, key_r, e));
	if (strncmp(issuer, "https://", 8) != 0 &&
	    strncmp(issuer, "http://127.0.0.1:", 17) != 0 &&
	    strncmp(issuer, "http://localhost:", 17) != 0)
		return (err_set(e, ERR_INPUT,
		    "without a pinned key the issuer must be an https address"));
	return (ERR_OK);
}

enum err_code
token_keys_check(const char *pinned, const char *issuer, struct err *e)
{
	struct crypt_public_key *key;
	enum err_code code = choose_key(pinned, issuer, &key, e);

	crypt_public_key_free(key);
	return (code);
}

enum err_code
token_keys_new(const char *pinned, const char *issuer, struct http *http,
    struct token_keys **keys_r, struct err *e)
{
	static const char path[] = "/.well-known/jwks.json";
	struct token_keys *keys;
	size_t n = strlen(issuer);
	enum err_code code;

	if ((keys = calloc(1, sizeof(*keys))) == NULL ||
	    (keys->url = calloc(1, n + sizeof(path))) == NULL) {
		free(keys);
		return (err_set(e, ERR_TEMPORARY, "no memory"));
	}
	pthread_rwlock_init(&keys->lock, NULL);
	pthread_mutex_init(&keys->fetching, NULL);
	keys->http = http;
	memcpy(keys->url, issuer, n);
	memcpy(keys->url + n, path, sizeof(path));
	code = choose_key(pinned, issuer, &keys->pinned, e);
	if (code != ERR_OK) {
		token_keys_free(keys);
		return (code);
	}
	*keys_r = keys;
	return (ERR_OK);
}

void
token_keys_free(struct token_keys *keys)
{
	if (keys == NULL)
		return;
	crypt_public_key_free(keys->pinned);
	set_free(&keys->set);
	pthread_mutex_destroy(&keys->fetching);
	pthread_rwlock_destroy(&keys->lock);
	free(keys->url);
	free(keys);
}
