/* err: what is filled, what is cut, what an unknown code means. */
#include "config.h"

#include "base/err.h"
#include "tap.h"

static void
test_text(void)
{
	char longer[600];
	struct err e = { 0 };

	ok(err_set(&e, ERR_ABSENT, "no %s", "number") == ERR_ABSENT,
	    "err_set returns its code");
	is_str(str_of(e.text), "no number", "err_set formats");
	err_prefix(&e, "line %d", 3);
	is_str(str_of(e.text), "line 3: no number", "err_prefix puts before");
	is_int(e.code, ERR_ABSENT, "err_prefix keeps the code");
	memset(longer, 'x', sizeof(longer) - 1);
	longer[sizeof(longer) - 1] = '\0';
	(void)err_set(&e, ERR_INPUT, "%s", longer);
	is_int((int64_t)strlen(e.text), sizeof(e.text) - 1, "text is cut");
	err_prefix(&e, "%s", longer);
	ok(strlen(e.text) < sizeof(e.text), "a prefix is cut too");
	ok(err_set(NULL, ERR_BUG, "x") == ERR_BUG, "e may be NULL");
	err_prefix(NULL, "x");
}

static void
test_table(void)
{
	int code;

	for (code = 0; code < ERR_CODES; code++)
		ok(err_name((enum err_code)code) != NULL &&
			err_http_status((enum err_code)code) >= 200,
		    "code %d has its row", code);
	is_int(err_http_status(ERR_ABSENT), 404, "absent is 404");
	is_int(err_http_status(ERR_TEMPORARY), 503, "temporary is 503");
	is_int(err_http_status((enum err_code)99), 500, "unknown is 500");
	is_str(str_of(err_name((enum err_code)99)), "bug", "and a bug");
}

int
main(void)
{
	test_text();
	test_table();
	return (done());
}
