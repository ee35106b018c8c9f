/*
 * verification: digits are those of an attempt and of a key of ours, and no
 * others; what the database is told of an attempt, and what its answers mean.
 * The vectors were made by another program (Python's hmac).
 */
#include "config.h"

#include "doors.h"
#include "base/log.h"
#include "tenancy/verification.h"

#define KEY1 "k1:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
#define KEY2 "k2:AQECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
#define ID "0190163d-8694-739b-aea5-966c26f8ad91"
#define OTHER "0190163d-8694-739b-aea5-966c26f8ad92"
#define CALL_SID "CA0123456789abcdef0123456789abcdef"

static struct keyring
keys_of(const char *setting)
{
	struct keyring keys;
	struct err e = { 0 };

	if (keyring_parse(setting, &keys, &e) != ERR_OK)
		ok(false, "keys: %s", e.text);
	return (keys);
}

static const char *
made(const char *setting, enum verification_secret what, const char *id)
{
	static char digits[VERIFICATION_DIGITS_SIZE];
	struct keyring keys = keys_of(setting);

	if (verification_make(&keys, what, str_of(id), digits, NULL) != ERR_OK)
		return ("(none)");
	return (digits);
}

static bool
right(const char *setting, enum verification_secret what, const char *id,
    const char *digits)
{
	struct keyring keys = keys_of(setting);
	bool is_right = true;

	if (verification_check(&keys, what, str_of(id), str_of(digits),
		&is_right, NULL) != ERR_OK)
		return (false);
	return (is_right);
}

static void
test_make(void)
{
	struct keyring none = { 0 };
	char digits[VERIFICATION_DIGITS_SIZE];

	is_str(str_of(made(KEY1, VERIFICATION_CODE, ID)), "584285", "a code");
	is_str(str_of(made(KEY1, VERIFICATION_TONES, ID)), "91307744",
	    "its tones");
	is_str(str_of(made(KEY2, VERIFICATION_TONES, ID)), "02659306",
	    "zeros in front");
	is_str(str_of(made(KEY2 "," KEY1, VERIFICATION_CODE, ID)), "802512",
	    "the newest key makes");
	is_str(str_of(made(KEY1, VERIFICATION_CODE,
		   "0190163D-8694-739B-AEA5-966C26F8AD91")),
	    "584285", "an id in any case");
	is_str(str_of(made(KEY1, VERIFICATION_CODE, "1")), "(none)",
	    "no id, no code");
	is_int(verification_make(&none, VERIFICATION_CODE, STR(ID), digits,
		   NULL),
	    ERR_BUG, "no key, no code");
}

static void
test_code(void)
{
	ok(right(KEY1, VERIFICATION_CODE, ID, "584285"), "the right code");
	ok(right(KEY2 "," KEY1, VERIFICATION_CODE, ID, "584285"),
	    "any key checks");
	ok(!right(KEY2, VERIFICATION_CODE, ID, "584285"), "but a foreign one");
	ok(!right(KEY1, VERIFICATION_CODE, OTHER, "584285"),
	    "of another attempt");
	ok(!right(KEY1, VERIFICATION_CODE, ID, "584286"), "one digit off");
	ok(!right(KEY1, VERIFICATION_CODE, ID, "845285"),
	    "a code is not turned");
	ok(!right(KEY1, VERIFICATION_CODE, ID, "58428"), "too short");
	ok(!right(KEY1, VERIFICATION_CODE, ID, "5842850"), "too long");
	ok(!right(KEY1, VERIFICATION_CODE, ID, ""), "empty");
	ok(!right(KEY1, VERIFICATION_CODE, "1", "584285"), "no id");
	ok(!right(KEY1, VERIFICATION_TONES, ID, "584285"),
	    "a code is no tones");
}

static void
test_tones(void)
{
	char turned[VERIFICATION_DIGITS_SIZE];
	const char *tones = "91307744";
	int turns = 0;

	for (size_t i = 0; i < VERIFICATION_TONES_DIGITS; i++) {
		(void)snprintf(turned, sizeof(turned), "%s%.*s", tones + i,
		    (int)i, tones);
		turns += right(KEY1, VERIFICATION_TONES, ID, turned);
	}
	is_int(turns, VERIFICATION_TONES_DIGITS,
	    "who listens from the middle on hears them too");
	ok(right(KEY2 "," KEY1, VERIFICATION_TONES, ID, tones),
	    "any key checks");
	ok(!right(KEY1, VERIFICATION_TONES, ID, "44770319"), "not backwards");
	ok(!right(KEY1, VERIFICATION_TONES, ID, "9130774"), "not a part");
	ok(!right(KEY1, VERIFICATION_TONES, OTHER, tones),
	    "of another attempt");
}

/* Statements -------------------------------------------------------------- */

/* Whatever the function: this first parameter, and one row, not none. */
#define ASKS_AS_IT_SHOULD(st, first, call)                                     \
	do {                                                                   \
		answer_rows((st), 0, NULL);                                    \
		is_int((call), ERR_BUG, "no row");                             \
		FAILS_AS_IT_SHOULD(first, call);                               \
	} while (0)

static void
test_rung(void)
{
	struct err e = { 0 };

	start();
	ANSWER(STATEMENT_VERIFICATION_RUNG, "t");
	is_int(verification_rung(lanes, arena, STR(ID), STR(CALL_SID), IN_TIME,
		   &e),
	    ERR_OK, "it rings");
	was_given(STATEMENT_VERIFICATION_RUNG, ID "|" CALL_SID "|f");
	is_int(verification_rung(lanes, arena, STR(ID), STR_NONE, IN_TIME, &e),
	    ERR_OK, "it was refused");
	was_given(STATEMENT_VERIFICATION_RUNG, ID "|~|t");
	ASKS_AS_IT_SHOULD(STATEMENT_VERIFICATION_RUNG, ID,
	    verification_rung(lanes, arena, STR(ID), STR_NONE, IN_TIME, &e));
	stop();
}

static void
test_answered(void)
{
	static const struct {
		const char *verdict;
		enum verification_cue cue;
	} cues[] = { { "ask", VERIFICATION_ASK },
		{ "tones", VERIFICATION_PLAY },
		{ "announce", VERIFICATION_ANNOUNCE },
		{ "absent", VERIFICATION_NOTHING },
		{ "Ask", VERIFICATION_NOTHING } };
	enum verification_cue cue;
	struct err e = { 0 };

	start();
	for (size_t i = 0; i < sizeof(cues) / sizeof(cues[0]); i++) {
		ANSWER(STATEMENT_VERIFICATION_ANSWERED, cues[i].verdict);
		is_int(verification_answered(lanes, arena, STR(ID),
			   STR(CALL_SID), IN_TIME, &cue, &e),
		    ERR_OK, "answered");
		is_int(cue, cues[i].cue, cues[i].verdict);
	}
	was_given(STATEMENT_VERIFICATION_ANSWERED, ID "|" CALL_SID);
	cue = VERIFICATION_ASK;
	ASKS_AS_IT_SHOULD(STATEMENT_VERIFICATION_ANSWERED, ID,
	    verification_answered(lanes, arena, STR(ID), STR(CALL_SID), IN_TIME,
		&cue, &e));
	is_int(cue, VERIFICATION_NOTHING, "which is nothing to hear");
	stop();
}

static void
test_pressed(void)
{
	struct err e = { 0 };
	bool speak = false;

	start();
	ANSWER(STATEMENT_VERIFICATION_PRESSED, "t");
	is_int(verification_pressed(lanes, arena, STR(ID), STR(CALL_SID),
		   IN_TIME, &speak, &e),
	    ERR_OK, "a key");
	ok(speak, "so the code may be spoken");
	was_given(STATEMENT_VERIFICATION_PRESSED, ID "|" CALL_SID);
	ASKS_AS_IT_SHOULD(STATEMENT_VERIFICATION_PRESSED, ID,
	    verification_pressed(lanes, arena, STR(ID), STR(CALL_SID), IN_TIME,
		&speak, &e));
	ok(!speak, "and no code is spoken");
	stop();
}

static void
test_ended(void)
{
	struct err e = { 0 };

	start();
	ANSWER(STATEMENT_VERIFICATION_ENDED, "t");
	is_int(verification_ended(lanes, arena, STR(ID), STR(CALL_SID),
		   STR("busy"), IN_TIME, &e),
	    ERR_OK, "over");
	was_given(STATEMENT_VERIFICATION_ENDED, ID "|" CALL_SID "|busy");
	ASKS_AS_IT_SHOULD(STATEMENT_VERIFICATION_ENDED, ID,
	    verification_ended(lanes, arena, STR(ID), STR(CALL_SID),
		STR("busy"), IN_TIME, &e));
	stop();
}

static void
test_compared(void)
{
	struct err e = { 0 };
	int64_t left = -1;

	start();
	ANSWER(STATEMENT_VERIFICATION_COMPARED, "wrong", "3");
	is_int(verification_compared(lanes, arena, STR(ID), false, IN_TIME,
		   &left, &e),
	    ERR_OK, "a wrong code");
	is_int(left, 3, "and the tries that are left");
	was_given(STATEMENT_VERIFICATION_COMPARED, ID "|f");
	ANSWER(STATEMENT_VERIFICATION_COMPARED, "absent", NULL);
	is_int(verification_compared(lanes, arena, STR(ID), true, IN_TIME,
		   &left, &e),
	    ERR_ABSENT, "nothing waits for it");
	was_given(STATEMENT_VERIFICATION_COMPARED, ID "|t");
	ASKS_AS_IT_SHOULD(STATEMENT_VERIFICATION_COMPARED, ID,
	    verification_compared(lanes, arena, STR(ID), true, IN_TIME, &left,
		&e));
	stop();
}

static void
test_leg(void)
{
	const struct verification_leg leg = { .call_sid = STR(CALL_SID),
		.from = STR("+15551111111"),
		.to = STR("+15559999999"),
		.diversion = STR("+15552222222") };
	struct err e = { 0 };
	bool listen = false;

	start();
	ANSWER(STATEMENT_VERIFICATION_LEG, "t");
	is_int(verification_leg(lanes, arena, &leg, IN_TIME, &listen, &e),
	    ERR_OK, "a call came in");
	ok(listen, "that may be a loop's");
	was_given(STATEMENT_VERIFICATION_LEG,
	    CALL_SID "|+15551111111|+15559999999|~|~|+15552222222");
	ASKS_AS_IT_SHOULD(STATEMENT_VERIFICATION_LEG, CALL_SID,
	    verification_leg(lanes, arena, &leg, IN_TIME, &listen, &e));
	ok(!listen, "and is not listened to");
	stop();
}

static enum err_code
heard(const char *digits, struct str *state, bool *again)
{
	struct keyring keys = keys_of(KEY1);
	struct err e = { 0 };

	return (verification_heard(lanes, arena, &keys, STR(CALL_SID),
	    str_of(digits), IN_TIME, state, again, &e));
}

static void
test_heard(void)
{
	struct str state;
	bool again;

	start();
	answer_rows(STATEMENT_VERIFICATION_LISTEN, 0, NULL);
	is_int(heard("91307744", &state, &again), ERR_OK, "nobody waits");
	ok(state.p == NULL && !again, "and need not listen again");
	answer_rows(STATEMENT_VERIFICATION_LISTEN, 2,
	    (const char *const[]){ ID });
	is_int(heard("11111111", &state, &again), ERR_OK, "nobody's tones");
	ok(state.p == NULL && again, "so it listens again");
	was_given(STATEMENT_VERIFICATION_LISTEN, CALL_SID);
	ANSWER(STATEMENT_VERIFICATION_TONES, "done");
	is_int(heard("91307744", &state, &again), ERR_OK, "its tones");
	is_str(state, "done", "and what it has come to");
	was_given(STATEMENT_VERIFICATION_TONES, CALL_SID "|" ID);
	answer_rows(STATEMENT_VERIFICATION_TONES, 0, NULL);
	is_int(heard("91307744", &state, &again), ERR_BUG, "no row");
	answer_rows(STATEMENT_VERIFICATION_LISTEN, 1,
	    (const char *const[]){ "no id" });
	is_int(heard("91307744", &state, &again), ERR_INPUT, "an odd attempt");
	FAILS_AS_IT_SHOULD(CALL_SID, heard("91307744", &state, &again));
	ok(state.p == NULL, "which is no state");
	stop();
}

int
main(void)
{
	if ((arena = arena_new(4 << 20)) == NULL ||
	    log_open("file:/dev/null", NULL) != ERR_OK)
		return (1);
	test_make();
	test_code();
	test_tones();
	test_rung();
	test_answered();
	test_pressed();
	test_ended();
	test_compared();
	test_leg();
	test_heard();
	log_close();
	arena_free(arena);
	return (done());
}
