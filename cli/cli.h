/*
 * What the sub-commands of callward share: options, the operator's settings
 * and connection, a transaction in somebody's name, and lists on stdout.
 * Knows no sub-command.
 */
#ifndef CALLWARD_CLI_H
#define CALLWARD_CLI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "io/db.h"
#include "base/err.h"
#include "tenancy/phone_typed.h"
#include "io/settings.h"
#include "base/str.h"

#define CLI_DEADLINE_MS 30000 /* for a statement of the command */

enum cli_exit {
	CLI_OK = 0,
	CLI_FAILED = 1,
	CLI_USAGE = 2,
	CLI_SETTINGS = 78 /* EX_CONFIG of sysexits(3) */
};

struct cli {
	const char *command;	   /* as typed, for messages */
	const char *usage;	   /* of this command, one line */
	const char *settings_path; /* -c FILE, or NULL */
	struct arena *arena;
	struct settings settings;
	struct db *db;
};

/* A long option. Exactly one of value_r and flag_r is not NULL. */
struct cli_option {
	const char *name;
	const char **value_r;
	bool *flag_r;
	bool required;
};

#define CLI_OPTIONS_MAX 12

/*
 * Read a sub-command's arguments; -h and --help are understood in each.
 *
 * argv          argv[0] is the command's name
 * rows          ends with a row without a name
 * positional_r  where the one argument that is no option goes, which is then
 *               required; NULL when the command takes none
 * True: go on. False: *exit_r holds the exit code and all has been said.
 */
bool cli_options(struct cli *, int argc, char **argv,
    const struct cli_option *rows, const char **positional_r,
    int *exit_r) MUST_CHECK;

/* The same, where the one argument may be missing; it is NULL then. */
bool cli_options_maybe(struct cli *, int argc, char **argv,
    const struct cli_option *rows, const char **positional_r,
    int *exit_r) MUST_CHECK;

/* Say what is wrong with the arguments; answers CLI_USAGE. */
int cli_usage(const struct cli *, const char *fmt, ...) PRINTF_LIKE(2, 3);

/*
 * The values that people type. text NULL: nothing was given, *_r stays as it
 * is. False: a message named the option and *exit_r is CLI_USAGE.
 *
 * A number is '+' and digits, with any separators; what would have to be
 * derived is refused, and the message has the number to write.
 */
bool cli_number(const struct cli *, const char *option, const char *text,
    struct phone *number_r, int *exit_r) MUST_CHECK;
/*
 * The same for a clinic's number: one without '+' is read in its country, for
 * the message, which asks the database. user was checked. *exit_r may be any.
 */
bool cli_number_of(struct cli *, const char *user, const char *option,
    const char *text, struct phone *number_r, int *exit_r) MUST_CHECK;
bool cli_check_user(const struct cli *, const char *text,
    int *exit_r) MUST_CHECK;
bool cli_check_vapi_id(const struct cli *, const char *text,
    int *exit_r) MUST_CHECK;
/* One of words, "a|b|c". */
bool cli_check_word(const struct cli *, const char *option, const char *text,
    const char *words, int *exit_r) MUST_CHECK;
/*
 * "2026-01-31", which is midnight of UTC, or that with a time as RFC 3339 has
 * it. wall_ms_r may be NULL.
 */
bool cli_check_time(const struct cli *, const char *option, const char *text,
    int64_t *wall_ms_r, int *exit_r) MUST_CHECK;
/* 1..max_chars characters of UTF-8 without control bytes. */
bool cli_check_text(const struct cli *, const char *option, const char *text,
    size_t max_chars, int *exit_r) MUST_CHECK;

/* Read operator.conf. False: said, and *exit_r is CLI_SETTINGS. */
bool cli_load(struct cli *, int *exit_r) MUST_CHECK;

/*
 * A connection of the operator's on which no other role's function or operator
 * stands in for one of PostgreSQL's: it looks for names nowhere else.
 */
enum err_code cli_open(const char *url, const char *app, struct db **db_r,
    struct err *e) MUST_CHECK;

/* cli_load, then connect as DATABASE_OWNER_URL. */
bool cli_connect(struct cli *, int *exit_r) MUST_CHECK;

/* Run one statement; the deadline is CLI_DEADLINE_MS from now. */
enum err_code cli_run(struct cli *, const struct db_values *,
    const struct db_result **result_r, struct err *e) MUST_CHECK;

/*
 * Begin a transaction and act in it as a role, and for a tenant when user is
 * not NULL: ERR_CONFLICT when that is only a login of another. cli_act changes
 * both within the transaction. A transaction that
 * is never committed ends with the connection.
 */
enum err_code cli_begin(struct cli *, const char *role, const char *user,
    struct err *e) MUST_CHECK;
enum err_code cli_act(struct cli *, const char *role, const char *user,
    struct err *e) MUST_CHECK;
enum err_code cli_commit(struct cli *, struct err *e) MUST_CHECK;

/* A column of a list: its label, and its place in the statement's enum. */
struct cli_column {
	const char *label;
	size_t col;
};

/* A sub-command that lists rows. */
struct cli_list {
	const char *role; /* that may read them without a tenant */
	enum statement statement;
	const struct cli_column *columns; /* ends with a row without a label */
	bool by_user; /* takes --user, and the statement it as user_id */
};

/*
 * All of such a sub-command: read the arguments, run the statement, print the
 * header, then one line per row, tabs between. Backslashes in values, and what
 * str_unprintable finds, are written as \\, \t, \n or \xNN; null is empty.
 */
int cli_list(struct cli *, int argc, char **argv, const struct cli_list *);

/* The rest of it, for a sub-command that has read other arguments. */
int cli_print_list(struct cli *, const struct cli_list *,
    const struct db_values *);

/* One value as a list writes it. */
void cli_print_value(struct str);

/* Turn a command's end into its exit code, saying what went wrong. */
int cli_finish(const struct cli *, enum err_code, const struct err *);

#endif
