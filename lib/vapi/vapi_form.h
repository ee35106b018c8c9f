/*
 * The forms that a value of a report may have (vapi_value.h), and what is made
 * of each. Knows nothing of where a value is kept. Serves vapi_report.c.
 */
#ifndef CALLWARD_VAPI_FORM_H
#define CALLWARD_VAPI_FORM_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "vapi/vapi_turns.h"
#include "vapi/vapi_value.h"

/* What is known of a message while its values are read, one after the other. */
struct vapi_forms {
	struct arena *arena;
	int64_t started_ms, ended_ms; /* 0: not told */
	bool duration;		      /* told */
	bool transcript;	      /* told: the turns make none */
	struct vapi_turns turns;
};

/* A value while its places are looked at; said is what is kept of it. */
struct vapi_look {
	struct vapi_forms *all;
	const struct vapi_value *row;
	struct vapi_place place;
	struct str said; /* STR_NONE: nothing yet */
	bool over;	 /* something was too large */
	enum err_code code;
	struct err *e;
};

/*
 * Read what stands at the place, which may be STR_NONE: in the form of the row,
 * or, where its name is looked for within, the value that goes by it. A small
 * value is said as JSON, a text as it is.
 *
 * ERR_INPUT: a value that is kept is no JSON; ERR_TOO_LARGE as json_raw_text.
 */
enum err_code vapi_form_read(struct vapi_look *, struct str raw) MUST_CHECK;

/* The same of a time in seconds. */
enum err_code vapi_form_seconds(struct vapi_look *, double s) MUST_CHECK;

#endif
