/*
 * What Twilio sends as a form, or as JSON that stands for one. Knows which
 * parameters decide; no optional one may cost the call.
 * Source: Twilio, "TwiML voice request parameters".
 */
#ifndef CALLWARD_TWILIO_FORM_H
#define CALLWARD_TWILIO_FORM_H

#include "base/arena.h"
#include "base/err.h"
#include "io/form.h"
#include "base/str.h"

/*
 * A form body, of which no optional parameter may cost the
 * call: text (UTF-8, no NUL) is demanded of From, To, CallSid and AccountSid
 * alone. What is no text stays among the parameters, because it is signed,
 * and counts as not sent.
 */
enum err_code twilio_form_decode_sent(struct arena *, struct str body,
    struct form *form_r, struct err *e) MUST_CHECK;

/*
 * The members of a JSON object as parameters: text as it is, numbers and
 * true/false as they are written, null and containers left out. A text or
 * number that JSON does not allow counts as not sent. ERR_INPUT when body is
 * no JSON object, or when one of the four above is given twice or is such a
 * text; ERR_TOO_LARGE past the bound on parameters.
 */
enum err_code twilio_form_decode_json(struct arena *, struct str body,
    struct form *form_r, struct err *e) MUST_CHECK;

#define TWILIO_FORM_VALUE_BYTES 128 /* at most, of From, To and their like */

/*
 * One of the parameters that decide; STR_NONE when it was not sent. ERR_INPUT:
 * it is longer; ERR_CONFLICT as form_get.
 */
enum err_code twilio_form_value(const struct form *, const char *name,
    struct str *value_r, struct err *e) MUST_CHECK;

/* The same of From; one that is empty is PHONE_WITHHELD. */
enum err_code twilio_form_from(const struct form *, struct str *from_r,
    struct err *e) MUST_CHECK;

#endif
