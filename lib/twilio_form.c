/*
 * Form bodies. A name or value is copied once, decoded, into the arena; the
 * order is kept, because the signature is made over what was sent.
 */
#include "config.h"

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

/* One name or value. */
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
	if (str_has_nul(*out_r))
		return (err_set(e, ERR_INPUT, "form holds a NUL byte"));
	if (!str_is_utf8(*out_r))
		return (err_set(e, ERR_INPUT, "form is not UTF-8"));
	return (ERR_OK);
}

static enum err_code
decode_param(struct arena *a, struct str piece, struct twilio_param *param_r,
    struct err *e)
{
	struct str value = piece, name = str_cut(&value, '=');
	enum err_code code;

	if ((code = decode(a, name, &param_r->name, e)) != ERR_OK)
		return (code);
	return (decode(a, value, &param_r->value, e));
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

enum err_code
twilio_form_decode(struct arena *a, struct str body, struct twilio_form *form_r,
    struct err *e)
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
		code = decode_param(a, piece, &form.params[form.n++], e);
		if (code != ERR_OK)
			return (code);
	}
	*form_r = form;
	return (ERR_OK);
}

enum err_code
twilio_form_decode_json(struct arena *a, struct str body,
    struct twilio_form *form_r, struct err *e)
{
	const struct json *root, *member;
	struct twilio_form form;
	enum err_code code;
	struct str value;

	if ((code = form_new(a, body, &form, e)) != ERR_OK ||
	    (code = json_parse(a, body, &root, e)) != ERR_OK)
		return (code);
	if (!json_is_object(root))
		return (err_set(e, ERR_INPUT, "the body is no JSON object"));
	for (member = json_first(root); member != NULL;
	     member = json_next(member)) {
		if (json_is_string(member))
			value = json_str(member);
		else if (!json_is_number(member) && !json_is_bool(member))
			continue;
		else if ((code = json_format(a, member, &value, e)) != ERR_OK)
			return (code);
		if (form.n == TWILIO_FORM_PARAMS_MAX)
			return (too_many(e));
		form.params[form.n].name = json_name(member);
		form.params[form.n++].value = value;
	}
	*form_r = form;
	return (ERR_OK);
}

enum err_code
twilio_form_get(const struct twilio_form *form, const char *name,
    struct str *value_r, struct err *e)
{
	const struct twilio_param *found = NULL;
	size_t i;

	for (i = 0; i < form->n; i++) {
		if (!str_is(form->params[i].name, name))
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
