/*
 * Spoken turns only: the other items of a list hold prompts and calls of tools.
 * A text that is safe as it was sent is copied, not quoted again.
 */
#include "config.h"

#include <stddef.h>
#include <string.h>

#include "io/json.h"
#include "io/json_cursor.h"
#include "io/json_pick.h"
#include "io/json_raw.h"
#include "vapi/vapi_turns.h"
#include "vapi/vapi_value.h"

#define ROLE_MAX_BYTES 16
#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

struct raw_turn {
	struct str role, message, content, text, seconds, time;
};

struct turn {
	struct raw_turn raw;
	struct str role;
	struct str said; /* the place that it is read from */
	struct str text; /* STR_NONE: said is copied as it is */
};

struct writer {
	struct arena *arena;
	struct vapi_turns *out;
	struct buf messages, lines;
	size_t n;
	struct err *e;
};

static const struct json_want turn_wants[] = {
	{ "role", false, offsetof(struct raw_turn, role), NULL, 0 },
	{ "message", false, offsetof(struct raw_turn, message), NULL, 0 },
	{ "content", false, offsetof(struct raw_turn, content), NULL, 0 },
	{ "text", false, offsetof(struct raw_turn, text), NULL, 0 },
	{ "secondsFromStart", false, offsetof(struct raw_turn, seconds), NULL,
	    0 },
	{ "time", false, offsetof(struct raw_turn, time), NULL, 0 },
};

/* Reading ----------------------------------------------------------------- */

/* A text that is not empty, and whose bytes every JSON parser reads alike. */
static bool
can_stand(struct str raw)
{
	return (json_raw_kind(raw) == JSON_RAW_TEXT && raw.n > 2 &&
	    raw.n - 2 <= VAPI_REPORT_TEXT_BYTES && json_raw_is_clean(raw));
}

/* The first place that holds a text with something in it, if any does. */
static enum err_code
find_text(struct writer *w, struct turn *t)
{
	const struct str places[] = { t->raw.message, t->raw.content,
		t->raw.text };
	enum err_code code;

	for (size_t i = 0; i < COUNT(places); i++) {
		t->said = places[i];
		t->text = STR_NONE;
		if (can_stand(places[i]))
			return (ERR_OK);
		if ((code = json_raw_text(w->arena, places[i],
			 VAPI_REPORT_TEXT_BYTES, &t->text, &w->out->over,
			 w->e)) != ERR_OK)
			return (code);
		if (t->text.n > 0)
			return (ERR_OK);
	}
	t->said = STR_NONE;
	return (ERR_OK);
}

/* Find what was said in an item, t->said; STR_NONE where it is no turn. */
static enum err_code
read_turn(struct writer *w, struct turn *t)
{
	enum err_code code;
	bool longer = false;

	if ((code = json_raw_text(w->arena, t->raw.role, ROLE_MAX_BYTES,
		 &t->role, &longer, w->e)) != ERR_OK)
		return (code);
	return (str_is_one_of(t->role, "bot|assistant|user") ? find_text(w, t) :
							       ERR_OK);
}

/* Writing ----------------------------------------------------------------- */

/* How long json_quote makes a text, without the quotes. */
static size_t
quoted_bytes(struct str text)
{
	size_t n = text.n;

	for (size_t i = 0; i < text.n; i++)
		if (text.p[i] != '\0' &&
		    strchr("\"\\\b\f\n\r\t", text.p[i]) != NULL)
			n++;
		else if ((unsigned char)text.p[i] < 0x20)
			n += 5;
	return (n);
}

static bool
has_room(const struct writer *w, const struct turn *t)
{
	size_t n = t->text.p == NULL ? t->said.n - 2 : quoted_bytes(t->text);

	return (w->n < VAPI_REPORT_TURNS &&
	    w->messages.n + n <= VAPI_REPORT_TURNS_BYTES);
}

static void
add_number(struct buf *b, const char *name, struct str raw)
{
	if (!json_raw_is_number(raw))
		return;
	buf_adds(b, name);
	(void)json_raw_add_number(b, raw);
}

static void
add_turn(struct buf *b, const struct turn *t)
{
	buf_adds(b, b->n == 0 ? "[{\"role\":\"" : ",{\"role\":\"");
	buf_add(b, t->role);
	buf_adds(b, "\",\"message\":");
	if (t->text.p == NULL)
		buf_add(b, t->said);
	else
		json_quote(b, t->text);
	add_number(b, ",\"secondsFromStart\":", t->raw.seconds);
	add_number(b, ",\"time\":", t->raw.time);
	buf_addc(b, '}');
}

/* The transcript ends before the line that would make it too long. */
static enum err_code
add_line(struct writer *w, const struct turn *t)
{
	const struct str who =
	    str_is(t->role, "user") ? STR("User: ") : STR("AI: ");
	struct str text = t->text;
	enum err_code code;

	if (w->out->transcript_over)
		return (ERR_OK);
	if (text.p == NULL &&
	    (code = json_raw_text(w->arena, t->said, VAPI_REPORT_TEXT_BYTES,
		 &text, &w->out->over, w->e)) != ERR_OK)
		return (code);
	if (w->lines.n + who.n + text.n + 1 > VAPI_REPORT_TEXT_BYTES) {
		w->out->transcript_over = true;
		return (ERR_OK);
	}
	buf_add(&w->lines, who);
	buf_add(&w->lines, text);
	buf_addc(&w->lines, '\n');
	return (ERR_OK);
}

/* The list ---------------------------------------------------------------- */

/* The next item; false: there is none, or the cursor has a rule that broke. */
static bool
next_turn(struct json_cursor *c, struct turn *t)
{
	*t = (struct turn){ .role = STR_NONE };
	if (!json_cursor_item(c))
		return (false);
	return (json_cursor_at(c, '{') ?
		json_pick_next(c, turn_wants, COUNT(turn_wants), &t->raw) :
		json_cursor_value(c, NULL));
}

static enum err_code
finish(struct writer *w)
{
	enum err_code code;

	if (w->n == 0)
		return (ERR_OK);
	buf_addc(&w->messages, ']');
	if ((code = buf_done(&w->messages, &w->out->messages, w->e)) != ERR_OK)
		return (code);
	return (buf_done(&w->lines, &w->out->transcript, w->e));
}

enum err_code
vapi_turns_read(struct arena *a, struct str raw, bool lines,
    struct vapi_turns *out, struct err *e)
{
	struct writer w = { .arena = a, .out = out, .e = e };
	struct json_cursor c;
	enum err_code code;
	struct turn turn;

	*out = (struct vapi_turns){ .messages = STR_NONE };
	buf_init(&w.messages, a);
	buf_init(&w.lines, a);
	json_cursor_init(&c, raw);
	if (!json_cursor_enter(&c, '['))
		return (ERR_OK);
	buf_reserve(&w.messages, raw.n);
	while (next_turn(&c, &turn)) {
		if ((code = read_turn(&w, &turn)) != ERR_OK)
			return (code);
		if (turn.said.p == NULL)
			continue;
		if (!has_room(&w, &turn)) {
			out->over = true;
			break;
		}
		add_turn(&w.messages, &turn);
		if (lines && (code = add_line(&w, &turn)) != ERR_OK)
			return (code);
		w.n++;
	}
	return (c.rule == NULL ? finish(&w) : json_pick_error(&c, raw, e));
}
