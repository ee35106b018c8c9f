/*
 * Whether a bracket closes an object or an array is kept as one bit a level,
 * on the stack as far as texts usually go and on the heap below that.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "io/json_cursor.h"

#define USUAL_BYTES 64 /* 512 levels */

struct levels {
	unsigned char usual[USUAL_BYTES];
	unsigned char *bits; /* 1: an object */
	size_t size;
	size_t depth;
};

void
json_cursor_init(struct json_cursor *c, struct str text)
{
	*c = (struct json_cursor){ .p = text.p };
	c->end = text.n > 0 ? text.p + text.n : text.p;
}

bool
json_cursor_refuse(struct json_cursor *c, const char *rule)
{
	c->rule = rule;
	return (false);
}

static void
skip_space(struct json_cursor *c)
{
	while (c->p < c->end &&
	    (*c->p == ' ' || *c->p == '\t' || *c->p == '\n' || *c->p == '\r'))
		c->p++;
}

bool
json_cursor_at(struct json_cursor *c, char byte)
{
	skip_space(c);
	return (c->p < c->end && *c->p == byte);
}

bool
json_cursor_at_end(struct json_cursor *c)
{
	skip_space(c);
	return (c->p == c->end);
}

/* Past a string. A quote after an odd run of backslashes does not end it. */
static bool
skip_string(struct json_cursor *c)
{
	const char *const from = ++c->p, *quote, *run;

	do {
		quote = memchr(c->p, '"', (size_t)(c->end - c->p));
		if (quote == NULL) {
			c->p = c->end;
			return (json_cursor_refuse(c, "a text has no end"));
		}
		c->p = quote + 1;
		for (run = quote; run > from && run[-1] == '\\'; run--)
			continue;
	} while ((quote - run) % 2 != 0);
	return (true);
}

static bool
skip_name(struct json_cursor *c, struct str *name_r)
{
	const char *from;

	if (!json_cursor_at(c, '"'))
		return (json_cursor_refuse(c, "a name in quotes is expected"));
	from = c->p + 1;
	if (!skip_string(c))
		return (false);
	*name_r = (struct str){ from, (size_t)(c->p - 1 - from) };
	if (!json_cursor_at(c, ':'))
		return (json_cursor_refuse(c, "a colon is expected"));
	c->p++;
	return (true);
}

/* A number or a word, or what stands where one should. */
static bool
skip_scalar(struct json_cursor *c)
{
	const char *from = c->p;

	while (c->p < c->end &&
	    ((*c->p >= '0' && *c->p <= '9') || (*c->p >= 'a' && *c->p <= 'z') ||
		(*c->p >= 'A' && *c->p <= 'Z') || *c->p == '-' ||
		*c->p == '+' || *c->p == '.'))
		c->p++;
	return (c->p > from || json_cursor_refuse(c, "a value is expected"));
}

/* Double the room. */
static bool
grow(struct levels *l)
{
	unsigned char *bits, *old = l->bits == l->usual ? NULL : l->bits;

	if ((bits = realloc(old, l->size * 2)) == NULL)
		return (false);
	if (old == NULL)
		memcpy(bits, l->usual, l->size);
	l->bits = bits;
	l->size *= 2;
	return (true);
}

static bool
enter(struct json_cursor *c, struct levels *l)
{
	const unsigned char bit = (unsigned char)(1 << l->depth % 8);
	unsigned char *byte;

	if (l->depth / 8 == l->size && !grow(l)) {
		c->no_memory = true;
		return (json_cursor_refuse(c, "no memory"));
	}
	byte = &l->bits[l->depth / 8];
	*byte = (unsigned char)(*c->p == '{' ? *byte | bit : *byte & ~bit);
	l->depth++;
	c->p++;
	return (true);
}

static bool
in_object(const struct levels *l)
{
	return ((l->bits[(l->depth - 1) / 8] >> (l->depth - 1) % 8 & 1) != 0);
}

/* Behind a value: leave what ends here, and go to where the next begins. */
static bool
go_on(struct json_cursor *c, struct levels *l)
{
	struct str name;

	while (l->depth > 0) {
		if (json_cursor_at(c, ',')) {
			c->p++;
			return (!in_object(l) || skip_name(c, &name));
		}
		if (!json_cursor_at(c, in_object(l) ? '}' : ']'))
			return (json_cursor_refuse(c, "a comma is expected"));
		c->p++;
		l->depth--;
	}
	return (true);
}

static bool
skip_value(struct json_cursor *c, struct levels *l)
{
	struct str name;
	bool ok;

	do {
		skip_space(c);
		if (c->p == c->end)
			return (json_cursor_refuse(c, "a value is expected"));
		if (*c->p == '{' || *c->p == '[') {
			if (!enter(c, l))
				return (false);
			if (!json_cursor_at(c, in_object(l) ? '}' : ']')) {
				if (in_object(l) && !skip_name(c, &name))
					return (false);
				continue;
			}
			ok = true;
		} else
			ok = *c->p == '"' ? skip_string(c) : skip_scalar(c);
		if (!ok || !go_on(c, l))
			return (false);
	} while (l->depth > 0);
	return (true);
}

bool
json_cursor_value(struct json_cursor *c, struct str *raw_r)
{
	struct levels l = { .size = USUAL_BYTES };
	const char *from;
	bool ok;

	l.bits = l.usual;
	skip_space(c);
	from = c->p;
	ok = skip_value(c, &l);
	if (l.bits != l.usual)
		free(l.bits);
	if (ok && raw_r != NULL)
		*raw_r = (struct str){ from, (size_t)(c->p - from) };
	return (ok);
}

bool
json_cursor_enter(struct json_cursor *c, char open)
{
	if (!json_cursor_at(c, open))
		return (false);
	c->p++;
	c->entered = true;
	return (true);
}

/* To the next of what is listed; false behind its end, or at a fault. */
static bool
go_to_next(struct json_cursor *c, char close)
{
	bool first = c->entered;

	c->entered = false;
	if (json_cursor_at(c, close)) {
		c->p++;
		return (false);
	}
	if (first)
		return (true);
	if (!json_cursor_at(c, ','))
		return (json_cursor_refuse(c, "a comma is expected"));
	c->p++;
	return (true);
}

bool
json_cursor_member(struct json_cursor *c, struct str *name_r)
{
	return (go_to_next(c, '}') && skip_name(c, name_r));
}

bool
json_cursor_item(struct json_cursor *c)
{
	return (go_to_next(c, ']'));
}
