/*
 * Server messages on demand: POST /sim/message sends one and gives back what
 * was answered, the request types included, which no call sends by itself.
 * Source: Vapi's OpenAPI description, the schemas ServerMessage...
 */
#ifndef CALLWARD_SIM_ASK_H
#define CALLWARD_SIM_ASK_H

#include "base/err.h"
#include "visit.h"

/*
 * Takes {"type":…,"call":id,"from":…,"to":…,"call_sid":…,"message":{…}}.
 *
 * call     a call that is known. An assistant-request is about a new one,
 *          and call is the id to give it; from, to and call_sid are its own.
 *          Answered with an assistant it is kept like one of POST /call.
 * message  members beside those that every message has; left out: some that
 *          fit the type
 *
 * Answers {"call":id,"status":n,"ms":n,"sent":{…},"answer":…}; status 0 and
 * "error" where there was none.
 */
enum err_code ask_message(struct visit *, struct err *e) MUST_CHECK;

#endif
