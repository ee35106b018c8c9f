/*
 * A text is gone through once: what is ASCII by a table of 128, the rest by a
 * search in the ranges of words_table.h. A word is put together on the stack
 * and copied into the arena where it is a new one.
 */
#include "config.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/words.h"

enum kind {
	KEEP,	     /* of what is in no range */
	PART,	     /* it separates words */
	DROP,	     /* it is left out */
	ADD,	     /* value is added to each of the range */
	EVERY_OTHER, /* the same of the first, third, ... */
	TEXT	     /* it becomes the text that begins at value */
};

struct range {
	uint32_t first, last;
	enum kind kind;
	int32_t value;
};

#include "base/words_table.h"

#define RANGES (sizeof(ranges) / sizeof(ranges[0]))
#define SLOTS_MIN 64

/* The word that is being put together. */
struct growing {
	struct words *words;
	char p[WORDS_WORD_BYTES];
	size_t n;
	bool failed; /* no memory */
};

/* Words ------------------------------------------------------------------- */

void
words_init(struct words *w, struct arena *a, size_t most, size_t bytes_most)
{
	*w = (struct words){ .arena = a,
		.most = most,
		.bytes_most = bytes_most };
}

/* Where the word is, or would be. */
static size_t *
find_slot(const struct words *w, struct str word)
{
	size_t at = (size_t)str_hash(word) & (w->slots - 1);

	while (w->slot[at] != 0 && !str_eq(w->word[w->slot[at] - 1], word))
		at = (at + 1) & (w->slots - 1);
	return (&w->slot[at]);
}

/* Half of the slots stay free. */
static bool
make_room(struct words *w)
{
	size_t slots = w->slots == 0 ? SLOTS_MIN : 2 * w->slots;
	struct str *word;

	if (2 * w->n < w->slots)
		return (true);
	word = arena_alloc(w->arena, slots / 2 * sizeof(*word));
	w->slot = arena_alloc(w->arena, slots * sizeof(w->slot[0]));
	if (word == NULL || w->slot == NULL)
		return (false);
	if (w->n > 0)
		memcpy(word, w->word, w->n * sizeof(*word));
	w->word = word;
	w->slots = slots;
	for (size_t i = 0; i < w->n; i++)
		*find_slot(w, word[i]) = i + 1;
	return (true);
}

static void
end_word(struct growing *g)
{
	struct str word = { g->p, g->n };
	struct words *w = g->words;
	size_t *slot;
	char *copy;

	g->n = 0;
	if (word.n == 0 || g->failed)
		return;
	if (!make_room(w)) {
		g->failed = true;
		return;
	}
	slot = find_slot(w, word);
	if (*slot != 0)
		return;
	if (w->n == w->most || w->bytes + word.n > w->bytes_most) {
		w->full = true;
		return;
	}
	if ((copy = str_dup(w->arena, word)) == NULL) {
		g->failed = true;
		return;
	}
	w->word[w->n++] = (struct str){ copy, word.n };
	w->bytes += word.n;
	*slot = w->n;
}

/* What does not fit begins a new word. */
static void
add_bytes(struct growing *g, const char *p, size_t n)
{
	if (g->n + n > sizeof(g->p))
		end_word(g);
	memcpy(g->p + g->n, p, n);
	g->n += n;
}

/* Characters -------------------------------------------------------------- */

static void
add_character(struct growing *g, uint32_t c)
{
	char p[4];

	if (c < 0x80) {
		p[0] = (char)c;
		add_bytes(g, p, 1);
	} else if (c < 0x800) {
		p[0] = (char)(0xc0 | c >> 6);
		p[1] = (char)(0x80 | (c & 0x3f));
		add_bytes(g, p, 2);
	} else if (c < 0x10000) {
		p[0] = (char)(0xe0 | c >> 12);
		p[1] = (char)(0x80 | (c >> 6 & 0x3f));
		p[2] = (char)(0x80 | (c & 0x3f));
		add_bytes(g, p, 3);
	} else {
		p[0] = (char)(0xf0 | c >> 18);
		p[1] = (char)(0x80 | (c >> 12 & 0x3f));
		p[2] = (char)(0x80 | (c >> 6 & 0x3f));
		p[3] = (char)(0x80 | (c & 0x3f));
		add_bytes(g, p, 4);
	}
}

/* The range that holds c, else the first one behind it. */
static size_t
find_range(uint32_t c)
{
	size_t from = 0, to = RANGES;

	while (from < to) {
		size_t middle = from + (to - from) / 2;

		if (ranges[middle].last < c)
			from = middle + 1;
		else
			to = middle;
	}
	return (from);
}

/* Of n bytes, which are UTF-8. */
static uint32_t
decode(const unsigned char *p, size_t n)
{
	static const unsigned char bits[] = { 0, 0x7f, 0x1f, 0x0f, 0x07 };
	uint32_t c = p[0] & bits[n];

	for (size_t i = 1; i < n; i++)
		c = c << 6 | (p[i] & 0x3f);
	return (c);
}

static void
add_folded(struct growing *g, uint32_t c)
{
	size_t i = find_range(c);
	const struct range *r = &ranges[i];

	if (i == RANGES || c < r->first ||
	    (r->kind == EVERY_OTHER && (c - r->first) % 2 == 1))
		add_character(g, c);
	else if (r->kind == PART)
		end_word(g);
	else if (r->kind == TEXT)
		add_bytes(g, texts + r->value, strlen(texts + r->value));
	else if (r->kind != DROP)
		add_character(g, (uint32_t)((int64_t)c + r->value));
}

/* A character that is not ASCII. Returns how many bytes it took. */
static size_t
add_wide(struct growing *g, struct str rest)
{
	size_t n = str_utf8_length(rest);

	if (n == 0) {
		end_word(g);
		return (1);
	}
	add_folded(g, decode((const unsigned char *)rest.p, n));
	return (n);
}

/* The small letter or digit; NUL: it separates words. */
static char
fold_ascii(char c)
{
	if (c >= 'A' && c <= 'Z')
		return ((char)(c + ('a' - 'A')));
	return ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ? c : '\0');
}

enum err_code
words_add(struct words *w, struct str text, struct err *e)
{
	struct growing g = { .words = w };
	size_t at = 0;
	char c;

	while (at < text.n && !g.failed) {
		if ((unsigned char)text.p[at] >= 0x80) {
			at += add_wide(&g, str_skip(text, at));
			continue;
		}
		if ((c = fold_ascii(text.p[at++])) == '\0' ||
		    g.n == sizeof(g.p))
			end_word(&g);
		if (c != '\0')
			g.p[g.n++] = c;
	}
	end_word(&g);
	return (g.failed ? err_set(e, ERR_TOO_LARGE, "no memory for words") :
			   ERR_OK);
}

/* Asking ------------------------------------------------------------------ */

bool
words_have_prefix(const struct words *w, struct str prefix)
{
	for (size_t i = 0; i < w->n; i++)
		if (w->word[i].n >= prefix.n &&
		    memcmp(w->word[i].p, prefix.p, prefix.n) == 0)
			return (true);
	return (false);
}

static int
compare(const void *a, const void *b)
{
	const struct str *x = a, *y = b;
	int c = memcmp(x->p, y->p, x->n < y->n ? x->n : y->n);

	return (c != 0 ? c : (x->n > y->n) - (x->n < y->n));
}

enum err_code
words_join(const struct words *w, struct str front, struct str *text_r,
    struct err *e)
{
	struct str *sorted;
	struct buf b;

	buf_init(&b, w->arena);
	if (w->n == 0)
		return (buf_done(&b, text_r, e));
	if ((sorted = arena_alloc(w->arena, w->n * sizeof(*sorted))) == NULL)
		return (err_set(e, ERR_TOO_LARGE, "no memory for words"));
	memcpy(sorted, w->word, w->n * sizeof(*sorted));
	qsort(sorted, w->n, sizeof(*sorted), compare);
	for (size_t i = 0; i < w->n; i++) {
		if (i > 0)
			buf_addc(&b, ' ');
		buf_add(&b, front);
		buf_add(&b, sorted[i]);
	}
	return (buf_done(&b, text_r, e));
}
