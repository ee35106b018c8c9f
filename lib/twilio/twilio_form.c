/*
 * Twilio's forms. The names that decide have to be text, once; what else is no
 * text stays among the parameters, because it is signed.
 */
#include "config.h"

#include <string.h>

#include "io/json_cursor.h"
#include "io/json_raw.h"
#include "tenancy/phone.h"
#include "twilio/twilio_form.h"

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

enum err_code
twilio_form_decode_sent(struct arena *a, struct str body, struct form *form_r,
    struct err *e)
{
	const struct form_param *p;
	struct form form;
	enum err_code code;

	if ((code = form_decode_bytes(a, body, &form, e)) != ERR_OK)
		return (code);
	for (p = form.params; p < form.params + form.n; p++)
		if (strict_index(p->name) < STRICT && !form_is_text(p->value))
			return (err_set(e, ERR_INPUT,
			    "form holds a NUL byte or is not UTF-8"));
	*form_r = form;
	return (ERR_OK);
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
		    json_raw_text(a, raw, FORM_BYTES_MAX, &text, &over, NULL) !=
			ERR_OK)
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
add_member(struct arena *a, struct form *form, bool seen[STRICT],
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
	return (form_put(form, name, value, e));
}

/*
 * An object is read member by member, so that what cannot be read in one, or
 * stands deep in another, costs that member alone.
 */
enum err_code
twilio_form_decode_json(struct arena *a, struct str body, struct form *form_r,
    struct err *e)
{
	struct form form;
	struct json_cursor c;
	struct str name, raw;
	bool seen[STRICT] = { false };
	enum err_code code;

	if ((code = form_init(a, body.n, &form, e)) != ERR_OK)
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

enum err_code
twilio_form_value(const struct form *f, const char *name, struct str *value,
    struct err *e)
{
	enum err_code code = form_get(f, name, value, e);

	if (code == ERR_ABSENT) {
		*value = STR_NONE;
		return (ERR_OK);
	}
	if (code == ERR_OK && value->n > TWILIO_FORM_VALUE_BYTES)
		return (err_set(e, ERR_INPUT, "%s is over %d bytes", name,
		    TWILIO_FORM_VALUE_BYTES));
	return (code);
}

enum err_code
twilio_form_from(const struct form *f, struct str *from, struct err *e)
{
	enum err_code code = twilio_form_value(f, "From", from, e);

	if (code == ERR_OK && from->p != NULL && from->n == 0)
		*from = STR(PHONE_WITHHELD);
	return (code);
}
