/*
 * `callward-sim phone`: describes one telephone to the simulator that serves,
 * and tells how it behaves and what was heard at it.
 */
#ifndef CALLWARD_SIM_HANDSET_H
#define CALLWARD_SIM_HANDSET_H

#include "base/err.h"
#include "io/settings.h"

enum handset_member {
	HANDSET_ANSWERS,
	HANDSET_ANSWER_MS,
	HANDSET_KEYS,
	HANDSET_KEY_MS,
	HANDSET_HANG_UP_MS,
	HANDSET_FORWARDS,
	HANDSET_FORWARD_MS,
	HANDSET_TO,
	HANDSET_CARRIER,
	HANDSET_MEMBERS
};

struct handset {
	const char *number;
	const char *value[HANDSET_MEMBERS]; /* NULL: left out */
};

/*
 * Describe it if any value is given, the rest becoming default; print a line
 * with what it does and one for each thing heard. ERR_INPUT: refused.
 */
enum err_code handset_run(const struct settings *, const struct handset *,
    struct err *e) MUST_CHECK;

#endif
