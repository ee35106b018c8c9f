/*
 * Numbers that somebody of the clinic typed: the clinic's country is asked for
 * where a number cannot be read without it, and not before.
 */
#ifndef CALLWARD_API_PHONE_H
#define CALLWARD_API_PHONE_H

#include "exchange.h"
#include "tenancy/phone_typed.h"

/* The clinic's country; STR_NONE: nothing tells it. Errors: as api_run. */
enum err_code api_country(struct exchange *, struct str *country_r,
    struct err *e) MUST_CHECK;

/*
 * What a list is searched for, as typed: each brought to E.164, or to the four
 * to fifteen digits that may be the end of a number. Words that are a number
 * as a whole become number; of an end both are looked for. Others stay.
 */
enum err_code api_phone_search(struct exchange *, struct str *number,
    struct str *words, struct err *e) MUST_CHECK;

#endif
