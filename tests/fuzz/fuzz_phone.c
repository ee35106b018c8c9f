/*
 * What people type, and Diversion headers: whatever is taken is E.164, what is
 * taken without a question has exactly the digits that were typed, and the end
 * of a number is digits alone.
 */
#include "config.h"

#include <assert.h>
#include <string.h>

#include "fuzz.h"
#include "tenancy/phone_diversion.h"
#include "tenancy/phone_typed.h"

static const char *const countries[] = { "US", "GB", "IE", "AU", "NZ", "DE",
	"AT", "CH", "FR", "ES", "IT", "NL", "MX", "JP", "" };

static bool
is_e164(const struct phone *number)
{
	struct phone again;

	return (phone_parse(str_of(number->text), &again, NULL) == ERR_OK);
}

static bool
check_typed(struct str input, const char *country)
{
	struct phone_typed t = phone_typed_read(input, str_of(country));
	struct phone_typed again;

	if (t.kind != PHONE_TYPED_WHOLE && t.kind != PHONE_TYPED_DERIVED) {
		assert(t.number.text[0] == '\0');
		return (false);
	}
	assert(is_e164(&t.number));
	/* Written out it is itself wherever one is, and asked for no more. */
	again = phone_typed_read(str_of(t.number.text), STR_NONE);
	assert(t.kind != PHONE_TYPED_WHOLE ||
	    (again.kind == PHONE_TYPED_WHOLE &&
		strcmp(again.number.text, t.number.text) == 0));
	return (true);
}

bool
fuzz_one(struct arena *a, struct str input)
{
	char end[PHONE_SIZE] = "";
	struct phone number = { "" };
	bool taken = false;

	(void)a;
	for (size_t i = 0; i < sizeof(countries) / sizeof(countries[0]); i++)
		taken |= check_typed(input, countries[i]);
	if (phone_typed_end(input, end)) {
		assert(strlen(end) >= PHONE_TYPED_END_MIN &&
		    strlen(end) <= PHONE_TYPED_END_MAX);
		assert(strspn(end, "0123456789") == strlen(end));
		taken = true;
	}
	if (phone_parse_diversion(input, STR("+15559999999"), &number, NULL) ==
	    ERR_OK) {
		assert(is_e164(&number) && !phone_is_withheld(input));
		taken = true;
	}
	return (taken);
}
