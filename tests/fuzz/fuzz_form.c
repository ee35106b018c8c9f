/*
 * A form, or JSON that stands for one: read, written and read again. What
 * Twilio sends may hold what is no text, which is then never given to anybody.
 */
#include "config.h"

#include <assert.h>

#include "fuzz.h"
#include "twilio/twilio_form.h"

static void
check_same(const struct form *a, const struct form *b)
{
	assert(a->n == b->n);
	for (size_t i = 0; i < a->n; i++)
		assert(str_eq(a->params[i].name, b->params[i].name) &&
		    str_eq(a->params[i].value, b->params[i].value));
}

static void
check_params(struct arena *a, const struct form *form)
{
	struct form again;
	struct str text, value;
	enum err_code code;
	struct buf b;

	assert(form->n <= FORM_PARAMS_MAX);
	buf_init(&b, a);
	for (size_t i = 0; i < form->n; i++) {
		const char *name = str_dup(a, form->params[i].name);

		assert(name != NULL);
		assert(str_is_utf8(form->params[i].name) &&
		    str_is_utf8(form->params[i].value));
		assert(!str_has_nul(form->params[i].name) &&
		    !str_has_nul(form->params[i].value));
		code = form_get(form, name, &value, NULL);
		assert(code == ERR_OK || code == ERR_CONFLICT);
		form_add(&b, name, form->params[i].value);
	}
	code = buf_done(&b, &text, NULL);
	assert(code == ERR_OK);
	code = form_decode(a, text, &again, NULL);
	if (code == ERR_OK)
		check_same(form, &again);
	else
		assert(code == ERR_TOO_LARGE);
}

static bool
is_text(struct str s)
{
	return (s.p != NULL && str_is_utf8(s) && !str_has_nul(s));
}

/* A name that decides has one value that is text; another has one, or none. */
static void
check_sent(struct arena *a, const struct form *form)
{
	static const char *const strict[] = { "From", "To", "CallSid",
		"AccountSid" };
	struct str value, found;
	enum err_code code;

	assert(form->n <= FORM_PARAMS_MAX);
	for (size_t i = 0; i < form->n; i++) {
		const char *name = str_dup(a, form->params[i].name);

		assert(name != NULL);
		for (size_t j = 0; j < 4; j++)
			assert(!str_is(form->params[i].name, strict[j]) ||
			    is_text(form->params[i].value));
		if (str_has_nul(form->params[i].name))
			continue;
		assert(form_has(form, name));
		code = form_get(form, name, &value, NULL);
		assert(code == ERR_OK || code == ERR_CONFLICT ||
		    (code == ERR_ABSENT && !is_text(form->params[i].value)));
		assert(code != ERR_OK || is_text(value));
		found = form_find(form, name, 128);
		assert(found.p == NULL ||
		    (code == ERR_OK && str_eq(found, value) && found.n > 0 &&
			found.n <= 128));
	}
}

bool
fuzz_one(struct arena *a, struct str input)
{
	struct form form, sent;
	bool taken = false;

	if (form_decode(a, input, &form, NULL) == ERR_OK) {
		check_params(a, &form);
		taken = true;
	}
	if (twilio_form_decode_sent(a, input, &sent, NULL) == ERR_OK) {
		check_sent(a, &sent);
		if (taken)
			check_same(&form, &sent);
	} else
		assert(!taken);
	if (twilio_form_decode_json(a, input, &form, NULL) == ERR_OK) {
		check_sent(a, &form);
		taken = true;
	}
	return (taken);
}
