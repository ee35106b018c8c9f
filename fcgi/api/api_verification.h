/*
 * POST /api/phone-numbers/{id}/verification: a clinic has a number of its own
 * rung, and tells the code that was spoken. The attempt is stored before
 * anybody is rung, and the answer does not wait for the ringing: it is the
 * same, and as quick, for a number that nobody may ring.
 * Source: doc/proof.md.
 */
#ifndef CALLWARD_API_VERIFICATION_H
#define CALLWARD_API_VERIFICATION_H

#include "exchange.h"

exchange_handler api_verification;

#endif
