/*
 * Read TwiML as strictly as Twilio does: well formed, rooted in <Response>,
 * known verbs. Knows no more than a simulated caller follows.
 * Source: Twilio, TwiML for Programmable Voice; its error dictionary.
 */
#ifndef CALLWARD_SIM_TWIML_H
#define CALLWARD_SIM_TWIML_H

#include "arena.h"
#include "err.h"
#include "str.h"

#define TWIML_BYTES_MAX (64 * 1024)

struct twiml {
	struct str verb;       /* the first; no value in an empty document */
	struct str stream_url; /* of <Connect><Stream>; no value if none */
};

/*
 * ERR_INPUT begins with the number of Twilio's error: 11750 (too large),
 * 12100 (document parse failure), 12200 (not TwiML), and says where.
 */
enum err_code twiml_read(struct arena *, struct str text, struct twiml *twiml_r,
    struct err *e) MUST_CHECK;

#endif
