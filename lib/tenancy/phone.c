/*
 * Numbers as text: nothing is looked up, nothing is guessed. What is known of
 * numbering plans stands in phone_cost.c and serves the limits of fallbacks
 * alone.
 * Source: ITU-T E.164; RFC 3323 for callers who withhold their number.
 */
#include "config.h"

#include <string.h>

#include "tenancy/phone.h"
#include "tenancy/phone_cost.h"

#define DIGITS_MIN 6
#define DIGITS_MAX 15

static bool
is_digit(char c)
{
	return (c >= '0' && c <= '9');
}

enum err_code
phone_parse(struct str text, struct phone *num_r, struct err *e)
{
	size_t i;

	if (text.n < 1 + DIGITS_MIN || text.n > 1 + DIGITS_MAX)
		return (err_set(e, ERR_INPUT,
		    "number is not '+' and 6 to 15 digits"));
	if (text.p[0] != '+' || text.p[1] == '0')
		return (err_set(e, ERR_INPUT,
		    "number does not begin with '+' and a country code"));
	for (i = 1; i < text.n; i++)
		if (!is_digit(text.p[i]))
			return (err_set(e, ERR_INPUT,
			    "number holds more than digits"));
	*num_r = (struct phone){ { 0 } };
	memcpy(num_r->text, text.p, text.n);
	return (ERR_OK);
}

bool
phone_is_withheld(struct str caller)
{
	static const char *const words[] = { "", "anonymous", "blocked",
		"private", "restricted", "unavailable", "unknown", "withheld" };
	/* On the keys: anonymous, restricted, blocked, unknown, unavailable. */
	static const char *const keys[] = { "266696687", "7378742833",
		"2562533", "8656696", "86282452253" };
	struct str user = caller;

	if (caller.n == 0)
		return (true);
	if (str_is_nocase(str_first(user, 4), "sip:"))
		user = str_skip(user, 4);
	else if (str_is_nocase(str_first(user, 5), "sips:"))
		user = str_skip(user, 5);
	user = str_first(user, str_find(user, '@'));
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (str_is_nocase(user, words[i]))
			return (true);
	if (str_starts(user, "+"))
		user = str_skip(user, 1);
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (str_is(user, keys[i]))
			return (true);
	return (false);
}

bool
phone_may_dial(const struct phone *number, const struct phone *line,
    const char *prefixes)
{
	struct str to = str_of(number->text), rest = str_of(prefixes), prefix;

	if (phone_is_withheld(to))
		return (false);
	if (rest.n > 0) {
		while (rest.p != NULL) {
			prefix = str_cut(&rest, ',');
			if (prefix.n > 1 &&
			    str_eq(str_first(to, prefix.n), prefix))
				return (true);
		}
		return (false);
	}
	return (phone_is_same_country(number, line) &&
	    !phone_is_costly(number, line));
}

enum err_code
phone_check_prefixes(const char *prefixes, struct err *e)
{
	struct str rest = str_of(prefixes), prefix;
	size_t i;

	if (rest.n == 0)
		return (ERR_OK);
	while (rest.p != NULL) {
		prefix = str_cut(&rest, ',');
		if (prefix.n < 2 || prefix.n > 15 || prefix.p[0] != '+' ||
		    prefix.p[1] == '0')
			return (err_set(e, ERR_INPUT,
			    "a prefix is not '+' and 1 to 14 digits"));
		for (i = 1; i < prefix.n; i++)
			if (!is_digit(prefix.p[i]))
				return (err_set(e, ERR_INPUT,
				    "a prefix holds more than digits"));
	}
	return (ERR_OK);
}
