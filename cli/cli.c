/*
 * Owns the command's way of reading options, reaching the database and
 * printing lists. Numbers are printed in full: this is the operator.
 */
#include "config.h"

#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"
#include "base/clock.h"
#include "io/id.h"

int
cli_usage(const struct cli *c, const char *fmt, ...)
{
	va_list ap;

	(void)fprintf(stderr, "callward %s: ", c->command);
	va_start(ap, fmt);
	(void)vfprintf(stderr, fmt, ap);
	va_end(ap);
	(void)fprintf(stderr, "\nusage: callward [-c FILE] %s\n", c->usage);
	return (CLI_USAGE);
}

/*
 * Give one option its value; false when it was given before. Rows of one name
 * side by side take one value each.
 */
static bool
take(const struct cli_option *row, const char *value)
{
	while (row->flag_r == NULL && *row->value_r != NULL &&
	    row[1].name != NULL && strcmp(row[0].name, row[1].name) == 0)
		row++;
	if (row->flag_r != NULL) {
		*row->flag_r = true;
		return (true);
	}
	if (*row->value_r != NULL)
		return (false);
	*row->value_r = value;
	return (true);
}

/* What must be there and is not. */
static bool
complete(const struct cli *c, const struct cli_option *rows, int rest,
    char **argv, const char **positional_r, int *exit_r)
{
	size_t i;

	for (i = 0; rows[i].name != NULL; i++)
		if (rows[i].required && *rows[i].value_r == NULL) {
			*exit_r = cli_usage(c, "--%s is missing", rows[i].name);
			return (false);
		}
	if (rest > (positional_r != NULL ? 1 : 0)) {
		*exit_r =
		    cli_usage(c, "one argument too many: %s", argv[rest - 1]);
		return (false);
	}
	if (positional_r != NULL)
		*positional_r = rest > 0 ? argv[0] : NULL;
	return (true);
}

bool
cli_options(struct cli *c, int argc, char **argv, const struct cli_option *rows,
    const char **positional_r, int *exit_r)
{
	if (!cli_options_maybe(c, argc, argv, rows, positional_r, exit_r))
		return (false);
	if (positional_r == NULL || *positional_r != NULL)
		return (true);
	*exit_r = cli_usage(c, "an argument is missing");
	return (false);
}

bool
cli_options_maybe(struct cli *c, int argc, char **argv,
    const struct cli_option *rows, const char **positional_r, int *exit_r)
{
	struct option options[CLI_OPTIONS_MAX + 2] = { 0 };
	size_t n;
	int ch, at = 0;

	for (n = 0; rows[n].name != NULL && n < CLI_OPTIONS_MAX; n++) {
		options[n].name = rows[n].name;
		options[n].has_arg =
		    rows[n].flag_r != NULL ? no_argument : required_argument;
	}
	options[n].name = "help";
	options[n].val = 'h';
	optind = 0; /* glibc: begin anew */
	opterr = 0;
	while ((ch = getopt_long(argc, argv, "h", options, &at)) != -1) {
		if (ch == 'h') {
			(void)printf("usage: callward [-c FILE] %s\n",
			    c->usage);
			*exit_r = CLI_OK;
			return (false);
		}
		if (ch != 0) {
			*exit_r = cli_usage(c,
			    "unknown option, or its value is missing: %s",
			    argv[optind - 1]);
			return (false);
		}
		if (!take(&rows[at], optarg)) {
			*exit_r =
			    cli_usage(c, "--%s is given twice", rows[at].name);
			return (false);
		}
	}
	return (complete(c, rows, argc - optind, argv + optind, positional_r,
	    exit_r));
}

/* Say what to write instead; nothing is taken that was not written out. */
static bool
refuse_number(const struct cli *c, const char *option,
    const struct phone_typed *typed, int *exit_r)
{
	switch (typed->kind) {
	case PHONE_TYPED_DERIVED:
		*exit_r = cli_usage(c,
		    "%s: it was read as %s; enter that if it is the number you mean",
		    option, typed->number.text);
		break;
	case PHONE_TYPED_PLUS_NEEDED:
		*exit_r = cli_usage(c,
		    "%s: begin with '+' and the country code", option);
		break;
	default:
		*exit_r = cli_usage(c, "%s: a number is '+' and 6 to 15 digits",
		    option);
	}
	return (false);
}

bool
cli_number(const struct cli *c, const char *option, const char *text,
    struct phone *number_r, int *exit_r)
{
	struct phone_typed typed;

	if (text == NULL)
		return (true);
	typed = phone_typed_read(str_of(text), STR_NONE);
	if (typed.kind != PHONE_TYPED_WHOLE)
		return (refuse_number(c, option, &typed, exit_r));
	if (phone_is_withheld(str_of(typed.number.text))) {
		*exit_r = cli_usage(c,
		    "%s: networks send this for a number that is withheld",
		    option);
		return (false);
	}
	*number_r = typed.number;
	return (true);
}

static enum err_code
find_country(struct cli *c, const char *user, struct str *country_r,
    struct err *e)
{
	const struct db_result *r;
	struct db_values values;
	enum err_code code;

	if ((code = cli_begin(c, "callward_writer", user, e)) != ERR_OK)
		return (code);
	statement_operator_country(&values, c->arena,
	    &(struct statement_operator_country){ .user_id = db_text(user) });
	if ((code = cli_run(c, &values, &r, e)) != ERR_OK ||
	    (code = cli_commit(c, e)) != ERR_OK)
		return (code);
	*country_r = db_str(r, 0, OPERATOR_COUNTRY_COUNTRY);
	return (ERR_OK);
}

bool
cli_number_of(struct cli *c, const char *user, const char *option,
    const char *text, struct phone *number_r, int *exit_r)
{
	struct phone_typed typed;
	struct str country;
	struct err e = { 0 };
	enum err_code code;

	if (text == NULL ||
	    phone_typed_read(str_of(text), STR_NONE).kind !=
		PHONE_TYPED_PLUS_NEEDED)
		return (cli_number(c, option, text, number_r, exit_r));
	if (!cli_connect(c, exit_r))
		return (false);
	if ((code = find_country(c, user, &country, &e)) != ERR_OK) {
		*exit_r = cli_finish(c, code, &e);
		return (false);
	}
	typed = phone_typed_read(str_of(text), country);
	return (refuse_number(c, option, &typed, exit_r));
}

bool
cli_check_user(const struct cli *c, const char *text, int *exit_r)
{
	if (text == NULL || id_is_user(str_of(text)))
		return (true);
	*exit_r = cli_usage(c,
	    "--user: 1 to 64 letters, digits, '_' or '-' are allowed");
	return (false);
}

bool
cli_check_vapi_id(const struct cli *c, const char *text, int *exit_r)
{
	if (text == NULL || id_is_vapi(str_of(text)))
		return (true);
	*exit_r = cli_usage(c,
	    "--vapi-id: 1 to 64 letters, digits, '_', '-' or '.' are allowed");
	return (false);
}

bool
cli_check_word(const struct cli *c, const char *option, const char *text,
    const char *words, int *exit_r)
{
	if (text == NULL || str_is_one_of(str_of(text), words))
		return (true);
	*exit_r = cli_usage(c, "%s: %s", option, words);
	return (false);
}

bool
cli_check_time(const struct cli *c, const char *option, const char *text,
    int64_t *wall_ms, int *exit_r)
{
	int64_t ms;
	struct buf b;
	struct str whole;

	if (text == NULL)
		return (true);
	buf_init(&b, c->arena);
	buf_adds(&b, text);
	if (strlen(text) == strlen("2026-01-31"))
		buf_adds(&b, "T00:00:00Z");
	if (buf_done(&b, &whole, NULL) == ERR_OK &&
	    clock_parse_rfc3339(whole, &ms, NULL) == ERR_OK) {
		if (wall_ms != NULL)
			*wall_ms = ms;
		return (true);
	}
	*exit_r = cli_usage(c,
	    "%s: a date such as 2026-01-31 or a time such as 2026-01-31T12:00:00Z is wanted",
	    option);
	return (false);
}

bool
cli_check_text(const struct cli *c, const char *option, const char *text,
    size_t max_chars, int *exit_r)
{
	struct str rest = str_of(text);
	size_t chars = 0;

	if (text == NULL)
		return (true);
	while (rest.n > 0 && str_unprintable(rest) == 0) {
		rest = str_skip(rest, str_utf8_length(rest));
		chars++;
	}
	if (rest.n == 0 && chars > 0 && chars <= max_chars)
		return (true);
	*exit_r = cli_usage(c,
	    "%s: 1 to %zu characters of UTF-8 on one line are allowed", option,
	    max_chars);
	return (false);
}

bool
cli_load(struct cli *c, int *exit_r)
{
	struct err e = { 0 };

	if (settings_load(c->arena, SETTINGS_OPERATOR, c->settings_path,
		environ, &c->settings, &e) == ERR_OK)
		return (true);
	(void)fprintf(stderr, "callward: %s\n", e.text);
	*exit_r = CLI_SETTINGS;
	return (false);
}

enum err_code
cli_open(const char *url, const char *app, struct db **db_r, struct err *e)
{
	const int64_t until_ms = clock_mono_ms() + CLI_DEADLINE_MS;
	enum err_code code;

	if ((code = db_open(url, app, until_ms, db_r, e)) == ERR_OK &&
	    (code = db_exec(*db_r, "set search_path = pg_catalog, pg_temp",
		 until_ms, e)) != ERR_OK) {
		db_close(*db_r);
		*db_r = NULL;
	}
	return (code);
}

bool
cli_connect(struct cli *c, int *exit_r)
{
	struct err e = { 0 };

	if (!cli_load(c, exit_r))
		return (false);
	if (c->settings.database_owner_url[0] == '\0') {
		(void)fprintf(stderr,
		    "callward: DATABASE_OWNER_URL is not set\n");
		*exit_r = CLI_SETTINGS;
		return (false);
	}
	if (cli_open(c->settings.database_owner_url, "callward", &c->db, &e) ==
	    ERR_OK)
		return (true);
	(void)fprintf(stderr, "callward: DATABASE_OWNER_URL: %s\n", e.text);
	*exit_r = e.code == ERR_INPUT ? CLI_SETTINGS : CLI_FAILED;
	return (false);
}

enum err_code
cli_run(struct cli *c, const struct db_values *values,
    const struct db_result **result_r, struct err *e)
{
	return (db_run(c->db, c->arena, values,
	    clock_mono_ms() + CLI_DEADLINE_MS, result_r, e));
}

enum err_code
cli_act(struct cli *c, const char *role, const char *user, struct err *e)
{
	const struct db_result *result;
	struct db_values values;
	enum err_code code;
	struct str tenant;

	statement_operator_act(&values, c->arena,
	    &(struct statement_operator_act){ .role = str_of(role),
		.user_id = db_text(user) });
	if ((code = cli_run(c, &values, &result, e)) != ERR_OK)
		return (code);
	tenant = db_str(result, 0, OPERATOR_ACT_TENANT);
	if (tenant.p == NULL)
		return (ERR_OK);
	return (err_set(e, ERR_CONFLICT,
	    "%s is a login of tenant %.*s: name that one", user, (int)tenant.n,
	    tenant.p));
}

enum err_code
cli_begin(struct cli *c, const char *role, const char *user, struct err *e)
{
	enum err_code code;

	code = db_exec(c->db, "begin isolation level read committed",
	    clock_mono_ms() + CLI_DEADLINE_MS, e);
	if (code != ERR_OK)
		return (code);
	return (cli_act(c, role, user, e));
}

enum err_code
cli_commit(struct cli *c, struct err *e)
{
	enum err_code code;

	code = db_exec(c->db, "commit", clock_mono_ms() + CLI_DEADLINE_MS, e);
	if (code == ERR_UNCERTAIN)
		err_prefix(e, "the commit was not confirmed, run it again");
	return (code);
}

static const char *
short_escape(char c)
{
	return (c == '\\' ? "\\\\" :
		c == '\t' ? "\\t" :
		c == '\n' ? "\\n" :
			    NULL);
}

void
cli_print_value(struct str s)
{
	const char *escape;
	size_t i, n;

	for (; s.n > 0; s = str_skip(s, n)) {
		n = str_unprintable(s);
		if ((escape = short_escape(s.p[0])) != NULL) {
			(void)fputs(escape, stdout);
			n = 1;
		} else if (n == 0) {
			n = str_utf8_length(s);
			(void)fwrite(s.p, 1, n, stdout);
		} else {
			for (i = 0; i < n; i++)
				(void)printf("\\x%02x", (unsigned char)s.p[i]);
		}
	}
}

static enum err_code
print_rows(struct cli *c, const struct cli_list *list,
    const struct db_values *values, struct err *e)
{
	const struct cli_column *column = list->columns;
	const struct db_result *result;
	enum err_code code;
	size_t row, i;

	if ((code = cli_begin(c, list->role, NULL, e)) != ERR_OK ||
	    (code = cli_run(c, values, &result, e)) != ERR_OK)
		return (code);
	for (i = 0; column[i].label != NULL; i++)
		(void)printf("%s%s", i == 0 ? "" : "\t", column[i].label);
	(void)putchar('\n');
	for (row = 0; row < db_rows(result); row++) {
		for (i = 0; column[i].label != NULL; i++) {
			if (i > 0)
				(void)putchar('\t');
			cli_print_value(db_str(result, row, column[i].col));
		}
		(void)putchar('\n');
	}
	return (cli_commit(c, e));
}

int
cli_print_list(struct cli *c, const struct cli_list *list,
    const struct db_values *values)
{
	struct err e = { 0 };

	return (cli_finish(c, print_rows(c, list, values, &e), &e));
}

int
cli_list(struct cli *c, int argc, char **argv, const struct cli_list *list)
{
	const char *user = NULL;
	const struct cli_option none[] = { { 0 } };
	const struct cli_option by_user[] = {
		{ "user", &user, NULL, false },
		{ 0 },
	};
	struct db_values values;
	int code;

	if (!cli_options(c, argc, argv, list->by_user ? by_user : none, NULL,
		&code) ||
	    !cli_check_user(c, user, &code) || !cli_connect(c, &code))
		return (code);
	db_values_init(&values, c->arena, list->statement);
	if (list->by_user)
		db_give(&values, "user_id", db_text(user));
	return (cli_print_list(c, list, &values));
}

int
cli_finish(const struct cli *c, enum err_code code, const struct err *e)
{
	if (code == ERR_OK)
		return (CLI_OK);
	(void)fprintf(stderr, "callward %s: %s\n", c->command, e->text);
	return (CLI_FAILED);
}
