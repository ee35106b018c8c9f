/*
 * A table of fixed size, one lock. A slot is chosen by the hash of its key:
 * caller and line for the numbers to dial, the caller alone for when one was
 * dialled. Its entry is replaced by whoever comes next, so memory never grows.
 */
#include "config.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "fallback.h"

#define SLOTS 8192
#define KEY_BYTES 64

struct slot {
	char key[KEY_BYTES];
	struct phone number, line;
	int64_t dialled_ms; /* 0: never */
};

struct fallback_memory {
	pthread_mutex_t lock; /* guards slot */
	struct slot slot[SLOTS];
};

struct fallback_memory *
fallback_memory_new(void)
{
	struct fallback_memory *m;

	if ((m = calloc(1, sizeof(*m))) != NULL)
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

/* "from>to", cut to the slot's size: callers that long are nobody's number. */
static void
make_key(char key[KEY_BYTES], struct str from, struct str to)
{
	size_t n = 0;

	memset(key, 0, KEY_BYTES);
	for (size_t i = 0; i < from.n && n < KEY_BYTES - 1; i++)
		key[n++] = from.p[i];
	if (n < KEY_BYTES - 1)
		key[n++] = '>';
	for (size_t i = 0; i < to.n && n < KEY_BYTES - 1; i++)
		key[n++] = to.p[i];
}

/* The slot of a key; *known_r: it holds that key, not another. */
static struct slot *
slot_of(struct fallback_memory *m, const char key[KEY_BYTES], bool *known_r)
{
	struct slot *s;

	s = &m->slot[str_hash((struct str){ key, KEY_BYTES }) % SLOTS];
	*known_r = memcmp(s->key, key, KEY_BYTES) == 0;
	return (s);
}

static void
take_over(struct slot *s, const char key[KEY_BYTES])
{
	memset(s, 0, sizeof(*s));
	memcpy(s->key, key, KEY_BYTES);
}

void
fallback_remember(struct fallback_memory *m, struct str from, struct str to,
    const struct phone *number, const struct phone *line)
{
	char key[KEY_BYTES];
	struct slot *s;
	bool known;

	make_key(key, from, to);
	pthread_mutex_lock(&m->lock);
	s = slot_of(m, key, &known);
	if (!known)
		take_over(s, key);
	s->number = *number;
	s->line = *line;
	pthread_mutex_unlock(&m->lock);
}

/* Was one dialled for this caller, on whatever line? If not, one is now. */
static bool
is_quiet(struct fallback_memory *m, struct str from, int64_t now_ms)
{
	char key[KEY_BYTES];
	struct slot *s;
	bool known;

	make_key(key, STR("dialled"), from);
	s = slot_of(m, key, &known);
	if (known && now_ms - s->dialled_ms < FALLBACK_QUIET_MS)
		return (true);
	take_over(s, key);
	s->dialled_ms = now_ms;
	return (false);
}

void
fallback_choose(struct fallback_memory *m, struct str from, struct str to,
    const struct phone *number, const struct phone *line, const char *prefixes,
    int64_t now_ms, struct phone *choice)
{
	struct phone called, kept_number, kept_line;
	char key[KEY_BYTES];
	struct slot *s;
	bool known;

	memset(choice, 0, sizeof(*choice));
	if (phone_parse(to, &called, NULL) != ERR_OK)
		return;
	make_key(key, from, to);
	pthread_mutex_lock(&m->lock);
	s = slot_of(m, key, &known);
	if (known && number->text[0] == '\0' && line->text[0] == '\0') {
		kept_number = s->number;
		kept_line = s->line;
		number = &kept_number;
		line = &kept_line;
	}
	if (number->text[0] != '\0' &&
	    phone_may_dial(number, &called, prefixes))
		*choice = *number;
	else if (line->text[0] != '\0' &&
	    phone_may_dial(line, &called, prefixes))
		*choice = *line;
	if (choice->text[0] != '\0' && is_quiet(m, from, now_ms))
		memset(choice, 0, sizeof(*choice));
	pthread_mutex_unlock(&m->lock);
}
