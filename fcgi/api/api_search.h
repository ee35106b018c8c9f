/*
 * What a list is searched for, as the database takes it: terms, each a kind and
 * a text. Words are split and folded as those of the calls are, here as there
 * by base/words.h.
 *
 *   w  a word, by its beginning      d  digits: a word, or the end of a number
 *   n  a number, whole               r  the end of a number
 *   t  a tag                         i  an intent
 *
 * Calls whose words are not made yet are looked at here.
 */
#ifndef CALLWARD_API_SEARCH_H
#define CALLWARD_API_SEARCH_H

#include "exchange.h"
#include "io/json.h"

/* STR_NONE: not searched for. */
struct api_search {
	struct str words, number, tag, intent;
};

/*
 * Add to filter what is searched for, "terms", and which calls without words
 * have all of it, "waiting"; nothing when nothing is. Errors: ERR_TOO_LARGE,
 * and those of api_run.
 */
enum err_code api_search_add(struct exchange *, const struct api_search *,
    struct json *filter, struct err *e) MUST_CHECK;

#endif
