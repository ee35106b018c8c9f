/*
 * A server message of Vapi arrives: whose call is it about, and what does it
 * add. A valid credential says that Vapi sent it, never whose it is; the
 * owner comes from our own seal or our own row, and where they cannot be
 * brought together the message is quarantined. 200 means durable.
 * Source: Vapi, server messages; doc/ownership.md.
 */
#ifndef CALLWARD_VAPI_H
#define CALLWARD_VAPI_H

#include "exchange.h"

exchange_handler vapi_webhook;

#endif
