/*
 * callward subscription: the plans of tenants. Only the operator writes them;
 * a tenant reads its own, and an arriving call looks at the seconds.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "cli.h"
#include "commands.h"

#define PLAN_MAX 64
#define SECONDS_MOST INT32_MAX
#define UNLIMITED "none"
#define CAPS "fallback|overage"
#define STATUSES "active|trialing|past_due|paused|canceled"

struct subscription {
	const char *user;
	const char *plan;
	const char *status;
	int64_t seconds; /* -1: not given */
	bool unlimited;
	const char *cap;
	const char *from;
	const char *until;
};

static bool
check_seconds(const struct cli *c, const char *text, struct subscription *s,
    int *exit_r)
{
	s->seconds = -1;
	if (text == NULL)
		return (true);
	if ((s->unlimited = strcmp(text, UNLIMITED) == 0) ||
	    str_parse_int(str_of(text), 0, SECONDS_MOST, &s->seconds, NULL) ==
		ERR_OK)
		return (true);
	*exit_r = cli_usage(c, "--seconds: a number, or none for no limit");
	return (false);
}

static enum err_code
set_subscription(struct cli *c, const struct subscription *s, struct err *e)
{
	const struct db_result *result;
	struct db_values values;
	struct str verdict;
	enum err_code code;

	if ((code = cli_begin(c, "callward_writer", s->user, e)) != ERR_OK)
		return (code);
	statement_operator_subscription_set(&values, c->arena,
	    &(struct statement_operator_subscription_set){ .user_id =
							       db_text(s->user),
		.plan = db_text(s->plan),
		.status = db_text(s->status),
		.included_seconds = { s->seconds, s->seconds >= 0 },
		.unlimited = DB_TRUTH(s->unlimited),
		.cap_behaviour = db_text(s->cap),
		.period_start = db_text(s->from),
		.period_end = db_text(s->until) });
	if ((code = cli_run(c, &values, &result, e)) != ERR_OK)
		return (code);
	verdict = db_str(result, 0, OPERATOR_SUBSCRIPTION_SET_VERDICT);
	if (verdict.p == NULL)
		return (err_set(e, ERR_INPUT,
		    "the period of %s would end before it begins; nothing was changed",
		    s->user));
	if ((code = cli_commit(c, e)) != ERR_OK)
		return (code);
	(void)fprintf(stderr, "subscription of %s: %.*s\n", s->user,
	    (int)verdict.n, verdict.p);
	return (ERR_OK);
}

int
subscription_set_run(struct cli *c, int argc, char **argv)
{
	struct subscription s = { 0 };
	const char *seconds = NULL;
	const struct cli_option options[] = {
		{ "user", &s.user, NULL, true },
		{ "plan", &s.plan, NULL, true },
		{ "seconds", &seconds, NULL, false },
		{ "cap", &s.cap, NULL, false },
		{ "from", &s.from, NULL, false },
		{ "until", &s.until, NULL, false },
		{ "status", &s.status, NULL, false },
		{ 0 },
	};
	struct err e = { 0 };
	int code;

	if (!cli_options(c, argc, argv, options, NULL, &code) ||
	    !cli_check_user(c, s.user, &code) ||
	    !cli_check_text(c, "--plan", s.plan, PLAN_MAX, &code) ||
	    !check_seconds(c, seconds, &s, &code) ||
	    !cli_check_word(c, "--cap", s.cap, CAPS, &code) ||
	    !cli_check_time(c, "--from", s.from, NULL, &code) ||
	    !cli_check_time(c, "--until", s.until, NULL, &code) ||
	    !cli_check_word(c, "--status", s.status, STATUSES, &code) ||
	    !cli_connect(c, &code))
		return (code);
	return (cli_finish(c, set_subscription(c, &s, &e), &e));
}

static enum err_code
end_subscription(struct cli *c, const char *user, struct err *e)
{
	const struct db_result *result;
	struct db_values values;
	struct str verdict;
	enum err_code code;

	if ((code = cli_begin(c, "callward_writer", user, e)) != ERR_OK)
		return (code);
	statement_operator_subscription_end(&values, c->arena,
	    &(struct statement_operator_subscription_end){
		.user_id = db_text(user) });
	if ((code = cli_run(c, &values, &result, e)) != ERR_OK)
		return (code);
	if (db_rows(result) == 0)
		return (err_set(e, ERR_ABSENT, "%s has no subscription", user));
	if ((code = cli_commit(c, e)) != ERR_OK)
		return (code);
	verdict = db_str(result, 0, OPERATOR_SUBSCRIPTION_END_VERDICT);
	(void)fprintf(stderr, "subscription of %s: %.*s\n", user,
	    (int)verdict.n, verdict.p);
	return (ERR_OK);
}

int
subscription_end_run(struct cli *c, int argc, char **argv)
{
	const char *user = NULL;
	const struct cli_option options[] = {
		{ "user", &user, NULL, true },
		{ 0 },
	};
	struct err e = { 0 };
	int code;

	if (!cli_options(c, argc, argv, options, NULL, &code) ||
	    !cli_check_user(c, user, &code) || !cli_connect(c, &code))
		return (code);
	return (cli_finish(c, end_subscription(c, user, &e), &e));
}

int
subscription_list_run(struct cli *c, int argc, char **argv)
{
	static const struct cli_column columns[] = {
		{ "user", OPERATOR_SUBSCRIPTION_LIST_USER_ID },
		{ "plan", OPERATOR_SUBSCRIPTION_LIST_PLAN },
		{ "status", OPERATOR_SUBSCRIPTION_LIST_STATUS },
		{ "seconds", OPERATOR_SUBSCRIPTION_LIST_INCLUDED_SECONDS },
		{ "cap", OPERATOR_SUBSCRIPTION_LIST_CAP_BEHAVIOUR },
		{ "from", OPERATOR_SUBSCRIPTION_LIST_CURRENT_PERIOD_START },
		{ "until", OPERATOR_SUBSCRIPTION_LIST_CURRENT_PERIOD_END },
		{ 0 },
	};
	static const struct cli_list list = { "callward_resolver",
		STATEMENT_OPERATOR_SUBSCRIPTION_LIST, columns, true };

	return (cli_list(c, argc, argv, &list));
}
