/* fallback: which number is dialled, how often, and what is remembered. */
#include "config.h"

#include "fallback.h"
#include "tap.h"

#define FROM STR("+15551111111")
#define LINE STR("+15559999999")
#define OWN "+15553333333"
#define SHARED "+15554444444"
#define ABROAD "+442071838750"

static const struct phone none;

static struct phone
phone_of(const char *text)
{
	struct phone p = { "" };

	memcpy(p.text, text, strlen(text));
	return (p);
}

/* What is dialled; "" for nothing. */
static struct str
choice(struct fallback_memory *m, struct str from, const char *number,
    const char *line, const char *prefixes, int64_t now_ms)
{
	static struct phone chosen;
	const struct phone own = phone_of(number), shared = phone_of(line);

	fallback_choose(m, from, LINE, &own, &shared, prefixes, now_ms,
	    &chosen);
	return (str_of(chosen.text));
}

static const struct {
	const char *number;
	const char *line;
	const char *prefixes;
	const char *want;
	const char *what;
} choices[] = {
	{ OWN, SHARED, "", OWN, "the number's before the line's" },
	{ "", SHARED, "", SHARED, "the line's where there is no other" },
	{ OWN, "", "", OWN, "the number's alone" },
	{ "", "", "", "", "none" },
	{ ABROAD, SHARED, "", SHARED, "the line's where the other may not be" },
	{ ABROAD, "", "", "", "not abroad" },
	{ ABROAD, "", "+44", ABROAD, "unless it is allowed" },
	{ OWN, SHARED, "+44", "", "and then nowhere else" },
	{ "+19005551234", "", "", "", "not for a premium" },
	{ "+18765551234", SHARED, "", SHARED, "not to the Caribbean" },
};

static void
test_choice(void)
{
	size_t i;

	for (i = 0; i < sizeof(choices) / sizeof(choices[0]); i++) {
		struct fallback_memory *m = fallback_memory_new();

		is_str(choice(m, FROM, choices[i].number, choices[i].line,
			   choices[i].prefixes, 1),
		    choices[i].want, choices[i].what);
		fallback_memory_free(m);
	}
}

static void
test_no_line(void)
{
	struct fallback_memory *m = fallback_memory_new();
	const struct phone own = phone_of(OWN);
	struct phone chosen;

	fallback_choose(m, FROM, STR("sip:line@host"), &own, &none, "", 1,
	    &chosen);
	is_str(str_of(chosen.text), "", "a line that is no number");
	fallback_choose(m, FROM, STR_NONE, &own, &none, "+1", 1, &chosen);
	is_str(str_of(chosen.text), "", "no line");
	fallback_memory_free(m);
}

static void
test_quiet(void)
{
	struct fallback_memory *m = fallback_memory_new();
	const int64_t t = 1000000;

	is_str(choice(m, FROM, OWN, "", "", t), OWN, "dialled");
	is_str(choice(m, FROM, OWN, "", "", t), "", "not twice at once");
	is_str(choice(m, FROM, "", SHARED, "", t + FALLBACK_QUIET_MS - 1), "",
	    "nor another one within the minute");
	is_str(choice(m, STR("+15551111112"), OWN, "", "", t), OWN,
	    "another caller is not affected");
	is_str(choice(m, FROM, OWN, "", "", t + FALLBACK_QUIET_MS), OWN,
	    "after the minute again");
	is_str(choice(m, FROM, OWN, "", "", t + FALLBACK_QUIET_MS + 1), "",
	    "which begins a new one");
	is_str(choice(m, STR("+15551111113"), ABROAD, "", "", t), "",
	    "what may not be dialled");
	is_str(choice(m, STR("+15551111113"), OWN, "", "", t), OWN,
	    "does not count as dialled");
	fallback_memory_free(m);
}

static void
test_memory(void)
{
	struct fallback_memory *m = fallback_memory_new();
	const struct phone own = phone_of(OWN), shared = phone_of(SHARED);
	const struct phone abroad = phone_of(ABROAD);

	is_str(choice(m, FROM, "", "", "", 1), "", "nothing is known");
	fallback_remember(m, FROM, LINE, &own, &shared);
	is_str(choice(m, STR("+15551111112"), "", "", "", 1), "",
	    "of another caller neither");
	is_str(choice(m, FROM, "", "", "", 1), OWN, "remembered");
	is_str(choice(m, FROM, "", "", "", 2), "", "not twice");
	fallback_remember(m, FROM, LINE, &none, &shared);
	is_str(choice(m, FROM, "", "", "", 3), "",
	    "what is learnt anew does not end the minute");
	is_str(choice(m, FROM, "", "", "", 1 + FALLBACK_QUIET_MS), SHARED,
	    "the newest is what is remembered");
	fallback_remember(m, FROM, LINE, &abroad, &none);
	is_str(choice(m, FROM, "", "", "", 2 + 3 * FALLBACK_QUIET_MS), "",
	    "and is judged when it is dialled");
	fallback_remember(m, FROM, LINE, &none, &none);
	is_str(choice(m, FROM, "", "", "", 2 + 6 * FALLBACK_QUIET_MS), "",
	    "taken away");
	fallback_memory_free(m);
}

/* The memory is bounded: whoever comes next to a slot has it. */
static void
test_takeover(void)
{
	struct fallback_memory *m = fallback_memory_new();
	const struct phone own = phone_of(OWN), shared = phone_of(SHARED);
	struct str last = STR_NONE;
	char from[32];

	fallback_remember(m, FROM, LINE, &own, &none);
	for (int i = 0; i < 200000; i++) {
		(void)snprintf(from, sizeof(from), "+1666%07d", i);
		last = str_of(from);
		fallback_remember(m, last, LINE, &shared, &none);
	}
	is_str(choice(m, FROM, "", "", "", 1), "", "the oldest gave way");
	is_str(choice(m, last, "", "", "", 1), SHARED,
	    "the newest has its own");
	fallback_memory_free(m);
}

static void
test_odd_callers(void)
{
	struct fallback_memory *m = fallback_memory_new();
	const struct phone own = phone_of(OWN), shared = phone_of(SHARED);
	char long_from[200];

	memset(long_from, '5', sizeof(long_from));
	fallback_remember(m, (struct str){ long_from, sizeof(long_from) }, LINE,
	    &own, &none);
	is_str(choice(m, (struct str){ long_from, sizeof(long_from) }, "", "",
		   "", 1),
	    OWN, "a caller of two hundred characters");
	fallback_remember(m, STR("anonymous"), LINE, &shared, &none);
	is_str(choice(m, STR("anonymous"), "", "", "", 1), SHARED,
	    "one without a number");
	is_str(choice(m, STR_NONE, "", "", "", 1), "", "none at all");
	fallback_memory_free(m);
	fallback_memory_free(NULL);
}

int
main(void)
{
	test_choice();
	test_no_line();
	test_quiet();
	test_memory();
	test_takeover();
	test_odd_callers();
	return (done());
}
