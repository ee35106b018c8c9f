/*
 * The table of codes. doc/openapi.json names each, web/lang/ has its words. In
 * a message {n} is the parameter n, {n|try|tries} the word that goes with it.
 */
#include "config.h"

#include <assert.h>

#include "api/api_problem.h"

struct row {
	const char *code;
	const char *message;
};

static const struct row rows[API_PROBLEMS] = {
	[PROBLEM_REQUIRED] = { "required", "is required" },
	[PROBLEM_UNKNOWN_FIELD] = { "unknown_field", "is not a field of this" },
	[PROBLEM_NOT_AN_OBJECT] = { "not_an_object", "must be an object" },
	[PROBLEM_NOT_TEXT] = { "not_text", "must be text" },
	[PROBLEM_NOT_TEXTS] = { "not_texts", "must be a list of texts" },
	[PROBLEM_NOT_ROWS] = { "not_rows", "must be a list of rows" },
	[PROBLEM_NOT_BOOLEAN] = { "not_boolean", "must be true or false" },
	[PROBLEM_NOT_AN_ID] = { "not_an_id", "must be an id" },
	[PROBLEM_NOT_A_DATE] = { "not_a_date",
	    "must be a date such as 2026-01-31" },
	[PROBLEM_NOT_A_TIME] = { "not_a_time", "must be a time such as 09:30" },
	[PROBLEM_NOT_A_WEEKDAY] = { "not_a_weekday",
	    "must be a day from 0, Sunday, to 6" },
	[PROBLEM_NOT_A_MOMENT] = { "not_a_moment",
	    "must be a time such as 2026-01-31T09:00:00Z" },
	[PROBLEM_NOT_A_SLUG] = { "not_a_slug",
	    "must be 2 to 50 small letters, digits and _, a letter first" },
	[PROBLEM_NOT_A_TIME_ZONE] = { "not_a_time_zone",
	    "must be a time zone such as America/New_York" },
	[PROBLEM_NOT_A_LANGUAGE] = { "not_a_language",
	    "must be a language such as en or es-MX" },
	[PROBLEM_NOT_A_COUNTRY] = { "not_a_country",
	    "must be a country such as US" },
	[PROBLEM_NOT_A_PHONE_NUMBER] = { "not_a_phone_number",
	    "must be a phone number such as +1 555 111 1111" },
	[PROBLEM_PLUS_NEEDED] = { "plus_needed",
	    "must begin with + and the country code, as +1 555 111 1111 does" },
	[PROBLEM_CONFIRM_NUMBER] = { "confirm_number",
	    "was read as {number}; send that if it is meant" },
	[PROBLEM_NOT_A_COUNT] = { "not_a_count",
	    "must be a number from {from} to {to}" },
	[PROBLEM_NOT_A_CALL_STATUS] = { "not_a_call_status",
	    "must be a status of a call" },
	[PROBLEM_NOT_A_CURSOR] = { "not_a_cursor",
	    "must be a next_cursor of this list" },
	[PROBLEM_NOT_ONE_OF] = { "not_one_of", "must be {words} or {last}" },
	[PROBLEM_WITHHELD_NUMBER] = { "withheld_number",
	    "stands for a number that is withheld" },
	[PROBLEM_UNPRINTABLE] = { "unprintable",
	    "holds a character that cannot be shown" },
	[PROBLEM_OUT_OF_RANGE] = { "out_of_range",
	    "must be a whole number from {from} to {to}" },
	[PROBLEM_TOO_LONG] = { "too_long", "is longer than {n} characters" },
	[PROBLEM_TOO_SHORT] = { "too_short", "is shorter than {n} characters" },
	[PROBLEM_TOO_LARGE] = { "too_large", "is too large" },
	[PROBLEM_TOO_MANY_BYTES] = { "too_many_bytes", "is too long" },
	[PROBLEM_TOO_MANY_TEXTS] = { "too_many_texts",
	    "holds more than {n} texts" },
	[PROBLEM_TOO_MANY_ROWS] = { "too_many_rows",
	    "holds more than {n} rows" },
	[PROBLEM_TOO_MANY_LINES] = { "too_many_lines",
	    "has more than {n} lines" },
	[PROBLEM_GIVEN_TWICE] = { "given_twice", "is given twice" },
	[PROBLEM_GIVEN_BESIDE] = { "given_beside",
	    "must not be given beside {other}" },
	[PROBLEM_CODE_WITH_STEP] = { "code_with_step",
	    "does not go together with a step" },
	[PROBLEM_WRONG_CODE] = { "wrong_code",
	    "is not the code that was spoken; {n} {n|try|tries} left" },
	[PROBLEM_ASSISTANTS_ANSWER] = { "assistants_answer",
	    "is a number on which assistants answer" },
	[PROBLEM_ASSISTANTS_ANSWER_FALLBACK] = { "assistants_answer_fallback",
	    "must not be a number on which assistants answer" },
	[PROBLEM_FALLBACK_IS_ITSELF] = { "fallback_is_itself",
	    "must be another number than the one it stands in for" },
	[PROBLEM_NUMBER_TAKEN] = { "number_taken",
	    "is one of your numbers already" },
	[PROBLEM_NAME_TAKEN] = { "name_taken",
	    "is the name of another of your assistants" },
	[PROBLEM_SLUG_TAKEN] = { "slug_taken",
	    "is the slug of another of your intents" },
	[PROBLEM_UNKNOWN_NUMBER] = { "unknown_number",
	    "is not one of your numbers" },
	[PROBLEM_UNKNOWN_ASSISTANT] = { "unknown_assistant",
	    "is not one of your assistants" },
	[PROBLEM_UNKNOWN_INTENT] = { "unknown_intent",
	    "is not the slug of one of your intents" },
	[PROBLEM_UNKNOWN_PERSON] = { "unknown_person",
	    "is not a person of this clinic" },
	[PROBLEM_NOT_AT_PROVIDER] = { "not_at_provider",
	    "has no assistant at the provider yet; ask your operator" },
	[PROBLEM_CLOSED_ALREADY] = { "closed_already", "is closed already" },
	[PROBLEM_CLOSED_WITH_HOURS] = { "closed_with_hours",
	    "cannot be closed and have hours" },
	[PROBLEM_OVERLAPS] = { "overlaps",
	    "overlaps the hours from {from} to {to}" },
	[PROBLEM_NO_DAY] = { "no_day", "is required, unless a date is given" },
	[PROBLEM_DAY_AND_DATE] = { "day_and_date",
	    "cannot be given together with a day of the week" },
	[PROBLEM_NO_FIRST_DAY] = { "no_first_day", "needs a first day" },
	[PROBLEM_ENDS_BEFORE_FIRST_DAY] = { "ends_before_first_day",
	    "must not be before the first day" },
	[PROBLEM_ENDS_TOO_LATE] = { "ends_too_late",
	    "must be within a year of the first day" },
	[PROBLEM_IN_FUTURE] = { "in_future", "must not be in the future" },
	[PROBLEM_NOT_AFTER] = { "not_after", "must be after {other}" },
	[PROBLEM_TOO_MANY_DAYS] = { "too_many_days",
	    "must not be over {n} days before {other}" },
	[PROBLEM_TIME_WHILE_CLOSED] = { "time_while_closed",
	    "is not given where it is closed" },
	[PROBLEM_CLOSES_BEFORE_OPENING] = { "closes_before_opening",
	    "must be after the time of opening; what goes past midnight is two rows, to 24:00 and from 00:00" },
	[PROBLEM_EXPECTED_FIELDS] = { "expected_fields",
	    "has phrases and an intent, and nothing else" },
	[PROBLEM_EXPECTED_PHRASES] = { "expected_phrases",
	    "must be at most {n} texts of at most {length} characters" },

	[PROBLEM_CHOOSE_ORGANIZATION] = { "choose_organization",
	    "sign-in is not complete: choose an organization" },
	[PROBLEM_NO_CLINIC] = { "no_clinic",
	    "you belong to no clinic yet, or have not chosen it" },
	[PROBLEM_OWNER_ONLY] = { "owner_only",
	    "only the owner of the clinic may do this" },
	[PROBLEM_CHANGED_MEANWHILE] = { "changed_meanwhile",
	    "this call was changed after it was read" },
	[PROBLEM_TOO_MANY_NUMBERS] = { "too_many_numbers",
	    "{n} phone numbers are the most there can be: remove one first" },
	[PROBLEM_TOO_MANY_ASSISTANTS] = { "too_many_assistants",
	    "{n} assistants are the most there can be: remove one first" },
	[PROBLEM_TOO_MANY_INTENTS] = { "too_many_intents",
	    "{n} intents are the most there can be: remove one first" },
	[PROBLEM_TOO_MANY_TESTS] = { "too_many_tests",
	    "{n} tests are the most there can be: remove one first" },
	[PROBLEM_TOO_MANY_HOURS] = { "too_many_hours",
	    "{n} rows of hours are the most there can be: remove one first" },
	[PROBLEM_NUMBER_IN_USE] = { "number_in_use",
	    "this number is in use already" },
	[PROBLEM_NUMBER_PAUSED] = { "number_paused", "this number is paused" },
	[PROBLEM_NUMBER_UNREADABLE] = { "number_unreadable",
	    "this number could not be read: register it anew" },
	[PROBLEM_NUMBER_OF_ASSISTANTS] = { "number_of_assistants",
	    "this is a number on which assistants answer" },
	[PROBLEM_NUMBER_NOT_RUNG] = { "number_not_rung",
	    "numbers that begin like this one are not rung: ask the operator" },
	[PROBLEM_NUMBER_BUSY] = { "number_busy",
	    "this number cannot be rung at this moment: wait a minute" },
	[PROBLEM_NO_ASSISTANT_NUMBER] = { "no_assistant_number",
	    "no assistant number is set up yet: ask the operator" },
	[PROBLEM_NO_CALLS_YET] = { "no_calls_yet",
	    "calls cannot be made yet: the operator has to set TWILIO_AUTH_TOKEN together with its account" },
	[PROBLEM_OPERATOR_DECIDES] = { "operator_decides",
	    "this number is proven; the operator decides between several claims" },
	[PROBLEM_CODE_FIRST] = { "code_first",
	    "show first that you answer this number, with a spoken code" },
	[PROBLEM_NO_CODE_WAITS] = { "no_code_waits",
	    "no code waits to be typed: have one spoken first" },
	[PROBLEM_CODES_PER_DAY] = { "codes_per_day",
	    "three codes for this number today: try again tomorrow" },
	[PROBLEM_NO_MORE_CODES] = { "no_more_codes",
	    "no more codes for this number today: try again tomorrow" },
	[PROBLEM_LOOPS_PER_DAY] = { "loops_per_day",
	    "its forwarding was tried five times today: try again tomorrow" },
	[PROBLEM_ATTEMPTS_PER_HOUR] = { "attempts_per_hour",
	    "ten attempts within an hour: try again later" },
	[PROBLEM_TEST_RUNS_ALREADY] = { "test_runs_already",
	    "this test is running already" },
	[PROBLEM_TEST_IS_RUNNING] = { "test_is_running",
	    "this test is running: change it when it has ended" },
	[PROBLEM_OTHER_TEST_RUNS] = { "other_test_runs",
	    "another test is running: wait until it has ended" },
	[PROBLEM_TESTS_PER_MINUTE] = { "tests_per_minute",
	    "{n} tests were run within a minute: wait a moment" },
	[PROBLEM_TESTS_PER_DAY] = { "tests_per_day",
	    "{n} tests were run within 24 hours: the next one can begin at {time} ({zone})" },
	[PROBLEM_PLAN_USED_UP] = { "plan_used_up",
	    "the seconds of your plan are used up: tests can be run when its next period begins, or with a larger plan" },
	[PROBLEM_NO_RECORDING] = { "no_recording",
	    "this call has no recording" },
	[PROBLEM_RECORDING_EXPIRED] = { "recording_expired",
	    "the recording has expired at the provider" },
	[PROBLEM_RECORDING_RANGE] = { "recording_range",
	    "the range is past the recording's end" },
	[PROBLEM_RECORDING_DENIED] = { "recording_denied",
	    "the provider does not let us in; ask your operator to check the key" },
	[PROBLEM_RECORDING_TOO_LARGE] = { "recording_too_large",
	    "the recording is too large to be passed on; ask your operator for it" },
	[PROBLEM_RECORDING_FAILED] = { "recording_failed",
	    "the provider did not give the recording; try again in a minute" },
};

struct str
api_problem_code(enum api_problem problem)
{
	assert(problem > PROBLEM_NONE && problem < API_PROBLEMS);
	return (str_of(rows[problem].code));
}

static void
add_value(struct buf *b, const struct json *value)
{
	if (json_is_number(value))
		buf_addf(b, "%.15g", json_number(value, 0));
	else
		buf_add(b, json_str(value));
}

/* The member of this name; NULL, also where there are none. */
static const struct json *
find_param(const struct json *params, struct str name)
{
	const struct json *one = params == NULL ? NULL : json_first(params);

	while (one != NULL && !str_eq(json_name(one), name))
		one = json_next(one);
	return (one);
}

static const char *
find_message(struct str code)
{
	for (int i = PROBLEM_NONE + 1; i < API_PROBLEMS; i++)
		if (str_is(code, rows[i].code))
			return (rows[i].message);
	return ("cannot be taken as it is");
}

/* "n" or "n|try|tries". */
static void
add_param(struct buf *b, struct str text, const struct json *params)
{
	const struct json *value = find_param(params, str_cut(&text, '|'));
	struct str one;

	if (text.p == NULL) {
		add_value(b, value);
		return;
	}
	one = str_cut(&text, '|');
	buf_add(b, json_number(value, 0) == 1.0 ? one : text);
}

struct str
api_problem_message(struct arena *a, struct str code, const struct json *params)
{
	struct str rest = str_of(find_message(code)), text;
	struct buf b;

	buf_init(&b, a);
	while (rest.p != NULL) {
		buf_add(&b, str_cut(&rest, '{'));
		if (rest.p != NULL)
			add_param(&b, str_cut(&rest, '}'), params);
	}
	return (buf_done(&b, &text, NULL) == ERR_OK ? text : STR(""));
}
