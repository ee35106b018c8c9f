/*
 * What is known of numbering plans, for the limits of what may be dialled when
 * the operator named none: which numbers are of one country, and which of them
 * cost more than a call at home. Serves phone_may_dial.
 */
#ifndef CALLWARD_PHONE_COST_H
#define CALLWARD_PHONE_COST_H

#include "tenancy/phone.h"

/*
 * Are the two of one country, as far as its code tells? Russia and Kazakhstan,
 * which share +7, are two; all of +1 is one.
 */
bool phone_is_same_country(const struct phone *, const struct phone *);

/*
 * Does a call to it cost more than one at home: premium and shared-cost
 * ranges, personal numbers, pagers; in +1 also the islands and territories and
 * the Canadian north, but for those where the line is itself?
 */
bool phone_is_costly(const struct phone *number, const struct phone *line);

#endif
