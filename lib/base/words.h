/*
 * The words of a text, as they are searched for: without case and accents, the
 * same in every locale, for texts of calls and for what somebody searches for.
 * Blanks, punctuation and symbols separate words, so that a number or an
 * address is found by its parts. Case and accents are those of words_table.h.
 */
#ifndef CALLWARD_WORDS_H
#define CALLWARD_WORDS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"

#define WORDS_WORD_BYTES 200 /* a longer one counts as several */

/* Different words, in the order in which they came. */
struct words {
	struct arena *arena;
	struct str *word;
	size_t n, most;
	size_t bytes, bytes_most; /* of all words */
	size_t *slot;		  /* a word's place + 1, by its hash */
	size_t slots;
	bool full; /* there were more than fit */
};

/*
 * most        how many words are kept, the first ones
 * bytes_most  and how many bytes of them
 */
void words_init(struct words *, struct arena *, size_t most, size_t bytes_most);

/* Any bytes; invalid UTF-8 separates words. ERR_TOO_LARGE: no memory. */
enum err_code words_add(struct words *, struct str text,
    struct err *e) MUST_CHECK;

/* Does one of them begin with this? It has to be folded as they are. */
bool words_have_prefix(const struct words *, struct str prefix);

/* All of them in the order of their bytes, each with front before it. */
enum err_code words_join(const struct words *, struct str front,
    struct str *text_r, struct err *e) MUST_CHECK;

#endif
