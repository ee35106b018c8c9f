/*
 * callward-sim: plays Vapi and Twilio, so that everything runs without keys
 * or telephones. Reads the command line and the settings; the work is in
 * serve.c, caller.c and handset.c.
 */
#include "config.h"

#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "caller.h"
#include "base/err.h"
#include "handset.h"
#include "serve.h"
#include "io/settings.h"

#define EXIT_USAGE 2
#define EXIT_SETTINGS 78
#define SETTINGS_BYTES (1u << 20)
#define OPTION_HANDSET 1000 /* and what enum handset_member adds to it */

struct options {
	const char *conf;
	const char *listen;
	int64_t threads;
	struct caller caller;
	struct handset handset;
};

extern char **environ;

static void
usage(FILE *f)
{
	(void)fprintf(f,
	    "usage: callward-sim serve -c sim.conf "
	    "[--listen unix:PATH|HOST:PORT]\n"
	    "           [--threads N]\n"
	    "       callward-sim call -c sim.conf --from NUMBER --to NUMBER\n"
	    "           [--call-sid CA...] [--forwarded-from NUMBER]\n"
	    "           [--param NAME=VALUE]... [--repeat N] [--parallel] "
	    "[--no-stream]\n"
	    "           [--json | --get] [--error-code N] "
	    "[--status STATUS[,STATUS]...]\n"
	    "       callward-sim phone -c sim.conf --number NUMBER\n"
	    "           [--answers person|busy|no-answer|not-in-service] "
	    "[--answer-ms N]\n"
	    "           [--keys 1] [--key-ms N] [--hang-up-ms N] "
	    "[--forward-ms N]\n"
	    "           [--forwards never|always|busy|unanswered] "
	    "[--to NUMBER]\n"
	    "           [--carrier own|caller|forwarded-from|diversion|line]\n"
	    "\nserve plays Vapi and the telephones behind Twilio, as a FastCGI "
	    "responder on fd 0\nor --listen; call plays Twilio: one incoming "
	    "call, signed, and the TwiML followed;\nwith --error-code a "
	    "request to the fallback address, with --status its status\n"
	    "callbacks, in the order given. phone describes a telephone to the simulator that\nserves, and prints what was heard at it.\n"
	    "\nSettings in sim.conf:\n");
	settings_print_help(SETTINGS_SIMULATOR, f);
}

static bool
read_number(const char *text, int64_t max, int64_t *n_r)
{
	struct err e;

	return (str_parse_int(str_of(text), 1, max, n_r, &e) == ERR_OK);
}

/* One option; false: it is unknown or its value is bad. */
static bool
take(struct options *o, int option, const char *value)
{
	int64_t n;

	switch (option) {
	case 'c':
		o->conf = value;
		return (true);
	case 'l':
		o->listen = value;
		return (true);
	case 't':
		return (read_number(value, 8192, &o->threads));
	case 'f':
		o->caller.from = value;
		return (true);
	case 'T':
		o->caller.to = value;
		return (true);
	case 'N':
		o->handset.number = value;
		return (true);
	case 's':
		o->caller.call_sid = value;
		return (true);
	case 'F':
		o->caller.forwarded_from = value;
		return (true);
	case 'P':
		if (o->caller.n_params == CALLER_PARAMS_MAX)
			return (false);
		o->caller.params[o->caller.n_params++] = value;
		return (true);
	case 'r':
		if (!read_number(value, CALLER_REPEAT_MAX, &n))
			return (false);
		o->caller.repeat = (size_t)n;
		return (true);
	case 'p':
		o->caller.parallel = true;
		return (true);
	case 'n':
		o->caller.stream = false;
		return (true);
	case 'j':
		o->caller.form = CALLER_JSON;
		return (true);
	case 'g':
		o->caller.form = CALLER_QUERY;
		return (true);
	case 'e':
		o->caller.error_code = value;
		return (true);
	case 'S':
		o->caller.status = value;
		return (true);
	default:
		if (option < OPTION_HANDSET)
			return (false);
		o->handset.value[option - OPTION_HANDSET] = value;
		return (true);
	}
}

static bool
read_options(int argc, char **argv, struct options *o)
{
	static const struct option serve_options[] = {
		{ "listen", required_argument, NULL, 'l' },
		{ "threads", required_argument, NULL, 't' },
		{ NULL, 0, NULL, 0 },
	};
	static const struct option call_options[] = {
		{ "from", required_argument, NULL, 'f' },
		{ "to", required_argument, NULL, 'T' },
		{ "call-sid", required_argument, NULL, 's' },
		{ "forwarded-from", required_argument, NULL, 'F' },
		{ "param", required_argument, NULL, 'P' },
		{ "repeat", required_argument, NULL, 'r' },
		{ "parallel", no_argument, NULL, 'p' },
		{ "no-stream", no_argument, NULL, 'n' },
		{ "json", no_argument, NULL, 'j' },
		{ "get", no_argument, NULL, 'g' },
		{ "error-code", required_argument, NULL, 'e' },
		{ "status", required_argument, NULL, 'S' },
		{ NULL, 0, NULL, 0 },
	};
#define HANDSET(name, member)                                                  \
	{                                                                      \
		name, required_argument, NULL, OPTION_HANDSET + (member)       \
	}
	static const struct option phone_options[] = {
		{ "number", required_argument, NULL, 'N' },
		HANDSET("answers", HANDSET_ANSWERS),
		HANDSET("answer-ms", HANDSET_ANSWER_MS),
		HANDSET("keys", HANDSET_KEYS),
		HANDSET("key-ms", HANDSET_KEY_MS),
		HANDSET("hang-up-ms", HANDSET_HANG_UP_MS),
		HANDSET("forwards", HANDSET_FORWARDS),
		HANDSET("forward-ms", HANDSET_FORWARD_MS),
		HANDSET("to", HANDSET_TO),
		HANDSET("carrier", HANDSET_CARRIER),
		{ NULL, 0, NULL, 0 },
	};
#undef HANDSET
	bool serve = strcmp(argv[0], "serve") == 0;
	bool phone = strcmp(argv[0], "phone") == 0;
	int option;

	memset(o, 0, sizeof(*o));
	o->threads = 64;
	o->caller.repeat = 1;
	o->caller.stream = true;
	while ((option = getopt_long(argc, argv, "c:",
		    serve     ? serve_options :
			phone ? phone_options :
				call_options,
		    NULL)) != -1) {
		if (!take(o, option, optarg))
			return (false);
	}
	/* Statuses of one call: they need its CallSid. */
	return (optind == argc && o->conf != NULL &&
	    (serve || (phone && o->handset.number != NULL) ||
		(o->caller.from != NULL && o->caller.to != NULL)) &&
	    (o->caller.status == NULL || o->caller.call_sid != NULL));
}

static enum err_code
need(const char *name, const char *value, struct err *e)
{
	if (value[0] != '\0')
		return (ERR_OK);
	return (err_set(e, ERR_INPUT, "%s is missing in sim.conf", name));
}

static int
fail(const struct err *e, int status)
{
	(void)fprintf(stderr, "callward-sim: %s\n", e->text);
	return (status);
}

static int
serve(const struct settings *s, const struct options *o)
{
	struct err e;

	if (need("SIM_CALLBACK_URL", s->sim_callback_url, &e) != ERR_OK ||
	    need("SIM_VAPI_URL", s->sim_vapi_url, &e) != ERR_OK ||
	    need("SIM_VAPI_API_KEY", s->sim_vapi_api_key, &e) != ERR_OK ||
	    (s->vapi_hmac_secret[0] == '\0' &&
		need("SIM_VAPI_SECRET", s->sim_vapi_secret, &e) != ERR_OK))
		return (fail(&e, EXIT_SETTINGS));
	if (serve_run(s, o->listen, (size_t)o->threads, &e) != ERR_OK)
		return (fail(&e, 1));
	return (0);
}

static int
call(const struct settings *s, const struct options *o)
{
	bool all_valid = false;
	struct err e;

	if (need("SIM_TWILIO_URL", s->sim_twilio_url, &e) != ERR_OK ||
	    need("SIM_VAPI_URL", s->sim_vapi_url, &e) != ERR_OK ||
	    need("SIM_TWILIO_AUTH_TOKEN", s->sim_twilio_auth_token, &e) !=
		ERR_OK)
		return (fail(&e, EXIT_SETTINGS));
	(void)signal(SIGPIPE, SIG_IGN);
	if (caller_run(s, &o->caller, &all_valid, &e) != ERR_OK)
		return (fail(&e, 1));
	return (all_valid ? 0 : 1);
}

static int
phone(const struct settings *s, const struct options *o)
{
	struct err e;

	if (need("SIM_VAPI_URL", s->sim_vapi_url, &e) != ERR_OK)
		return (fail(&e, EXIT_SETTINGS));
	if (handset_run(s, &o->handset, &e) != ERR_OK)
		return (fail(&e, 1));
	return (0);
}

int
main(int argc, char **argv)
{
	const char *command = argc > 1 ? argv[1] : "";
	struct options options;
	struct settings settings;
	struct arena *arena;
	struct err e;
	int status;

	if (strcmp(command, "--help") == 0 || strcmp(command, "-h") == 0) {
		usage(stdout);
		return (0);
	}
	if ((strcmp(command, "serve") != 0 && strcmp(command, "call") != 0 &&
		strcmp(command, "phone") != 0) ||
	    !read_options(argc - 1, argv + 1, &options)) {
		usage(stderr);
		return (EXIT_USAGE);
	}
	if ((arena = arena_new(SETTINGS_BYTES)) == NULL)
		return (1);
	if (settings_load(arena, SETTINGS_SIMULATOR, options.conf, environ,
		&settings, &e) != ERR_OK)
		status = fail(&e, EXIT_SETTINGS);
	else if (strcmp(command, "serve") == 0)
		status = serve(&settings, &options);
	else if (strcmp(command, "phone") == 0)
		status = phone(&settings, &options);
	else
		status = call(&settings, &options);
	arena_free(arena);
	return (status);
}
