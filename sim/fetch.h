/*
 * One request of Twilio's for TwiML, or to tell a status: sent, and the
 * answer read as strictly as Twilio reads it.
 * Source: Twilio, voice webhooks (time limits, retries); its error
 * dictionary.
 */
#ifndef CALLWARD_SIM_FETCH_H
#define CALLWARD_SIM_FETCH_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "io/http.h"
#include "twiml.h"
#include "webhook.h"

#define FETCH_TOTAL_MS 15000 /* connecting included */
#define FETCH_TRIES 2	     /* the second only when not connected */

struct fetch_answer {
	struct http_answer http; /* status 0: none came */
	struct twiml twiml;	 /* empty where none is asked for */
	int64_t ms;
};

/*
 * One attempt. answer_r is written in every case; messages begin with the
 * number of Twilio's error. ERR_TEMPORARY: it did not get there, and is worth
 * another attempt; ERR_INPUT: the answer is of no use.
 */
enum err_code fetch_once(struct http *, struct arena *, const struct webhook *,
    bool wants_twiml, int64_t deadline_ms, struct fetch_answer *answer_r,
    struct err *e) MUST_CHECK;

#endif
