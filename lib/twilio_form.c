/*
 * Form bodies. A name or value is copied once, decoded, into the arena; the
 * order is kept, because the signature is made over what was sent.
 */
#include "config.h"

#include <string.h>

#include "json.h"
#include "twilio_form.h"

static int
hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return (c - '0');
	if (c >= 'a' && c <= 'f')
		return (c - 'a' + 10);
	if (c >= 'A' && c <= 'F')
		return (c - 'A' + 10);
	return (-1);
}

static bool
is_text(struct str s)
{
	return (s.p != NULL && !str_has_nul(s) && str_is_utf8(s));
}

/* The names that decide whose call it is, and who signed. */
static const char *const strict[] = { "From", "To", "CallSid", "AccountSid" };
#define STRICT (sizeof(strict) / sizeof(strict[0]))

/* Which of them this is; STRICT: none. */
static size_t
strict_index(struct str name)
{
	size_t i;

	for (i = 0; i < STRICT && !str_is(name, strict[i]); i++)
		continue;
	return (i);
}

/* One name or value, to bytes. */
static enum err_code
decode(struct arena *a, struct str in, struct str *out_r, struct err *e)
{
	char *out = arena_alloc(a, in.n + 1);
	size_t i, n = 0;
	int high, low;

	if (out == NULL)
		return (err_set(e, ERR_TOO_LARGE,
		    "form needs more memory than "
		    "its ceiling"));
	for (i = 0; i < in.n; i++) {
		if (in.p[i] != '%') {
			out[n++] = in.p[i] == '+' ? ' ' : in.p[i];
			continue;
		}
		high = i + 2 < in.n ? hex_value(in.p[i + 1]) : -1;
		low = i + 2 < in.n ? hex_value(in.p[i + 2]) : -1;
		if (high == -1 || low == -1)
			return (err_set(e, ERR_INPUT,
			    "form has a '%%' without "
			    "two hex digits"));
		out[n++] = (char)(unsigned char)(high << 4 | low);
		i += 2;
	}
	*out_r = (struct str){ out, n };
	return (ERR_OK);
}

/* all: text is demanded of every parameter. */
static enum err_code
decode_param(struct arena *a, struct str piece, bool all,
    struct twilio_param *param_r, struct err *e)
{
	struct str value = piece, name = str_cut(&value, '=');
	enum err_code code;

	if ((code = decode(a, name, &param_r->name, e)) != ERR_OK ||
	    (code = decode(a, value, &param_r->value, e)) != ERR_OK)
		return (code);
	if ((all && !is_text(param_r->name)) ||
	    ((all || strict_index(param_r->name) < STRICT) &&
		!is_text(param_r->value)))
		return (err_set(e, ERR_INPUT,
		    "form holds a NUL byte or is not UTF-8"));
	return (ERR_OK);
}

static enum err_code
form_new(struct arena *a, struct str body, struct twilio_form *form_r,
    struct err *e)
{
	if (body.n > TWILIO_FORM_BYTES_MAX)
		return (err_set(e, ERR_TOO_LARGE, "form is over %d bytes",
		    TWILIO_FORM_BYTES_MAX));
	form_r->n = 0;
	form_r->params =
	    arena_alloc(a, TWILIO_FORM_PARAMS_MAX * sizeof(*form_r->params));
	if (form_r->params == NULL)
		return (err_set(e, ERR_TOO_LARGE,
		    "form needs more memory than "
		    "its ceiling"));
	return (ERR_OK);
}

static enum err_code
too_many(struct err *e)
{
	return (err_set(e, ERR_TOO_LARGE, "form has over %d parameters",
	    TWILIO_FORM_PARAMS_MAX));
}

static enum err_code
decode_body(struct arena *a, struct str body, bool all,
    struct twilio_form *form_r, struct err *e)
{
	struct twilio_form form;
	enum err_code code;
	struct str piece;

	if ((code = form_new(a, body, &form, e)) != ERR_OK)
		return (code);
	while (body.p != NULL) {
		piece = str_cut(&body, '&');
		if (piece.n == 0)
			continue;
		if (form.n == TWILIO_FORM_PARAMS_MAX)
			return (too_many(e));
		code = decode_param(a, piece, all, &form.params[form.n++], e);
		if (code != ERR_OK)
			return (code);
	}
	*form_r = form;
	return (ERR_OK);
}

enum err_code
twilio_form_decode(struct arena *a, struct str body, struct twilio_form *form_r,
    struct err *e)
{
	return (decode_body(a, body, true, form_r, e));
}

enum err_code
twilio_form_decode_sent(struct arena *a, struct str body,
    struct twilio_form *form_r, struct err *e)
{
	return (decode_body(a, body, false, form_r, e));
}

/* JSON -------------------------------------------------------------------- */

/*
 * An object is read member by member, so that what cannot be read in one, or
 * stands deep in another, costs that member alone.
 */
struct members {
	struct arena *arena;
	struct str rest;
	char *open; /* the brackets that are open in a container */
	bool seen[STRICT];
	struct twilio_form form;
};

static void
skip_space(struct str *s)
{
	while (
	    s->n > 0 && s->p[0] != '\0' && strchr(" \t\r\n", s->p[0]) != NULL)
		*s = str_skip(*s, 1);
}

/* Is this the next byte? Then it is passed over. */
static bool
take(struct str *s, char c)
{
	if (s->n == 0 || s->p[0] != c)
		return (false);
	*s = str_skip(*s, 1);
	return (true);
}

/* The text in front, quotes included; STR_NONE: it does not end. */
static struct str
take_text(struct str *rest)
{
	struct str s = *rest;
	size_t i = 1;

	while (i < s.n && s.p[i] != '"')
		i += s.p[i] == '\\' ? 2 : 1;
	if (i >= s.n)
		return (STR_NONE);
	*rest = str_skip(s, i + 1);
	return (str_first(s, i + 1));
}

/* Past the container in front; false: its brackets do not match. */
static bool
skip_container(struct members *m)
{
	size_t depth = 0;
	char c;

	do {
		if (m->rest.n == 0)
			return (false);
		c = m->rest.p[0];
		if (c == '"') {
			if (take_text(&m->rest).p == NULL)
				return (false);
			continue;
		}
		if (c == '{' || c == '[')
			m->open[depth++] = c;
		else if ((c == '}' || c == ']') &&
		    m->open[--depth] != (c == '}' ? '{' : '['))
			return (false);
		m->rest = str_skip(m->rest, 1);
	} while (depth > 0);
	return (true);
}

/* The value in front, as it is written; STR_NONE: there is none. */
static struct str
take_value(struct members *m)
{
	struct str s = m->rest;
	size_t i;

	if (s.n > 0 && s.p[0] == '"')
		return (take_text(&m->rest));
	if (s.n > 0 && (s.p[0] == '{' || s.p[0] == '[')) {
		if (!skip_container(m))
			return (STR_NONE);
		return (str_first(s, s.n - m->rest.n));
	}
	for (i = 0;
	     i < s.n && s.p[i] != '\0' && strchr(",}] \t\r\n", s.p[i]) == NULL;
	     i++)
		continue;
	m->rest = str_skip(s, i);
	return (i == 0 ? STR_NONE : str_first(s, i));
}

/* What a value says; STR_NONE when it is not JSON's. */
static struct str
read_value(struct arena *a, struct str written)
{
	const struct json *value;
	struct str text;

	if (json_parse(a, written, &value, NULL) != ERR_OK)
		return (STR_NONE);
	if (json_is_string(value))
		return (json_str(value));
	return (json_format(a, value, &text, NULL) == ERR_OK ? text : STR_NONE);
}

static enum err_code
add_member(struct members *m, struct str name, struct str written,
    struct err *e)
{
	struct str value = STR_NONE;
	size_t i = strict_index(name);

	if (i < STRICT && m->seen[i])
		return (err_set(e, ERR_INPUT, "%s is given twice", strict[i]));
	if (i < STRICT)
		m->seen[i] = true;
	if (name.p == NULL || str_is(written, "null") || written.p[0] == '{' ||
	    written.p[0] == '[')
		return (ERR_OK);
	value = read_value(m->arena, written);
	if (i < STRICT && value.p == NULL)
		return (err_set(e, ERR_INPUT, "%s is no text", strict[i]));
	if (m->form.n == TWILIO_FORM_PARAMS_MAX)
		return (too_many(e));
	m->form.params[m->form.n++] = (struct twilio_param){ name, value };
	return (ERR_OK);
}

static enum err_code
no_object(struct err *e)
{
	return (err_set(e, ERR_INPUT, "the body is no JSON object"));
}

/* After the '{': up to its '}'. */
static enum err_code
read_members(struct members *m, struct err *e)
{
	struct str name, written;
	enum err_code code;

	for (;;) {
		skip_space(&m->rest);
		if (m->rest.n == 0 || m->rest.p[0] != '"' ||
		    (name = take_text(&m->rest)).p == NULL)
			return (no_object(e));
		skip_space(&m->rest);
		if (!take(&m->rest, ':'))
			return (no_object(e));
		skip_space(&m->rest);
		if ((written = take_value(m)).p == NULL)
			return (no_object(e));
		if ((code = add_member(m, read_value(m->arena, name), written,
			 e)) != ERR_OK)
			return (code);
		skip_space(&m->rest);
		if (take(&m->rest, '}'))
			return (ERR_OK);
		if (!take(&m->rest, ','))
			return (no_object(e));
	}
}

enum err_code
twilio_form_decode_json(struct arena *a, struct str body,
    struct twilio_form *form_r, struct err *e)
{
	struct members m = { .arena = a, .rest = body };
	enum err_code code;

	if ((code = form_new(a, body, &m.form, e)) != ERR_OK)
		return (code);
	if ((m.open = arena_alloc(a, body.n + 1)) == NULL)
		return (err_set(e, ERR_TOO_LARGE, "no memory"));
	skip_space(&m.rest);
	if (!take(&m.rest, '{'))
		return (no_object(e));
	skip_space(&m.rest);
	if (!take(&m.rest, '}') && (code = read_members(&m, e)) != ERR_OK)
		return (code);
	skip_space(&m.rest);
	if (m.rest.n > 0)
		return (no_object(e));
	*form_r = m.form;
	return (ERR_OK);
}

/* Reading ----------------------------------------------------------------- */

enum err_code
twilio_form_get(const struct twilio_form *form, const char *name,
    struct str *value_r, struct err *e)
{
	const struct twilio_param *found = NULL;
	size_t i;

	for (i = 0; i < form->n; i++) {
		if (!str_is(form->params[i].name, name) ||
		    !is_text(form->params[i].value))
			continue;
		if (found != NULL &&
		    !str_eq(found->value, form->params[i].value))
			return (err_set(e, ERR_CONFLICT,
			    "form has %s with two "
			    "values",
			    name));
		found = &form->params[i];
	}
	if (found == NULL)
		return (err_set(e, ERR_ABSENT, "form has no %s", name));
	*value_r = found->value;
	return (ERR_OK);
}

struct str
twilio_form_find(const struct twilio_form *form, const char *name,
    size_t most_bytes)
{
	struct str value;

	if (twilio_form_get(form, name, &value, NULL) != ERR_OK ||
	    value.n == 0 || value.n > most_bytes)
		return (STR_NONE);
	return (value);
}

bool
twilio_form_has(const struct twilio_form *form, const char *name)
{
	for (size_t i = 0; i < form->n; i++)
		if (str_is(form->params[i].name, name))
			return (true);
	return (false);
}

/* Unreserved characters of RFC 3986 stay as they are. */
static void
add_encoded(struct buf *b, struct str s)
{
	static const char hex[] = "0123456789ABCDEF";
	unsigned char c;
	size_t i;

	for (i = 0; i < s.n; i++) {
		c = (unsigned char)s.p[i];
		if ((c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
		    (c >= '0' && c <= '9') || c == '-' || c == '.' ||
		    c == '_' || c == '~') {
			buf_addc(b, (char)c);
			continue;
		}
		buf_addc(b, '%');
		buf_addc(b, hex[c >> 4]);
		buf_addc(b, hex[c & 15]);
	}
}

void
twilio_form_add(struct buf *b, const char *name, struct str value)
{
	if (b->n > 0)
		buf_addc(b, '&');
	add_encoded(b, str_of(name));
	buf_addc(b, '=');
	add_encoded(b, value);
}
