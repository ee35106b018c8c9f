/*
 * json_wants: a table that grows by paths picks what stood in it as before, and
 * what stands at the paths besides.
 */
#include "config.h"

#include <stddef.h>

#include "io/json_wants.h"
#include "tap.h"

struct inner {
	struct str self, id;
};

struct block {
	struct str type;
	struct inner call;
	struct str slots[4];
};

static const struct json_want call_rows[] = {
	{ "id", true, offsetof(struct inner, id), NULL, 0 },
};

static const struct json_want rows[] = {
	{ "type", true, offsetof(struct block, type), NULL, 0 },
	{ "call", true, offsetof(struct block, call), call_rows, 1 },
};

static struct arena *arena;

static void
begin(struct json_wants *w)
{
	struct err e;

	arena_reset(arena);
	is_int(json_wants_init(w, arena, rows, 2, offsetof(struct block, slots),
		   sizeof(struct block), &e),
	    ERR_OK, "a table of constants");
}

/* Where the path's value will be. */
static size_t
add(struct json_wants *w, const char *from, const char *path)
{
	size_t at = 0;
	struct err e;

	is_int(json_wants_add(w, str_of(from), str_of(path), &at, &e), ERR_OK,
	    path);
	return (at);
}

static enum err_code
pick(const struct json_wants *w, const char *text, struct block *b)
{
	const struct json_want *all;
	struct err e;

	memset(b, 0, sizeof(*b));
	if (json_wants_rows(w, &all, &e) != ERR_OK)
		return (ERR_BUG);
	return (json_pick(str_of(text), all, w->n, b, &e));
}

static struct str
slot(const struct block *b, size_t at)
{
	return (*(const struct str *)(const void *)((const char *)b + at));
}

static void
test_paths(void)
{
	size_t cost, id, inside;
	struct json_wants w;
	struct block b;

	begin(&w);
	cost = add(&w, "call", "cost.total");
	inside = add(&w, "call.artifact", "a");
	id = add(&w, "call", "id");
	is_int((int64_t)id, offsetof(struct block, call.id),
	    "what is wanted already stays where it is");
	is_int((int64_t)add(&w, "call", "cost.total"), (int64_t)cost,
	    "and so does what was added");
	is_int(pick(&w,
		   "{\"type\":\"t\",\"call\":{\"cost\":{\"total\":7},"
		   "\"artifact\":{\"a\":[1]},\"id\":\"x\",\"b\":01}}",
		   &b),
	    ERR_OK, "a text");
	is_str(b.type, "\"t\"", "of the table");
	is_str(b.call.id, "\"x\"", "within an object of the table");
	is_str(slot(&b, cost), "7", "at a path");
	is_str(slot(&b, inside), "[1]", "at another");
	is_int(pick(&w, "{\"call\":{\"id\":1,\"id\":2}}", &b), ERR_INPUT,
	    "what was strict is strict");
	is_int(pick(&w, "{\"call\":{\"cost\":1,\"cost\":2}}", &b), ERR_OK,
	    "what was added is not");
}

static void
test_room(void)
{
	struct json_wants w;
	struct err e;
	size_t at;

	begin(&w);
	(void)add(&w, "call", "a.b.c.d");
	is_int(json_wants_add(&w, STR("call"), STR("e"), &at, &e), ERR_BUG,
	    "a block that is full");
}

int
main(void)
{
	if ((arena = arena_new((size_t)1 << 20)) == NULL)
		return (1);
	test_paths();
	test_room();
	arena_free(arena);
	return (done());
}
