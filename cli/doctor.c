/*
 * callward doctor: looks at an installation and tells what keeps it from
 * working or from keeping its promise, one line per check, with what to do
 * about it. Changes nothing. This file: the command, the settings and their
 * secrets, the socket.
 */
#include "config.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "commands.h"
#include "io/crypt.h"
#include "io/spool.h"
#include "doctor.h"
#include "tenancy/keyring.h"

#define SECRET_CHARS_MIN 16
#define SECRET_DISTINCT_MIN 8

/* remedy NULL: there is none. */
static void
print(const char *verdict, const char *name, const char *remedy,
    const char *fmt, va_list ap)
{
	(void)printf("%-4s %s: ", verdict, name);
	(void)vprintf(fmt, ap);
	if (remedy != NULL)
		(void)printf("; %s", remedy);
	(void)putchar('\n');
}

void
doctor_ok(struct doctor *d, const char *name, const char *fmt, ...)
{
	va_list ap;

	d->ok++;
	va_start(ap, fmt);
	print("ok", name, NULL, fmt, ap);
	va_end(ap);
}

void
doctor_skip(struct doctor *d, const char *name, const char *fmt, ...)
{
	va_list ap;

	d->skipped++;
	va_start(ap, fmt);
	print("SKIP", name, NULL, fmt, ap);
	va_end(ap);
}

void
doctor_fail(struct doctor *d, const char *name, const char *remedy,
    const char *fmt, ...)
{
	va_list ap;

	d->failed++;
	va_start(ap, fmt);
	print("FAIL", name, remedy, fmt, ap);
	va_end(ap);
}

void
doctor_warn(struct doctor *d, const char *name, const char *remedy,
    const char *fmt, ...)
{
	va_list ap;

	d->warned++;
	va_start(ap, fmt);
	print("WARN", name, remedy, fmt, ap);
	va_end(ap);
}

/* Of all lines, where people look last. */
static void
sum_up(const struct doctor *d)
{
	(void)fflush(stdout);
	(void)fprintf(stderr, "%zu ok, %zu skipped, %zu warned, %zu failed\n",
	    d->ok, d->skipped, d->warned, d->failed);
}

/* Settings and secrets --------------------------------------------------- */

static bool
check_settings(struct doctor *d, const char *path)
{
	struct settings *s = &d->settings;
	struct err e = { 0 };

	if (settings_load(d->cli->arena, SETTINGS_RESPONDER, path, environ, s,
		&e) != ERR_OK) {
		doctor_fail(d, "settings", "see callward.conf(5)", "%s",
		    e.text);
		return (false);
	}
	for (size_t i = 0; i < s->n_exposed; i++)
		doctor_fail(d, "settings", "chmod o= on that file",
		    "%s: others can read or write this file", s->exposed[i]);
	if (s->n_exposed == 0)
		doctor_ok(d, "settings", "%s",
		    s->path[0] == '\0' ? "from the environment" : s->path);
	return (true);
}

/* A secret that somebody could guess is none. */
static void
check_secret(struct doctor *d, const char *name, struct str value)
{
	bool seen[256] = { false };
	size_t distinct = 0;

	for (size_t i = 0; i < value.n; i++) {
		distinct += !seen[(unsigned char)value.p[i]];
		seen[(unsigned char)value.p[i]] = true;
	}
	if (value.n < SECRET_CHARS_MIN)
		doctor_fail(d, name, "make it with 'openssl rand -hex 32'",
		    "shorter than %d characters", SECRET_CHARS_MIN);
	else if (distinct < SECRET_DISTINCT_MIN)
		doctor_fail(d, name, "make it with 'openssl rand -hex 32'",
		    "fewer than %d different characters", SECRET_DISTINCT_MIN);
	else
		doctor_ok(d, name, "set, %zu characters", value.n);
}

static void
check_metadata_keys(struct doctor *d)
{
	const char *name = "METADATA_KEYS";
	struct str rest = str_of(d->settings.metadata_keys);
	struct keyring keys = { 0 };
	struct err e = { 0 };

	if (keyring_parse(d->settings.metadata_keys, &keys, &e) != ERR_OK)
		doctor_fail(d, name, "make one with 'openssl rand -base64 32'",
		    "%s", e.text);
	else
		while (rest.p != NULL) {
			struct str key = str_cut(&rest, ',');

			(void)str_cut(&key, ':');
			check_secret(d, name, key);
		}
	keyring_wipe(&keys);
}

/* One of the two is there: settings_load says so. */
static void
check_twilio(struct doctor *d)
{
	const struct settings *s = &d->settings;
	struct err e = { 0 };

	if (s->twilio_auth_token[0] != '\0' &&
	    twilio_accounts_parse(s->twilio_auth_token, &d->accounts, &e) !=
		ERR_OK)
		doctor_fail(d, "TWILIO_AUTH_TOKEN",
		    "copy it from Twilio's console", "%s", e.text);
	else if (!twilio_accounts_named(&d->accounts))
		doctor_ok(d, "TWILIO_AUTH_TOKEN", "%s", TWILIO_NO_ACCOUNT);
	for (size_t i = 0; i < d->accounts.n; i++)
		check_secret(d, "TWILIO_AUTH_TOKEN",
		    str_of(d->accounts.row[i].token));
	if (twilio_shared_keys_parse(s->twilio_shared_keys, &d->shared_keys,
		&e) != ERR_OK)
		doctor_fail(d, "TWILIO_SHARED_KEYS",
		    "copy key and secret from Twilio's console", "%s", e.text);
	for (size_t i = 0; i < d->shared_keys.n; i++)
		check_secret(d, "TWILIO_SHARED_KEYS",
		    str_of(d->shared_keys.row[i].secret));
}

static void
check_secrets(struct doctor *d)
{
	const struct settings *s = &d->settings;
	const char *vapi = s->vapi_hmac_secret[0] != '\0' ?
	    s->vapi_hmac_secret :
	    s->vapi_webhook_secret;

	check_twilio(d);
	check_secret(d, "VAPI_API_KEY", str_of(s->vapi_api_key));
	check_secret(d,
	    s->vapi_hmac_secret[0] != '\0' ? "VAPI_HMAC_SECRET" :
					     "VAPI_WEBHOOK_SECRET",
	    str_of(vapi));
	if (strcmp(vapi, s->vapi_api_key) == 0)
		doctor_fail(d, "VAPI_API_KEY",
		    "give Vapi another webhook secret",
		    "the same as the webhooks' secret");
	check_metadata_keys(d);
}

/* The spool --------------------------------------------------------------- */

static void
check_spool(struct doctor *d)
{
	const struct settings *s = &d->settings;
	struct spool_options o = spool_options_of(s);
	struct spool_counts n;
	struct err e = { 0 };
	struct spool *spool;
	enum err_code code;

	o.as_root = true;
	if (s->spool_max_files == 0) {
		doctor_ok(d, "spool", "none: SPOOL_MAX_FILES is 0");
	} else if ((code = spool_open(&o, &spool, &e)) == ERR_OK) {
		spool_count(spool, &n);
		spool_close(spool);
		doctor_ok(d, "spool", "%s, %lld records", o.state_dir,
		    (long long)n.files);
	} else if (code == ERR_ABSENT && access(o.state_dir, F_OK) == 0) {
		doctor_ok(d, "spool", "%s, not used yet", o.state_dir);
	} else if (code == ERR_ABSENT && s->state_dir[0] == '\0') {
		doctor_warn(d, "spool",
		    "make the folder, mode 0700, for the responder's user",
		    "%s: a message that comes while the database is away has to come again",
		    e.text);
	} else {
		doctor_fail(d, "spool", "see STATE_DIR in callward.conf(5)",
		    "%s", e.text);
	}
}

/* The socket -------------------------------------------------------------- */

static void
check_socket(struct doctor *d, const char *path)
{
	struct stat st;

	if (lstat(path, &st) != 0)
		doctor_fail(d, "socket",
		    "start the responder, or its socket unit",
		    "%s is not there, or its folder is closed to you", path);
	else if (!S_ISSOCK(st.st_mode))
		doctor_fail(d, "socket", "move it away", "%s is no socket",
		    path);
	else if ((st.st_mode & S_IRWXO) != 0)
		doctor_fail(d, "socket",
		    "chmod 0660, and the web server's group",
		    "%s is open to everybody, who could forge REMOTE_ADDR",
		    path);
	else
		doctor_ok(d, "socket", "%s, mode %04o, group %ld", path,
		    (unsigned)(st.st_mode & 07777), (long)st.st_gid);
}

/* The command ------------------------------------------------------------- */

static void
look_online(struct doctor *d)
{
	struct err e = { 0 };

	if (http_start(&d->http, &e) != ERR_OK) {
		doctor_fail(d, "online", "try again", "%s", e.text);
		return;
	}
	doctor_public_url(d);
	doctor_signature_online(d);
	doctor_vapi(d);
	http_stop(d->http);
}

int
doctor_run(struct cli *c, int argc, char **argv)
{
	struct doctor d = { .cli = c };
	const char *path = NULL, *socket = NULL;
	bool online = false;
	const struct cli_option options[] = {
		{ "responder", &path, NULL, false },
		{ "socket", &socket, NULL, false },
		{ "online", NULL, &online, false },
		{ 0 },
	};
	int code;

	if (!cli_options(c, argc, argv, options, NULL, &code))
		return (code);
	if (check_settings(&d, path)) {
		check_secrets(&d);
		check_spool(&d);
		doctor_databases(&d);
		doctor_operator(&d);
		doctor_numbers(&d);
		doctor_routes(&d);
		doctor_tenants(&d);
		doctor_zones(&d);
		doctor_signature(&d);
		if (socket != NULL)
			check_socket(&d, socket);
		if (online)
			look_online(&d);
	}
	twilio_shared_keys_wipe(&d.shared_keys);
	twilio_accounts_wipe(&d.accounts);
	sum_up(&d);
	return (d.failed == 0 ? CLI_OK : CLI_FAILED);
}
