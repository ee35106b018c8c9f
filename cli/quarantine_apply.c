/*
 * callward quarantine apply: messages that were kept go the way of those that
 * arrive, oldest first, under the responder's keys and by its login. Whose
 * they are is found as always; nobody is named here.
 */
#include "config.h"

#include <stdio.h>

#include "commands.h"
#include "io/db_lane.h"
#include "io/id.h"
#include "inbox.h"
#include "vapi/vapi_filing.h"

#define PAGE_BYTES ((size_t)1024 * 1024)
#define MESSAGE_BYTES ((size_t)256 * 1024 * 1024)

/* Which messages: NULL and 0 are for all. */
struct wanted {
	const char *id;
	const char *reason;
	int64_t since_ms;
};

struct job {
	struct cli *cli;
	struct wanted wanted;
	struct keyring keys;
	struct db_lanes *lanes;
	size_t messages;
	size_t left;  /* that were not applied, and could be */
	size_t never; /* of a kind that is never applied */
};

struct line {
	struct str id;
	int64_t received_ms;
	struct str provider;
	struct str event_type;
	bool has_body;
	bool is_applied;
};

static void
tell(const struct line *l, struct str verdict, struct str reason,
    const char *why)
{
	cli_print_value(l->id);
	(void)putchar('\t');
	cli_print_value(verdict);
	(void)putchar('\t');
	cli_print_value(reason);
	if (reason.n > 0 && why[0] != '\0')
		(void)fputs(": ", stdout);
	cli_print_value(str_of(why));
	(void)putchar('\n');
}

/* The message stays where it is. */
static enum err_code
leave(struct job *j, const struct line *l, struct str reason, const char *why)
{
	j->left++;
	tell(l, STR("quarantined"), reason, why);
	return (ERR_OK);
}

/* Why a message of this kind is never applied; NULL: it can be. */
static const char *
why_never(const struct line *l)
{
	if (!str_is(l->provider, "vapi"))
		return ("not a message of Vapi's");
	if (l->event_type.p != NULL &&
	    !str_is(l->event_type, "end-of-call-report") &&
	    !str_is(l->event_type, "status-update"))
		return ("not an end-of-call-report or a status-update");
	return (NULL);
}

/* It counts as a failure where it was asked for by its id alone. */
static enum err_code
pass_over(struct job *j, const struct line *l, const char *why)
{
	if (j->wanted.id != NULL)
		return (leave(j, l, STR_NONE, why));
	j->never++;
	tell(l, STR("quarantined"), STR_NONE, why);
	return (ERR_OK);
}

static enum err_code
file_body(struct job *j, struct arena *a, const struct line *l, struct str body,
    struct err *e)
{
	const struct vapi_filing_job filing = { .lanes = j->lanes,
		.keys = &j->keys,
		.body = body,
		.line = l->id,
		.received_ms = l->received_ms,
		.most_ms = CLI_DEADLINE_MS };
	struct vapi_filing f;
	enum err_code code;

	if ((code = vapi_filing_apply(a, &filing, &f, e)) != ERR_OK)
		return (code);
	if (f.verdict.p == NULL)
		return (pass_over(j, l,
		    "not an end-of-call-report or a status-update"));
	if (str_is(f.verdict, "quarantined"))
		return (leave(j, l, f.reason, f.why.text));
	tell(l, f.verdict, f.reason, "");
	return (ERR_OK);
}

static enum err_code
read_page(struct cli *c, const struct wanted *w, struct str after,
    struct str after_id, const struct db_result **r, struct err *e)
{
	char since[CLOCK_RFC3339_SIZE];
	struct db_values values;
	enum err_code code;

	if ((code = cli_begin(c, INBOX_ROLE, NULL, e)) != ERR_OK)
		return (code);
	statement_operator_quarantine_page(&values, c->arena,
	    &(struct statement_operator_quarantine_page){ .id = db_text(w->id),
		.reason = db_text(w->reason),
		.since = db_time(w->since_ms, since),
		.after = after,
		.after_id = after_id });
	if ((code = cli_run(c, &values, r, e)) != ERR_OK)
		return (code);
	return (cli_commit(c, e));
}

/* Has another operator applied it since the page was read? */
static enum err_code
is_applied_now(struct cli *c, const struct line *l, bool *applied_r,
    struct err *e)
{
	const struct wanted one = { .id = l->id.p };
	const struct db_result *r;
	enum err_code code;

	if ((code = read_page(c, &one, STR_NONE, STR_NONE, &r, e)) == ERR_OK)
		*applied_r = db_rows(r) > 0 &&
		    db_bool(r, 0, OPERATOR_QUARANTINE_PAGE_IS_APPLIED);
	return (code);
}

static enum err_code
tell_applied(const struct line *l)
{
	tell(l, STR("duplicate"), STR_NONE, "applied before");
	return (ERR_OK);
}

/* Its body could not be read: fine if it was applied meanwhile. */
static enum err_code
without_body(struct job *j, struct cli *c, const struct line *l,
    const struct err *why, struct err *e)
{
	bool applied = false;
	enum err_code code;

	if ((code = is_applied_now(c, l, &applied, e)) != ERR_OK)
		return (code);
	return (applied ? tell_applied(l) : leave(j, l, STR_NONE, why->text));
}

/* Errors are those that stop the command. */
static enum err_code
apply_line(struct job *j, const struct line *l, struct err *e)
{
	struct cli own = *j->cli;
	struct err why = { 0 };
	struct str body;
	enum err_code code;

	j->messages++;
	if (l->is_applied)
		return (tell_applied(l));
	if (why_never(l) != NULL)
		return (pass_over(j, l, why_never(l)));
	if (!l->has_body)
		return (leave(j, l, STR_NONE, "no body was kept"));
	if ((own.arena = arena_new(MESSAGE_BYTES)) == NULL)
		return (err_set(e, ERR_TEMPORARY, "no memory"));
	code = inbox_body(&own, &j->keys, l->id.p, &body, &why);
	if (code == ERR_OK)
		code = file_body(j, own.arena, l, body, e);
	else if (code == ERR_ABSENT || code == ERR_INPUT || code == ERR_AUTH ||
	    code == ERR_TOO_LARGE)
		code = without_body(j, &own, l, &why, e);
	else
		*e = why;
	arena_free(own.arena);
	return (code);
}

static enum err_code
apply_page(struct job *j, const struct db_result *r, struct err *e)
{
	enum err_code code = ERR_OK;

	for (size_t row = 0; row < db_rows(r) && code == ERR_OK; row++) {
		const struct line l = { .id = db_str(r, row,
					    OPERATOR_QUARANTINE_PAGE_ID),
			.received_ms = db_int(r, row,
			    OPERATOR_QUARANTINE_PAGE_RECEIVED_MS),
			.provider =
			    db_str(r, row, OPERATOR_QUARANTINE_PAGE_PROVIDER),
			.event_type =
			    db_str(r, row, OPERATOR_QUARANTINE_PAGE_EVENT_TYPE),
			.has_body =
			    db_bool(r, row, OPERATOR_QUARANTINE_PAGE_HAS_BODY),
			.is_applied = db_bool(r, row,
			    OPERATOR_QUARANTINE_PAGE_IS_APPLIED) };

		code = apply_line(j, &l, e);
	}
	return (code);
}

/* Two arenas in turn: a page is asked for by the end of the one before. */
static enum err_code
apply_all(struct job *j, struct err *e)
{
	struct cli pages[2] = { *j->cli, *j->cli };
	struct str after = STR_NONE, after_id = STR_NONE;
	const struct db_result *r;
	enum err_code code = ERR_OK;
	size_t n = 0, last;

	pages[0].arena = arena_new(PAGE_BYTES);
	pages[1].arena = arena_new(PAGE_BYTES);
	if (pages[0].arena == NULL || pages[1].arena == NULL)
		code = err_set(e, ERR_TEMPORARY, "no memory");
	while (code == ERR_OK) {
		arena_reset(pages[n % 2].arena);
		if ((code = read_page(&pages[n % 2], &j->wanted, after,
			 after_id, &r, e)) != ERR_OK ||
		    db_rows(r) == 0)
			break;
		code = apply_page(j, r, e);
		last = db_rows(r) - 1;
		after_id = db_str(r, last, OPERATOR_QUARANTINE_PAGE_ID);
		after = db_str(r, last, OPERATOR_QUARANTINE_PAGE_RECEIVED_AT);
		n++;
	}
	arena_free(pages[0].arena);
	arena_free(pages[1].arena);
	if (code == ERR_OK && j->wanted.id != NULL && j->messages == 0)
		return (err_set(e, ERR_ABSENT,
		    "no quarantined message has this id"));
	if (code == ERR_OK && j->left > 0)
		return (err_set(e, ERR_CONFLICT,
		    "%zu of %zu messages were not applied", j->left,
		    j->messages - j->never));
	return (code);
}

static enum err_code
apply_as_responder(struct job *j, const char *path, struct err *e)
{
	struct settings s;
	struct db_lanes_options o = { .lanes = 1,
		.role = STATEMENT_INTAKE,
		.self_check = true };
	enum err_code code;

	if ((code = inbox_load(j->cli, path, &s, &j->keys, e)) != ERR_OK)
		return (code);
	o.url = s.database_url;
	o.prepared = s.prepared;
	if ((code = db_lanes_start(&o, &j->lanes, e)) == ERR_OK) {
		code = apply_all(j, e);
		db_lanes_stop(j->lanes);
	}
	keyring_wipe(&j->keys);
	return (code);
}

int
quarantine_apply_run(struct cli *c, int argc, char **argv)
{
	struct job j = { .cli = c };
	struct wanted *w = &j.wanted;
	const char *path = NULL, *since = NULL;
	const struct cli_option options[] = {
		{ "reason", &w->reason, NULL, false },
		{ "since", &since, NULL, false },
		{ "responder", &path, NULL, true },
		{ 0 },
	};
	struct err e = { 0 };
	int code;

	if (!cli_options_maybe(c, argc, argv, options, &w->id, &code) ||
	    !cli_check_text(c, "--reason", w->reason, INBOX_REASON_MAX,
		&code) ||
	    !cli_check_time(c, "--since", since, &w->since_ms, &code))
		return (code);
	if ((w->id != NULL) == (w->reason != NULL || since != NULL))
		return (cli_usage(c, "ID, or --reason, --since or both"));
	if (w->id != NULL && !id_is_uuid(str_of(w->id)))
		return (cli_usage(c, "ID is one of the list's ids"));
	if (!cli_connect(c, &code))
		return (code);
	return (cli_finish(c, apply_as_responder(&j, path, &e), &e));
}
