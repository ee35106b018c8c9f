/*
 * One character at a time, written or escaped, is read by next_char; what
 * needs no look, which is most of most texts, is passed over before.
 */
#include "config.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "io/json.h"
#include "io/json_cursor.h"
#include "io/json_raw.h"

#define NUMBER_BYTES_MAX 63
#define REPLACEMENT 0xfffd
#define NO_CHARACTER UINT32_MAX
#define SPARE_STEPS 4096

enum json_raw_kind
json_raw_kind(struct str raw)
{
	if (raw.n == 0)
		return (JSON_RAW_NONE);
	switch (raw.p[0]) {
	case '{':
		return (JSON_RAW_OBJECT);
	case '[':
		return (JSON_RAW_ARRAY);
	case '"':
		return (JSON_RAW_TEXT);
	case 't':
	case 'f':
		return (JSON_RAW_BOOL);
	case 'n':
		return (JSON_RAW_NULL);
	default:
		return (JSON_RAW_NUMBER);
	}
}

bool
json_raw_is_empty(struct str raw)
{
	struct json_cursor c;
	struct str name;

	json_cursor_init(&c, raw);
	if (json_cursor_enter(&c, '{'))
		return (!json_cursor_member(&c, &name));
	return (!json_cursor_enter(&c, '[') || !json_cursor_item(&c));
}

/* Numbers ----------------------------------------------------------------- */

/* Past the digits that s begins with; false: there are none. */
static bool
skip_digits(struct str *s)
{
	size_t n = 0;

	while (n < s->n && s->p[n] >= '0' && s->p[n] <= '9')
		n++;
	*s = str_skip(*s, n);
	return (n > 0);
}

static bool
is_number(struct str s)
{
	if (str_starts(s, "-"))
		s = str_skip(s, 1);
	if (str_starts(s, "0"))
		s = str_skip(s, 1);
	else if (!skip_digits(&s))
		return (false);
	if (str_starts(s, ".")) {
		s = str_skip(s, 1);
		if (!skip_digits(&s))
			return (false);
	}
	if (str_starts(s, "e") || str_starts(s, "E")) {
		s = str_skip(s, 1);
		if (str_starts(s, "+") || str_starts(s, "-"))
			s = str_skip(s, 1);
		if (!skip_digits(&s))
			return (false);
	}
	return (s.n == 0);
}

bool
json_raw_is_value(struct str raw)
{
	switch (json_raw_kind(raw)) {
	case JSON_RAW_NULL:
		return (str_is(raw, "null"));
	case JSON_RAW_BOOL:
		return (str_is(raw, "true") || str_is(raw, "false"));
	case JSON_RAW_NUMBER:
		return (is_number(raw));
	default:
		return (raw.n > 0);
	}
}

static bool
has_exponent(struct str raw)
{
	return (str_find(raw, 'e') < raw.n || str_find(raw, 'E') < raw.n);
}

/* Nothing but zeros before the exponent. */
static bool
is_zero(struct str raw)
{
	for (size_t i = 0; i < raw.n && raw.p[i] != 'e' && raw.p[i] != 'E'; i++)
		if (raw.p[i] >= '1' && raw.p[i] <= '9')
			return (false);
	return (true);
}

static double
value_of(struct str raw)
{
	char text[NUMBER_BYTES_MAX + 1];

	memcpy(text, raw.p, raw.n);
	text[raw.n] = '\0';
	return (strtod(text, NULL));
}

/* Can a double hold it? Not one too large, or so small that it becomes 0. */
static bool
is_held(struct str raw)
{
	double v;

	if (raw.n > NUMBER_BYTES_MAX || !is_number(raw))
		return (false);
	if (!has_exponent(raw))
		return (true);
	v = value_of(raw);
	return (v != 0 ? isfinite(v) : is_zero(raw));
}

bool
json_raw_is_number(struct str raw)
{
	return (json_raw_kind(raw) == JSON_RAW_NUMBER && is_held(raw));
}

bool
json_raw_add_number(struct buf *b, struct str raw)
{
	if (!json_raw_is_number(raw))
		return (false);
	/* PostgreSQL would keep, or refuse, the exponent of a zero. */
	if (is_zero(raw))
		buf_adds(b, raw.p[0] == '-' ? "-0" : "0");
	else
		buf_add(b, raw);
	return (true);
}

double
json_raw_number(struct str raw, double fallback)
{
	return (json_raw_is_number(raw) ? value_of(raw) : fallback);
}

/* Texts ------------------------------------------------------------------- */

/* Four hex digits. */
static bool
read_hex4(struct str s, uint32_t *v_r)
{
	uint32_t v = 0;
	int i;

	if (s.n < 4)
		return (false);
	for (i = 0; i < 4; i++) {
		char c = s.p[i];

		if (c >= '0' && c <= '9')
			v = v * 16 + (uint32_t)(c - '0');
		else if (c >= 'a' && c <= 'f')
			v = v * 16 + (uint32_t)(c - 'a' + 10);
		else if (c >= 'A' && c <= 'F')
			v = v * 16 + (uint32_t)(c - 'A' + 10);
		else
			return (false);
	}
	*v_r = v;
	return (true);
}

/* Behind "\u"; s is at the first digit, and left behind what was read. */
static uint32_t
read_unicode(struct str *s)
{
	uint32_t v, low;

	if (!read_hex4(*s, &v))
		return (NO_CHARACTER);
	*s = str_skip(*s, 4);
	if (v == 0 || (v >= 0xdc00 && v <= 0xdfff))
		return (NO_CHARACTER);
	if (v < 0xd800 || v > 0xdfff)
		return (v);
	if (!str_starts(*s, "\\u") || !read_hex4(str_skip(*s, 2), &low) ||
	    low < 0xdc00 || low > 0xdfff)
		return (NO_CHARACTER);
	*s = str_skip(*s, 6);
	return (0x10000 + ((v - 0xd800) << 10 | (low - 0xdc00)));
}

static uint32_t
read_escape(struct str *s)
{
	static const char names[] = "\"\\/bfnrt", values[] = "\"\\/\b\f\n\r\t";
	const char *at;
	size_t n;
	char c;

	*s = str_skip(*s, 1);
	if (s->n == 0)
		return (NO_CHARACTER);
	c = s->p[0];
	/* All of a character that may not be escaped. */
	n = str_utf8_length(*s);
	*s = str_skip(*s, n == 0 ? 1 : n);
	if (c == 'u')
		return (read_unicode(s));
	if (c == '\0' || (at = strchr(names, c)) == NULL)
		return (NO_CHARACTER);
	return ((unsigned char)values[at - names]);
}

/*
 * The character that s begins with, escaped or not, as its bytes in out, or
 * none: n_r 0. s is left behind it. True: it may stand there.
 */
static bool
next_char(struct str *s, char out[4], size_t *n_r)
{
	uint32_t v = NO_CHARACTER;
	size_t n;

	if (s->p[0] != '\\') {
		n = str_utf8_length(*s);
		*n_r = s->p[0] == '\0' ? 0 : n;
		memcpy(out, s->p, *n_r);
		*s = str_skip(*s, n == 0 ? 1 : n);
		return (*n_r > 0 && (unsigned char)out[0] >= 0x20);
	}
	v = read_escape(s);
	*n_r = 0;
	if (v == NO_CHARACTER)
		return (false);
	if (v < 0x80)
		out[(*n_r)++] = (char)v;
	else if (v < 0x800)
		out[(*n_r)++] = (char)(unsigned char)(0xc0 | v >> 6);
	else if (v < 0x10000)
		out[(*n_r)++] = (char)(unsigned char)(0xe0 | v >> 12);
	else {
		out[(*n_r)++] = (char)(unsigned char)(0xf0 | v >> 18);
		out[(*n_r)++] = (char)(unsigned char)(0x80 | (v >> 12 & 0x3f));
	}
	if (v >= 0x800)
		out[(*n_r)++] = (char)(unsigned char)(0x80 | (v >> 6 & 0x3f));
	if (v >= 0x80)
		out[(*n_r)++] = (char)(unsigned char)(0x80 | (v & 0x3f));
	return (true);
}

/* What stands between the quotes. */
static struct str
inside_of(struct str raw)
{
	return ((struct str){ raw.p + 1, raw.n - 2 });
}

/*
 * How many bytes s begins with that are its own text: nothing is escaped and
 * nothing cannot be.
 */
static size_t
own_bytes(struct str s)
{
	struct str rest = s;
	size_t n;

	for (;;) {
		rest = str_skip(rest, str_plain(rest));
		if (rest.n == 0 || rest.p[0] == '\\' || rest.p[0] == '\0' ||
		    (n = str_utf8_length(rest)) == 0)
			return (s.n - rest.n);
		rest = str_skip(rest, n);
	}
}

bool
json_raw_is_clean(struct str raw)
{
	struct str s = inside_of(raw);
	char out[4];
	size_t n;

	for (;;) {
		s = str_skip(s, str_plain(s));
		if (s.n == 0)
			return (true);
		if (!next_char(&s, out, &n))
			return (false);
	}
}

bool
json_raw_plain(struct str inside, char *plain, size_t size, struct str *text_r)
{
	size_t n = 0, more;
	char out[4];

	while (inside.n > 0) {
		if (!next_char(&inside, out, &more) || more > size - n)
			return (false);
		memcpy(plain + n, out, more);
		n += more;
	}
	*text_r = (struct str){ plain, n };
	return (true);
}

enum err_code
json_raw_text(struct arena *a, struct str raw, size_t max, struct str *text_r,
    bool *over_r, struct err *e)
{
	struct str s, text;
	enum err_code code;
	struct buf b;
	char out[4];
	size_t n;

	*text_r = STR_NONE;
	if (json_raw_kind(raw) != JSON_RAW_TEXT)
		return (ERR_OK);
	s = inside_of(raw);
	n = own_bytes(s);
	if (n == s.n || n > max) {
		if (n > max)
			*over_r = true;
		*text_r = n > max ? STR_NONE : s;
		return (ERR_OK);
	}
	buf_init(&b, a);
	buf_reserve(&b, s.n);
	while (s.n > 0 && b.n <= max) {
		buf_add(&b, str_first(s, n));
		s = str_skip(s, n);
		if (s.n > 0) {
			(void)next_char(&s, out, &n);
			if (n == 0)
				buf_adds(&b, "\xef\xbf\xbd");
			else
				buf_add(&b, (struct str){ out, n });
		}
		n = own_bytes(s);
	}
	if ((code = buf_done(&b, &text, e)) != ERR_OK)
		return (code);
	if (text.n > max)
		*over_r = true;
	else
		*text_r = text;
	return (ERR_OK);
}

/* Trees ------------------------------------------------------------------- */

/* The names of a tree that were written, each with the object it is in. */
struct named {
	uint32_t object; /* 0: the place is free */
	struct str name;
};

struct writer {
	struct arena *arena;
	struct json_cursor c;
	struct buf b;
	size_t max;
	struct named *names; /* a table of size places, half of them free */
	size_t n, size;
	uint32_t objects;
	bool longer;  /* a text in it is over max by itself */
	size_t steps; /* past names that are in each other's places */
	size_t most_steps;
	int depth;
	enum err_code code;
	struct err *e;
};

static bool
stop(struct writer *w, enum err_code code, const char *rule)
{
	w->code = err_set(w->e, code, "json: %s", rule);
	return (false);
}

/* Names that were made to fall into one place are as good as too many. */
static bool
is_over(const struct writer *w)
{
	return (w->longer || w->b.n > w->max || w->steps > w->most_steps);
}

static struct named *
place_of(struct writer *w, struct named *names, size_t size, uint32_t object,
    struct str name)
{
	size_t i = (str_hash(name) + object * 2654435761U) & (size - 1);

	for (; names[i].object != 0 &&
	     (names[i].object != object || !str_eq(names[i].name, name));
	     w->steps++)
		i = (i + 1) & (size - 1);
	return (&names[i]);
}

static bool
make_room(struct writer *w)
{
	size_t size = w->size == 0 ? 64 : w->size * 2;
	struct named *names;

	if (w->n * 2 < w->size)
		return (true);
	if ((names = arena_alloc(w->arena, size * sizeof(*names))) == NULL)
		return (stop(w, ERR_TOO_LARGE, "no memory"));
	for (size_t i = 0; i < w->size; i++)
		if (w->names[i].object != 0)
			*place_of(w, names, size, w->names[i].object,
			    w->names[i].name) = w->names[i];
	w->names = names;
	w->size = size;
	return (true);
}

/* *known_r: this object has that name already. */
static bool
take_name(struct writer *w, uint32_t object, struct str name, bool *known_r)
{
	struct named *place;

	if (!make_room(w))
		return (false);
	place = place_of(w, w->names, w->size, object, name);
	*known_r = place->object != 0;
	if (!*known_r) {
		*place = (struct named){ object, name };
		w->n++;
	}
	return (true);
}

/* A text, whatever it holds; none when it is over the bound by itself. */
static bool
text_of(struct writer *w, struct str raw, struct str *text_r)
{
	w->code =
	    json_raw_text(w->arena, raw, w->max, text_r, &w->longer, w->e);
	return (w->code == ERR_OK);
}

static bool write_value(struct writer *);

static bool
write_object(struct writer *w)
{
	const uint32_t object = ++w->objects;
	bool known, empty = true;
	struct str name;

	buf_addc(&w->b, '{');
	while (!is_over(w) && json_cursor_member(&w->c, &name)) {
		if (!text_of(w, (struct str){ name.p - 1, name.n + 2 },
			&name) ||
		    !take_name(w, object, name, &known))
			return (false);
		if (known) {
			if (!json_cursor_value(&w->c, NULL))
				break;
			continue;
		}
		if (!empty)
			buf_addc(&w->b, ',');
		empty = false;
		json_quote(&w->b, name);
		buf_addc(&w->b, ':');
		if (!write_value(w))
			return (false);
	}
	buf_addc(&w->b, '}');
	return (w->c.rule == NULL);
}

static bool
write_array(struct writer *w)
{
	bool empty = true;

	buf_addc(&w->b, '[');
	while (!is_over(w) && json_cursor_item(&w->c)) {
		if (!empty)
			buf_addc(&w->b, ',');
		empty = false;
		if (!write_value(w))
			return (false);
	}
	buf_addc(&w->b, ']');
	return (w->c.rule == NULL);
}

static bool
write_scalar(struct writer *w, struct str raw)
{
	struct str text;

	if (!json_raw_is_value(raw))
		return (stop(w, ERR_INPUT, "a value is expected"));
	if (json_raw_kind(raw) == JSON_RAW_TEXT) {
		if (!text_of(w, raw, &text))
			return (false);
		json_quote(&w->b, text);
	} else if (json_raw_kind(raw) != JSON_RAW_NUMBER)
		buf_add(&w->b, raw);
	else if (!json_raw_add_number(&w->b, raw))
		json_quote(&w->b, raw);
	return (true);
}

static bool
write_value(struct writer *w)
{
	struct str raw;
	bool ok;

	if (w->depth < JSON_RAW_DEPTH_MAX) {
		w->depth++;
		ok = true;
		if (json_cursor_enter(&w->c, '{'))
			ok = write_object(w);
		else if (json_cursor_enter(&w->c, '['))
			ok = write_array(w);
		else if ((ok = json_cursor_value(&w->c, &raw)))
			ok = write_scalar(w, raw);
		w->depth--;
		return (ok);
	}
	if (!json_cursor_value(&w->c, &raw))
		return (false);
	if (json_raw_kind(raw) == JSON_RAW_OBJECT ||
	    json_raw_kind(raw) == JSON_RAW_ARRAY) {
		buf_adds(&w->b, "null");
		return (true);
	}
	return (write_scalar(w, raw));
}

enum err_code
json_raw_tree(struct arena *a, struct str raw, size_t max, struct str *text_r,
    bool *over_r, struct err *e)
{
	struct writer w = { .arena = a, .max = max, .e = e };
	struct str text;
	enum err_code code;

	*text_r = STR_NONE;
	if (json_raw_is_empty(raw))
		return (ERR_OK);
	json_cursor_init(&w.c, raw);
	buf_init(&w.b, a);
	w.most_steps = raw.n + SPARE_STEPS;
	if (!write_value(&w) && w.code == ERR_OK && !is_over(&w))
		(void)stop(&w, ERR_INPUT, w.c.rule);
	if (w.code != ERR_OK)
		return (w.code);
	if (is_over(&w)) {
		*over_r = true;
		return (ERR_OK);
	}
	if ((code = buf_done(&w.b, &text, e)) == ERR_OK)
		*text_r = text;
	return (code);
}
