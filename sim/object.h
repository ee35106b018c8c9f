/*
 * The Call object of Vapi's API, and the parts of it that messages share.
 * Source: Vapi's OpenAPI description, schemas Call and Artifact.
 */
#ifndef CALLWARD_SIM_OBJECT_H
#define CALLWARD_SIM_OBJECT_H

#include "base/arena.h"
#include "base/err.h"
#include "io/json.h"
#include "script.h"
#include "sim.h"
#include "store.h"

#define OBJECT_ORG_ID "5f0d4c2e-8b1a-4b5e-9c57-0a8f6d3e2b11"

enum object_view {
	OBJECT_NEW = 1,	 /* the answer of POST /call, with TwiML */
	OBJECT_SNAPSHOT, /* inside messages: as it was when made */
	OBJECT_BARE,	 /* the same, without metadata */
	OBJECT_RINGING,	 /* inside assistant-request */
	OBJECT_FULL	 /* GET: as it is now */
};

/* Write the call into object. */
enum err_code object_call(const struct sim *, struct arena *,
    const struct store_call *, enum object_view, struct json *object,
    struct err *e) MUST_CHECK;

/*
 * Write transcript, messages, artifact, analysis, cost and the rest that is
 * known when a call has ended. A call that was never connected has empty
 * ones. canary  "", or a secret to leave where secrets have been seen
 */
enum err_code object_outcome(const struct sim *, struct arena *,
    const struct store_call *, const char *canary, struct json *object,
    struct err *e) MUST_CHECK;

/* The conversation so far as the lists messages and messagesOpenAIFormatted. */
void object_conversation(const struct store_call *, const struct script *,
    const char *canary, struct json *object);

#endif
