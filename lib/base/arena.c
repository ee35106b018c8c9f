/*
 * A chain of chunks; the first one is kept over resets, so that a quiet
 * request never asks the system for memory.
 */
#include "config.h"

#include <stdalign.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"

/* AddressSanitizer also minds what of a chunk is not handed out. */
#if defined(__has_include) && __has_include(<sanitizer/asan_interface.h>)
#include <sanitizer/asan_interface.h>
#else
#define ASAN_POISON_MEMORY_REGION(p, n) ((void)(p), (void)(n))
#define ASAN_UNPOISON_MEMORY_REGION(p, n) ((void)(p), (void)(n))
#endif

#define ARENA_CHUNK_BYTES ((size_t)16 * 1024)

struct chunk {
	struct chunk *next;
	size_t size;
	size_t used;
	alignas(max_align_t) unsigned char bytes[];
};

struct tie {
	struct tie *next;
	arena_release *release;
	void *p;
};

struct arena {
	struct chunk *chunks; /* newest first; the last one is kept */
	struct tie *ties;
	size_t limit_bytes;
	size_t used;
};

static struct chunk *
chunk_new(size_t size)
{
	struct chunk *c;

	if (size > SIZE_MAX - sizeof(*c))
		return (NULL);
	if ((c = malloc(sizeof(*c) + size)) == NULL)
		return (NULL);
	c->next = NULL;
	c->size = size;
	c->used = 0;
	ASAN_POISON_MEMORY_REGION(c->bytes, size);
	return (c);
}

struct arena *
arena_new(size_t limit_bytes)
{
	struct arena *a;

	if ((a = calloc(1, sizeof(*a))) == NULL)
		return (NULL);
	a->limit_bytes = limit_bytes;
	if ((a->chunks = chunk_new(ARENA_CHUNK_BYTES)) == NULL) {
		free(a);
		return (NULL);
	}
	return (a);
}

void
arena_reset(struct arena *a)
{
	struct chunk *c;
	struct tie *t;

	for (t = a->ties; t != NULL; t = t->next)
		t->release(t->p);
	a->ties = NULL;
	while ((c = a->chunks)->next != NULL) {
		a->chunks = c->next;
		free(c);
	}
	a->chunks->used = 0;
	a->used = 0;
	ASAN_POISON_MEMORY_REGION(a->chunks->bytes, a->chunks->size);
}

void
arena_free(struct arena *a)
{
	if (a == NULL)
		return;
	arena_reset(a);
	free(a->chunks);
	free(a);
}

void *
arena_room(struct arena *a, size_t n)
{
	const size_t align = alignof(max_align_t), asked = n;
	struct chunk *c;
	void *p;

	if (n > a->limit_bytes - a->used)
		return (NULL);
	n = n == 0 ? align : (n + align - 1) & ~(align - 1);
	if (n > a->limit_bytes - a->used)
		return (NULL);
	c = a->chunks;
	if (n > c->size - c->used) {
		c = chunk_new(n > ARENA_CHUNK_BYTES ? n : ARENA_CHUNK_BYTES);
		if (c == NULL)
			return (NULL);
		c->next = a->chunks;
		a->chunks = c;
	}
	p = c->bytes + c->used;
	c->used += n;
	a->used += n;
	ASAN_UNPOISON_MEMORY_REGION(p, asked);
	return (p);
}

void *
arena_alloc(struct arena *a, size_t n)
{
	void *p = arena_room(a, n);

	if (p != NULL)
		memset(p, 0, n);
	return (p);
}

char *
arena_strndup(struct arena *a, const char *p, size_t n)
{
	char *s;

	if (n == SIZE_MAX || (s = arena_room(a, n + 1)) == NULL)
		return (NULL);
	if (n > 0)
		memcpy(s, p, n);
	s[n] = '\0';
	return (s);
}

enum err_code
arena_tie(struct arena *a, arena_release *release, void *p, struct err *e)
{
	struct tie *t;

	if ((t = arena_alloc(a, sizeof(*t))) == NULL) {
		release(p);
		return (err_set(e, ERR_TOO_LARGE,
		    "request needs more memory than its ceiling"));
	}
	t->release = release;
	t->p = p;
	t->next = a->ties;
	a->ties = t;
	return (ERR_OK);
}

size_t
arena_used(const struct arena *a)
{
	return (a->used);
}
