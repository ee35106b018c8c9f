/*
 * Texts of calls and questions: their words are UTF-8 where the text was, hold
 * nothing that parts words, stay as they are when they are split again, and
 * begin what they are.
 */
#include "config.h"

#include <assert.h>
#include <string.h>

#include "base/words.h"
#include "fuzz.h"

#define MOST 1000
#define BYTES_MOST 20000

bool
fuzz_one(struct arena *a, struct str input)
{
	struct words w, again;
	struct str text;
	size_t bytes = 0;

	words_init(&w, a, MOST, BYTES_MOST);
	words_init(&again, a, MOST, BYTES_MOST);
	if (words_add(&w, input, NULL) != ERR_OK ||
	    words_join(&w, STR_NONE, &text, NULL) != ERR_OK ||
	    words_add(&again, text, NULL) != ERR_OK)
		return (false);
	assert(w.n <= MOST && w.bytes <= BYTES_MOST);
	for (size_t i = 0; i < w.n; i++) {
		struct str word = w.word[i];

		assert(word.n > 0 && word.n <= WORDS_WORD_BYTES);
		assert(
		    str_is_utf8(word) && memchr(word.p, ' ', word.n) == NULL);
		assert(words_have_prefix(&w, word));
		bytes += word.n;
	}
	assert(bytes == w.bytes);
	assert(again.n == w.n && again.bytes == w.bytes);
	return (w.n > 1);
}
