/* api_problem: each code has its message, with the parameters put in. */
#include "config.h"

#include "api/api_problem.h"
#include "tap.h"

static struct arena *arena;

static void
is_message(const char *code, const char *params, const char *want,
    const char *what)
{
	const struct json *given = NULL;
	struct err e;

	if (params != NULL)
		is_int(json_parse(arena, str_of(params), &given, &e), ERR_OK,
		    "parameters");
	is_str(api_problem_message(arena, str_of(code), given), want, what);
}

static void
test_table(void)
{
	for (int i = PROBLEM_NONE + 1; i < API_PROBLEMS; i++) {
		struct str code = api_problem_code((enum api_problem)i);

		ok(code.n > 0, "code %d has a name", i);
		ok(!str_is(api_problem_message(arena, code, NULL),
		       "cannot be taken as it is"),
		    "and a message");
	}
}

static void
test_messages(void)
{
	is_message("required", NULL, "is required", "without parameters");
	is_message("too_long", "{\"n\":43200}",
	    "is longer than 43200 characters", "a number");
	is_message("overlaps", "{\"to\":\"24:00\",\"from\":\"{n}\"}",
	    "overlaps the hours from {n} to 24:00", "texts, as they are");
	is_message("wrong_code", "{\"n\":1}",
	    "is not the code that was spoken; 1 try left", "one");
	is_message("wrong_code", "{\"n\":4}",
	    "is not the code that was spoken; 4 tries left", "several");
	is_message("wrong_code", "{\"n\":0}",
	    "is not the code that was spoken; 0 tries left", "none");
	is_message("too_long", "{}", "is longer than  characters",
	    "what is missing is left out");
	is_message("too_long", "[]", "is longer than  characters",
	    "so it is where there is no object");
}

static void
test_unknown(void)
{
	is_message("new_code", "{\"n\":1}", "cannot be taken as it is",
	    "a code that the table does not have");
	is_message("", NULL, "cannot be taken as it is", "none");
	is_str(api_problem_message(arena, STR_NONE, NULL),
	    "cannot be taken as it is", "not even a text");
}

int
main(void)
{
	arena = arena_new(1024 * 1024);
	test_table();
	test_messages();
	test_unknown();
	arena_free(arena);
	return (done());
}
