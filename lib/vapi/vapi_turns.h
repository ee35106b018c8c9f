/*
 * What was said on a call, turn by turn, as messages list it. Serves
 * vapi_form.c.
 */
#ifndef CALLWARD_VAPI_TURNS_H
#define CALLWARD_VAPI_TURNS_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"

struct vapi_turns {
	struct str messages;   /* JSON; STR_NONE: nobody said anything */
	struct str transcript; /* "AI: ...\nUser: ...\n", if asked for */
	bool over;	       /* not all of the turns are kept, */
	bool transcript_over;  /* or not all of their lines */
};

/*
 * Read a list of turns; bounds are those of vapi_value.h. Anything that is no
 * list has none. lines: make the transcript, too. ERR_INPUT: a value of a turn
 * is no JSON; ERR_TOO_LARGE as json_raw_text.
 */
enum err_code vapi_turns_read(struct arena *, struct str raw, bool lines,
    struct vapi_turns *turns_r, struct err *e) MUST_CHECK;

#endif
