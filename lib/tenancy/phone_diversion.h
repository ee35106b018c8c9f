/*
 * Who diverted a call, by its Diversion headers. They are historic and anybody
 * can write them: what is found here owns a call only where a number was
 * registered for that.
 * Source: RFC 5806.
 */
#ifndef CALLWARD_PHONE_DIVERSION_H
#define CALLWARD_PHONE_DIVERSION_H

#include "tenancy/phone.h"

/*
 * The number of the newest entry that holds one.
 *
 * text  entries, newest first, as a header has them, or several headers with
 *       commas between
 * to    the number that was called; digits without '+' are a number only with
 *       its country code in front; anything else: they are none
 *
 * "<sip:+15551111111@host>;reason=no-answer", "tel:+1-555-111-1111",
 * "<sip:%2B15551111111@host>" and bare E.164 are numbers. An entry that holds
 * none, as an extension, is passed over; one that is withheld ends the search,
 * since what is behind it did not divert the call to us. ERR_INPUT: none.
 */
enum err_code phone_parse_diversion(struct str text, struct str to,
    struct phone *num_r, struct err *e) MUST_CHECK;

#endif
