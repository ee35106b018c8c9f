/* A form, or JSON that stands for one: read, written and read again. */
#include "config.h"

#include <assert.h>

#include "fuzz.h"
#include "twilio_form.h"

static void
check_same(const struct twilio_form *a, const struct twilio_form *b)
{
	assert(a->n == b->n);
	for (size_t i = 0; i < a->n; i++)
		assert(str_eq(a->params[i].name, b->params[i].name) &&
		    str_eq(a->params[i].value, b->params[i].value));
}

static void
check_params(struct arena *a, const struct twilio_form *form)
{
	struct twilio_form again;
	struct str text, value;
	enum err_code code;
	struct buf b;

	assert(form->n <= TWILIO_FORM_PARAMS_MAX);
	buf_init(&b, a);
	for (size_t i = 0; i < form->n; i++) {
		const char *name = str_dup(a, form->params[i].name);

		assert(name != NULL);
		assert(str_is_utf8(form->params[i].name) &&
		    str_is_utf8(form->params[i].value));
		assert(!str_has_nul(form->params[i].name) &&
		    !str_has_nul(form->params[i].value));
		code = twilio_form_get(form, name, &value, NULL);
		assert(code == ERR_OK || code == ERR_CONFLICT);
		twilio_form_add(&b, name, form->params[i].value);
	}
	code = buf_done(&b, &text, NULL);
	assert(code == ERR_OK);
	code = twilio_form_decode(a, text, &again, NULL);
	if (code == ERR_OK)
		check_same(form, &again);
	else
		assert(code == ERR_TOO_LARGE);
}

bool
fuzz_one(struct arena *a, struct str input)
{
	struct twilio_form form;
	bool taken = false;

	if (twilio_form_decode(a, input, &form, NULL) == ERR_OK) {
		check_params(a, &form);
		taken = true;
	}
	if (twilio_form_decode_json(a, input, &form, NULL) == ERR_OK) {
		check_params(a, &form);
		taken = true;
	}
	return (taken);
}
