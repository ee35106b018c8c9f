/*
 * What the operator decides, read once at the start: lines NAME=value of a
 * file, then the environment over them. One table (settings_table.c) feeds the
 * reader, --help, the sample file and the manual. Knows the shape of a value
 * (text, whole number with bounds, yes/no), not its meaning: what needs more,
 * such as a list of keys, is read by the file that uses it.
 */
#ifndef CALLWARD_SETTINGS_H
#define CALLWARD_SETTINGS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"

#define SETTINGS_EXPOSED_MAX 16 /* more are not named */

/* Who reads the setting; a file may hold its own side's only. */
enum settings_side {
	SETTINGS_RESPONDER = 1, /* callward.conf */
	SETTINGS_OPERATOR = 2,	/* operator.conf */
	SETTINGS_SIMULATOR = 4	/* sim.conf */
};

/* A text is "" when it was not given and has no default. */
struct settings {
	/* responder */
	const char *database_url;
	const char *database_tenant_url;
	const char *public_url; /* no slash at the end */
	const char *twilio_auth_token;
	const char *twilio_shared_keys;
	const char *twilio_api_url;
	const char *vapi_api_url;
	const char *vapi_api_key;
	const char *vapi_webhook_secret;
	const char *vapi_hmac_secret;
	const char *vapi_hmac_header;
	const char *vapi_hmac_timestamp_header;
	const char *vapi_hmac_prefix;
	const char *vapi_hmac_encoding;
	const char *vapi_hmac_algorithm;
	const char *vapi_hmac_payload;
	int64_t vapi_hmac_window_s;
	const char *metadata_keys;
	const char *clerk_issuer;
	const char *clerk_jwt_key;
	const char *clerk_authorized_parties;
	const char *clerk_publishable_key;
	const char *clerk_tenant;
	bool desk_recordings;
	const char *dial_prefixes;
	int64_t fallback_memory_s;
	int64_t fallbacks_per_minute;
	const char *unavailable_sentence;
	const char *state_dir;
	int64_t spool_max_mb;
	int64_t spool_max_files;
	const char *log;
	int64_t threads;
	int64_t lanes;
	int64_t tenant_connections;
	bool prepared;
	int64_t connection_max_age; /* seconds */
	int64_t vapi_timeout_ms;
	const char *vapi_breaker;
	int64_t arrival_most_ms;
	int64_t assistant_request_most_ms;
	bool vapi_top_level_metadata;
	int64_t calls_at_once;
	int64_t calls_per_minute;
	/* operator */
	const char *database_owner_url;
	const char *token_key; /* base64 PKCS#8 DER */
	/* simulator */
	const char *sim_callback_url;
	const char *sim_twilio_url;
	const char *sim_vapi_url; /* where the simulated Vapi is reached */
	const char *sim_twilio_auth_token;
	const char *sim_twilio_shared_keys;
	const char *sim_vapi_api_key;
	const char *sim_vapi_secret;
	int64_t sim_seed;

	enum settings_side side;
	const char *path; /* of the file that was read, or "" */
	/* files whose mode lets others in: path, or NAME_FILE of a secret */
	const char *exposed[SETTINGS_EXPOSED_MAX];
	size_t n_exposed;
	struct settings_source *sources; /* owned by settings.c */
};

/*
 * Read the file, then the environment.
 *
 * side  whose settings; a name of another side is an error in the file, and
 *       in the environment too where it is the operator's
 * path  the file; NULL means $CALLWARD_CONF (responder) or
 *       $CALLWARD_OPERATOR_CONF, else the installed default, which may be
 *       missing; the simulator has neither
 * env   the environment, "NAME=value" strings ending in NULL; names that the
 *       table does not have are not ours and are left alone
 * NAME_FILE=PATH gives the value of NAME from a file (a final newline is
 * dropped); it must be readable and at most 64 KiB. An empty text is as if it
 * were not given.
 * ERR_INPUT names the file and line (or the environment) and the rule.
 * Values live in the arena.
 */
enum err_code settings_load(struct arena *, enum settings_side side,
    const char *path, char *const *env, struct settings *s_r,
    struct err *e) MUST_CHECK;

/* "callward.conf line 12", "environment" or "default": for a message. */
const char *settings_where(const struct settings *, const char *name);

/* Write every setting as NAME=value, secrets as "(set)" or "(not set)". */
void settings_print(const struct settings *, FILE *);

/* Write the commented sample file of a side. */
void settings_print_sample(enum settings_side, FILE *);

/* Write one line per setting for --help. */
void settings_print_help(enum settings_side, FILE *);

#endif
