/*
 * What becomes of an arriving call, whoever announces it: Twilio's voice
 * webhook or Vapi's assistant-request. Here it is decided, stored and, where
 * we cannot serve, replaced by a fallback; how that is said to the provider,
 * and how a session is begun there, is the provider's way.
 */
#ifndef CALLWARD_ARRIVAL_H
#define CALLWARD_ARRIVAL_H

#include <stdbool.h>

#include "io/json.h"
#include "tenancy/phone.h"
#include "exchange.h"
#include "tenancy/tenancy.h"
#include "vapi/vapi_message.h"
#include "vapi/vapi_overrides.h"

/*
 * For all of it, from the arrival on: Twilio gives up after 15 s and the web
 * server after 12, Vapi after 7.5. Settings shorten them, and do no more.
 */
#define ARRIVAL_MOST_MS 10500
#define ASSISTANT_REQUEST_MOST_MS 6000
#define VAPI_TIMEOUT_MOST_MS 7500
#define ARRIVAL_LAST_MS 1500 /* of it, to store what Vapi has answered */

struct arrival;

/* A session that the provider gave, and what is answered for it. */
struct arrival_session {
	struct str vapi_call_id;
	struct str answer;
};

/* A provider: how it is answered. */
struct arrival_way {
	const char *content_type;

	/* Say the sentence, if any, and dial the number, or end. */
	enum err_code (*speak)(struct arena *, struct str sentence,
	    struct str language, const struct phone *number,
	    struct str *answer_r, struct err *e);

	/* Who has no owner. */
	enum err_code (
	    *reject)(struct exchange *, struct str *answer_r, struct err *e);

	/* Ask for a session; what is sealed in metadata goes into it. */
	enum err_code (*begin)(const struct arrival *,
	    const struct json *metadata, struct arrival_session *session_r,
	    struct err *e);

	/* Give the answer that is stored under this CallSid. */
	enum err_code (
	    *repeat)(const struct arrival *, struct str answer, struct err *e);

	/* The call that a number's proof awaits; NULL: not on this way. */
	enum err_code (
	    *loop)(struct exchange *, struct tenancy_arrival *, struct err *e);
};

/* One arriving call. */
struct arrival {
	struct exchange *x;
	const struct arrival_way *way;
	struct tenancy_arrival in;
	struct tenancy_call call;
	const struct vapi_message *message; /* Vapi's, else NULL */
	bool unusable; /* the provider could not use the stored answer */
	bool outage;   /* ours, or the provider's: not what the clinic wants */
};

/* From what was announced (x, way, in) to the answer. */
enum err_code arrival_serve(struct arrival *, struct err *e) MUST_CHECK;

/* Answer 200 with this. ERR_OK, so that a handler can end with it. */
enum err_code arrival_say(const struct arrival *, struct str answer) MUST_CHECK;

/*
 * Answer as the way rejects; settle stores it under the CallSid, as the first
 * answer that this gets.
 */
enum err_code arrival_turn_away(const struct arrival *, bool settle,
    struct err *e) MUST_CHECK;

/*
 * The sentence, and the fallback: the call's, or where nothing is known of it,
 * the one that this process remembers. Nothing is stored.
 */
enum err_code arrival_sorry(const struct arrival *, struct err *e) MUST_CHECK;

/* What the clinic set for this call's assistant, and the seal. */
struct vapi_overrides arrival_overrides(const struct arrival *,
    const struct json *metadata);

/*
 * Store an answer that is no session, and return the one to say: this, or the
 * one that was stored before. When the database cannot be asked it is this
 * one all the same: a caller is waiting.
 *
 * dialled       the answer dials a fallback
 * ended_reason  "callward-...", why the call has no session; NULL: there is no
 *               call to end
 */
struct str arrival_settle(struct exchange *, const struct tenancy_arrival *,
    const struct tenancy_call *call, struct str answer, bool dialled,
    const char *ended_reason);

/* Record a request that names no call of anybody. */
void arrival_reject(struct exchange *, const char *provider,
    struct str event_type, const struct tenancy_arrival *,
    const struct err *why);

#endif
