/* fallback: which number is dialled, how often, and what is remembered. */
#include "config.h"

#include "tenancy/fallback.h"
#include "tap.h"

#define FROM STR("+15551111111")
#define LINE STR("+15559999999")
#define OWN "+15553333333"
#define SHARED "+15554444444"
#define ABROAD "+442071838750"
#define KEEP_MS ((int64_t)3600000)

static struct phone
phone_of(const char *text)
{
	struct phone p = { "" };

	memcpy(p.text, text, strlen(text));
	return (p);
}

static struct fallback_call
call_of(struct str from)
{
	return ((struct fallback_call){ .from = from, .to = LINE });
}

static struct fallback_numbers
numbers_of(const char *number, const char *line)
{
	return ((struct fallback_numbers){ .number = phone_of(number),
	    .line = phone_of(line) });
}

/* What is dialled, at most so often; "" for nothing. */
static struct str
chosen_of(struct fallback_memory *m, const struct fallback_call *c,
    const struct fallback_numbers *numbers, const char *prefixes, int64_t most,
    int64_t now_ms)
{
	static struct phone chosen;
	const struct phone *found;
	int64_t dials = 0;

	found = fallback_find(c, numbers, prefixes, &dials);
	memset(&chosen, 0, sizeof(chosen));
	if (found != NULL && fallback_dial(m, c, found, dials, most, now_ms))
		chosen = *found;
	return (str_of(chosen.text));
}

/* What is dialled for a call of which the database told; "" for nothing. */
static struct str
choice_for(struct fallback_memory *m, const struct fallback_call *c,
    const char *number, const char *line, const char *prefixes, int64_t now_ms)
{
	const struct fallback_numbers numbers = numbers_of(number, line);

	return (chosen_of(m, c, &numbers, prefixes, 1, now_ms));
}

static struct str
choice(struct fallback_memory *m, struct str from, const char *number,
    const char *line, const char *prefixes, int64_t now_ms)
{
	const struct fallback_call c = call_of(from);

	return (choice_for(m, &c, number, line, prefixes, now_ms));
}

/* What is remembered, "number line". */
static struct str
recalled(struct fallback_memory *m, const struct fallback_call *c,
    int64_t now_ms)
{
	static char text[2 * PHONE_SIZE];
	struct fallback_numbers numbers;

	fallback_recall(m, c, now_ms, &numbers);
	ok(numbers.number_dials == 0 && numbers.line_dials == 0, "no more");
	(void)snprintf(text, sizeof(text), "%s %s", numbers.number.text,
	    numbers.line.text);
	return (str_of(text));
}

static void
remember(struct fallback_memory *m, const struct fallback_call *c,
    const char *number, const char *line, int64_t now_ms)
{
	const struct fallback_numbers numbers = numbers_of(number, line);

	fallback_remember(m, c, &numbers, now_ms);
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
		struct fallback_memory *m = fallback_memory_new(KEEP_MS);

		is_str(choice(m, FROM, choices[i].number, choices[i].line,
			   choices[i].prefixes, 1),
		    choices[i].want, choices[i].what);
		fallback_memory_free(m);
	}
}

static void
test_no_line(void)
{
	struct fallback_memory *m = fallback_memory_new(KEEP_MS);
	struct fallback_call c = { .from = FROM, .to = STR("sip:line@host") };

	is_str(choice_for(m, &c, OWN, "", "", 1), "",
	    "a line that is no number");
	c.to = STR_NONE;
	is_str(choice_for(m, &c, OWN, "", "+1", 1), "", "no line");
	fallback_memory_free(m);
}

static void
test_quiet(void)
{
	struct fallback_memory *m = fallback_memory_new(KEEP_MS);
	const int64_t t = 1000000;

	is_str(choice(m, FROM, OWN, "", "", t), OWN, "dialled");
	is_str(choice(m, FROM, OWN, "", "", t), "", "not twice at once");
	is_str(choice(m, FROM, OWN, SHARED, "", t + FALLBACK_QUIET_MS - 1), "",
	    "nor the line's in its place within the minute");
	is_str(choice(m, FROM, "", SHARED, "", t + 1), SHARED,
	    "another clinic's is dialled all the same");
	is_str(choice(m, FROM, "", SHARED, "", t + 2), "", "once");
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

/* Dialled by another process: the database tells, and which of the two. */
static void
test_dialled_elsewhere(void)
{
	struct fallback_memory *m = fallback_memory_new(KEEP_MS);
	struct fallback_numbers n = numbers_of(OWN, SHARED);
	const struct fallback_call c = call_of(FROM);

	n.number_dials = 1;
	is_str(chosen_of(m, &c, &n, "", 1, 1), "",
	    "the number's, a moment ago");
	n = numbers_of(OWN, SHARED);
	n.line_dials = 1;
	is_str(chosen_of(m, &c, &n, "", 1, 1), OWN, "only the line's");
	n.number = phone_of("");
	is_str(chosen_of(m, &c, &n, "", 1, 1), "", "and that one is meant");
	n.line_dials = 4;
	is_str(chosen_of(m, &c, &n, "", 5, 1), SHARED, "four of five");
	n.line_dials = 5;
	is_str(chosen_of(m, &c, &n, "", 5, 1), "", "five of five");
	fallback_memory_free(m);
}

/* A clinic's own number is every caller's: it may dial more than once. */
static void
test_several(void)
{
	struct fallback_memory *m = fallback_memory_new(KEEP_MS);
	struct fallback_numbers n = numbers_of(OWN, SHARED);
	const struct fallback_call c = call_of(FROM);
	const int64_t t = 1000000;

	for (int i = 0; i < 5; i++)
		is_str(chosen_of(m, &c, &n, "", 5, t + i), OWN, "one of five");
	is_str(chosen_of(m, &c, &n, "", 5, t + FALLBACK_QUIET_MS - 1), "",
	    "no sixth within the minute");
	is_str(chosen_of(m, &c, &n, "", 5, t + FALLBACK_QUIET_MS), OWN,
	    "one when the first is a minute old");
	is_str(chosen_of(m, &c, &n, "", 5, t + FALLBACK_QUIET_MS), "",
	    "and only one");
	for (int i = 0; i < FALLBACK_DIALS_MOST + 5; i++)
		is_str(chosen_of(m, &c, &n, "", FALLBACK_DIALS_MOST, 2 * t + i),
		    i < FALLBACK_DIALS_MOST ? OWN : "", "as many as may be");
	n.own = true;
	fallback_remember(m, &c, &n, t);
	memset(&n, 0, sizeof(n));
	fallback_recall(m, &c, t, &n);
	ok(n.own, "whose number it is is remembered");
	fallback_memory_free(m);
}

/* Callers who withhold their number are not one caller. */
static void
test_withheld(void)
{
	struct fallback_memory *m = fallback_memory_new(KEEP_MS);
	struct fallback_call a = { .from = STR("anonymous"),
		.to = LINE,
		.forwarded_from = STR("+15552220001") },
			     b = a;

	b.forwarded_from = STR("+15552220002");
	is_str(choice_for(m, &a, OWN, "", "", 1), OWN, "dialled for one");
	is_str(choice_for(m, &b, OWN, "", "", 1), OWN,
	    "and for one of another number");
	a.from = STR("+266696687");
	is_str(choice_for(m, &a, OWN, "", "", 2), "",
	    "of the same number not twice, however it is spelt");
	remember(m, &a, OWN, "", 1);
	a.from = STR("Restricted");
	is_str(recalled(m, &a, 1), OWN " ", "remembered for its number");
	is_str(recalled(m, &b, 1), " ", "and not for the other");
	fallback_memory_free(m);
}

static void
test_memory(void)
{
	struct fallback_memory *m = fallback_memory_new(KEEP_MS);
	const struct fallback_call c = call_of(FROM);
	struct fallback_call other = call_of(STR("+15551111112"));

	is_str(recalled(m, &c, 1), " ", "nothing is known");
	remember(m, &c, OWN, SHARED, 1);
	is_str(recalled(m, &c, 1), OWN " " SHARED, "remembered");
	is_str(recalled(m, &other, 1), " " SHARED,
	    "of another caller the line's alone");
	is_str(choice(m, FROM, "", "", "", 1), "",
	    "what the database told is not filled up from memory");
	remember(m, &c, "", SHARED, 2);
	is_str(recalled(m, &c, 2), " " SHARED, "the newest counts");
	remember(m, &c, "", "", 3);
	is_str(recalled(m, &c, 3), " ", "taken away");
	is_str(recalled(m, &other, 3), " ", "from the line as well");
	remember(m, &c, OWN, "", 4);
	fallback_remember(m, &other, NULL, 5);
	is_str(recalled(m, &c, 5), OWN " ", "another is nobody's");
	fallback_remember(m, &c, NULL, 6);
	is_str(recalled(m, &c, 6), " ", "this one is: forgotten");
	fallback_memory_free(m);
}

/* Each signal is a part of what it is remembered by. */
static void
test_signals(void)
{
	static const struct fallback_call whole = { STR("+15551111111"),
		{ "+15559999999", 12 }, { "+15552220001", 12 },
		{ "+15552220002", 12 } };
	struct fallback_memory *m = fallback_memory_new(KEEP_MS);
	struct fallback_call c;

	remember(m, &whole, OWN, "", 1);
	is_str(recalled(m, &whole, 1), OWN " ", "all of them");
	c = whole;
	c.from = STR("+15551111112");
	is_str(recalled(m, &c, 1), " ", "another From");
	c = whole;
	c.to = STR("+15559999998");
	is_str(recalled(m, &c, 1), " ", "another To");
	c = whole;
	c.forwarded_from = STR_NONE;
	is_str(recalled(m, &c, 1), " ", "no ForwardedFrom");
	c.forwarded_from = STR("");
	is_str(recalled(m, &c, 1), " ", "an empty one");
	c = whole;
	c.diversion = STR("+15552220003");
	is_str(recalled(m, &c, 1), " ", "another Diversion");
	c = whole;
	c.forwarded_from = whole.diversion;
	c.diversion = whole.forwarded_from;
	is_str(recalled(m, &c, 1), " ", "the two exchanged");
	fallback_memory_free(m);
}

static void
test_expiry(void)
{
	struct fallback_memory *m = fallback_memory_new(KEEP_MS);
	const struct fallback_call c = call_of(FROM);

	remember(m, &c, OWN, SHARED, 10);
	is_str(recalled(m, &c, 9 + KEEP_MS), OWN " " SHARED, "in time");
	is_str(recalled(m, &c, 10 + KEEP_MS), " ", "too old");
	fallback_memory_free(m);
	m = fallback_memory_new(0);
	remember(m, &c, OWN, SHARED, 10);
	is_str(recalled(m, &c, 10), " ", "0: nothing is remembered");
	is_str(choice(m, FROM, OWN, "", "", 10), OWN, "dialled");
	is_str(choice(m, FROM, OWN, "", "", 11), "", "and still not twice");
	fallback_memory_free(m);
}

/* The memory is bounded: whoever comes next to a slot has it. */
static void
test_takeover(void)
{
	struct fallback_memory *m = fallback_memory_new(KEEP_MS);
	struct fallback_call c = call_of(FROM);
	char from[32];

	remember(m, &c, OWN, "", 1);
	for (int i = 0; i < 200000; i++) {
		(void)snprintf(from, sizeof(from), "+1666%07d", i);
		c.from = str_of(from);
		remember(m, &c, SHARED, "", 1);
	}
	is_str(recalled(m, &c, 1), SHARED " ", "the newest has its own");
	c.from = FROM;
	is_str(recalled(m, &c, 1), " ", "the oldest gave way");
	fallback_memory_free(m);
}

static void
test_odd_callers(void)
{
	struct fallback_memory *m = fallback_memory_new(KEEP_MS);
	struct fallback_call c;
	char longest[128], beyond[2048];

	memset(longest, '5', sizeof(longest));
	memset(beyond, '5', sizeof(beyond));
	c = call_of((struct str){ longest, sizeof(longest) });
	c.forwarded_from = c.diversion = c.from;
	remember(m, &c, OWN, "", 1);
	is_str(recalled(m, &c, 1), OWN " ", "texts of 128 characters");
	c = call_of((struct str){ beyond, sizeof(beyond) });
	remember(m, &c, OWN, "", 1);
	is_str(recalled(m, &c, 1), " ", "what no call can be");
	is_str(choice_for(m, &c, OWN, "", "", 1), "", "is not put through");
	fallback_memory_free(m);
	fallback_memory_free(NULL);
}

int
main(void)
{
	test_choice();
	test_no_line();
	test_quiet();
	test_dialled_elsewhere();
	test_several();
	test_withheld();
	test_memory();
	test_signals();
	test_expiry();
	test_takeover();
	test_odd_callers();
	return (done());
}
