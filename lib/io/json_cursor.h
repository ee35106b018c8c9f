/*
 * Walking through a JSON text without building anything from it. Structure is
 * checked: brackets, commas, colons, quotes. What stands inside a string, and
 * how a number or a word is spelled, is left to whoever reads that value, so
 * that a value which nobody reads cannot make a text unreadable. Serves
 * json_pick.c and json_raw.c.
 * Source: RFC 8259.
 */
#ifndef CALLWARD_JSON_CURSOR_H
#define CALLWARD_JSON_CURSOR_H

#include <stdbool.h>

#include "base/str.h"

struct json_cursor {
	const char *p;
	const char *end;
	const char *rule; /* the rule that broke; NULL: none so far */
	bool no_memory;	  /* rule is about memory */
	bool entered;	  /* nothing of this object or array was read yet */
};

void json_cursor_init(struct json_cursor *, struct str text);

/* Set the rule that broke; answers false. */
bool json_cursor_refuse(struct json_cursor *, const char *rule);

/* Is c the next byte that is no white space? White space is passed over. */
bool json_cursor_at(struct json_cursor *, char c);

/* Is there nothing but white space left? */
bool json_cursor_at_end(struct json_cursor *);

/*
 * Pass over one value. raw_r, unless NULL, becomes its bytes, without white
 * space around them. Takes one step a byte and no recursion, at any depth.
 * False: the rule is set.
 */
bool json_cursor_value(struct json_cursor *, struct str *raw_r);

/* Is the next value opened by this bracket, '{' or '['? Then go into it. */
bool json_cursor_enter(struct json_cursor *, char open);

/*
 * Inside an object: go to the next member's value. name_r is what stands
 * between the quotes, as sent. False: behind '}', or the rule is set.
 */
bool json_cursor_member(struct json_cursor *, struct str *name_r);

/* The same inside an array, to the next item. */
bool json_cursor_item(struct json_cursor *);

#endif
