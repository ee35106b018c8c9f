/*
 * Memory of one request: handed out piece by piece, given back all at once.
 * Results of libraries (a PGresult, a cJSON tree) are tied to it and freed at
 * the reset, so that a handler has nothing to clean up. One thread uses an
 * arena; nothing here is shared.
 */
#ifndef CALLWARD_ARENA_H
#define CALLWARD_ARENA_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

struct arena;

/*
 * limit_bytes  ceiling of what may be in hand at once, library results
 *              excluded; reaching it makes arena_alloc answer NULL
 * Returns NULL when the system has no memory. Free with arena_free.
 */
struct arena *arena_new(size_t limit_bytes) MUST_CHECK;
void arena_free(struct arena *);

/* Run what was tied, newest first, and give all memory back. */
void arena_reset(struct arena *);

/*
 * n bytes, zeroed, aligned for any type, good until the reset. NULL past the
 * ceiling or when the system has no memory.
 */
void *arena_alloc(struct arena *, size_t n) MUST_CHECK;

/* The same, but not zeroed: for a caller that writes every byte. */
void *arena_room(struct arena *, size_t n) MUST_CHECK;

/* n bytes of p plus a NUL. NULL as arena_alloc. */
char *arena_strndup(struct arena *, const char *p, size_t n) MUST_CHECK;

typedef void arena_release(void *);

/*
 * Call release(p) at the reset. On failure (ERR_TOO_LARGE) p is released at
 * once, so that the caller never owns it again.
 */
enum err_code arena_tie(struct arena *, arena_release *release, void *p,
    struct err *e) MUST_CHECK;

/* Bytes handed out since the last reset. */
size_t arena_used(const struct arena *);

#endif
