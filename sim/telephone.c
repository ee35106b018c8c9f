/*
 * A table of telephones in the order of their last use, with a ring of what
 * was heard for each.
 */
#include "config.h"

#include <pthread.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "io/id.h"
#include "telephone.h"

#define MAX_MS 3600000

struct heard {
	int64_t at_ms;
	char sid[ID_CALL_SID_SIZE];
	char from[PHONE_SIZE];
	bool tones;
	char *text;
};

struct entry {
	struct telephone telephone;
	struct heard heard[TELEPHONE_HEARD_MAX];
	uint64_t n; /* ever heard; the newest are kept */
	uint64_t used;
};

struct telephones {
	pthread_mutex_t lock;
	struct entry *entry[TELEPHONES_MAX];
	size_t n;
	uint64_t uses;
};

static const char *const answers_words[TELEPHONE_ANSWERS] = { "person", "busy",
	"no-answer", "not-in-service" };
static const char *const forwards_words[TELEPHONE_FORWARDS] = { "never",
	"always", "busy", "unanswered" };
static const char *const carrier_words[TELEPHONE_CARRIERS] = { "own", "caller",
	"forwarded-from", "diversion", "line" };

#define AT(member) offsetof(struct telephone, member)

static const struct {
	const char *name;
	size_t offset;
	int64_t fallback;
} times[] = {
	{ "answer_ms", AT(answer_ms), 1000 },
	{ "key_ms", AT(key_ms), 500 },
	{ "hang_up_ms", AT(hang_up_ms), 0 },
	{ "forward_ms", AT(forward_ms), 15000 },
};

#define TIMES (sizeof(times) / sizeof(times[0]))

struct telephones *
telephones_new(void)
{
	struct telephones *t = calloc(1, sizeof(*t));

	if (t != NULL)
		(void)pthread_mutex_init(&t->lock, NULL);
	return (t);
}

static void
entry_free(struct entry *entry)
{
	for (size_t i = 0; i < TELEPHONE_HEARD_MAX; i++)
		free(entry->heard[i].text);
	free(entry);
}

void
telephones_clear(struct telephones *t)
{
	(void)pthread_mutex_lock(&t->lock);
	while (t->n > 0)
		entry_free(t->entry[--t->n]);
	(void)pthread_mutex_unlock(&t->lock);
}

void
telephones_free(struct telephones *t)
{
	if (t == NULL)
		return;
	telephones_clear(t);
	(void)pthread_mutex_destroy(&t->lock);
	free(t);
}

static void
describe(struct telephone *p, const char *number)
{
	memset(p, 0, sizeof(*p));
	(void)snprintf(p->number, sizeof(p->number), "%s", number);
	(void)snprintf(p->keys, sizeof(p->keys), "1");
	for (size_t i = 0; i < TIMES; i++)
		memcpy((char *)p + times[i].offset, &times[i].fallback,
		    sizeof(times[i].fallback));
}

static void
undescribed(struct telephone *p, const char *number)
{
	describe(p, number);
	if (!str_starts(str_of(number), "+1555"))
		p->answers = TELEPHONE_NOT_IN_SERVICE;
}

/* With the lock held. */
static struct entry *
find(struct telephones *t, const char *number)
{
	for (size_t i = 0; i < t->n; i++)
		if (strcmp(t->entry[i]->telephone.number, number) == 0)
			return (t->entry[i]);
	return (NULL);
}

/* With the lock held, and the table full. */
static void
drop_oldest(struct telephones *t)
{
	size_t oldest = 0;

	for (size_t i = 1; i < t->n; i++)
		if (t->entry[i]->used < t->entry[oldest]->used)
			oldest = i;
	entry_free(t->entry[oldest]);
	t->entry[oldest] = t->entry[--t->n];
}

/* With the lock held; NULL without memory. */
static struct entry *
find_or_add(struct telephones *t, const char *number)
{
	struct entry *entry = find(t, number);

	if (entry == NULL && (entry = calloc(1, sizeof(*entry))) != NULL) {
		if (t->n == TELEPHONES_MAX)
			drop_oldest(t);
		undescribed(&entry->telephone, number);
		t->entry[t->n++] = entry;
	}
	if (entry != NULL)
		entry->used = ++t->uses;
	return (entry);
}

void
telephones_get(struct telephones *t, const char *number, struct telephone *p_r)
{
	const struct entry *entry;

	(void)pthread_mutex_lock(&t->lock);
	if ((entry = find(t, number)) != NULL)
		*p_r = entry->telephone;
	else
		undescribed(p_r, number);
	(void)pthread_mutex_unlock(&t->lock);
}

void
telephones_set(struct telephones *t, const struct telephone *p)
{
	struct entry *entry;

	(void)pthread_mutex_lock(&t->lock);
	if ((entry = find_or_add(t, p->number)) != NULL)
		entry->telephone = *p;
	(void)pthread_mutex_unlock(&t->lock);
}

void
telephones_hear(struct telephones *t, const char *number, const char *sid,
    const char *from, struct str text, bool tones)
{
	struct entry *entry;
	struct heard *h;

	text = str_first(text, TELEPHONE_WORDS_MAX);
	while (text.n > 0 && !str_is_utf8(text))
		text.n--;
	(void)pthread_mutex_lock(&t->lock);
	if ((entry = find_or_add(t, number)) != NULL) {
		h = &entry->heard[entry->n++ % TELEPHONE_HEARD_MAX];
		free(h->text);
		h->at_ms = clock_wall_ms();
		(void)snprintf(h->sid, sizeof(h->sid), "%s", sid);
		(void)snprintf(h->from, sizeof(h->from), "%s", from);
		h->tones = tones;
		h->text = malloc(text.n + 1);
		if (h->text != NULL) {
			memcpy(h->text, text.p, text.n);
			h->text[text.n] = '\0';
		}
	}
	(void)pthread_mutex_unlock(&t->lock);
}

static enum err_code
read_phone(const struct json *m, const char *name, char number_r[PHONE_SIZE],
    struct err *e)
{
	struct phone phone;

	if (json_is_null(m))
		return (ERR_OK);
	if (phone_parse(json_str(m), &phone, e) != ERR_OK)
		return (err_set(e, ERR_INPUT,
		    "%s must be a number such as +15551111111", name));
	memcpy(number_r, phone.text, PHONE_SIZE);
	return (ERR_OK);
}

static enum err_code
read_word(const struct json *m, const char *const *words, unsigned n,
    unsigned *word_r, struct err *e)
{
	struct str name = json_name(m);

	for (unsigned i = 0; i < n; i++)
		if (str_is(json_str(m), words[i])) {
			*word_r = i;
			return (ERR_OK);
		}
	return (err_set(e, ERR_INPUT, "%.*s has no such kind", (int)name.n,
	    name.p));
}

static enum err_code
read_keys(const struct json *m, struct telephone *p, struct err *e)
{
	struct str s = json_str(m);

	if (s.p == NULL || s.n >= sizeof(p->keys) ||
	    strspn(s.p, "0123456789*#,") != s.n)
		return (err_set(e, ERR_INPUT,
		    "keys must be up to %zu of 0-9, *, # and ','",
		    sizeof(p->keys) - 1));
	memcpy(p->keys, s.p, s.n);
	p->keys[s.n] = '\0';
	return (ERR_OK);
}

/* ERR_ABSENT: it is no time. */
static enum err_code
read_time(const struct json *m, struct telephone *p, struct err *e)
{
	double v = json_number(m, -1);
	int64_t ms = v >= 0 && v <= MAX_MS ? (int64_t)v : -1;

	for (size_t i = 0; i < TIMES; i++) {
		if (!str_is(json_name(m), times[i].name))
			continue;
		if (ms < 0 || (double)ms != v)
			return (err_set(e, ERR_INPUT,
			    "%s must be a whole number from 0 to %d",
			    times[i].name, MAX_MS));
		memcpy((char *)p + times[i].offset, &ms, sizeof(ms));
		return (ERR_OK);
	}
	return (ERR_ABSENT);
}

static enum err_code
read_member(const struct json *m, struct telephone *p, struct err *e)
{
	struct str name = json_name(m);
	unsigned word = 0;
	enum err_code c;

	if (str_is(name, "keys"))
		return (read_keys(m, p, e));
	if (str_is(name, "to"))
		return (read_phone(m, "to", p->to, e));
	if (str_is(name, "answers")) {
		c = read_word(m, answers_words, TELEPHONE_ANSWERS, &word, e);
		p->answers = (enum telephone_answers)word;
	} else if (str_is(name, "forwards")) {
		c = read_word(m, forwards_words, TELEPHONE_FORWARDS, &word, e);
		p->forwards = (enum telephone_forwards)word;
	} else if (str_is(name, "carrier")) {
		c = read_word(m, carrier_words, TELEPHONE_CARRIERS, &word, e);
		p->carrier = (enum telephone_carrier)word;
	} else if ((c = read_time(m, p, e)) == ERR_ABSENT) {
		c = err_set(e, ERR_INPUT, "unknown member %.*s",
		    (int)(name.n < 60 ? name.n : 60), name.p);
	}
	return (c);
}

enum err_code
telephone_read(const struct json *object, const char *number,
    struct telephone *p_r, struct err *e)
{
	struct phone phone;
	struct telephone p;
	enum err_code c;

	if ((c = phone_parse(str_of(number), &phone, e)) != ERR_OK)
		return (c);
	if (!json_is_object(object))
		return (err_set(e, ERR_INPUT, "a telephone must be an object"));
	describe(&p, phone.text);
	for (const struct json *m = json_first(object); m != NULL;
	     m = json_next(m))
		if ((c = read_member(m, &p, e)) != ERR_OK)
			return (c);
	if (p.forwards != TELEPHONE_NEVER && p.to[0] == '\0')
		return (err_set(e, ERR_INPUT,
		    "to is missing: the number it forwards to"));
	*p_r = p;
	return (ERR_OK);
}

static void
write_telephone(const struct telephone *p, struct json *object)
{
	int64_t ms;

	json_add_str(object, "number", str_of(p->number));
	json_add_str(object, "answers", str_of(answers_words[p->answers]));
	json_add_str(object, "keys", str_of(p->keys));
	for (size_t i = 0; i < TIMES; i++) {
		memcpy(&ms, (const char *)p + times[i].offset, sizeof(ms));
		json_add_number(object, times[i].name, (double)ms);
	}
	json_add_str(object, "forwards", str_of(forwards_words[p->forwards]));
	json_add_str(object, "to", p->to[0] != '\0' ? str_of(p->to) : STR_NONE);
	json_add_str(object, "carrier", str_of(carrier_words[p->carrier]));
}

/* With the lock held. */
static void
write_heard(const struct entry *entry, struct json *list)
{
	uint64_t i =
	    entry->n < TELEPHONE_HEARD_MAX ? 0 : entry->n - TELEPHONE_HEARD_MAX;

	for (; i < entry->n; i++) {
		const struct heard *h = &entry->heard[i % TELEPHONE_HEARD_MAX];
		struct json *o = json_push_object(list);

		json_add_time(o, "at", h->at_ms);
		json_add_str(o, "call_sid", str_of(h->sid));
		json_add_str(o, "from", str_of(h->from));
		json_add_str(o, h->tones ? "tones" : "words", str_of(h->text));
	}
}

void
telephones_write(struct telephones *t, const char *number, struct json *object)
{
	const struct entry *entry;
	struct telephone p;
	struct json *heard;

	(void)pthread_mutex_lock(&t->lock);
	if ((entry = find(t, number)) != NULL)
		p = entry->telephone;
	else
		undescribed(&p, number);
	write_telephone(&p, object);
	heard = json_add_array(object, "heard");
	if (entry != NULL)
		write_heard(entry, heard);
	(void)pthread_mutex_unlock(&t->lock);
}

void
telephones_write_all(struct telephones *t, struct json *object)
{
	struct json *list = json_add_array(object, "data");

	(void)pthread_mutex_lock(&t->lock);
	for (size_t i = 0; i < t->n; i++) {
		struct json *o = json_push_object(list);

		write_telephone(&t->entry[i]->telephone, o);
		write_heard(t->entry[i], json_add_array(o, "heard"));
	}
	(void)pthread_mutex_unlock(&t->lock);
}
