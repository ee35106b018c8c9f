/*
 * One function a value that is stored, each a list of places in the order of
 * preference.
 */
#include "config.h"

#include <stddef.h>
#include <string.h>

#include "base/clock.h"
#include "io/json.h"
#include "io/json_cursor.h"
#include "io/json_pick.h"
#include "io/json_raw.h"
#include "vapi/vapi_report.h"

#define URL_MAX_BYTES 2048
#define ROLE_MAX_BYTES 16
#define COST_MAX_USD 100000.0
#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

/* What was over its bound and is not kept. */
struct left_out {
	bool transcript, summary, messages, analysis, structured_data;
	bool made; /* of the transcript that the turns make */
};

/* The first place that holds a non-empty text of at most max bytes. */
static enum err_code
read_text(struct arena *a, const struct str *places, size_t n, size_t max,
    struct str *text_r, bool *over, struct err *e)
{
	enum err_code code = ERR_OK;

	*text_r = STR_NONE;
	for (size_t i = 0; i < n && code == ERR_OK && text_r->n == 0; i++)
		code = json_raw_text(a, places[i], max, text_r, over, e);
	if (text_r->n == 0)
		*text_r = STR_NONE;
	return (code);
}

static int64_t
time_of(struct arena *a, struct str raw)
{
	struct str text;
	bool over = false;
	int64_t ms;

	if (json_raw_text(a, raw, URL_MAX_BYTES, &text, &over, NULL) !=
		ERR_OK ||
	    clock_parse_rfc3339(text, &ms, NULL) != ERR_OK || ms <= 0)
		return (0);
	return (ms);
}

static int64_t
seconds_of(const struct vapi_raw_message *m, int64_t started_ms,
    int64_t ended_ms)
{
	const struct {
		struct str raw;
		double factor;
	} rows[] = { { m->duration_s, 1.0 }, { m->duration_ms, 0.001 },
		{ m->duration_minutes, 60.0 }, { m->duration, 1.0 } };

	for (size_t i = 0; i < COUNT(rows); i++) {
		double s = json_raw_number(rows[i].raw, -1.0) * rows[i].factor;

		if (s >= 0 && s < (double)INT32_MAX)
			return ((int64_t)(s + 0.5));
	}
	if (started_ms > 0 && ended_ms >= started_ms &&
	    (ended_ms - started_ms) / 1000 < INT32_MAX)
		return ((ended_ms - started_ms + 500) / 1000);
	return (-1);
}

static enum err_code
read_cost(struct arena *a, const struct vapi_raw_message *m, struct str *cost_r,
    struct err *e)
{
	const struct str places[] = { m->cost, m->cost_breakdown.total,
		m->call.cost };
	struct buf b;

	*cost_r = STR_NONE;
	for (size_t i = 0; i < COUNT(places); i++) {
		double usd = json_raw_number(places[i], -1.0);

		if (!(usd >= 0 && usd < COST_MAX_USD))
			continue;
		buf_init(&b, a);
		buf_addf(&b, "%.6f", usd);
		return (buf_done(&b, cost_r, e));
	}
	return (ERR_OK);
}

/* A number that json_raw_number gives, and not its fallback. */
static bool
is_held(struct str raw)
{
	return (json_raw_number(raw, 0) == json_raw_number(raw, 1));
}

/*
 * "true", "7", "Good": a text, but booleans and numbers are sent too; a number
 * that no double holds is taken as it is spelled.
 */
static enum err_code
read_success(struct arena *a, struct str raw, struct str *s_r, struct err *e)
{
	bool over = false;
	struct buf b;

	*s_r = STR_NONE;
	switch (json_raw_kind(raw)) {
	case JSON_RAW_TEXT:
		return (read_text(a, &raw, 1, URL_MAX_BYTES, s_r, &over, e));
	case JSON_RAW_BOOL:
		*s_r = raw;
		return (ERR_OK);
	case JSON_RAW_NUMBER:
		if (!is_held(raw)) {
			*s_r = raw.n <= URL_MAX_BYTES ? raw : STR_NONE;
			return (ERR_OK);
		}
		buf_init(&b, a);
		buf_addf(&b, "%.15g", json_raw_number(raw, 0));
		return (buf_done(&b, s_r, e));
	default:
		return (ERR_OK);
	}
}

/* Turns ------------------------------------------------------------------- */

struct raw_turn {
	struct str role, message, content, seconds, time;
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
	{ "secondsFromStart", false, offsetof(struct raw_turn, seconds), NULL,
	    0 },
	{ "time", false, offsetof(struct raw_turn, time), NULL, 0 },
};

/*
 * Read one item of the list. Spoken turns only: the others hold prompts and
 * what tools were told. *spoken_r: it is one, and turn_r is filled.
 */
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
	if ((code = read_text(a, (struct str[]){ t.raw.message, t.raw.content },
		 2, VAPI_REPORT_TEXT_BYTES, &t.text, over, e)) != ERR_OK)
		return (code);
	*spoken_r = t.text.n > 0;
	*turn_r = t;
	return (ERR_OK);
}

static void
add_number(struct buf *b, const char *name, struct str raw)
{
	if (!is_held(raw))
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

/* The turns, and the transcript that they make. */
static enum err_code
read_turns(struct arena *a, struct str raw, struct str *messages_r,
    struct str *transcript_r, struct left_out *out, struct err *e)
{
	struct buf messages, transcript;
	struct json_cursor c;
	enum err_code code;
	struct turn turn;
	struct str item;
	bool spoken;
	size_t n = 0;

	buf_init(&messages, a);
	buf_init(&transcript, a);
	json_cursor_init(&c, raw);
	if (!json_cursor_enter(&c, '['))
		return (ERR_OK);
	while (json_cursor_item(&c) && json_cursor_value(&c, &item)) {
		if ((code = read_turn(a, item, &turn, &spoken, &out->messages,
			 e)) != ERR_OK)
			return (code);
		if (!spoken)
			continue;
		if (n == VAPI_REPORT_TURNS ||
		    messages.n + quoted_bytes(turn.text) >
			VAPI_REPORT_TURNS_BYTES) {
			out->messages = true;
			break;
		}
		add_turn(&messages, &turn);
		if (!out->made && !add_line(&transcript, &turn))
			out->made = true;
		n++;
	}
	if (n == 0)
		return (ERR_OK);
	buf_addc(&messages, ']');
	if ((code = buf_done(&messages, messages_r, e)) != ERR_OK)
		return (code);
	return (buf_done(&transcript, transcript_r, e));
}

static enum err_code
read_conversation(struct arena *a, const struct vapi_raw_message *m,
    struct tenancy_event *ev, struct left_out *out, struct err *e)
{
	const struct str texts[] = { m->artifact.transcript, m->transcript,
		m->call.transcript };
	struct str made = STR_NONE, turns = m->artifact.messages;
	enum err_code code;

	if (json_raw_is_empty(turns))
		turns = m->messages;
	if ((code = read_text(a, texts, COUNT(texts), VAPI_REPORT_TEXT_BYTES,
		 &ev->transcript, &out->transcript, e)) != ERR_OK ||
	    (code = read_turns(a, turns, &ev->messages, &made, out, e)) !=
		ERR_OK)
		return (code);
	if (ev->transcript.p == NULL) {
		ev->transcript = made.n > 0 ? made : STR_NONE;
		out->transcript = out->transcript || out->made;
	}
	return (ERR_OK);
}

/* The rest ---------------------------------------------------------------- */

/* The first place that holds an object or array with something in it. */
static enum err_code
read_tree(struct arena *a, const struct str *places, size_t n,
    struct str *text_r, bool *over, struct err *e)
{
	enum err_code code = ERR_OK;

	*text_r = STR_NONE;
	for (size_t i = 0; i < n && code == ERR_OK && text_r->p == NULL; i++)
		code = json_raw_tree(a, places[i], VAPI_REPORT_TREE_BYTES,
		    text_r, over, e);
	return (code);
}

static enum err_code
tell_left_out(struct arena *a, const struct left_out *out, struct str *text_r,
    struct err *e)
{
	const struct {
		const char *name;
		bool over;
	} rows[] = { { "transcript", out->transcript },
		{ "messages", out->messages }, { "summary", out->summary },
		{ "analysis", out->analysis },
		{ "structured_data", out->structured_data } };
	struct json *o = json_new_object(a), *list = NULL;

	*text_r = STR_NONE;
	for (size_t i = 0; i < COUNT(rows); i++) {
		if (!rows[i].over)
			continue;
		if (list == NULL)
			list = json_add_array(o, "left_out");
		json_push_str(list, str_of(rows[i].name));
	}
	return (list == NULL ? ERR_OK : json_format(a, o, text_r, e));
}

enum err_code
vapi_report_read(struct arena *a, const struct vapi_raw_message *m,
    struct tenancy_event *ev, struct err *e)
{
	const struct str urls[] = { m->artifact.recording_url,
		m->artifact.recording.mono.combined_url, m->recording_url,
		m->call.recording_url };
	const struct str summaries[] = { m->analysis.summary, m->summary,
		m->call.summary };
	const struct str data[] = { m->analysis.structured_data,
		m->structured_data, m->artifact.structured_outputs };
	struct left_out out = { .transcript = false };
	bool url_over = false;
	enum err_code code;

	ev->started_ms = time_of(a, m->started_at);
	ev->ended_ms = time_of(a, m->ended_at);
	ev->duration_s = seconds_of(m, ev->started_ms, ev->ended_ms);
	if ((code = read_text(a, urls, COUNT(urls), URL_MAX_BYTES,
		 &ev->recording_url, &url_over, e)) != ERR_OK ||
	    (code = read_text(a, summaries, COUNT(summaries),
		 VAPI_REPORT_TEXT_BYTES, &ev->summary, &out.summary, e)) !=
		ERR_OK ||
	    (code = read_conversation(a, m, ev, &out, e)) != ERR_OK ||
	    (code = read_tree(a, &m->analysis.self, 1, &ev->analysis,
		 &out.analysis, e)) != ERR_OK ||
	    (code = read_tree(a, data, COUNT(data), &ev->structured_data,
		 &out.structured_data, e)) != ERR_OK ||
	    (code = read_success(a, m->analysis.success_evaluation,
		 &ev->success_evaluation, e)) != ERR_OK ||
	    (code = read_cost(a, m, &ev->cost_usd, e)) != ERR_OK)
		return (code);
	return (tell_left_out(a, &out, &ev->details, e));
}
