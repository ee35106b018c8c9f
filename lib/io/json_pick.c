/*
 * The wants are a tree of constant depth; this follows the text along it.
 */
#include "config.h"

#include <string.h>

#include "io/json_cursor.h"
#include "io/json_pick.h"
#include "io/json_raw.h"

#define NAME_MAX_BYTES 64 /* no wanted name is longer */

static const struct json_want *
find(const struct json_want *wants, size_t n, struct str raw)
{
	char plain[NAME_MAX_BYTES];
	struct str name = raw;

	if (str_find(raw, '\\') < raw.n &&
	    !json_raw_plain(raw, plain, sizeof(plain), &name))
		return (NULL);
	/* Most names differ in their first byte from most that are wanted. */
	for (size_t i = 0; i < n; i++)
		if (name.n > 0 && name.p[0] == wants[i].name[0] &&
		    str_is(name, wants[i].name))
			return (&wants[i]);
	return (NULL);
}

static bool pick_members(struct json_cursor *, const struct json_want *,
    size_t n, char *out);

/* The value of a member that is wanted and has not been read yet. */
static bool
pick_value(struct json_cursor *c, const struct json_want *want, char *out)
{
	struct str *slot = (struct str *)(void *)(out + want->offset);
	const char *from;

	if (want->inside == NULL || !json_cursor_at(c, '{')) {
		if (!json_cursor_value(c, slot))
			return (false);
		if (!json_raw_is_value(*slot))
			return (json_cursor_refuse(c, "a value is expected"));
		return (!want->strict || want->inside != NULL ||
		    json_raw_kind(*slot) != JSON_RAW_TEXT ||
		    json_raw_is_clean(*slot) ||
		    json_cursor_refuse(c,
			"a text that decides holds what is none"));
	}
	from = c->p;
	*slot = (struct str){ from, (size_t)(c->end - from) };
	if (!json_cursor_enter(c, '{') ||
	    !pick_members(c, want->inside, want->n, out + want->offset))
		return (false);
	slot->n = (size_t)(c->p - from);
	return (true);
}

static bool
pick_members(struct json_cursor *c, const struct json_want *wants, size_t n,
    char *out)
{
	const struct json_want *want;
	const struct str *slot;
	struct str name;

	while (json_cursor_member(c, &name)) {
		want = find(wants, n, name);
		slot = want == NULL ?
		    NULL :
		    (const struct str *)(void *)(out + want->offset);
		if (slot == NULL || slot->p != NULL) {
			if (slot != NULL && want->strict)
				return (json_cursor_refuse(c,
				    "a name stands twice"));
			if (!json_cursor_value(c, NULL))
				return (false);
		} else if (!pick_value(c, want, out))
			return (false);
	}
	return (c->rule == NULL);
}

bool
json_pick_next(struct json_cursor *c, const struct json_want *wants, size_t n,
    void *out)
{
	return (json_cursor_enter(c, '{') ?
		pick_members(c, wants, n, out) :
		json_cursor_refuse(c, "an object is expected"));
}

enum err_code
json_pick_error(const struct json_cursor *c, struct str text, struct err *e)
{
	return (err_set(e, c->no_memory ? ERR_TOO_LARGE : ERR_INPUT,
	    "json: %s, at byte %zu", c->rule,
	    text.n - (size_t)(c->end - c->p)));
}

enum err_code
json_pick(struct str text, const struct json_want *wants, size_t n, void *out,
    struct err *e)
{
	struct json_cursor c;
	bool ok;

	json_cursor_init(&c, text);
	ok = json_pick_next(&c, wants, n, out);
	if (ok && !json_cursor_at_end(&c))
		ok = json_cursor_refuse(&c, "bytes follow the end");
	return (ok ? ERR_OK : json_pick_error(&c, text, e));
}
