/*
 * Entries are parted first, then each is read: its address, the user of it,
 * and the digits of that.
 */
#include "config.h"

#include <string.h>

#include "tenancy/phone_cost.h"
#include "tenancy/phone_diversion.h"
#include "tenancy/phone_plan.h"

#define USER_MAX_BYTES 64

/* Up to a comma that stands neither in quotes nor in an address. */
static struct str
cut_entry(struct str *rest)
{
	bool quoted = false, address = false;
	struct str s = *rest, entry;
	size_t i;

	for (i = 0; i < s.n; i++) {
		if (quoted && s.p[i] == '\\')
			i++;
		else if (s.p[i] == '"')
			quoted = !quoted;
		else if (!quoted && s.p[i] == '<')
			address = true;
		else if (!quoted && s.p[i] == '>')
			address = false;
		else if (!quoted && !address && s.p[i] == ',')
			break;
	}
	if (i > s.n)
		i = s.n;
	entry = str_first(s, i);
	*rest = i < s.n ? str_skip(s, i + 1) : STR_NONE;
	return (str_trim(entry));
}

/* Past a display name in quotes, in which '<' means nothing. */
static struct str
skip_quoted(struct str s)
{
	size_t i;

	if (s.n == 0 || s.p[0] != '"')
		return (s);
	for (i = 1; i < s.n && s.p[i] != '"'; i++)
		if (s.p[i] == '\\')
			i++;
	return (str_skip(s, i + 1));
}

/* The user of an entry's address; STR_NONE: it has none. */
static struct str
entry_user(struct str entry)
{
	static const char *const schemes[] = { "sip:", "sips:", "tel:" };
	struct str s = skip_quoted(entry), rest;

	if (str_find(s, '<') < s.n) {
		(void)str_cut(&s, '<');
		rest = s;
		s = str_cut(&rest, '>');
		if (rest.p == NULL)
			return (STR_NONE);
	}
	s = str_trim(s);
	for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++)
		if (str_is_nocase(str_first(s, strlen(schemes[i])),
			schemes[i])) {
			s = str_skip(s, strlen(schemes[i]));
			break;
		}
	s = str_first(s, str_find(s, ';'));
	return (str_trim(str_first(s, str_find(s, '@'))));
}

/* Without the marks that RFC 3966 lets stand; "%2B" is '+'. */
static struct str
plain_user(struct str user, char plain[USER_MAX_BYTES])
{
	size_t n = 0;

	if (str_is_nocase(str_first(user, 3), "%2B")) {
		plain[n++] = '+';
		user = str_skip(user, 3);
	}
	for (size_t i = 0; i < user.n && n < USER_MAX_BYTES; i++)
		if (user.p[i] != '-' && user.p[i] != '.' && user.p[i] != '(' &&
		    user.p[i] != ')')
			plain[n++] = user.p[i];
	return ((struct str){ plain, n });
}

/*
 * Digits that lack their '+': a number of the country of to, and as long as one
 * is there, which an extension is not.
 */
static bool
read_bare(struct str digits, struct str to, struct phone *num_r)
{
	const struct phone_plan *plan = phone_plan_of_digits(digits);
	char text[PHONE_SIZE];
	struct phone number, line;
	struct str national;

	if (digits.n == 0 || digits.n >= sizeof(text) - 1)
		return (false);
	text[0] = '+';
	memcpy(text + 1, digits.p, digits.n);
	if (phone_parse((struct str){ text, digits.n + 1 }, &number, NULL) !=
		ERR_OK ||
	    phone_parse(to, &line, NULL) != ERR_OK ||
	    !phone_is_same_country(&number, &line))
		return (false);
	if (plan == NULL) {
		if (digits.n + 1 < PHONE_COMMON_BYTES)
			return (false);
	} else {
		national = str_skip(digits, phone_plan_code(plan).n);
		if (phone_plan_abroad(plan, national).n != national.n)
			return (false);
	}
	*num_r = number;
	return (true);
}

enum err_code
phone_parse_diversion(struct str text, struct str to, struct phone *num_r,
    struct err *e)
{
	char plain[USER_MAX_BYTES];
	struct str user;

	while (text.p != NULL) {
		user = entry_user(cut_entry(&text));
		if (user.n == 0)
			continue;
		if (phone_is_withheld(user))
			break;
		user = plain_user(user, plain);
		if (phone_parse(user, num_r, NULL) == ERR_OK ||
		    read_bare(user, to, num_r))
			return (ERR_OK);
	}
	return (err_set(e, ERR_INPUT, "no entry holds a number"));
}
