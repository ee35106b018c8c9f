/*
 * A tree of wants for json_pick that grows by paths, so that a table may name
 * the places of what it reads and a text is still gone through once. Knows
 * nothing of what stands there.
 */
#ifndef CALLWARD_JSON_WANTS_H
#define CALLWARD_JSON_WANTS_H

#include <stddef.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "io/json_pick.h"

struct json_wants_node;

struct json_wants {
	struct arena *arena;
	struct json_wants_node *first;
	size_t n;
	size_t end;  /* an offset behind what is wanted so far, */
	size_t size; /* and how large the block is that is filled */
};

/*
 * Begin with a table of constants.
 *
 * end   an offset behind all that the table fills; aligned for a struct str
 * size  of the block
 * ERR_TOO_LARGE: past the arena's ceiling, as of the others.
 */
enum err_code json_wants_init(struct json_wants *, struct arena *,
    const struct json_want *rows, size_t n, size_t end, size_t size,
    struct err *e) MUST_CHECK;

/*
 * Want what stands at a path of names, "artifact.transcript", too, seen from
 * another, "message.call". What is wanted already stays where it is, and as
 * strict.
 *
 * offset_r  of its struct str, from where the block begins
 * ERR_BUG: the block is full.
 */
enum err_code json_wants_add(struct json_wants *, struct str from,
    struct str path, size_t *offset_r, struct err *e) MUST_CHECK;

/* The tree as json_pick takes it, w->n rows; they live in the arena. */
enum err_code json_wants_rows(const struct json_wants *w,
    const struct json_want **rows_r, struct err *e) MUST_CHECK;

#endif
