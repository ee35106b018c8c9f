/*
 * The conversation in writing that Vapi's API offers beside calls. Each is
 * the handler of a row in serve.c; they fail by the same members of the plan
 * as POST /call.
 * Source: Vapi's OpenAPI description of 2026-08-20, paths /chat and below.
 *
 * The assistant repeats what was said last and offers an appointment:
 *
 *     Hello, thank you for calling. You said: "INPUT". I could offer you DAY.
 *
 * without the greeting from the second answer of a chat on. DAY follows from
 * the seed and from what was said first, and stays the same in one chat.
 */
#ifndef CALLWARD_SIM_CHAT_H
#define CALLWARD_SIM_CHAT_H

#include "base/err.h"
#include "visit.h"

enum err_code chat_create(struct visit *, struct err *e) MUST_CHECK;
enum err_code chat_get(struct visit *, struct err *e) MUST_CHECK;

#endif
