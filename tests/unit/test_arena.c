/* arena: zeroed memory under a ceiling, ties run once, newest first. */
#include "config.h"

#include "base/arena.h"
#include "tap.h"

static char order[8];
static size_t released;

static void
note(void *p)
{
	order[released++] = *(const char *)p;
}

static void
test_alloc(struct arena *a)
{
	static const char zero[100];
	char *p = arena_alloc(a, 100), *q;

	ok(p != NULL && memcmp(p, zero, 100) == 0, "memory is zeroed");
	ok(((uintptr_t)p & 15) == 0, "and aligned");
	memset(p, 'x', 100);
	ok((q = arena_alloc(a, 40000)) != NULL, "more than one chunk");
	memset(q, 'y', 40000);
	ok(p[99] == 'x', "pieces do not overlap");
	ok(arena_used(a) >= 40100, "what is handed out is counted");
	ok(arena_alloc(a, 70000) == NULL, "the ceiling holds");
	ok(arena_alloc(a, SIZE_MAX) == NULL, "an absurd size is refused");
	ok(arena_alloc(a, 20) != NULL, "a small piece still fits");
	arena_reset(a);
	is_int((int64_t)arena_used(a), 0, "a reset gives all back");
	p = arena_alloc(a, 100);
	ok(p != NULL && memcmp(p, zero, 100) == 0, "zeroed after a reset");
	is_str(str_of(arena_strndup(a, "hello", 3)), "hel", "strndup cuts");
}

static void
test_ties(struct arena *a)
{
	static char names[] = "abc";
	struct err e;

	ok(arena_tie(a, note, &names[0], &e) == ERR_OK &&
		arena_tie(a, note, &names[1], &e) == ERR_OK,
	    "ties are taken");
	arena_reset(a);
	is_str((struct str){ order, released }, "ba", "newest first");
	arena_reset(a);
	is_int((int64_t)released, 2, "and once");
	while (arena_alloc(a, 1000) != NULL || arena_alloc(a, 1) != NULL)
		continue;
	is_int(arena_tie(a, note, &names[2], &e), ERR_TOO_LARGE,
	    "a tie past the ceiling is refused");
	is_str((struct str){ order, released }, "bac", "and released at once");
}

int
main(void)
{
	struct arena *a = arena_new(100000);

	if (a == NULL)
		return (1);
	test_alloc(a);
	arena_reset(a);
	test_ties(a);
	arena_free(a);
	arena_free(NULL);
	return (done());
}
