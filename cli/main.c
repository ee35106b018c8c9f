/*
 * callward, the operator's command: finds the sub-command and hands over.
 * Its settings are operator.conf's; the responder never sees them.
 */
#include "config.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "commands.h"

#define ARENA_BYTES ((size_t)64 * 1024 * 1024)

static const struct command {
	const char *noun;
	const char *verb; /* NULL: the noun is all of it */
	command_run *run;
	const char *usage;
} commands[] = {
	{ "migrate", NULL, migrate_run,
	    "migrate [--dir DIR] [--again | --status]" },
	{ "line", "add", line_add_run,
	    "line add NUMBER --vapi-id ID [--fallback NUMBER] [--label TEXT]" },
	{ "line", "list", line_list_run, "line list" },
	{ "assistant", "add", assistant_add_run,
	    "assistant add --user USER --name NAME --vapi-id ID" },
	{ "assistant", "list", assistant_list_run,
	    "assistant list [--user USER]" },
	{ "number", "add", number_add_run,
	    "number add --user USER --number NUMBER [--assistant ID]\n"
	    "           [--vapi-id ID] [--match-rule RULE] "
	    "[--fallback NUMBER]\n"
	    "           [--label TEXT] [--line NUMBER]" },
	{ "number", "list", number_list_run, "number list [--user USER]" },
	{ "subscription", "set", subscription_set_run,
	    "subscription set --user USER --plan NAME [--seconds N|none]\n"
	    "           [--cap fallback|overage] [--from DATE] [--until DATE]\n"
	    "           [--status STATUS]" },
	{ "subscription", "end", subscription_end_run,
	    "subscription end --user USER" },
	{ "subscription", "list", subscription_list_run,
	    "subscription list [--user USER]" },
	{ "attempts", NULL, attempts_run, "attempts [--days N]" },
	{ "call", "show", call_show_run, "call show ID" },
	{ "tenant", "link", tenant_link_run,
	    "tenant link --user USER --org ORG|--login LOGIN" },
	{ "tenant", "unlink", tenant_unlink_run,
	    "tenant unlink --org ORG|--login LOGIN" },
	{ "tenant", "list", tenant_list_run, "tenant list" },
	{ "tenant", "show", tenant_show_run, "tenant show --user USER" },
	{ "prune", NULL, prune_run, "prune [--days N] [--audit-days N]" },
	{ "audit", "list", audit_list_run, "audit list [--user USER]" },
	{ "quarantine", "list", quarantine_list_run,
	    "quarantine list [--reason REASON] [--vapi-id ID]\n"
	    "           [--since WHEN | --day DATE]" },
	{ "quarantine", "show", quarantine_show_run,
	    "quarantine show ID --responder FILE" },
	{ "quarantine", "apply", quarantine_apply_run,
	    "quarantine apply ID --responder FILE\n"
	    "  quarantine apply [--reason REASON] [--since WHEN] "
	    "--responder FILE" },
	{ "spool", "status", spool_status_run,
	    "spool status --responder FILE" },
	{ "spool", "drain", spool_drain_run, "spool drain --responder FILE" },
	{ "isolation", NULL, isolation_run,
	    "isolation [--user USER --user USER]" },
	{ "doctor", NULL, doctor_run,
	    "doctor [--online] [--responder FILE] [--socket PATH]" },
	{ "token", NULL, token_run,
	    "token --user USER [--org ORG [--role owner|desk]]\n"
	    "           [--name NAME] [--ttl TIME]" },
	{ "settings", NULL, sample_run,
	    "settings [responder|operator|simulator]" },
};

#define COMMANDS (sizeof(commands) / sizeof(commands[0]))

static void
usage(FILE *f)
{
	size_t i;

	(void)fprintf(f, "usage: callward [-hV] [-c FILE] COMMAND ...\n\n");
	for (i = 0; i < COMMANDS; i++)
		(void)fprintf(f, "  %s\n", commands[i].usage);
	(void)fprintf(f,
	    "\n"
	    "-c FILE  the operator's settings (else $CALLWARD_OPERATOR_CONF,\n"
	    "         else %s/callward/operator.conf)\n"
	    "--responder FILE  the responder's settings\n"
	    "RULE is from, forwarded_from, diversion or to. TIME is a number with s, m, h or d.\n"
	    "DATE is as 2026-01-31, WHEN also as 2026-01-31T12:00:00Z.\n\n"
	    "Settings of operator.conf, or of the environment:\n\n",
	    SYSCONFDIR);
	settings_print_help(SETTINGS_OPERATOR, f);
}

/* The command of argv, and in *words_r how many words name it. */
static const struct command *
find(int argc, char **argv, int *words_r)
{
	size_t i;

	for (i = 0; i < COMMANDS; i++) {
		if (strcmp(commands[i].noun, argv[0]) != 0)
			continue;
		*words_r = commands[i].verb == NULL ? 1 : 2;
		if (commands[i].verb == NULL ||
		    (argc > 1 && strcmp(commands[i].verb, argv[1]) == 0))
			return (&commands[i]);
	}
	return (NULL);
}

static int
run(struct cli *c, int argc, char **argv)
{
	const struct command *command;
	int words = 0, code;

	if (argc == 0 || (command = find(argc, argv, &words)) == NULL) {
		if (argc == 0)
			(void)fprintf(stderr, "callward: no command\n");
		else
			(void)fprintf(stderr,
			    "callward: no such command: %s%s%s\n", argv[0],
			    words == 2 && argc > 1 ? " " : "",
			    words == 2 && argc > 1 ? argv[1] : "");
		usage(stderr);
		return (CLI_USAGE);
	}
	c->command = command->noun;
	c->usage = command->usage;
	if ((c->arena = arena_new(ARENA_BYTES)) == NULL) {
		(void)fprintf(stderr, "callward: no memory\n");
		return (CLI_FAILED);
	}
	code = command->run(c, argc - (words - 1), argv + (words - 1));
	db_close(c->db);
	arena_free(c->arena);
	return (code);
}

int
main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "help", no_argument, NULL, 'h' },
		{ "version", no_argument, NULL, 'V' },
		{ NULL, 0, NULL, 0 },
	};
	struct cli c = { 0 };
	int ch, code;

	while ((ch = getopt_long(argc, argv, "+c:hV", options, NULL)) != -1)
		switch (ch) {
		case 'c':
			c.settings_path = optarg;
			break;
		case 'h':
			usage(stdout);
			return (CLI_OK);
		case 'V':
			(void)printf("callward %s\n", PACKAGE_VERSION);
			return (CLI_OK);
		default:
			usage(stderr);
			return (CLI_USAGE);
		}
	code = run(&c, argc - optind, argv + optind);
	if (fflush(stdout) != 0 || ferror(stdout)) {
		perror("callward: stdout");
		return (code == CLI_OK ? CLI_FAILED : code);
	}
	return (code);
}
