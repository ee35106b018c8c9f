/*
 * One walk through the members, which either shows or collects them.
 */
#include "config.h"

#include <string.h>

#include "io/json_cursor.h"
#include "io/json_pick.h"
#include "io/json_raw.h"
#include "vapi/vapi_within.h"

#define NAME_SIZE 64
#define DEPTH_MAX 3
#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

struct walk {
	struct arena *arena;
	const char *names;
	vapi_within_look *look;
	void *ctx;
	bool taken;
};

/* A member as far as it is named: key is what is between the quotes. */
struct member {
	struct str key;	 /* STR_NONE: an item of a list */
	struct str name; /* with quotes; of an output its own */
	struct str value;
};

/* The first members of what stands there, as many as are seen. */
struct members {
	struct json_cursor c;
	bool list;
	bool over;
	size_t n, bytes;
};

struct output {
	struct str name, result;
};

static const struct json_want output_wants[] = {
	{ "name", false, offsetof(struct output, name), NULL, 0 },
	{ "result", false, offsetof(struct output, result), NULL, 0 },
};

static bool
members_init(struct members *m, struct str raw)
{
	memset(m, 0, sizeof(*m));
	json_cursor_init(&m->c, raw);
	if (json_cursor_enter(&m->c, '{'))
		return (true);
	m->list = json_cursor_enter(&m->c, '[');
	return (m->list);
}

static bool
next_member(struct members *m, struct member *member)
{
	struct output o = { .name = STR_NONE };
	struct str key = STR_NONE;

	if (m->list ? !json_cursor_item(&m->c) :
		      !json_cursor_member(&m->c, &key))
		return (false);
	if (!json_cursor_value(&m->c, &member->value))
		return (false);
	m->bytes += member->value.n;
	if (m->n++ == VAPI_OUTPUTS_MAX || m->bytes > VAPI_OUTPUTS_BYTES) {
		m->over = true;
		return (false);
	}
	member->key = key;
	member->name =
	    key.p == NULL ? STR_NONE : (struct str){ key.p - 1, key.n + 2 };
	if (json_raw_kind(member->value) != JSON_RAW_OBJECT ||
	    json_pick(member->value, output_wants, COUNT(output_wants), &o,
		NULL) != ERR_OK ||
	    o.result.p == NULL)
		return (true);
	member->value = o.result;
	if (json_raw_kind(o.name) == JSON_RAW_TEXT && o.name.n > 2)
		member->name = o.name;
	return (true);
}

/* Showing ----------------------------------------------------------------- */

/* Behind what is in key; too long a name is none that is looked for. */
static void
add_plain(char key[NAME_SIZE], struct str text)
{
	size_t n = strlen(key);

	for (size_t i = 0; i < text.n; i++) {
		char c = str_lower(text.p[i]);

		if ((c < 'a' || c > 'z') && (c < '0' || c > '9'))
			continue;
		if (n == NAME_SIZE - 1) {
			key[0] = '\0';
			return;
		}
		key[n++] = c;
	}
	key[n] = '\0';
}

static enum err_code show_members(struct walk *, const char *parent,
    struct str object, int depth, struct err *e);

static enum err_code
show(struct walk *w, const char *parent, struct str name, struct str value,
    int depth, struct err *e)
{
	char key[NAME_SIZE] = "", with[NAME_SIZE] = "";
	struct str text = STR_NONE;
	bool over = false;
	enum err_code code;

	if ((code = json_raw_text(w->arena, name, NAME_SIZE * 4, &text, &over,
		 e)) != ERR_OK)
		return (code);
	add_plain(key, text);
	add_plain(with, str_of(parent));
	if (strcmp(key, "name") == 0 && with[0] != '\0')
		add_plain(with, str_of(key));
	else
		with[0] = '\0';
	if ((key[0] != '\0' && str_is_one_of(str_of(key), w->names)) ||
	    (with[0] != '\0' && str_is_one_of(str_of(with), w->names)))
		w->taken = w->look(w->ctx, value);
	if (!w->taken && depth < DEPTH_MAX)
		return (show_members(w, key, value, depth + 1, e));
	return (ERR_OK);
}

static enum err_code
show_members(struct walk *w, const char *parent, struct str object, int depth,
    struct err *e)
{
	struct json_cursor c;
	struct str key, value;
	enum err_code code = ERR_OK;

	json_cursor_init(&c, object);
	if (!json_cursor_enter(&c, '{'))
		return (ERR_OK);
	while (code == ERR_OK && !w->taken && json_cursor_member(&c, &key) &&
	    json_cursor_value(&c, &value))
		code = show(w, parent, (struct str){ key.p - 1, key.n + 2 },
		    value, depth, e);
	return (code);
}

enum err_code
vapi_within(struct arena *a, struct str raw, const char *names,
    vapi_within_look *look, void *ctx, struct err *e)
{
	struct walk w = { a, names, look, ctx, false };
	struct member member;
	struct members m;
	enum err_code code = ERR_OK;

	if (!members_init(&m, raw))
		return (ERR_OK);
	while (code == ERR_OK && !w.taken && next_member(&m, &member))
		code = show(&w, "", member.name, member.value, 1, e);
	return (code);
}

/* Collecting -------------------------------------------------------------- */

enum err_code
vapi_within_results(struct arena *a, struct str raw, struct str *object_r,
    bool *over, struct err *e)
{
	struct member member;
	struct members m;
	struct buf b;

	*object_r = STR_NONE;
	if (!members_init(&m, raw))
		return (ERR_OK);
	buf_init(&b, a);
	buf_addc(&b, '{');
	while (next_member(&m, &member)) {
		if (member.name.p == NULL)
			continue;
		if (b.n > 1)
			buf_addc(&b, ',');
		buf_add(&b, member.name);
		buf_addc(&b, ':');
		buf_add(&b, member.value);
	}
	buf_addc(&b, '}');
	*over = *over || m.over;
	return (buf_done(&b, object_r, e));
}
