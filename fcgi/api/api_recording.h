/*
 * The recording of a call: fetched from Vapi while it is played, never kept.
 * Source: RFC 9110 section 14; Vapi, retrieving call artifacts.
 */
#ifndef CALLWARD_API_RECORDING_H
#define CALLWARD_API_RECORDING_H

#include "exchange.h"

exchange_handler api_recording; /* /{id}/recording, with Range */

#endif
