/*
 * callward attempts: calls that were rejected, with what they carried, and the
 * command that would take each. Callers choose these bytes and operators paste
 * what they see: so every value but a number has a mark in front that is no
 * command's name, and no byte that a shell reads.
 */
#include "config.h"

#include <stdio.h>

#include "cli.h"
#include "commands.h"

#define DAYS_MOST 30
#define VALUE_MAX_BYTES 256
#define MARK "text:"

/* A number that may be registered, written as it is. */
static bool
is_number(struct str s)
{
	struct phone number;

	return (
	    phone_parse(s, &number, NULL) == ERR_OK && !phone_is_withheld(s));
}

static bool
is_plain(char c)
{
	return ((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
	    (c >= 'a' && c <= 'z') || c == '+' || c == '-' || c == '_' ||
	    c == '.' || c == ',' || c == ':' || c == '@');
}

static void
print_value(struct str s)
{
	if (s.n == 0)
		return;
	if (!is_number(s))
		(void)fputs(MARK, stdout);
	s = str_first(s, VALUE_MAX_BYTES);
	for (size_t i = 0; i < s.n; i++)
		if (is_plain(s.p[i]))
			(void)putchar(s.p[i]);
		else
			(void)printf("\\x%02x", (unsigned char)s.p[i]);
}

/*
 * What would take such a call, if the number is the clinic's. Never for the
 * line that was called: clinics share it, and one would be given the calls of
 * all.
 */
static void
print_command(struct str number, const char *rule)
{
	if (is_number(number))
		(void)printf(
		    "\tcallward number add --user USER --number %.*s --match-rule %s\n",
		    (int)number.n, number.p, rule);
}

static void
print_attempt(const struct db_result *r, size_t row)
{
	static const size_t values[] = { OPERATOR_ATTEMPTS_SENDER,
		OPERATOR_ATTEMPTS_RECIPIENT, OPERATOR_ATTEMPTS_FORWARDED_FROM,
		OPERATOR_ATTEMPTS_DIVERSION };
	struct str reason = db_str(r, row, OPERATOR_ATTEMPTS_REASON);

	cli_print_value(db_str(r, row, OPERATOR_ATTEMPTS_AT));
	(void)putchar('\t');
	cli_print_value(reason);
	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		(void)putchar('\t');
		print_value(db_str(r, row, values[i]));
	}
	(void)putchar('\n');
	/* Of other reasons another number changes nothing. */
	if (!str_is(reason, "unknown_number"))
		return;
	print_command(db_str(r, row, OPERATOR_ATTEMPTS_SENDER), "from");
	print_command(db_str(r, row, OPERATOR_ATTEMPTS_READ_FORWARDED_FROM),
	    "forwarded_from");
	print_command(db_str(r, row, OPERATOR_ATTEMPTS_READ_DIVERSION),
	    "diversion");
}

static enum err_code
attempts(struct cli *c, int64_t days, struct err *e)
{
	const struct db_result *r;
	struct db_values values;
	enum err_code code;

	if ((code = cli_begin(c, "callward_owner", NULL, e)) != ERR_OK)
		return (code);
	statement_operator_attempts(&values, c->arena,
	    &(struct statement_operator_attempts){ .days = DB_NUMBER(days) });
	if ((code = cli_run(c, &values, &r, e)) != ERR_OK ||
	    (code = cli_commit(c, e)) != ERR_OK)
		return (code);
	(void)printf("at\treason\tfrom\tto\tforwarded_from\tdiversion\n");
	for (size_t row = 0; row < db_rows(r); row++)
		print_attempt(r, row);
	return (ERR_OK);
}

int
attempts_run(struct cli *c, int argc, char **argv)
{
	const char *text = NULL;
	const struct cli_option options[] = {
		{ "days", &text, NULL, false },
		{ 0 },
	};
	int64_t days = DAYS_MOST;
	struct err e = { 0 };
	int code;

	if (!cli_options(c, argc, argv, options, NULL, &code))
		return (code);
	if (text != NULL &&
	    str_parse_int(str_of(text), 1, DAYS_MOST, &days, NULL) != ERR_OK)
		return (
		    cli_usage(c, "--days is a number from 1 to %d", DAYS_MOST));
	if (!cli_connect(c, &code))
		return (code);
	return (cli_finish(c, attempts(c, days, &e), &e));
}
