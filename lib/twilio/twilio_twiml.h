/*
 * The few TwiML documents we speak ourselves, and the look at one that was
 * made by others before it is passed on.
 * Source: Twilio, TwiML for Programmable Voice.
 */
#ifndef CALLWARD_TWILIO_TWIML_H
#define CALLWARD_TWILIO_TWIML_H

#include "base/arena.h"
#include "base/err.h"
#include "tenancy/phone.h"
#include "base/str.h"

#define TWILIO_TWIML_BYTES_MAX (64 * 1024)

/* <Reject reason="rejected"/>: the caller is not answered and not billed. */
struct str twilio_twiml_reject(void);

/*
 * Say a sentence, then dial number, or hang up when number is NULL.
 *
 * sentence  any text, escaped here; without p nothing is said
 * language  of the sentence, as people write it: "es", "en-US". It is named
 *           where Twilio speaks it, in the accent that comes nearest
 */
enum err_code twilio_twiml_say(struct arena *, struct str sentence,
    struct str language, const struct phone *number, struct str *twiml_r,
    struct err *e) MUST_CHECK;

/*
 * Is text fit to be passed on byte for byte? At most 64 KiB, UTF-8 without
 * NUL, first character other than white space is '<', holds "<Response", no
 * document type. ERR_INPUT names the rule.
 */
enum err_code twilio_twiml_check(struct str text, struct err *e) MUST_CHECK;

/* Append text escaped for XML content and attributes. */
void twilio_twiml_escape(struct buf *, struct str text);

#endif
