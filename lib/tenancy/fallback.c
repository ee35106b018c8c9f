/*
 * A table of fixed size, one lock. A slot is chosen by its key: the digest of
 * a call's signals, or of its line, for the numbers to dial; of a caller and a
 * number, for when that was dialled. Its entry is replaced by whoever comes
 * next, so memory never grows.
 */
#include "config.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "io/crypt.h"
#include "tenancy/fallback.h"

#define SLOTS 8192
#define SIGNALS_BYTES 1024
#define KEY_PARTS 5

struct key {
	unsigned char p[CRYPT_SHA256_BYTES];
};

struct slot {
	struct key key;
	struct phone number, line;
	bool own;
	int64_t since_ms; /* 0: nothing is here */
};

/* When a number was last dialled for a caller; a ring. */
struct dials {
	struct key key;
	size_t next;
	int64_t at_ms[FALLBACK_DIALS_MOST]; /* 0: not yet */
};

struct fallback_memory {
	int64_t keep_ms;
	pthread_mutex_t lock; /* guards slot and dials */
	struct slot slot[SLOTS];
	struct dials dials[SLOTS];
};

struct fallback_memory *
fallback_memory_new(int64_t keep_ms)
{
	struct fallback_memory *m;

	if ((m = calloc(1, sizeof(*m))) == NULL)
		return (NULL);
	m->keep_ms = keep_ms;
	pthread_mutex_init(&m->lock, NULL);
	return (m);
}

void
fallback_memory_free(struct fallback_memory *m)
{
	if (m == NULL)
		return;
	pthread_mutex_destroy(&m->lock);
	free(m);
}

/*
 * The digest of the parts, each with its length in front: no two lists have
 * the same bytes. False: they are too long, which no call is.
 */
static bool
make_key(const struct str parts[KEY_PARTS], struct key *key_r)
{
	char bytes[SIGNALS_BYTES];
	struct crypt_digest digest;
	size_t n = 0;

	for (size_t i = 0; i < KEY_PARTS; i++) {
		const uint32_t length =
		    parts[i].p == NULL ? UINT32_MAX : (uint32_t)parts[i].n;

		if (parts[i].n > sizeof(bytes) - n ||
		    sizeof(length) > sizeof(bytes) - n - parts[i].n)
			return (false);
		memcpy(bytes + n, &length, sizeof(length));
		n += sizeof(length);
		if (parts[i].n > 0)
			memcpy(bytes + n, parts[i].p, parts[i].n);
		n += parts[i].n;
	}
	if (crypt_digest(CRYPT_SHA256, (struct str){ bytes, n }, &digest,
		NULL) != ERR_OK)
		return (false);
	memcpy(key_r->p, digest.p, sizeof(key_r->p));
	return (true);
}

/* Withheld is withheld, however it is spelt. */
static struct str
known_from(const struct fallback_call *c)
{
	return (phone_is_withheld(c->from) ? STR(PHONE_WITHHELD) : c->from);
}

static bool
call_key(const struct fallback_call *c, struct key *key_r)
{
	return (
	    make_key((const struct str[KEY_PARTS]){ STR("call"), known_from(c),
			 c->to, c->forwarded_from, c->diversion },
		key_r));
}

static bool
line_key(const struct fallback_call *c, struct key *key_r)
{
	return (make_key((const struct str[KEY_PARTS]){ STR("line"), c->to },
	    key_r));
}

/* Who is called for: a number, or the call of somebody who withholds it. */
static bool
dialled_key(const struct fallback_call *c, const struct phone *number,
    struct key *key_r)
{
	struct key call = { { 0 } };
	struct str who = c->from;

	if (phone_is_withheld(c->from)) {
		if (!call_key(c, &call))
			return (false);
		who = (struct str){ (const char *)call.p, sizeof(call.p) };
	}
	return (make_key((const struct str[KEY_PARTS]){ STR("dialled"), who,
			     str_of(number->text) },
	    key_r));
}

static size_t
place_of(const struct key *key)
{
	uint32_t n;

	memcpy(&n, key->p, sizeof(n));
	return (n % SLOTS);
}

static struct slot *
slot_of(struct fallback_memory *m, const struct key *key)
{
	return (&m->slot[place_of(key)]);
}

/* The slot, if it holds this key and is no older than that. */
static const struct slot *
find(struct fallback_memory *m, const struct key *key, int64_t now_ms,
    int64_t most_ms)
{
	const struct slot *s = slot_of(m, key);

	if (s->since_ms == 0 || memcmp(&s->key, key, sizeof(*key)) != 0 ||
	    now_ms - s->since_ms >= most_ms)
		return (NULL);
	return (s);
}

static void
put(struct fallback_memory *m, const struct key *key,
    const struct phone *number, const struct phone *line, bool own,
    int64_t now_ms)
{
	*slot_of(m, key) = (struct slot){ *key, *number, *line, own, now_ms };
}

void
fallback_remember(struct fallback_memory *m, const struct fallback_call *c,
    const struct fallback_numbers *numbers, int64_t now_ms)
{
	static const struct phone none;
	struct key call, line;

	if (m->keep_ms == 0 || !call_key(c, &call) || !line_key(c, &line))
		return;
	pthread_mutex_lock(&m->lock);
	if (numbers != NULL) {
		put(m, &call, &numbers->number, &numbers->line, numbers->own,
		    now_ms);
		put(m, &line, &none, &numbers->line, false, now_ms);
	} else if (find(m, &call, now_ms, m->keep_ms) != NULL)
		memset(slot_of(m, &call), 0, sizeof(struct slot));
	pthread_mutex_unlock(&m->lock);
}

void
fallback_recall(struct fallback_memory *m, const struct fallback_call *c,
    int64_t now_ms, struct fallback_numbers *numbers)
{
	const struct slot *s;
	struct key call, line;

	memset(numbers, 0, sizeof(*numbers));
	if (!call_key(c, &call) || !line_key(c, &line))
		return;
	pthread_mutex_lock(&m->lock);
	if ((s = find(m, &call, now_ms, m->keep_ms)) != NULL ||
	    (s = find(m, &line, now_ms, m->keep_ms)) != NULL) {
		numbers->number = s->number;
		numbers->line = s->line;
		numbers->own = s->own;
	}
	pthread_mutex_unlock(&m->lock);
}

const struct phone *
fallback_find(const struct fallback_call *c,
    const struct fallback_numbers *numbers, const char *prefixes,
    int64_t *dials_r)
{
	struct phone called;

	if (phone_parse(c->to, &called, NULL) != ERR_OK)
		return (NULL);
	if (phone_may_dial(&numbers->number, &called, prefixes)) {
		*dials_r = numbers->number_dials;
		return (&numbers->number);
	}
	if (phone_may_dial(&numbers->line, &called, prefixes)) {
		*dials_r = numbers->line_dials;
		return (&numbers->line);
	}
	return (NULL);
}

bool
fallback_dial(struct fallback_memory *m, const struct fallback_call *c,
    const struct phone *number, int64_t dials, int64_t most, int64_t now_ms)
{
	struct dials *d;
	int64_t here = 0;
	struct key key;
	bool may;

	if (!dialled_key(c, number, &key))
		return (false);
	pthread_mutex_lock(&m->lock);
	d = &m->dials[place_of(&key)];
	if (memcmp(&d->key, &key, sizeof(key)) != 0)
		*d = (struct dials){ .key = key };
	for (size_t i = 0; i < FALLBACK_DIALS_MOST; i++)
		here += d->at_ms[i] != 0 &&
		    now_ms - d->at_ms[i] < FALLBACK_QUIET_MS;
	may = (here > dials ? here : dials) < most;
	if (may) {
		d->at_ms[d->next] = now_ms;
		d->next = (d->next + 1) % FALLBACK_DIALS_MOST;
	}
	pthread_mutex_unlock(&m->lock);
	return (may);
}
