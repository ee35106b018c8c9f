/*
 * Nodes have their offsets from where the block begins, rows from where their
 * object's own do.
 */
#include "config.h"

#include <string.h>

#include "io/json_wants.h"

struct json_wants_node {
	struct str name; /* ends in NUL */
	bool strict;
	size_t offset;
	struct json_wants_node *inside, *next;
	size_t n; /* of them inside */
};

static enum err_code
add_node(struct json_wants *w, struct json_wants_node **at, struct str name,
    size_t offset, struct err *e)
{
	if (name.p == NULL ||
	    (*at = arena_alloc(w->arena, sizeof(**at))) == NULL)
		return (err_set(e, ERR_TOO_LARGE, "no memory"));
	(*at)->name = name;
	(*at)->offset = offset;
	return (ERR_OK);
}

static enum err_code
add_rows(struct json_wants *w, struct json_wants_node **at,
    const struct json_want *rows, size_t n, size_t base, struct err *e)
{
	enum err_code code;

	for (size_t i = 0; i < n; i++, at = &(*at)->next) {
		if ((code = add_node(w, at, str_of(rows[i].name),
			 base + rows[i].offset, e)) != ERR_OK)
			return (code);
		(*at)->strict = rows[i].strict;
		(*at)->n = rows[i].n;
		if ((code = add_rows(w, &(*at)->inside, rows[i].inside,
			 rows[i].n, (*at)->offset, e)) != ERR_OK)
			return (code);
	}
	return (ERR_OK);
}

enum err_code
json_wants_init(struct json_wants *w, struct arena *a,
    const struct json_want *rows, size_t n, size_t end, size_t size,
    struct err *e)
{
	*w =
	    (struct json_wants){ .arena = a, .n = n, .end = end, .size = size };
	return (add_rows(w, &w->first, rows, n, 0, e));
}

/* The node of a name among them, which there is from now on. */
static enum err_code
take_node(struct json_wants *w, struct json_wants_node **at, size_t *n,
    struct str name, struct json_wants_node **node_r, struct err *e)
{
	enum err_code code;

	/* Most names differ in their length or in their first byte. */
	while (*at != NULL &&
	    ((*at)->name.n != name.n || (*at)->name.p[0] != name.p[0] ||
		memcmp((*at)->name.p, name.p, name.n) != 0))
		at = &(*at)->next;
	if (*at == NULL) {
		if (w->end + sizeof(struct str) > w->size)
			return (err_set(e, ERR_BUG, "no room for a want"));
		name.p = str_dup(w->arena, name);
		if ((code = add_node(w, at, name, w->end, e)) != ERR_OK)
			return (code);
		w->end += sizeof(struct str);
		++*n;
	}
	*node_r = *at;
	return (ERR_OK);
}

enum err_code
json_wants_add(struct json_wants *w, struct str from, struct str path,
    size_t *offset_r, struct err *e)
{
	struct json_wants_node *node = NULL;
	struct str rest = from;
	enum err_code code;

	while (rest.p != NULL || path.p != NULL) {
		if (rest.p == NULL) {
			rest = path;
			path = STR_NONE;
		}
		code = take_node(w, node == NULL ? &w->first : &node->inside,
		    node == NULL ? &w->n : &node->n, str_cut(&rest, '.'), &node,
		    e);
		if (code != ERR_OK)
			return (code);
		*offset_r = node->offset;
	}
	return (ERR_OK);
}

static enum err_code
make_rows(const struct json_wants *w, const struct json_wants_node *node,
    size_t n, size_t base, const struct json_want **rows_r, struct err *e)
{
	struct json_want *rows;
	enum err_code code;

	*rows_r = NULL;
	if (n == 0)
		return (ERR_OK);
	if ((rows = arena_alloc(w->arena, n * sizeof(*rows))) == NULL)
		return (err_set(e, ERR_TOO_LARGE, "no memory"));
	*rows_r = rows;
	for (; node != NULL; node = node->next, rows++) {
		*rows = (struct json_want){ .name = node->name.p,
			.strict = node->strict,
			.offset = node->offset - base,
			.n = node->n };
		if ((code = make_rows(w, node->inside, node->n, node->offset,
			 &rows->inside, e)) != ERR_OK)
			return (code);
	}
	return (ERR_OK);
}

enum err_code
json_wants_rows(const struct json_wants *w, const struct json_want **rows_r,
    struct err *e)
{
	return (make_rows(w, w->first, w->n, 0, rows_r, e));
}
