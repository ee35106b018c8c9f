/*
 * The server's side of PostgreSQL's protocol 3.0, as far as libpq speaks it to
 * Callward: flights are read into what they ask, answers are written into a
 * buffer. Knows the compiled statements, no socket but the one it is given.
 * What is malformed ends the program: the test is what is wrong then.
 * Source: PostgreSQL 15, chapter 55, Message Formats.
 */
#ifndef CALLWARD_FAKE_WIRE_H
#define CALLWARD_FAKE_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "io/db.h"
#include "base/str.h"

#define WIRE_ITEMS_MAX 600
#define WIRE_PROTOCOL 196608U /* the first word of a login, version 3.0 */

/* One message of a flight that asks for an answer. */
struct wire_item {
	char type;	    /* Parse, Bind, 'd'escribe a statement, */
	enum statement st;  /* 'D'escribe a portal, Execute */
	const char *on;	    /* Bind, Execute: the first parameter */
	const char *params; /* likewise: all, as one text */
	const char *claims; /* that the flight set before it */
};

struct wire_flight {
	struct arena *arena; /* holds all texts; reset by the next flight */
	struct wire_item item[WIRE_ITEMS_MAX];
	size_t n, executes;
	bool named;	   /* the last Bind was to a prepared statement */
	enum statement st; /* of the last Parse or Bind */
	enum statement unnamed;
	const char *on, *params; /* of the last Bind */
	const char *claims;	 /* of the last tenant_set */
};

/* Report what makes the test itself impossible, and end it. */
_Noreturn void wire_die(const char *what);

/* The body of a message; type NULL: the first one, which has none. */
bool wire_read(int fd, struct arena *, char *type, struct str *body_r);

/* All up to the next Sync; false when the other side is gone. */
bool wire_read_flight(int fd, struct wire_flight *);

/* A number from the front of s, most significant byte first. */
uint32_t wire_take(struct str *s, size_t bytes);

void wire_put(struct buf *, uint32_t v, size_t bytes);
void wire_put_text(struct buf *, const char *);
void wire_put_message(struct buf *, char type, const struct buf *body);
void wire_put_error(struct buf *, const char *severity, const char *state,
    const char *text);
void wire_put_status(struct buf *, const char *name, const char *value);
void wire_put_ready(struct buf *);
/*
 * What a statement gives and takes. other: "" as its head says; "more" with one
 * too many; "type" with another type of the first
 * (a column's is boolean); "swap" with the first two
 * columns in each other's place. Returns how many columns there are.
 */
size_t wire_put_columns(struct buf *, const struct statement_row *,
    const char *other);
void wire_put_params(struct buf *, const struct statement_row *,
    const char *other);
void wire_put_complete(struct buf *); /* of a select */
/* NULL is null. */
void wire_put_row(struct buf *, size_t n, const char *const *columns);

/* Send what was written; false when the other side is gone. */
bool wire_send(int fd, const struct buf *);

/* Say nothing until the other side has had enough, or the socket is shut. */
void wire_stall(int fd);

#endif
