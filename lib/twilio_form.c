/*
 * Form bodies. A name or value is copied once, decoded, into the arena; the
 * order is kept, because the signature is made over what was sent.
 */
#include "config.h"

#include <string.h>

#include "json_cursor.h"
#include "json_raw.h"
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
 * Text as it is, numbers and words as they are written. STR_NONE: a container,
 * null, or what JSON does not allow.
 */
static struct str
read_value(struct arena *a, struct str raw)
{
	struct str text;
	bool over = false;

	switch (json_raw_kind(raw)) {
	case JSON_RAW_TEXT:
		if (!json_raw_is_clean(raw) ||
		    json_raw_text(a, raw, TWILIO_FORM_BYTES_MAX, &text, &over,
			NULL) != ERR_OK)
			return (STR_NONE);
		return (text);
	case JSON_RAW_NUMBER:
	case JSON_RAW_BOOL:
		return (json_raw_is_value(raw) ? raw : STR_NONE);
	default:
		return (STR_NONE);
	}
}

static enum err_code
add_member(struct arena *a, struct twilio_form *form, bool seen[STRICT],
    struct str raw_name, struct str raw, struct err *e)
{
	struct str name, value;
	size_t i;

	name = read_value(a,
	    (struct str){ raw_name.p - 1, raw_name.n + strlen("\"\"") });
	i = strict_index(name);
	if (i < STRICT && seen[i])
		return (err_set(e, ERR_INPUT, "%s is given twice", strict[i]));
	if (i < STRICT)
		seen[i] = true;
	if (name.p == NULL || json_raw_kind(raw) == JSON_RAW_NULL ||
	    json_raw_kind(raw) == JSON_RAW_OBJECT ||
	    json_raw_kind(raw) == JSON_RAW_ARRAY)
		return (ERR_OK);
	value = read_value(a, raw);
	if (i < STRICT && value.p == NULL)
		return (err_set(e, ERR_INPUT, "%s is no text", strict[i]));
	if (form->n == TWILIO_FORM_PARAMS_MAX)
		return (too_many(e));
	form->params[form->n++] = (struct twilio_param){ name, value };
	return (ERR_OK);
}

/*
 * An object is read member by member, so that what cannot be read in one, or
 * stands deep in another, costs that member alone.
 */
enum err_code
twilio_form_decode_json(struct arena *a, struct str body,
    struct twilio_form *form_r, struct err *e)
{
	struct twilio_form form;
	struct json_cursor c;
	struct str name, raw;
	bool seen[STRICT] = { false };
	enum err_code code;

	if ((code = form_new(a, body, &form, e)) != ERR_OK)
		return (code);
	json_cursor_init(&c, body);
	if (!json_cursor_enter(&c, '{'))
		return (err_set(e, ERR_INPUT, "the body is no JSON object"));
	while (json_cursor_member(&c, &name) && json_cursor_value(&c, &raw))
		if ((code = add_member(a, &form, seen, name, raw, e)) != ERR_OK)
			return (code);
	if (c.rule != NULL || !json_cursor_at_end(&c))
		return (err_set(e, ERR_INPUT, "the body is no JSON object"));
	*form_r = form;
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
