/*
 * Numbers as people type and paste them, for the API, the page behind it and
 * the command: one reading for all. What is registered is never the outcome of
 * a rule alone: the caller asks first where more than separators was changed.
 * Source: ITU-T E.123; RFC 3966 for "tel:"; phone_plan.c for countries.
 */
#ifndef CALLWARD_PHONE_TYPED_H
#define CALLWARD_PHONE_TYPED_H

#include "tenancy/phone.h"

#define PHONE_TYPED_END_MIN 4
#define PHONE_TYPED_END_MAX 15

enum phone_typed_kind {
	PHONE_TYPED_NONE,	/* no number */
	PHONE_TYPED_WHOLE,	/* '+' and exactly these digits were typed */
	PHONE_TYPED_DERIVED,	/* read by a rule: ask before it is stored */
	PHONE_TYPED_PLUS_NEEDED /* no number without its country */
};

struct phone_typed {
	enum phone_typed_kind kind;
	struct phone number; /* of WHOLE and DERIVED */
};

/*
 * Read what was typed.
 *
 * text     any bytes
 * country  of the clinic, ISO 3166 ("GB"); STR_NONE or one without a dialling
 *          plan: what has no '+' is PHONE_TYPED_PLUS_NEEDED
 *
 * Takes blanks, dashes, dots, slashes and brackets of every common kind,
 * "tel:" with its parameters, exit codes, the trunk digit ("+44 (0)20 ..."),
 * national numbers; an extension ("x12", "ext. 12") is left out.
 */
struct phone_typed phone_typed_read(struct str text, struct str country);

/*
 * The digits, where nothing but digits and separators was typed and they may
 * be the end of a number: PHONE_TYPED_END_MIN to PHONE_TYPED_END_MAX of them,
 * and not a date. Zeros in front, as of a trunk, are left out of long ones.
 * False: no such text; digits_r is written on true alone.
 */
bool phone_typed_end(struct str text, char digits_r[PHONE_SIZE]);

#endif
