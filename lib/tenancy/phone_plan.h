/*
 * How a number is dialled at home: the dialling plans of the countries whose
 * clinics may type a number without '+'. One row a plan; knows digits only.
 */
#ifndef CALLWARD_PHONE_PLAN_H
#define CALLWARD_PHONE_PLAN_H

#include <stdbool.h>

#include "base/str.h"

struct phone_plan;

/* The plan of a country (ISO 3166, "GB"); NULL: none is known. */
const struct phone_plan *phone_plan_of(struct str country);

/* The plan of the country code that digits (without '+') begin with. */
const struct phone_plan *phone_plan_of_digits(struct str digits);

struct str phone_plan_code(const struct phone_plan *);

/* Bytes of the exit code that digits begin with, as dialled there; 0: none. */
size_t phone_plan_exit(const struct phone_plan *, struct str digits);

/*
 * The national number that is dialled so at home: without the trunk digit
 * where it does not belong to it. STR_NONE: nothing is dialled so.
 */
struct str phone_plan_national(const struct phone_plan *, struct str digits);

/*
 * The same for what follows the country code, where a trunk digit is a common
 * mistake. STR_NONE: no number of this plan.
 */
struct str phone_plan_abroad(const struct phone_plan *, struct str digits);

#endif
