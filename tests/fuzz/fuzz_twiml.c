/* TwiML of others, and text that we put into our own. */
#include "config.h"

#include <assert.h>
#include <string.h>

#include "fuzz.h"
#include "twilio/twilio_twiml.h"

static void
check_escape(struct arena *a, struct str input)
{
	struct str text;
	enum err_code code;
	struct buf b;

	buf_init(&b, a);
	twilio_twiml_escape(&b, input);
	code = buf_done(&b, &text, NULL);
	assert(code == ERR_OK);
	assert(str_is_utf8(text) && !str_has_nul(text));
	assert(text.n >= input.n || !str_is_utf8(input));
	for (size_t i = 0; i < text.n; i++)
		assert(strchr("<>\"'", text.p[i]) == NULL);
}

bool
fuzz_one(struct arena *a, struct str input)
{
	struct str twiml;
	enum err_code code;
	char *sentence;

	check_escape(a, input);
	if ((sentence = str_dup(a, input)) != NULL) {
		code = twilio_twiml_say(a, str_of(sentence), str_of(sentence),
		    NULL, &twiml, NULL);
		assert(code == ERR_OK);
		if (twiml.n <= TWILIO_TWIML_BYTES_MAX)
			assert(twilio_twiml_check(twiml, NULL) == ERR_OK);
	}
	if (twilio_twiml_check(input, NULL) != ERR_OK)
		return (false);
	assert(input.n <= TWILIO_TWIML_BYTES_MAX);
	assert(str_is_utf8(input) && !str_has_nul(input));
	assert(memmem(input.p, input.n, "<Response", 9) != NULL);
	assert(memmem(input.p, input.n, "<!DOCTYPE", 9) == NULL);
	return (true);
}
