/*
 * Talk to an assistant in writing: one POST /chat a turn, each after the one
 * before by its id. Knows Vapi's request and answer, no tenant and no
 * database.
 * Source: Vapi API, POST /chat (CreateChatDTO, Chat).
 */
#ifndef CALLWARD_VAPI_CHAT_H
#define CALLWARD_VAPI_CHAT_H

#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "io/http.h"
#include "base/str.h"
#include "vapi/vapi_overrides.h"

#define VAPI_CHAT_SAID_BYTES ((size_t)8 * 1024)

struct vapi_chat {
	const char *api_url; /* "https://api.vapi.ai" */
	const char *api_key;
	struct str assistant_id; /* Vapi's */
	struct vapi_overrides
	    overrides;		/* its variables; nothing else counts */
	struct str previous_id; /* of the turn before; STR_NONE at the first */
};

struct vapi_chat_turn {
	struct str said;   /* the assistant's words, cut; "" for none */
	struct str called; /* the tools it called: names and arguments */
	double cost;	   /* USD; 0 when none was told that can be */
};

/*
 * Say line (UTF-8), hear what the assistant answers, and go on from there:
 * chat->previous_id is written.
 *
 * ERR_TEMPORARY  not said: no connection, too many at once
 * ERR_UNCERTAIN  no whole answer in time, or one that is not understood
 * ERR_INPUT      refused for what we sent: names what the operator can do
 * ERR_DENIED     the key is refused
 */
enum err_code vapi_chat_say(struct http *, struct arena *,
    struct vapi_chat *chat, struct str line, int64_t deadline_ms,
    struct vapi_chat_turn *turn_r, struct err *e) MUST_CHECK;

#endif
