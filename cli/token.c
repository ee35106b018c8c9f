/*
 * callward token: a signed token for a tenant of a trial, on stdout alone.
 * The responder accepts the trial's issuer only while PUBLIC_URL is loopback.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "cli.h"
#include "base/clock.h"
#include "commands.h"
#include "tenancy/token.h"

#define TTL_DEFAULT "12h"

/* "90", "90s", "15m", "12h" or "7d", in seconds. */
static bool
parse_ttl(struct str text, int64_t *ttl_s_r)
{
	static const struct {
		char unit;
		int64_t seconds;
	} units[] = { { 's', 1 }, { 'm', 60 }, { 'h', 3600 }, { 'd', 86400 } };
	int64_t scale = 1, n;
	size_t i;

	for (i = 0; text.n > 0 && i < sizeof(units) / sizeof(units[0]); i++)
		if (text.p[text.n - 1] == units[i].unit) {
			scale = units[i].seconds;
			text.n--;
			break;
		}
	if (str_parse_int(text, 1, TOKEN_TTL_MAX_S / scale, &n, NULL) != ERR_OK)
		return (false);
	*ttl_s_r = n * scale;
	return (true);
}

static struct str
text_or_none(const char *text)
{
	return (text == NULL ? STR_NONE : str_of(text));
}

int
token_run(struct cli *c, int argc, char **argv)
{
	const char *user = NULL, *ttl = NULL, *org = NULL, *role = NULL;
	const char *name = NULL;
	const struct cli_option options[] = {
		{ "user", &user, NULL, true },
		{ "org", &org, NULL, false },
		{ "role", &role, NULL, false },
		{ "name", &name, NULL, false },
		{ "ttl", &ttl, NULL, false },
		{ 0 },
	};
	struct token_person who;
	struct err e = { 0 };
	struct str token;
	int64_t ttl_s;
	int code;

	if (!cli_options(c, argc, argv, options, NULL, &code) ||
	    !cli_check_user(c, user, &code) ||
	    !cli_check_word(c, "--role", role, "owner|desk", &code) ||
	    !cli_check_text(c, "--name", name, TOKEN_NAME_CHARS_MAX, &code))
		return (code);
	if (org != NULL && !token_is_organization(str_of(org)))
		return (cli_usage(c,
		    "--org: an organization's id is org_ and letters, digits, '_' or '-'"));
	if (role != NULL && org == NULL)
		return (cli_usage(c,
		    "--role: only within --org; a user who is the clinic is its owner"));
	if (!parse_ttl(str_of(ttl == NULL ? TTL_DEFAULT : ttl), &ttl_s))
		return (cli_usage(c,
		    "--ttl: a number with s, m, h or d, at most 30 days"));
	if (!cli_load(c, &code))
		return (code);
	if (c->settings.token_key[0] == '\0') {
		(void)fprintf(stderr, "callward token: TOKEN_KEY is not set\n");
		return (CLI_SETTINGS);
	}
	who = (struct token_person){ .user_id = str_of(user),
		.organization = text_or_none(org),
		.role = role != NULL && strcmp(role, "desk") == 0 ?
		    STR("member") :
		    STR("admin"),
		.name = text_or_none(name) };
	if (token_sign(c->arena, &who, str_of(c->settings.token_key), "",
		clock_wall_ms(), ttl_s, &token, &e) != ERR_OK)
		return (cli_finish(c, e.code, &e));
	(void)printf("%.*s\n", (int)token.n, token.p);
	return (CLI_OK);
}
