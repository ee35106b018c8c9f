/*
 * A form body as Twilio posts it: every parameter kept, in order, decoded
 * once. Knows the encoding, not what the names mean.
 * Source: WHATWG URL, application/x-www-form-urlencoded.
 */
#ifndef CALLWARD_TWILIO_FORM_H
#define CALLWARD_TWILIO_FORM_H

#include <stdbool.h>
#include <stddef.h>

#include "arena.h"
#include "err.h"
#include "str.h"

#define TWILIO_FORM_BYTES_MAX (64 * 1024)
#define TWILIO_FORM_PARAMS_MAX 200

struct twilio_param {
	struct str name;
	struct str value;
};

struct twilio_form {
	struct twilio_param *params;
	size_t n;
};

/*
 * Decode body. ERR_INPUT for '%' without two hex digits, a NUL byte, bytes
 * that are no UTF-8 after decoding; ERR_TOO_LARGE past the two bounds. A
 * piece without '=' is a name with an empty value; empty pieces are skipped.
 */
enum err_code twilio_form_decode(struct arena *, struct str body,
    struct twilio_form *form_r, struct err *e) MUST_CHECK;

/*
 * The same for what Twilio sends, where no optional parameter may cost the
 * call: text (UTF-8, no NUL) is demanded of From, To, CallSid and AccountSid
 * alone. What is no text stays among the parameters, because it is signed,
 * and counts as not sent.
 */
enum err_code twilio_form_decode_sent(struct arena *, struct str body,
    struct twilio_form *form_r, struct err *e) MUST_CHECK;

/*
 * The members of a JSON object as parameters: text as it is, numbers and
 * true/false as they are written, null and containers left out. A text or
 * number that JSON does not allow counts as not sent. ERR_INPUT when body is
 * no JSON object, or when one of the four above is given twice or is such a
 * text; ERR_TOO_LARGE past the bound on parameters.
 */
enum err_code twilio_form_decode_json(struct arena *, struct str body,
    struct twilio_form *form_r, struct err *e) MUST_CHECK;

/*
 * The value of name: ERR_ABSENT when it was not sent, ERR_CONFLICT when it was
 * sent more than once with different values.
 */
enum err_code twilio_form_get(const struct twilio_form *, const char *name,
    struct str *value_r, struct err *e) MUST_CHECK;

/*
 * What an optional parameter says: STR_NONE when it was not sent, is empty, is
 * longer than most_bytes, or has two values.
 */
struct str twilio_form_find(const struct twilio_form *, const char *name,
    size_t most_bytes);

/* Is there a parameter of this name, whatever its value? */
bool twilio_form_has(const struct twilio_form *, const char *name);

/* Append name=value, percent-encoded, with '&' before it when needed. */
void twilio_form_add(struct buf *, const char *name, struct str value);

#endif
