/*
 * callward.fcgi: options, settings, start, signals, orderly stop.
 */
#include "config.h"

#include <assert.h>
#include <errno.h>
#include <getopt.h>
#include <malloc.h>
#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app.h"
#include "fastcgi/fcgx.h"
#include "base/clock.h"
#include "base/log.h"
#include "io/spool.h"
#include "responder.h"
#include "route.h"
#include "spooling.h"
#include "tenancy/indexer.h"
#include "twilio/twilio_twiml.h"
#include "webhooks/arrival.h"
#include "write_proof.h"

#define EXIT_USAGE 2
#define EXIT_SETTINGS 78 /* EX_CONFIG of sysexits.h */
#define SETTINGS_MAX_BYTES ((size_t)4 * 1024 * 1024)
#define CHECK_MS 3000 /* for each database, by -t */
#define LARGE_BYTES (256 * 1024)

extern char **environ;

struct options {
	const char *settings_path;
	const char *listen;
	bool check;
};

static void
usage(FILE *out)
{
	fputs("usage: callward.fcgi [-c FILE] [--listen unix:PATH|HOST:PORT] "
	      "[-t]\n\n"
	      "Serves Callward's webhooks over FastCGI: on fd 0 (spawn-fcgi,\n"
	      "lighttpd, systemd) or on a listener of its own.\n\n"
	      "  -c, --config FILE   settings (else $CALLWARD_CONF, else\n"
	      "                      " SYSCONFDIR "/callward/callward.conf)\n"
	      "      --listen WHERE  unix:PATH or HOST:PORT\n"
	      "  -t, --test          check and print the settings, then end\n"
	      "  -h, --help          this text\n"
	      "  -V, --version       the version\n\n"
	      "Settings, NAME=value lines or the environment:\n",
	    out);
	settings_print_help(SETTINGS_RESPONDER, out);
}

static void
parse_options(int argc, char **argv, struct options *o)
{
	static const struct option names[] = { { "config", required_argument,
						   NULL, 'c' },
		{ "listen", required_argument, NULL, 'l' },
		{ "test", no_argument, NULL, 't' },
		{ "help", no_argument, NULL, 'h' },
		{ "version", no_argument, NULL, 'V' }, { NULL, 0, NULL, 0 } };
	int c;

	while ((c = getopt_long(argc, argv, "c:thV", names, NULL)) != -1) {
		switch (c) {
		case 'c':
			o->settings_path = optarg;
			break;
		case 'l':
			o->listen = optarg;
			break;
		case 't':
			o->check = true;
			break;
		case 'h':
			usage(stdout);
			exit(0);
		case 'V':
			puts("callward.fcgi " PACKAGE_VERSION);
			exit(0);
		default:
			fputs("callward.fcgi --help tells more\n", stderr);
			exit(EXIT_USAGE);
		}
	}
	if (optind < argc) {
		fprintf(stderr, "callward.fcgi: unexpected argument \"%s\"\n",
		    argv[optind]);
		exit(EXIT_USAGE);
	}
}

/* Put the setting's name and place before what is wrong with its value. */
static enum err_code
blame(const struct app *app, const char *name, enum err_code code,
    struct err *e)
{
	if (code != ERR_OK)
		err_prefix(e, "%s (%s)", name,
		    settings_where(&app->settings, name));
	return (code);
}

static void
split_public_url(struct app *app)
{
	struct str url = str_of(app->settings.public_url), rest;
	size_t host;

	host = str_find(url, ':') + 3; /* past "://" */
	rest = str_skip(url, host);
	app->origin = str_first(url, host + str_find(rest, '/'));
	app->base_path = str_skip(url, app->origin.n);
	if (app->base_path.p == NULL)
		app->base_path = STR("");
}

/* Is it the whole of what stands before the routes' own paths? */
static enum err_code
check_public_url(struct str base_path, struct err *e)
{
	static const char hooks[] = "/api/webhooks";
	const size_t n = sizeof(hooks) - 1;
	struct str at = base_path;
	bool wrong = false;

	for (; at.n > 0 && !wrong; at = str_skip(at, 1))
		wrong = str_is(at, "/api") ||
		    (str_starts(at, hooks) && (at.n == n || at.p[n] == '/'));
	return (wrong ?
		err_set(e, ERR_INPUT,
		    "must end before /api: the webhooks' paths are put behind it") :
		ERR_OK);
}

/* "" is none. A secret key there would be served to everybody. */
static enum err_code
check_publishable_key(const char *key, struct err *e)
{
	if (key[0] == '\0' || strncmp(key, "pk_", 3) == 0)
		return (ERR_OK);
	return (err_set(e, ERR_INPUT, "must begin with pk_"));
}

/* Which of the two settings is wrong, if either is. */
static enum err_code
check_token_keys(const struct app *app, struct err *e)
{
	const struct settings *s = &app->settings;

	if (s->clerk_issuer[0] == '\0' && s->clerk_jwt_key[0] == '\0')
		return (ERR_OK);
	return (blame(app,
	    s->clerk_jwt_key[0] == '\0' ? "CLERK_ISSUER" : "CLERK_JWT_KEY",
	    token_keys_check(s->clerk_jwt_key, s->clerk_issuer, e), e));
}

/* The dashboard's may be missing. */
static enum err_code
check_addresses(const struct app *app, struct err *e)
{
	const struct settings *s = &app->settings;
	enum err_code code;

	if ((code = blame(app, "DATABASE_URL",
		 db_check_address(s->database_url, e), e)) != ERR_OK)
		return (code);
	return (blame(app, "DATABASE_TENANT_URL",
	    db_check_address(s->database_tenant_url, e), e));
}

/* Which id of a token is the clinic. */
static enum err_code
read_tenancy(struct app *app, struct err *e)
{
	static const char *const words[] = {
		[TOKEN_BY_USER] = "user",
		[TOKEN_BY_ORGANIZATION] = "organization",
		[TOKEN_BY_EITHER] = "either",
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strcmp(app->settings.clerk_tenant, words[i]) == 0) {
			app->token_rules.tenancy = (enum token_tenancy)i;
			return (ERR_OK);
		}
	return (err_set(e, ERR_INPUT, "must be user, organization or either"));
}

/*
 * A trial's tokens are signed with a key that lies about; only an
 * installation that nobody else reaches may take them.
 */
static enum err_code
check_issuer(const struct settings *s, struct err *e)
{
	if (strcmp(s->clerk_issuer, TOKEN_TRIAL_ISSUER) == 0 &&
	    strncmp(s->public_url, "http://", 7) != 0)
		return (err_set(e, ERR_INPUT,
		    "a trial's issuer is for a PUBLIC_URL on loopback only"));
	return (ERR_OK);
}

/* There are none where shared keys prove Twilio alone. */
static enum err_code
read_accounts(struct app *app, struct err *e)
{
	const char *setting = app->settings.twilio_auth_token;

	if (setting[0] == '\0')
		return (ERR_OK);
	return (twilio_accounts_parse(setting, &app->accounts, e));
}

/* What the table of settings cannot know: lists, keys, addresses. */
static enum err_code
read_meanings(struct app *app, bool checking, struct err *e)
{
	const struct settings *s = &app->settings;
	enum err_code code;
	struct str twiml;
	struct arena *a;

	split_public_url(app);
	if ((code = check_addresses(app, e)) != ERR_OK ||
	    (code = blame(app, "PUBLIC_URL",
		 check_public_url(app->base_path, e), e)) != ERR_OK ||
	    (code = blame(app, "STATE_DIR", spooling_check(app, checking, e),
		 e)) != ERR_OK ||
	    (code = blame(app, "CLERK_PUBLISHABLE_KEY",
		 check_publishable_key(s->clerk_publishable_key, e), e)) !=
		ERR_OK ||
	    (code = check_token_keys(app, e)) != ERR_OK ||
	    (code = blame(app, "CLERK_TENANT", read_tenancy(app, e), e)) !=
		ERR_OK ||
	    (code = blame(app, "TWILIO_AUTH_TOKEN", read_accounts(app, e),
		 e)) != ERR_OK ||
	    (code = blame(app, "TWILIO_SHARED_KEYS",
		 twilio_shared_keys_parse(s->twilio_shared_keys,
		     &app->shared_keys, e),
		 e)) != ERR_OK ||
	    (code = blame(app, "METADATA_KEYS",
		 keyring_parse(s->metadata_keys, &app->keys, e), e)) !=
		ERR_OK ||
	    (code = vapi_signature_rule_read(s, &app->vapi_rule, e)) !=
		ERR_OK ||
	    (code = blame(app, "VAPI_BREAKER",
		 vapi_breaker_rule_read(str_of(s->vapi_breaker),
		     &app->breaker_rule, e),
		 e)) != ERR_OK ||
	    (code = blame(app, "CLERK_ISSUER", check_issuer(s, e), e)) !=
		ERR_OK ||
	    (code = blame(app, "DIAL_PREFIXES",
		 phone_check_prefixes(s->dial_prefixes, e), e)) != ERR_OK)
		return (code);
	if ((a = arena_new(SETTINGS_MAX_BYTES)) == NULL)
		return (err_set(e, ERR_TEMPORARY, "no memory"));
	code = blame(app, "UNAVAILABLE_SENTENCE",
	    twilio_twiml_say(a, str_of(s->unavailable_sentence), STR_NONE, NULL,
		&twiml, e),
	    e);
	arena_free(a);
	return (code);
}

static enum err_code
load_settings(const struct options *o, struct arena *a, struct app *app,
    struct err *e)
{
	enum err_code code;

	if ((code = settings_load(a, SETTINGS_RESPONDER, o->settings_path,
		 environ, &app->settings, e)) != ERR_OK)
		return (code);
	return (read_meanings(app, o->check, e));
}

/* What the design leaves no more time for; larger values count as these. */
static const struct {
	const char *name;
	size_t offset;
	int64_t most_ms;
} deadlines[] = {
	{ "ARRIVAL_MOST_MS", offsetof(struct settings, arrival_most_ms),
	    ARRIVAL_MOST_MS },
	{ "ASSISTANT_REQUEST_MOST_MS",
	    offsetof(struct settings, assistant_request_most_ms),
	    ASSISTANT_REQUEST_MOST_MS },
	{ "VAPI_TIMEOUT_MS", offsetof(struct settings, vapi_timeout_ms),
	    VAPI_TIMEOUT_MOST_MS },
};

/* What may be meant so: told on standard error by -t, else in the log. */
static void
warn(const char *event, const struct err *e, bool checking)
{
	if (checking)
		fprintf(stderr, "callward.fcgi: warning: %s\n", e->text);
	else
		log_error(LOG_LEVEL_WARN, event, e);
}

/* Secrets that others on this host can read. */
static void
warn_of_exposed(const struct settings *s, bool checking)
{
	struct err e;

	for (size_t i = 0; i < s->n_exposed; i++) {
		(void)err_set(&e, ERR_INPUT,
		    "%.180s: others can read or write this file; remedy: chmod o= on it",
		    s->exposed[i]);
		warn("settings_exposed", &e, checking);
	}
}

/* Without an account webhooks are served, but no number can be proven. */
static void
warn_of_no_account(const struct twilio_accounts *accounts, bool checking)
{
	struct err e;

	if (twilio_accounts_named(accounts))
		return;
	(void)err_set(&e, ERR_INPUT, "%s", TWILIO_NO_ACCOUNT);
	warn("proofs_impossible", &e, checking);
}

/* -t as root: the responder itself has to run as the owner of STATE_DIR. */
static void
warn_of_owner(const struct settings *s)
{
	const char *path = spool_options_of(s).state_dir;
	struct stat st;
	struct err e;

	if (s->spool_max_files == 0 || lstat(path, &st) != 0 ||
	    st.st_uid == geteuid())
		return;
	(void)err_set(&e, ERR_INPUT,
	    "STATE_DIR (%s): %.120s belongs to user %ld; the responder has to run as that user",
	    settings_where(s, "STATE_DIR"), path, (long)st.st_uid);
	warn("state_dir_owner", &e, true);
}

static void
lower_deadlines(struct settings *s, bool checking)
{
	struct err e;

	for (size_t i = 0; i < sizeof(deadlines) / sizeof(deadlines[0]); i++) {
		int64_t *ms = (int64_t *)((char *)s + deadlines[i].offset);

		if (*ms <= deadlines[i].most_ms)
			continue;
		(void)err_set(&e, ERR_INPUT,
		    "%s (%s): %lld counts as %lld: the caller's provider does not wait longer than that",
		    deadlines[i].name, settings_where(s, deadlines[i].name),
		    (long long)*ms, (long long)deadlines[i].most_ms);
		*ms = deadlines[i].most_ms;
		warn("deadline_lowered", &e, checking);
	}
}

/*
 * What is in memory are secrets and what callers said: no core file, and no
 * look into it from another process of this user. Neither can fail.
 */
static void
refuse_dumps(void)
{
	const struct rlimit none = { 0, 0 };
	int failed;

	failed = setrlimit(RLIMIT_CORE, &none) |
	    prctl(PR_SET_DUMPABLE, 0L, 0L, 0L, 0L);
	assert(failed == 0);
}

/*
 * What is large goes back to the system as soon as it is freed. The allocator
 * would learn from the first large body to keep all that follow.
 */
static void
keep_little_memory(void)
{
	(void)mallopt(M_MMAP_THRESHOLD, LARGE_BYTES);
	(void)mallopt(M_TRIM_THRESHOLD, 2 * LARGE_BYTES);
}

/* A thread, a connection of the web server and one to Vapi take three. */
static void
raise_descriptor_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
		return;
	limit.rlim_cur = limit.rlim_max;
	if (setrlimit(RLIMIT_NOFILE, &limit) != 0)
		return;
}

/*
 * Signals are waited for by main alone; every thread inherits the mask. A
 * peer that went away is an error of write(2), not a signal. Called after
 * fcgx_open, which puts dispositions of its own in place.
 */
static void
take_signals(sigset_t *set)
{
	static const int ours[] = { SIGTERM, SIGINT, SIGUSR1, SIGHUP };

	(void)signal(SIGPIPE, SIG_IGN);
	(void)sigemptyset(set);
	for (size_t i = 0; i < sizeof(ours) / sizeof(ours[0]); i++)
		(void)sigaddset(set, ours[i]);
	(void)pthread_sigmask(SIG_BLOCK, set, NULL);
}

/* The dashboard, where it is set up, and the words that it searches for. */
static enum err_code
start_dashboard(struct app *app, struct err *e)
{
	const struct settings *s = &app->settings;
	const struct db_pool_options o = { .url = s->database_tenant_url,
		.connections = (size_t)s->tenant_connections,
		.prepared = s->prepared,
		.renewer = app->renewer };
	const struct indexer_options words = { .url = s->database_tenant_url,
		.prepared = s->prepared,
		.renewer = app->renewer };
	enum err_code code;

	if (s->clerk_issuer[0] == '\0' || s->database_tenant_url[0] == '\0')
		return (ERR_OK);
	app->token_rules.issuer = s->clerk_issuer;
	app->token_rules.parties = s->clerk_authorized_parties;
	if ((code = token_keys_new(s->clerk_jwt_key, s->clerk_issuer, app->http,
		 &app->token_keys, e)) != ERR_OK ||
	    (code = db_pool_new(&o, &app->pool, e)) != ERR_OK)
		return (code);
	return (indexer_start(&words, &app->indexer, e));
}

/* The webhooks' lanes, and the dashboard's connections. */
static enum err_code
start_databases(struct app *app, struct err *e)
{
	const struct settings *s = &app->settings;
	struct db_lanes_options o = { .url = s->database_url,
		.lanes = (size_t)s->lanes,
		.prepared = s->prepared,
		.role = STATEMENT_INTAKE,
		.self_check = true };
	enum err_code code;

	if (s->connection_max_age > 0 &&
	    (code = db_renewer_start(s->connection_max_age * 1000,
		 &app->renewer, e)) != ERR_OK)
		return (code);
	if ((code = start_dashboard(app, e)) != ERR_OK)
		return (code);
	o.renewer = app->renewer;
	return (db_lanes_start(&o, &app->lanes, e));
}

static enum err_code
start_parts(struct app *app, struct err *e)
{
	enum err_code code;

	app->metrics = metrics_new(route_name);
	app->fallbacks =
	    fallback_memory_new(app->settings.fallback_memory_s * 1000);
	app->admission = admission_new((size_t)app->settings.threads);
	app->breaker = vapi_breaker_new(&app->breaker_rule);
	app->write_proof = write_proof_new();
	if (app->metrics == NULL || app->fallbacks == NULL ||
	    app->admission == NULL || app->breaker == NULL ||
	    app->write_proof == NULL)
		return (err_set(e, ERR_TEMPORARY, "no memory"));
	if ((code = http_start(&app->http, e)) != ERR_OK ||
	    (code = http_start(&app->http_after, e)) != ERR_OK)
		return (code);
	if ((code = start_databases(app, e)) != ERR_OK)
		return (code);
	return (spooling_start(app, &app->spooling, e));
}

static void
stop_parts(struct app *app)
{
	spooling_stop(app->spooling);
	db_lanes_stop(app->lanes);
	indexer_stop(app->indexer);
	db_pool_free(app->pool);
	db_renewer_stop(app->renewer);
	token_keys_free(app->token_keys);
	http_stop(app->http_after);
	http_stop(app->http);
	fallback_memory_free(app->fallbacks);
	metrics_free(app->metrics);
	admission_free(app->admission);
	vapi_breaker_free(app->breaker);
	write_proof_free(app->write_proof);
	keyring_wipe(&app->keys);
	twilio_shared_keys_wipe(&app->shared_keys);
	twilio_accounts_wipe(&app->accounts);
}

/*
 * Would this program's statements be refused by the database as it is? One that
 * cannot be asked now says nothing.
 */
static enum err_code
check_database(const char *url, enum statement_role role, enum statement check,
    struct arena *a, struct err *e)
{
	const int64_t until_ms = clock_mono_ms() + CHECK_MS;
	const struct db_result *r;
	enum err_code code = ERR_OK;
	struct db *db = NULL;
	struct err ignored;
	struct db_values v;

	db_values_init(&v, a, check);
	db_give_number(&v, "schema_version", SCHEMA_VERSION);
	if (url[0] == '\0' ||
	    db_open(url, "callward", until_ms, &db, &ignored) != ERR_OK)
		return (ERR_OK);
	if (db_prepare(db, role, false, until_ms, &ignored) == ERR_CONFLICT)
		code = err_set(e, ERR_CONFLICT, "%s", ignored.text);
	else if (db_run(db, a, &v, until_ms, &r, &ignored) == ERR_OK)
		for (size_t i = 0; code == ERR_OK && i < db_rows(r); i++)
			if (str_is(db_str(r, i, db_column(r, "name")),
				"schema"))
				code = err_set(e, ERR_CONFLICT, "%s: %s",
				    db_str(r, i, db_column(r, "problem")).p,
				    db_str(r, i, db_column(r, "remedy")).p);
	db_close(db);
	return (code);
}

static enum err_code
check_databases(const struct settings *s, struct arena *a, struct err *e)
{
	enum err_code code;

	code = check_database(s->database_url, STATEMENT_INTAKE,
	    STATEMENT_INTAKE_CHECK, a, e);
	if (code == ERR_OK && s->clerk_issuer[0] != '\0')
		code = check_database(s->database_tenant_url, STATEMENT_TENANT,
		    STATEMENT_TENANT_CHECK, a, e);
	return (code);
}

static void
tell(const char *event, int64_t threads)
{
	struct log_line line;

	log_begin(&line, LOG_LEVEL_INFO, event);
	log_text(&line, "version", PACKAGE_VERSION);
	if (threads > 0)
		log_int(&line, "threads", threads);
	log_end(&line);
}

static enum err_code
serve(struct app *app, struct err *e)
{
	struct responder *r;
	enum err_code code;
	sigset_t set;
	int sig;

	take_signals(&set);
	if ((code = log_start(e)) != ERR_OK)
		return (code);
	if ((code = start_parts(app, e)) != ERR_OK ||
	    (code = responder_start(app, (size_t)app->settings.threads, &r,
		 e)) != ERR_OK)
		return (code);
	tell("started", app->settings.threads);
	while (sigwait(&set, &sig) == 0 && sig == SIGHUP)
		log_reopen();
	fcgx_stop(app->fcgx);
	http_abort(app->http_after);
	responder_join(r);
	tell("stopped", 0);
	return (ERR_OK);
}

int
main(int argc, char **argv)
{
	struct options o = { 0 };
	struct arena *a = arena_new(SETTINGS_MAX_BYTES);
	struct app app = { 0 };
	struct err e = { .code = ERR_OK };
	int status = EXIT_SETTINGS;

	refuse_dumps();
	keep_little_memory();
	parse_options(argc, argv, &o);
	if (a == NULL || route_check(&e) != ERR_OK ||
	    load_settings(&o, a, &app, &e) != ERR_OK ||
	    blame(&app, "LOG", log_open(app.settings.log, &e), &e) != ERR_OK)
		goto out;
	warn_of_exposed(&app.settings, o.check);
	warn_of_no_account(&app.accounts, o.check);
	lower_deadlines(&app.settings, o.check);
	if (o.check) {
		warn_of_owner(&app.settings);
		if (blame(&app, "STATE_DIR", spooling_check_keys(&app, &e),
			&e) != ERR_OK ||
		    check_databases(&app.settings, a, &e) != ERR_OK)
			goto out;
		settings_print(&app.settings, stdout);
		status = 0;
		goto out;
	}
	raise_descriptor_limit();
	status = EXIT_USAGE;
	if ((o.listen == NULL ?
		    fcgx_open_inherited(&app.fcgx, &e) :
		    fcgx_open_listen(o.listen, &app.fcgx, &e)) != ERR_OK)
		goto out;
	status = serve(&app, &e) == ERR_OK ? 0 : 1;
out:
	if (status != 0)
		fprintf(stderr, "callward.fcgi: %s\n", e.text);
	stop_parts(&app);
	fcgx_close(app.fcgx);
	log_stop();
	log_close();
	arena_free(a);
	return (status);
}
