/*
 * callward settings: the commented sample file of a side, as the table of
 * settings has it. Reads no file.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "cli.h"
#include "commands.h"

int
sample_run(struct cli *c, int argc, char **argv)
{
	static const struct {
		const char *name;
		enum settings_side side;
	} sides[] = {
		{ "responder", SETTINGS_RESPONDER },
		{ "operator", SETTINGS_OPERATOR },
		{ "simulator", SETTINGS_SIMULATOR },
	};
	const struct cli_option options[] = { { 0 } };
	const char *side = "responder";
	size_t i;
	int code;

	if (!cli_options(c, argc, argv, options, argc > 1 ? &side : NULL,
		&code))
		return (code);
	for (i = 0; i < sizeof(sides) / sizeof(sides[0]); i++)
		if (strcmp(sides[i].name, side) == 0) {
			settings_print_sample(sides[i].side, stdout);
			return (CLI_OK);
		}
	return (cli_usage(c, "no such side: %s", side));
}
