/*
 * Takes the members that are wanted out of a JSON text, as the bytes that were
 * sent, and passes over the rest. What nobody wants cannot make a text
 * unreadable: there a character, a number, a name twice or a depth is nobody's
 * business, as long as brackets, commas and quotes are in their places.
 * json_raw.h reads the values.
 *
 * Time and memory: one step a byte, no recursion but into members that are
 * wanted, one bit for each level of depth.
 */
#ifndef CALLWARD_JSON_PICK_H
#define CALLWARD_JSON_PICK_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "base/str.h"
#include "io/json_cursor.h"

/*
 * A member that is wanted. Names are compared after unescaping, as bytes; one
 * with a NUL, a lone surrogate or an unknown escape equals none.
 *
 * strict  the name decides something: standing twice is a fault, and so is a
 *         text with a NUL, a lone surrogate, an unknown escape, a control
 *         character or bytes that are no UTF-8. Else the first one counts.
 * offset  of a struct str, from where the object's own begins
 * inside  what is wanted of the value where it is an object; or NULL
 */
struct json_want {
	const char *name;
	bool strict;
	size_t offset;
	const struct json_want *inside;
	size_t n;
};

/*
 * Read one JSON object.
 *
 * out  whose struct str become the bytes of the values, slices of text; those
 *      of members that are not there are left alone, so clear it first
 * ERR_INPUT names the rule that broke and the byte offset, never the text;
 * what was read before it is in out (the bytes of an object that has not
 * ended: from its bracket on). A number or a word that is no JSON is a fault
 * where it is wanted.
 */
enum err_code json_pick(struct str text, const struct json_want *wants,
    size_t n, void *out, struct err *e) MUST_CHECK;

/*
 * The same of the object that a cursor comes to, which is left behind it, so
 * that a list is gone through once. False: the rule that broke is the cursor's;
 * json_pick_error makes the error of it, text being what the cursor began with.
 */
bool json_pick_next(struct json_cursor *, const struct json_want *wants,
    size_t n, void *out);
enum err_code json_pick_error(const struct json_cursor *, struct str text,
    struct err *e) MUST_CHECK;

#endif
