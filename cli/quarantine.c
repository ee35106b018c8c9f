/*
 * callward quarantine: what arrived, was proven, and belongs to nobody. The
 * list shows no content; showing one message takes the responder's settings,
 * because its keys open it.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "cli.h"
#include "commands.h"
#include "io/crypt.h"
#include "io/id.h"
#include "inbox.h"
#include "tenancy/rest.h"

#define DAY_MS ((int64_t)24 * 60 * 60 * 1000)

/* One day of UTC; *until_ms_r is the next one's midnight. */
static bool
check_day(const struct cli *c, const char *text, int64_t *since_ms_r,
    int64_t *until_ms_r, int *exit_r)
{
	if (text == NULL)
		return (true);
	if (strlen(text) != strlen("2026-01-31")) {
		*exit_r =
		    cli_usage(c, "--day: a date such as 2026-01-31 is wanted");
		return (false);
	}
	if (!cli_check_time(c, "--day", text, since_ms_r, exit_r))
		return (false);
	*until_ms_r = *since_ms_r + DAY_MS;
	return (true);
}

int
quarantine_list_run(struct cli *c, int argc, char **argv)
{
	static const struct cli_column columns[] = {
		{ "id", OPERATOR_QUARANTINE_LIST_ID },
		{ "received_at", OPERATOR_QUARANTINE_LIST_RECEIVED_AT },
		{ "provider", OPERATOR_QUARANTINE_LIST_PROVIDER },
		{ "event_type", OPERATOR_QUARANTINE_LIST_EVENT_TYPE },
		{ "reason", OPERATOR_QUARANTINE_LIST_REASON },
		{ "vapi_call_id", OPERATOR_QUARANTINE_LIST_PROVIDER_CALL_ID },
		{ "call_sid", OPERATOR_QUARANTINE_LIST_TWILIO_CALL_SID },
		{ "bytes", OPERATOR_QUARANTINE_LIST_BODY_BYTES },
		{ 0 },
	};
	static const struct cli_list list = { INBOX_ROLE,
		STATEMENT_OPERATOR_QUARANTINE_LIST, columns, false };
	const char *reason = NULL, *vapi_id = NULL, *since = NULL, *day = NULL;
	const struct cli_option options[] = {
		{ "reason", &reason, NULL, false },
		{ "vapi-id", &vapi_id, NULL, false },
		{ "since", &since, NULL, false },
		{ "day", &day, NULL, false },
		{ 0 },
	};
	char since_text[CLOCK_RFC3339_SIZE], until_text[CLOCK_RFC3339_SIZE];
	int64_t since_ms = 0, until_ms = 0;
	struct db_values values;
	int code;

	if (!cli_options(c, argc, argv, options, NULL, &code) ||
	    !cli_check_text(c, "--reason", reason, INBOX_REASON_MAX, &code) ||
	    !cli_check_vapi_id(c, vapi_id, &code) ||
	    !cli_check_time(c, "--since", since, &since_ms, &code) ||
	    !check_day(c, day, &since_ms, &until_ms, &code))
		return (code);
	if (since != NULL && day != NULL)
		return (cli_usage(c, "either --since or --day"));
	if (!cli_connect(c, &code))
		return (code);
	statement_operator_quarantine_list(&values, c->arena,
	    &(struct statement_operator_quarantine_list){ .reason =
							      db_text(reason),
		.vapi_call_id = db_text(vapi_id),
		.since = db_time(since_ms, since_text),
		.until = db_time(until_ms, until_text) });
	return (cli_print_list(c, &list, &values));
}

enum err_code
inbox_load(struct cli *c, const char *path, struct settings *s,
    struct keyring *keys, struct err *e)
{
	enum err_code code;

	if ((code = settings_load(c->arena, SETTINGS_RESPONDER, path, NULL, s,
		 e)) != ERR_OK)
		return (code);
	return (keyring_parse(s->metadata_keys, keys, e));
}

enum err_code
inbox_body(struct cli *c, const struct keyring *keys, const char *id,
    struct str *body_r, struct err *e)
{
	const struct db_result *r;
	struct db_values values;
	struct str text, sealed;
	enum err_code code;

	if ((code = cli_begin(c, INBOX_ROLE, NULL, e)) != ERR_OK)
		return (code);
	statement_operator_quarantine_find(&values, c->arena,
	    &(struct statement_operator_quarantine_find){ .id = db_text(id) });
	if ((code = cli_run(c, &values, &r, e)) != ERR_OK ||
	    (code = cli_commit(c, e)) != ERR_OK)
		return (code);
	if (db_rows(r) == 0)
		return (err_set(e, ERR_ABSENT,
		    "no quarantined message has this id"));
	text = db_str(r, 0, OPERATOR_QUARANTINE_FIND_BODY);
	if (text.p == NULL)
		return (
		    err_set(e, ERR_ABSENT, "no body was kept of this message"));
	if ((code = crypt_base64_decode(c->arena, text, &sealed, e)) != ERR_OK)
		return (code);
	return (rest_open(c->arena, keys, REST_QUARANTINE, str_of(id), sealed,
	    body_r, e));
}

static enum err_code
show(struct cli *c, const char *id, const char *path, struct err *e)
{
	struct keyring keys;
	struct settings settings;
	struct str body;
	enum err_code code;

	if ((code = inbox_load(c, path, &settings, &keys, e)) != ERR_OK)
		return (code);
	if ((code = inbox_body(c, &keys, id, &body, e)) == ERR_OK &&
	    fwrite(body.p, 1, body.n, stdout) != body.n)
		code = err_set(e, ERR_TEMPORARY, "stdout cannot be written");
	keyring_wipe(&keys);
	return (code);
}

int
quarantine_show_run(struct cli *c, int argc, char **argv)
{
	const char *id = NULL, *path = NULL;
	const struct cli_option options[] = {
		{ "responder", &path, NULL, true },
		{ 0 },
	};
	struct err e = { 0 };
	int code;

	if (!cli_options(c, argc, argv, options, &id, &code))
		return (code);
	if (!id_is_uuid(str_of(id)))
		return (cli_usage(c, "ID is one of the list's ids"));
	if (!cli_connect(c, &code))
		return (code);
	return (cli_finish(c, show(c, id, path, &e), &e));
}
