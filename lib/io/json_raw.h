/*
 * The values that json_pick takes out of a text, read one by one. A character
 * that cannot be (a lone surrogate, a NUL, an unknown escape, a byte that is
 * no UTF-8) is read as U+FFFD.
 * Source: RFC 8259; PostgreSQL, jsonb, for what it does not take.
 */
#ifndef CALLWARD_JSON_RAW_H
#define CALLWARD_JSON_RAW_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"

#define JSON_RAW_DEPTH_MAX 64

enum json_raw_kind {
	JSON_RAW_NONE = 0, /* STR_NONE */
	JSON_RAW_NULL,
	JSON_RAW_BOOL,
	JSON_RAW_NUMBER,
	JSON_RAW_TEXT,
	JSON_RAW_ARRAY,
	JSON_RAW_OBJECT
};

/* By its first byte. */
enum json_raw_kind json_raw_kind(struct str raw);

/* Neither an object nor an array that has something in it. */
bool json_raw_is_empty(struct str raw);

/* False for what should be a number or a word and is no JSON: 01, NaN. */
bool json_raw_is_value(struct str raw);

/* Is every character of a text one that can be, controls escaped? */
bool json_raw_is_clean(struct str raw);

/*
 * Unescape what stands between the quotes, into size bytes. False: it is
 * longer, or not clean.
 */
bool json_raw_plain(struct str inside, char *plain, size_t size,
    struct str *text_r);

/*
 * A text, unescaped. STR_NONE for anything else, and for one of more than max
 * bytes, which *over_r tells; it is never set to false. The text is a slice of
 * raw, or lives in the arena; it need not end in NUL.
 * ERR_TOO_LARGE: past the arena's ceiling.
 */
enum err_code json_raw_text(struct arena *, struct str raw, size_t max,
    struct str *text_r, bool *over_r, struct err *e) MUST_CHECK;

/* A number of at most 63 characters that a double can hold; else fallback. */
double json_raw_number(struct str raw, double fallback);
bool json_raw_is_number(struct str raw); /* such a one */

/*
 * Append such a number as it is spelled, a zero as plain 0. False: it is none,
 * and nothing was appended.
 */
bool json_raw_add_number(struct buf *, struct str raw);

/*
 * An object or array that is not empty as JSON that jsonb takes: U+FFFD as
 * above, a number that is longer or that a double cannot hold as a text, what
 * is deeper than JSON_RAW_DEPTH_MAX as null; of a name that stands twice the
 * first counts. STR_NONE for anything else, and for what is over max bytes
 * then, or whose names were chosen to cost more than a step a byte (*over_r,
 * as above).
 * ERR_INPUT: it holds what is no JSON; ERR_TOO_LARGE as above.
 */
enum err_code json_raw_tree(struct arena *, struct str raw, size_t max,
    struct str *text_r, bool *over_r, struct err *e) MUST_CHECK;

#endif
