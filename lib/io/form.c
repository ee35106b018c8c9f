/*
 * Form bodies. A name or value is copied once, decoded, into the arena; the
 * order is kept, because a signature is made over what was sent.
 */
#include "config.h"

#include "io/form.h"

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

bool
form_is_text(struct str s)
{
	return (s.p != NULL && !str_has_nul(s) && str_is_utf8(s));
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
		    "form needs more memory than its ceiling"));
	for (i = 0; i < in.n; i++) {
		if (in.p[i] != '%') {
			out[n++] = in.p[i] == '+' ? ' ' : in.p[i];
			continue;
		}
		high = i + 2 < in.n ? hex_value(in.p[i + 1]) : -1;
		low = i + 2 < in.n ? hex_value(in.p[i + 2]) : -1;
		if (high == -1 || low == -1)
			return (err_set(e, ERR_INPUT,
			    "form has a '%%' without two hex digits"));
		out[n++] = (char)(unsigned char)(high << 4 | low);
		i += 2;
	}
	*out_r = (struct str){ out, n };
	return (ERR_OK);
}

enum err_code
form_init(struct arena *a, size_t n, struct form *form_r, struct err *e)
{
	if (n > FORM_BYTES_MAX)
		return (err_set(e, ERR_TOO_LARGE, "form is over %d bytes",
		    FORM_BYTES_MAX));
	form_r->n = 0;
	form_r->params =
	    arena_alloc(a, FORM_PARAMS_MAX * sizeof(*form_r->params));
	if (form_r->params == NULL)
		return (err_set(e, ERR_TOO_LARGE,
		    "form needs more memory than its ceiling"));
	return (ERR_OK);
}

enum err_code
form_put(struct form *form, struct str name, struct str value, struct err *e)
{
	if (form->n == FORM_PARAMS_MAX)
		return (err_set(e, ERR_TOO_LARGE, "form has over %d parameters",
		    FORM_PARAMS_MAX));
	form->params[form->n++] = (struct form_param){ name, value };
	return (ERR_OK);
}

enum err_code
form_decode_bytes(struct arena *a, struct str body, struct form *form_r,
    struct err *e)
{
	struct str piece, name, value, decoded = STR_NONE;
	struct form form;
	enum err_code code;

	if ((code = form_init(a, body.n, &form, e)) != ERR_OK)
		return (code);
	while (body.p != NULL) {
		piece = str_cut(&body, '&');
		if (piece.n == 0)
			continue;
		value = piece;
		name = str_cut(&value, '=');
		if ((code = decode(a, name, &name, e)) != ERR_OK ||
		    (code = decode(a, value, &decoded, e)) != ERR_OK ||
		    (code = form_put(&form, name, decoded, e)) != ERR_OK)
			return (code);
	}
	*form_r = form;
	return (ERR_OK);
}

enum err_code
form_decode(struct arena *a, struct str body, struct form *form_r,
    struct err *e)
{
	struct form form;
	enum err_code code;

	if ((code = form_decode_bytes(a, body, &form, e)) != ERR_OK)
		return (code);
	for (size_t i = 0; i < form.n; i++)
		if (!form_is_text(form.params[i].name) ||
		    !form_is_text(form.params[i].value))
			return (err_set(e, ERR_INPUT,
			    "form holds a NUL byte or is not UTF-8"));
	*form_r = form;
	return (ERR_OK);
}

enum err_code
form_get(const struct form *form, const char *name, struct str *value_r,
    struct err *e)
{
	const struct form_param *found = NULL;
	size_t i;

	for (i = 0; i < form->n; i++) {
		if (!str_is(form->params[i].name, name) ||
		    !form_is_text(form->params[i].value))
			continue;
		if (found != NULL &&
		    !str_eq(found->value, form->params[i].value))
			return (err_set(e, ERR_CONFLICT,
			    "form has %s with two values", name));
		found = &form->params[i];
	}
	if (found == NULL)
		return (err_set(e, ERR_ABSENT, "form has no %s", name));
	*value_r = found->value;
	return (ERR_OK);
}

struct str
form_find(const struct form *form, const char *name, size_t most_bytes)
{
	struct str value;

	if (form_get(form, name, &value, NULL) != ERR_OK || value.n == 0 ||
	    value.n > most_bytes)
		return (STR_NONE);
	return (value);
}

bool
form_has(const struct form *form, const char *name)
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
form_add(struct buf *b, const char *name, struct str value)
{
	if (b->n > 0)
		buf_addc(b, '&');
	add_encoded(b, str_of(name));
	buf_addc(b, '=');
	add_encoded(b, value);
}
