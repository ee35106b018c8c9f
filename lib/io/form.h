/*
 * A form body: every parameter kept, in order, decoded once. Knows the
 * encoding, not what the names mean.
 * Source: WHATWG URL, application/x-www-form-urlencoded.
 */
#ifndef CALLWARD_FORM_H
#define CALLWARD_FORM_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"

#define FORM_BYTES_MAX (64 * 1024)
#define FORM_PARAMS_MAX 200

struct form_param {
	struct str name;
	struct str value;
};

struct form {
	struct form_param *params;
	size_t n;
};

/*
 * Decode body. ERR_INPUT for '%' without two hex digits, a NUL byte, bytes
 * that are no UTF-8 after decoding; ERR_TOO_LARGE past the two bounds. A
 * piece without '=' is a name with an empty value; empty pieces are skipped.
 */
enum err_code form_decode(struct arena *, struct str body, struct form *form_r,
    struct err *e) MUST_CHECK;

/* The same, but names and values may be any bytes: see form_is_text. */
enum err_code form_decode_bytes(struct arena *, struct str body,
    struct form *form_r, struct err *e) MUST_CHECK;

/* UTF-8 without NUL. */
bool form_is_text(struct str value);

/*
 * An empty form with room for FORM_PARAMS_MAX, for what a body of n bytes
 * holds; form_put adds to it. ERR_TOO_LARGE past the bounds.
 */
enum err_code form_init(struct arena *, size_t n, struct form *form_r,
    struct err *e) MUST_CHECK;
enum err_code form_put(struct form *, struct str name, struct str value,
    struct err *e) MUST_CHECK;

/*
 * The value of name: ERR_ABSENT when it was not sent as text, ERR_CONFLICT
 * when it was sent more than once with different values.
 */
enum err_code form_get(const struct form *, const char *name,
    struct str *value_r, struct err *e) MUST_CHECK;

/*
 * What an optional parameter says: STR_NONE when it was not sent, is empty, is
 * longer than most_bytes, or has two values.
 */
struct str form_find(const struct form *, const char *name, size_t most_bytes);

/* Is there a parameter of this name, whatever its value? */
bool form_has(const struct form *, const char *name);

/* Append name=value, percent-encoded, with '&' before it when needed. */
void form_add(struct buf *, const char *name, struct str value);

#endif
