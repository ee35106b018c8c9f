/*
 * What a report is read for: a row a value, with the places at which it may
 * stand and the forms that it may have there. vapi_raw.c takes the places out
 * of a message, vapi_form.c reads what stands there, vapi_report.c keeps it.
 */
#ifndef CALLWARD_VAPI_VALUE_H
#define CALLWARD_VAPI_VALUE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/str.h"

/* Most that is kept. */
#define VAPI_REPORT_TEXT_BYTES ((size_t)4 * 1024 * 1024)
#define VAPI_REPORT_TREE_BYTES ((size_t)256 * 1024)
#define VAPI_REPORT_TURNS_BYTES ((size_t)16 * 1024 * 1024)
#define VAPI_REPORT_TURNS 5000
#define VAPI_REPORT_TRANSFERS 20

/* How a value is written, and what is made of it. */
enum vapi_form {
	VAPI_FORM_NONE = 0,
	VAPI_FORM_TIME,	     /* ISO text, seconds or milliseconds, as a time */
	VAPI_FORM_SECONDS,   /* a number, in whole seconds */
	VAPI_FORM_COST,	     /* dollars, also in a text, or a list of parts */
	VAPI_FORM_WORD,	     /* a text, a truth or a number, as a text */
	VAPI_FORM_ADDRESS,   /* a text that is not too long */
	VAPI_FORM_SIGN,	     /* any text; what is kept is the row's `named` */
	VAPI_FORM_INTENT,    /* a text, as an intent is spelled */
	VAPI_FORM_PERSON,    /* a text that names somebody */
	VAPI_FORM_TARGET,    /* whom a call was put through to */
	VAPI_FORM_TRANSFERS, /* a list of targets, each with what came of it */
	VAPI_FORM_TEXT,	     /* a long text */
	VAPI_FORM_TURNS,     /* a list of what was said */
	VAPI_FORM_TREE,	     /* an object or a list */
	VAPI_FORMS
};

/* Where it is kept. */
enum vapi_kept {
	VAPI_KEPT_DETAIL = 0, /* calls.details, under the row's name */
	VAPI_KEPT_COLUMN,     /* a column of calls of the row's name */
	VAPI_KEPT_EVENT /* a member of struct tenancy_event: it is large */
};

/*
 * places  in the order of trust, with blanks between; each is looked for in
 *         the message, then, after all of them, in its call. Behind a place
 *         may stand the unit of a number (":ms", ":min") or "/": what has one
 *         of the names in `named` is looked for in the objects that stand
 *         there, structured outputs or data.
 * named   words with '|' between, lower-case letters and digits alone
 * event   VAPI_KEPT_EVENT: the offset of the member
 * early   also of a status-update; such a value is small
 */
struct vapi_value {
	const char *name;
	enum vapi_form form;
	enum vapi_kept kept;
	const char *places;
	const char *named;
	size_t event;
	bool early;
};

extern const struct vapi_value vapi_values[];
extern const size_t vapi_values_n;

struct vapi_place {
	struct str path;
	struct str unit;
	bool within;
};

/* Cut the next place off a row's; false: there is none. */
bool vapi_place_next(struct str *places, struct vapi_place *place_r);

#endif
