/*
 * A function a form, in the order of enum vapi_form; what it reads goes into
 * said, or nothing does.
 */
#include "config.h"

#include <stddef.h>
#include <string.h>

#include "base/clock.h"
#include "io/json.h"
#include "io/json_cursor.h"
#include "io/json_pick.h"
#include "io/json_raw.h"
#include "vapi/vapi_form.h"
#include "vapi/vapi_within.h"

#define URL_MAX_BYTES 2048
#define NUMBER_MAX_BYTES 64
#define INTENT_MAX_BYTES 50
#define PERSON_MAX_BYTES 120
#define TARGET_MAX_BYTES 256
#define STATUS_MAX_BYTES 32
#define COST_MAX_USD 100000.0
#define TIME_MIN_MS 946684800000.0  /* the year 2000 */
#define TIME_MAX_MS 4102444800000.0 /* the year 2100 */
#define SECONDS_MAX 1e11 /* of a time; what is more is milliseconds */
#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

typedef enum err_code read_form(struct vapi_look *, struct str raw);

/* Small forms ------------------------------------------------------------- */

/* A text with something in it, blanks at its ends taken off. */
static struct str
text_of(struct vapi_look *l, struct str raw, size_t max, bool *over)
{
	struct str text = STR_NONE;

	if (l->code == ERR_OK)
		l->code =
		    json_raw_text(l->all->arena, raw, max, &text, over, l->e);
	return (text.n == 0 ? STR_NONE : text);
}

static struct str
short_text(struct vapi_look *l, struct str raw, size_t max)
{
	bool over = false;
	struct str text = str_trim_lines(text_of(l, raw, max, &over));

	return (text.n == 0 ? STR_NONE : text);
}

static enum err_code
say_quoted(struct vapi_look *l, struct str text)
{
	struct buf b;

	if (l->code != ERR_OK || text.p == NULL)
		return (l->code);
	buf_init(&b, l->all->arena);
	json_quote(&b, text);
	return (buf_done(&b, &l->said, l->e));
}

/* A number, also one in a text; fallback: it is none. */
static double
number_of(struct vapi_look *l, struct str raw, double fallback)
{
	return (json_raw_number(json_raw_kind(raw) == JSON_RAW_TEXT ?
		short_text(l, raw, NUMBER_MAX_BYTES) :
		raw,
	    fallback));
}

/* 0: no time, or one outside of the years 2000 to 2099. */
static int64_t
time_of(struct vapi_look *l, struct str raw)
{
	double v = number_of(l, raw, -1.0);
	int64_t ms = 0;

	if (v >= 0)
		v = v < SECONDS_MAX ? v * 1000 : v;
	else if (json_raw_kind(raw) == JSON_RAW_TEXT &&
	    clock_parse_rfc3339(short_text(l, raw, NUMBER_MAX_BYTES), &ms,
		NULL) == ERR_OK)
		v = (double)ms;
	return (v >= TIME_MIN_MS && v < TIME_MAX_MS ? (int64_t)(v + 0.5) : 0);
}

static enum err_code
read_time(struct vapi_look *l, struct str raw)
{
	char text[CLOCK_RFC3339_SIZE];
	int64_t ms = time_of(l, raw);

	if (ms == 0 || l->code != ERR_OK)
		return (l->code);
	if (strcmp(l->row->name, "started_at") == 0)
		l->all->started_ms = ms;
	else
		l->all->ended_ms = ms;
	clock_format_rfc3339(ms, text);
	return (say_quoted(l, str_of(text)));
}

enum err_code
vapi_form_seconds(struct vapi_look *l, double s)
{
	struct buf b;

	if (!(s >= 0 && s < (double)INT32_MAX))
		return (l->code);
	l->all->duration = true;
	buf_init(&b, l->all->arena);
	buf_addf(&b, "%lld", (long long)(s + 0.5));
	return (buf_done(&b, &l->said, l->e));
}

static enum err_code
read_seconds(struct vapi_look *l, struct str raw)
{
	double s = json_raw_number(raw, -1.0);

	if (str_is(l->place.unit, "ms"))
		s *= 0.001;
	else if (str_is(l->place.unit, "min"))
		s *= 60.0;
	return (vapi_form_seconds(l, s));
}

/* Of a list the sum of what its parts cost; -1: one of them is absurd. */
static double
sum_of(struct vapi_look *l, struct str raw)
{
	static const struct json_want cost[] = { { "cost", false, 0, NULL,
	    0 } };
	struct json_cursor c;
	struct str item, part;
	double sum = 0, usd;
	bool some = false;

	json_cursor_init(&c, raw);
	if (!json_cursor_enter(&c, '['))
		return (-1.0);
	while (json_cursor_item(&c) && json_cursor_value(&c, &item)) {
		part = STR_NONE;
		if (json_raw_kind(item) != JSON_RAW_OBJECT ||
		    json_pick(item, cost, 1, &part, NULL) != ERR_OK ||
		    part.p == NULL)
			continue;
		if (!((usd = number_of(l, part, -1.0)) >= 0))
			return (-1.0);
		sum += usd;
		some = true;
	}
	return (some ? sum : -1.0);
}

static enum err_code
read_cost(struct vapi_look *l, struct str raw)
{
	double usd = json_raw_kind(raw) == JSON_RAW_ARRAY ?
	    sum_of(l, raw) :
	    number_of(l, raw, -1.0);
	struct buf b;

	if (l->code != ERR_OK || !(usd >= 0 && usd < COST_MAX_USD))
		return (l->code);
	buf_init(&b, l->all->arena);
	buf_addf(&b, "%.6f", usd);
	return (buf_done(&b, &l->said, l->e));
}

/*
 * "true", "7", "Good": a text, but booleans and numbers are sent too; a number
 * that no double holds is taken as it is spelled.
 */
static enum err_code
read_word(struct vapi_look *l, struct str raw)
{
	bool over = false;
	struct buf b;

	switch (json_raw_kind(raw)) {
	case JSON_RAW_TEXT:
		return (say_quoted(l, text_of(l, raw, URL_MAX_BYTES, &over)));
	case JSON_RAW_BOOL:
		return (json_raw_is_value(raw) ? say_quoted(l, raw) : ERR_OK);
	case JSON_RAW_NUMBER:
		if (!json_raw_is_value(raw) || raw.n > URL_MAX_BYTES)
			return (ERR_OK);
		if (!json_raw_is_number(raw))
			return (say_quoted(l, raw));
		buf_init(&b, l->all->arena);
		buf_addf(&b, "\"%.15g\"", json_raw_number(raw, 0));
		return (buf_done(&b, &l->said, l->e));
	default:
		return (ERR_OK);
	}
}

static enum err_code
read_address(struct vapi_look *l, struct str raw)
{
	bool over = false;

	return (say_quoted(l, text_of(l, raw, URL_MAX_BYTES, &over)));
}

/* However long it is: it is not kept. */
static enum err_code
read_sign(struct vapi_look *l, struct str raw)
{
	return (json_raw_kind(raw) == JSON_RAW_TEXT && raw.n > 2 ?
		say_quoted(l, str_of(l->row->named)) :
		ERR_OK);
}

/* Small letters, with '_' for blanks and '-'. */
static enum err_code
read_intent(struct vapi_look *l, struct str raw)
{
	struct str text = short_text(l, raw, INTENT_MAX_BYTES);
	char word[INTENT_MAX_BYTES];

	for (size_t i = 0; i < text.n; i++) {
		word[i] = str_lower(text.p[i]);
		if (strchr(" \t-", word[i]) != NULL)
			word[i] = '_';
		if (strchr("abcdefghijklmnopqrstuvwxyz_0123456789", word[i]) ==
			NULL ||
		    (i == 0 && (word[i] < 'a' || word[i] > 'z')))
			return (l->code);
	}
	return (
	    text.n < 2 ? l->code : say_quoted(l, (struct str){ word, text.n }));
}

/* What models say where a name was not given. */
#define NOBODY                                                                 \
	"unknown|none|null|n/a|na|not provided|not given|anonymous|caller|-"

static enum err_code
read_person(struct vapi_look *l, struct str raw)
{
	struct str text = short_text(l, raw, PERSON_MAX_BYTES), rest = text;
	char small[PERSON_MAX_BYTES + 1] = "";

	for (size_t i = 0; i < text.n; i++)
		small[i] = str_lower(text.p[i]);
	if (str_is_one_of((struct str){ small, text.n }, NOBODY))
		return (l->code);
	for (; rest.n > 0; rest = str_skip(rest, str_utf8_length(rest)))
		if (str_utf8_length(rest) == 0 || str_unprintable(rest) > 0)
			return (l->code);
	return (say_quoted(l, text));
}

/* Transfers --------------------------------------------------------------- */

struct target {
	struct str number, sip_uri;
};

static const struct json_want target_wants[] = {
	{ "number", false, offsetof(struct target, number), NULL, 0 },
	{ "sipUri", false, offsetof(struct target, sip_uri), NULL, 0 },
};

/* The number or address of a destination, or a text that is one. */
static struct str
target_of(struct vapi_look *l, struct str raw)
{
	struct target t = { .number = STR_NONE };
	struct str text;

	if (json_raw_kind(raw) == JSON_RAW_TEXT)
		return (short_text(l, raw, TARGET_MAX_BYTES));
	if (json_raw_kind(raw) != JSON_RAW_OBJECT ||
	    json_pick(raw, target_wants, COUNT(target_wants), &t, NULL) !=
		ERR_OK)
		return (STR_NONE);
	text = short_text(l, t.number, TARGET_MAX_BYTES);
	return (
	    text.p != NULL ? text : short_text(l, t.sip_uri, TARGET_MAX_BYTES));
}

static enum err_code
read_target(struct vapi_look *l, struct str raw)
{
	return (say_quoted(l, target_of(l, raw)));
}

struct transfer {
	struct str destination, status;
};

static const struct json_want transfer_wants[] = {
	{ "destination", false, offsetof(struct transfer, destination), NULL,
	    0 },
	{ "status", false, offsetof(struct transfer, status), NULL, 0 },
};

/* What came of one, in small letters; a word is all that it may be. */
static struct str
status_of(struct vapi_look *l, struct str raw)
{
	struct str text = short_text(l, raw, STATUS_MAX_BYTES);
	char *word;

	if (text.p == NULL)
		return (STR_NONE);
	if ((word = str_dup(l->all->arena, text)) == NULL) {
		l->code = err_set(l->e, ERR_TOO_LARGE, "no memory");
		return (STR_NONE);
	}
	for (size_t i = 0; i < text.n; i++) {
		word[i] = str_lower(word[i]);
		if (word[i] == '_' || word[i] == ' ')
			word[i] = '-';
		if (strchr("abcdefghijklmnopqrstuvwxyz-", word[i]) == NULL)
			return (STR_NONE);
	}
	return (
	    str_is(str_of(word), "canceled") ? STR("cancelled") : str_of(word));
}

static enum err_code
read_transfers(struct vapi_look *l, struct str raw)
{
	struct json *list = json_new_array(l->all->arena), *one;
	struct json_cursor c;
	struct transfer t;
	struct str item, to, status;
	size_t n = 0;

	json_cursor_init(&c, raw);
	if (!json_cursor_enter(&c, '['))
		return (ERR_OK);
	while (n < VAPI_REPORT_TRANSFERS && json_cursor_item(&c) &&
	    json_cursor_value(&c, &item)) {
		t = (struct transfer){ .destination = STR_NONE };
		if (json_raw_kind(item) != JSON_RAW_OBJECT ||
		    json_pick(item, transfer_wants, COUNT(transfer_wants), &t,
			NULL) != ERR_OK)
			continue;
		to = target_of(l, t.destination);
		status = status_of(l, t.status);
		one = json_push_object(list);
		json_add_str(one, "to", to);
		json_add_str(one, "status", status);
		n++;
	}
	if (n == 0 || l->code != ERR_OK)
		return (l->code);
	return (json_format(l->all->arena, list, &l->said, l->e));
}

/* Large forms ------------------------------------------------------------- */

static enum err_code
read_text(struct vapi_look *l, struct str raw)
{
	l->said = text_of(l, raw, VAPI_REPORT_TEXT_BYTES, &l->over);
	return (l->code);
}

static enum err_code
read_turns(struct vapi_look *l, struct str raw)
{
	struct vapi_turns *turns = &l->all->turns;
	enum err_code code;

	if (json_raw_kind(raw) != JSON_RAW_ARRAY)
		return (ERR_OK);
	/* The transcript's row is first: if it gave one, none is made here. */
	code = vapi_turns_read(l->all->arena, raw, !l->all->transcript, turns,
	    l->e);
	l->said = turns->messages;
	l->over = l->over || turns->over;
	return (code);
}

static enum err_code
read_tree(struct vapi_look *l, struct str raw)
{
	struct str tree = raw;
	enum err_code code;

	if (l->place.within &&
	    (code = vapi_within_results(l->all->arena, raw, &tree, &l->over,
		 l->e)) != ERR_OK)
		return (code);
	return (json_raw_tree(l->all->arena, tree, VAPI_REPORT_TREE_BYTES,
	    &l->said, &l->over, l->e));
}

/* The table --------------------------------------------------------------- */

static read_form *const forms[VAPI_FORMS] = {
	[VAPI_FORM_TIME] = read_time,
	[VAPI_FORM_SECONDS] = read_seconds,
	[VAPI_FORM_COST] = read_cost,
	[VAPI_FORM_WORD] = read_word,
	[VAPI_FORM_ADDRESS] = read_address,
	[VAPI_FORM_SIGN] = read_sign,
	[VAPI_FORM_INTENT] = read_intent,
	[VAPI_FORM_PERSON] = read_person,
	[VAPI_FORM_TARGET] = read_target,
	[VAPI_FORM_TRANSFERS] = read_transfers,
	[VAPI_FORM_TEXT] = read_text,
	[VAPI_FORM_TURNS] = read_turns,
	[VAPI_FORM_TREE] = read_tree,
};

static bool
look_within(void *ctx, struct str raw)
{
	struct vapi_look *l = ctx;

	l->code = forms[l->row->form](l, raw);
	return (l->code != ERR_OK || l->said.p != NULL);
}

enum err_code
vapi_form_read(struct vapi_look *l, struct str raw)
{
	enum err_code code;

	if (raw.n == 0)
		return (ERR_OK);
	if (!l->place.within || l->row->named == NULL)
		return (forms[l->row->form](l, raw));
	code = vapi_within(l->all->arena, raw, l->row->named, look_within, l,
	    l->e);
	return (l->code != ERR_OK ? l->code : code);
}
