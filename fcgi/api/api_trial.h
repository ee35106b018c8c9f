/*
 * A run of a test of an assistant: begun and answered at once, then held as a
 * conversation in writing, turn by turn, and judged by the database.
 * Source: Vapi API, POST /chat.
 */
#ifndef CALLWARD_API_TRIAL_H
#define CALLWARD_API_TRIAL_H

#include "exchange.h"

exchange_handler api_trial_run; /* POST /{id}/run: 202 and the test */

#endif
