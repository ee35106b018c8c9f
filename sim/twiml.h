/*
 * Read TwiML as strictly as Twilio does: well formed, rooted in <Response>,
 * known verbs. Knows the form, not what a verb does.
 * Source: Twilio, TwiML for Programmable Voice; its error dictionary.
 */
#ifndef CALLWARD_SIM_TWIML_H
#define CALLWARD_SIM_TWIML_H

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"

#define TWIML_BYTES_MAX (64 * 1024)

struct twiml_attribute {
	struct str name, value;
};

/* A verb, or what stands inside of one. */
struct twiml_element {
	struct str name;
	struct str text; /* its own, trimmed; "" when there is none */
	const struct twiml_attribute *attributes;
	size_t n;
	struct twiml_element *first, *next; /* inside of it; behind it */
};

struct twiml {
	const struct twiml_element *first; /* verb; NULL: no verb at all */
	struct str stream_url; /* of <Connect><Stream>; no value if none */
};

/*
 * ERR_INPUT begins with the number of Twilio's error: 11750 (too large),
 * 12100 (document parse failure), 12200 (not TwiML), and says where.
 */
enum err_code twiml_read(struct arena *, struct str text, struct twiml *twiml_r,
    struct err *e) MUST_CHECK;

/* The value of an attribute; no value when it is not there. */
struct str twiml_attribute(const struct twiml_element *, const char *name);

#endif
