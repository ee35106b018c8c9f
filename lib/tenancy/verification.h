/*
 * The proof of a number: the code that is spoken and the tones that are
 * played, derived from keys and the attempt's id and kept nowhere, and what
 * the webhooks tell the database of an attempt. Knows no HTTP and no TwiML.
 * Source: doc/proof.md; statements in sql/statements.
 *
 * Deadlines are of the monotonic clock; errors are those of db_lanes_run.
 */
#ifndef CALLWARD_VERIFICATION_H
#define CALLWARD_VERIFICATION_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "io/db_lane.h"
#include "base/err.h"
#include "tenancy/keyring.h"
#include "base/str.h"

#define VERIFICATION_CODE_DIGITS 6
#define VERIFICATION_TONES_DIGITS 8
#define VERIFICATION_DIGITS_SIZE 9 /* the longer of them, and NUL */
#define VERIFICATION_LOOPS_MAX 50  /* that one leg may belong to */

enum verification_secret { VERIFICATION_CODE = 1, VERIFICATION_TONES };

/* The digits of an attempt, by the newest key. id is a UUID, in any case. */
enum err_code verification_make(const struct keyring *,
    enum verification_secret, struct str id,
    char digits_r[VERIFICATION_DIGITS_SIZE], struct err *e) MUST_CHECK;

/*
 * Are these the attempt's digits, by any key? Constant time in the compare.
 * Tones are played over and over, and who begins to listen in the middle
 * hears them turned round: every turn of them is right.
 */
enum err_code verification_check(const struct keyring *,
    enum verification_secret, struct str id, struct str digits, bool *right_r,
    struct err *e) MUST_CHECK;

/* Twilio took the call; call_sid STR_NONE: it refused it for good. */
enum err_code verification_rung(struct db_lanes *, struct arena *,
    struct str id, struct str call_sid, int64_t deadline_ms,
    struct err *e) MUST_CHECK;

/* What the call that we make is to hear, once it is answered. */
enum verification_cue {
	VERIFICATION_NOTHING = 0, /* no attempt waits for this call */
	VERIFICATION_ASK,	  /* for a key, before the code */
	VERIFICATION_PLAY,	  /* tones: the call has come back */
	VERIFICATION_ANNOUNCE	  /* tones: it has not, people may listen */
};

enum err_code verification_answered(struct db_lanes *, struct arena *,
    struct str id, struct str call_sid, int64_t deadline_ms,
    enum verification_cue *cue_r, struct err *e) MUST_CHECK;

/* A key was pressed: may the code be spoken? */
enum err_code verification_pressed(struct db_lanes *, struct arena *,
    struct str id, struct str call_sid, int64_t deadline_ms, bool *speak_r,
    struct err *e) MUST_CHECK;

/* The call that we made is over; status in Twilio's words. */
enum err_code verification_ended(struct db_lanes *, struct arena *,
    struct str id, struct str call_sid, struct str status, int64_t deadline_ms,
    struct err *e) MUST_CHECK;

/*
 * The code that was typed was compared. ERR_ABSENT: nothing waits for it any
 * more; tries_left_r is for a wrong one.
 */
enum err_code verification_compared(struct db_lanes *, struct arena *,
    struct str id, bool correct, int64_t deadline_ms, int64_t *tries_left_r,
    struct err *e) MUST_CHECK;

/* A call that came in on a line, as Twilio announced it. */
struct verification_leg {
	struct str call_sid;
	struct str from;
	struct str to;
	struct str called;
	struct str forwarded_from;
	struct str diversion;
};

/* Note it; listen_r: it may be a loop's, so listen for tones. */
enum err_code verification_leg(struct db_lanes *, struct arena *,
    const struct verification_leg *, int64_t deadline_ms, bool *listen_r,
    struct err *e) MUST_CHECK;

/*
 * A leg heard these digits. state_r is what the attempt whose tones they are
 * has come to; STR_NONE: they are nobody's. again_r: it may listen once more.
 */
enum err_code verification_heard(struct db_lanes *, struct arena *,
    const struct keyring *, struct str call_sid, struct str digits,
    int64_t deadline_ms, struct str *state_r, bool *again_r,
    struct err *e) MUST_CHECK;

#endif
