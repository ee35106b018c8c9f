/*
 * Spoken turns only: the others of a list hold prompts and what tools were
 * told.
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
	bool by_caller;
	struct str role, text;
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

/* The first place that holds a text with something in it. */
static enum err_code
read_text(struct arena *a, const struct str *places, size_t n,
    struct str *text_r, bool *over, struct err *e)
{
	enum err_code code = ERR_OK;

	*text_r = STR_NONE;
	for (size_t i = 0; i < n && code == ERR_OK && text_r->n == 0; i++)
		code = json_raw_text(a, places[i], VAPI_REPORT_TEXT_BYTES,
		    text_r, over, e);
	return (code);
}

/* Read one item of the list. *spoken_r: it is one, and turn_r is filled. */
static enum err_code
read_turn(struct arena *a, struct str item, struct turn *turn_r, bool *spoken_r,
    bool *over, struct err *e)
{
	struct turn t = { .role = STR_NONE };
	enum err_code code;
	bool longer = false;

	*spoken_r = false;
	if (json_raw_kind(item) != JSON_RAW_OBJECT)
		return (ERR_OK);
	if ((code = json_pick(item, turn_wants, COUNT(turn_wants), &t.raw,
		 e)) != ERR_OK ||
	    (code = json_raw_text(a, t.raw.role, ROLE_MAX_BYTES, &t.role,
		 &longer, e)) != ERR_OK)
		return (code);
	if (!str_is_one_of(t.role, "bot|assistant|user"))
		return (ERR_OK);
	t.by_caller = str_is(t.role, "user");
	if ((code = read_text(a,
		 (struct str[]){ t.raw.message, t.raw.content, t.raw.text }, 3,
		 &t.text, over, e)) != ERR_OK)
		return (code);
	*spoken_r = t.text.n > 0;
	*turn_r = t;
	return (ERR_OK);
}

static void
add_number(struct buf *b, const char *name, struct str raw)
{
	if (!json_raw_is_number(raw))
		return;
	buf_addf(b, ",\"%s\":", name);
	(void)json_raw_add_number(b, raw);
}

static void
add_turn(struct buf *b, const struct turn *t)
{
	buf_adds(b, b->n == 0 ? "[{\"role\":" : ",{\"role\":");
	json_quote(b, t->role);
	buf_adds(b, ",\"message\":");
	json_quote(b, t->text);
	add_number(b, "secondsFromStart", t->raw.seconds);
	add_number(b, "time", t->raw.time);
	buf_addc(b, '}');
}

/* False: it would be over the bound of a text, and is not added. */
static bool
add_line(struct buf *b, const struct turn *t)
{
	const struct str who = t->by_caller ? STR("User: ") : STR("AI: ");

	if (b->n + who.n + t->text.n + 1 > VAPI_REPORT_TEXT_BYTES)
		return (false);
	buf_add(b, who);
	buf_add(b, t->text);
	buf_addc(b, '\n');
	return (true);
}

/* What json_quote makes of a text, without the quotes. */
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

enum err_code
vapi_turns_read(struct arena *a, struct str raw, struct vapi_turns *out,
    struct err *e)
{
	struct buf messages, transcript;
	struct json_cursor c;
	enum err_code code;
	struct turn turn;
	struct str item;
	bool spoken;
	size_t n = 0;

	*out = (struct vapi_turns){ .messages = STR_NONE };
	buf_init(&messages, a);
	buf_init(&transcript, a);
	json_cursor_init(&c, raw);
	if (!json_cursor_enter(&c, '['))
		return (ERR_OK);
	while (json_cursor_item(&c) && json_cursor_value(&c, &item)) {
		if ((code = read_turn(a, item, &turn, &spoken, &out->over,
			 e)) != ERR_OK)
			return (code);
		if (!spoken)
			continue;
		if (n == VAPI_REPORT_TURNS ||
		    messages.n + quoted_bytes(turn.text) >
			VAPI_REPORT_TURNS_BYTES) {
			out->over = true;
			break;
		}
		add_turn(&messages, &turn);
		if (!out->transcript_over && !add_line(&transcript, &turn))
			out->transcript_over = true;
		n++;
	}
	if (n == 0)
		return (ERR_OK);
	buf_addc(&messages, ']');
	if ((code = buf_done(&messages, &out->messages, e)) != ERR_OK)
		return (code);
	return (buf_done(&transcript, &out->transcript, e));
}
