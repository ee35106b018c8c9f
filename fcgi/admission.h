/*
 * Who may have a request thread, and memory for a body. Of the threads the
 * dashboard may have half, one clinic no more than its share of that half, and
 * what holds a thread for long (an answer that is streamed, a provider that is
 * asked after an answer) a quarter. The rest is for calls, which nobody's
 * dashboard may starve; and of these not all may wait for Vapi, so that
 * messages and the dashboard go on meanwhile.
 */
#ifndef CALLWARD_ADMISSION_H
#define CALLWARD_ADMISSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

#define ADMISSION_TENANT_MOST 24     /* requests in hand, of one tenant */
#define ADMISSION_TENANT_HELD_MOST 4 /* of them, held for long */

/* What reading a message takes, body included, of its length at most. */
#define ADMISSION_BODY_TIMES 10
#define ADMISSION_MEMORY_BYTES ((int64_t)192 * 1024 * 1024)

struct admission;
struct exchange;

/* What a request has been given; zero: nothing. */
struct admission_place {
	bool entered;
	bool named;
	bool held;
	size_t row; /* its tenant's; when named */
};

struct admission_counts {
	uint64_t in_hand; /* requests of the dashboard */
	uint64_t held;
	uint64_t refused; /* since the start */
	uint64_t asking;  /* calls that wait for Vapi */
	uint64_t asking_refused;
	uint64_t memory; /* bytes set aside for bodies and reading them */
};

/* threads: how many answer requests. NULL: no memory. */
struct admission *admission_new(size_t threads) MUST_CHECK;
void admission_free(struct admission *);

/*
 * Each of these gives x->place a little more, in this order, or fills x->resp:
 * 503 (ERR_TEMPORARY) when the dashboard has all it may have, 429 (ERR_INPUT)
 * with a sentence when x->login has; both with Retry-After.
 *
 * enter  before anything is proven
 * name   once x->login is known
 * hold   before what takes long; once more does nothing
 */
enum err_code admission_enter(struct exchange *x, struct err *e) MUST_CHECK;
enum err_code admission_name(struct exchange *x, struct err *e) MUST_CHECK;
enum err_code admission_hold(struct exchange *x, struct err *e) MUST_CHECK;

/* Give back whatever x->place has; once more does nothing. */
void admission_leave(struct exchange *x);

/*
 * Before a call asks Vapi. ERR_TEMPORARY: all threads but a sixteenth (32 at
 * most) wait for it already, or are held; else admission_asked has to follow.
 */
enum err_code admission_ask(struct admission *, struct err *e) MUST_CHECK;
void admission_asked(struct admission *);

/*
 * Set memory aside for a body of so many bytes, before any of it is read, and
 * give it back; false: it has to wait until others are done. One alone always
 * fits, and so does what must.
 *
 * give returns true when a lot was set aside and nothing is any more: then the
 * allocator may give back what it keeps.
 */
bool admission_take_memory(struct admission *, int64_t body_bytes,
    bool must) MUST_CHECK;
bool admission_give_memory(struct admission *, int64_t body_bytes) MUST_CHECK;
bool admission_has_memory(struct admission *, int64_t body_bytes);

void admission_count(struct admission *, struct admission_counts *counts_r);

#endif
