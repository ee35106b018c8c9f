/*
 * The table of dialling plans. A number is told by its first digits and its
 * length; what costs more is phone_cost.c's.
 * Source: ITU-T E.164 and the national numbering plans that were notified to
 * ITU: NANPA, Ofcom, ComReg, ACMA, NZ NAD, BNetzA, RTR, BAKOM, ARCEP, CNMC,
 * AGCOM, ACM, IFT (Mexico: since 3 August 2019 ten digits without a prefix).
 */
#include "config.h"

#include <assert.h>
#include <string.h>

#include "tenancy/phone_plan.h"

#define EXIT_COMMON "00" /* ITU-T E.123, and what travellers dial anywhere */

enum trunk {
	TRUNK_NONE,	/* numbers are dialled as they are */
	TRUNK_DROPPED,	/* dialled in front at home, never from abroad */
	TRUNK_OPTIONAL, /* the same, and may be left out at home */
	TRUNK_STAYS	/* a digit of the number itself */
};

struct phone_plan {
	const char *countries;
	const char *code;
	const char *exit; /* beside EXIT_COMMON */
	const char *trunk;
	enum trunk is;
	/*
	 * First digits and length of national numbers, "1/9-10"; "2-9/10" is a
	 * range of first digits.
	 */
	const char *numbers;
	const char *no_trunk; /* likewise: dialled without the trunk digit */
};

static const struct phone_plan plans[] = {
	{ "US CA AG AI AS BB BM BS DM DO GD GU JM KN KY LC MP MS PR SX TC TT "
	  "VC VG VI",
	    "1", "011", "1", TRUNK_OPTIONAL, "2-9/10", "" },
	{ "GB GG IM JE", "44", "", "0", TRUNK_DROPPED,
	    "1/9-10 2-3/10 5/10 7/10 8/9-10 8001111/7 8454647/7 9/10", "" },
	{ "IE", "353", "", "0", TRUNK_DROPPED, "1/8 2/7-9 4-7/7-9 8/9-10 9/7-9",
	    "15/10 1800/10 1850/10 1890/10" },
	{ "AU CC CX", "61", "0011", "0", TRUNK_DROPPED, "2-4/9 7-8/9",
	    "13/6 1300/10 180/7 1800/10" },
	{ "NZ", "64", "", "0", TRUNK_DROPPED,
	    "2/8-10 3-4/8 508/9 6-7/8 800/9-10 9/8", "" },
	{ "DE", "49", "", "0", TRUNK_DROPPED, "1-9/6-13", "" },
	{ "AT", "43", "", "0", TRUNK_DROPPED, "1-9/4-13", "" },
	{ "CH", "41", "", "0", TRUNK_DROPPED, "2-9/9", "" },
	{ "FR", "33", "", "0", TRUNK_DROPPED, "1-9/9", "" },
	{ "ES", "34", "", "", TRUNK_NONE, "5-9/9", "" },
	{ "IT VA", "39", "", "0", TRUNK_STAYS,
	    "0/6-11 178/10 199/9 3/9-10 80/6-9 84/9 89/6-9", "" },
	{ "NL", "31", "", "0", TRUNK_DROPPED,
	    "1-8/9 800/7 800/10 90/7 90/10 91/9 97/11", "" },
	/* Before 2019: 01 at home, 044 and 045 for mobiles, 1 from abroad. */
	{ "MX", "52", "", "01 044 045 1", TRUNK_OPTIONAL, "2-9/10", "" },
};

#define PLANS (sizeof(plans) / sizeof(plans[0]))

static bool
has_word(const char *words, struct str word)
{
	struct str rest = str_of(words);

	while (rest.p != NULL)
		if (str_eq(str_cut(&rest, ' '), word))
			return (true);
	return (false);
}

const struct phone_plan *
phone_plan_of(struct str country)
{
	for (size_t i = 0; i < PLANS; i++)
		if (has_word(plans[i].countries, country))
			return (&plans[i]);
	return (NULL);
}

const struct phone_plan *
phone_plan_of_digits(struct str digits)
{
	for (size_t i = 0; i < PLANS; i++)
		if (str_starts(digits, plans[i].code))
			return (&plans[i]);
	return (NULL);
}

struct str
phone_plan_code(const struct phone_plan *plan)
{
	return (str_of(plan->code));
}

size_t
phone_plan_exit(const struct phone_plan *plan, struct str digits)
{
	if (plan->exit[0] != '\0' && str_starts(digits, plan->exit))
		return (strlen(plan->exit));
	return (str_starts(digits, EXIT_COMMON) ? strlen(EXIT_COMMON) : 0);
}

/* A length in the table. */
static size_t
length_of(struct str text)
{
	int64_t n = 0;
	bool fine = str_parse_int(text, 1, 15, &n, NULL) == ERR_OK;

	assert(fine);
	return ((size_t)n);
}

/* Do digits fit one rule, "1/9-10" or "2-9/10"? */
static bool
fits_rule(struct str digits, struct str rule)
{
	struct str first = str_cut(&rule, '/'), least = str_cut(&rule, '-');
	size_t from = length_of(least);
	size_t to = rule.p == NULL ? from : length_of(rule);

	if (digits.n < from || digits.n > to)
		return (false);
	if (first.n == 3 && first.p[1] == '-')
		return (digits.p[0] >= first.p[0] && digits.p[0] <= first.p[2]);
	return (str_eq(str_first(digits, first.n), first));
}

static bool
fits(struct str digits, const char *rules)
{
	struct str rest = str_of(rules);

	while (rest.n > 0)
		if (fits_rule(digits, str_cut(&rest, ' ')))
			return (true);
	return (false);
}

/* digits behind one of the trunk prefixes, where a number follows. */
static struct str
behind_trunk(const struct phone_plan *plan, struct str digits)
{
	struct str rest = str_of(plan->trunk), prefix, number;

	if (plan->is != TRUNK_DROPPED && plan->is != TRUNK_OPTIONAL)
		return (STR_NONE);
	while (rest.p != NULL) {
		prefix = str_cut(&rest, ' ');
		number = str_skip(digits, prefix.n);
		if (str_eq(str_first(digits, prefix.n), prefix) &&
		    fits(number, plan->numbers))
			return (number);
	}
	return (STR_NONE);
}

struct str
phone_plan_national(const struct phone_plan *plan, struct str digits)
{
	if (plan->is != TRUNK_DROPPED && fits(digits, plan->numbers))
		return (digits);
	if (fits(digits, plan->no_trunk))
		return (digits);
	return (behind_trunk(plan, digits));
}

struct str
phone_plan_abroad(const struct phone_plan *plan, struct str digits)
{
	if (fits(digits, plan->numbers) || fits(digits, plan->no_trunk))
		return (digits);
	return (behind_trunk(plan, digits));
}
