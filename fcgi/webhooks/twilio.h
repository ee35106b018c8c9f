/*
 * A call arrives: Twilio asks what to do with it and gets TwiML. Reads the
 * form, asks the tenancy library whose call it is, seals that owner into a
 * new session and passes the session's TwiML on. Whatever goes wrong on our
 * side, the caller hears a sentence or is put through to a fallback; never
 * the provider's error message.
 * Source: Twilio, voice webhooks; doc/ownership.md.
 */
#ifndef CALLWARD_TWILIO_H
#define CALLWARD_TWILIO_H

#include "exchange.h"

exchange_handler twilio_voice;

/*
 * How a call went on, told by Twilio: closes a call that never reached Vapi,
 * in whatever order the reports come. 204 means durable.
 */
exchange_handler twilio_status;

#endif
