/*
 * Every setting is one row here and one member of struct settings; what
 * people read about settings is written from the rows.
 */
#include "config.h"

#include <assert.h>
#include <inttypes.h>
#include <string.h>

#include "io/settings_table.h"

#define TEXT_MAX INT64_C(16384)
#define AT(member) offsetof(struct settings, member)
#define R SETTINGS_RESPONDER
#define O SETTINGS_OPERATOR
#define S SETTINGS_SIMULATOR
#define RS (R | S)
#define T SETTINGS_KIND_TEXT
#define L SETTINGS_KIND_LINES
#define U SETTINGS_KIND_URL
#define I SETTINGS_KIND_INT
#define B SETTINGS_KIND_BOOL

const struct settings_row settings_rows[] = {
	{ "DATABASE_URL", T, AT(database_url), "", 0, TEXT_MAX, "", R, true,
	    true, "PostgreSQL for webhooks, as callward_intake.", NULL },
	{ "DATABASE_TENANT_URL", T, AT(database_tenant_url), "", 0, TEXT_MAX,
	    "", R, false, true,
	    "PostgreSQL for the dashboard, as callward_tenant.", NULL },
	{ "PUBLIC_URL", U, AT(public_url), "", 0, 1024, "", R, true, false,
	    "Address under which Twilio and Vapi reach this installation, up to /api.",
	    NULL },
	{ "TWILIO_AUTH_TOKEN", T, AT(twilio_auth_token), "", 0, TEXT_MAX, "", R,
	    true, true,
	    "AC...:token[,AC...:token], or one bare token for any account; proofs of numbers ring with the first that has its account.",
	    "TWILIO_SHARED_KEYS" },
	{ "TWILIO_SHARED_KEYS", T, AT(twilio_shared_keys), "", 0, TEXT_MAX, "",
	    R, false, true,
	    "key:secret[,key:secret...] of Twilio's shared keys, for webhooks that are signed with one.",
	    NULL },
	{ "TWILIO_API_URL", U, AT(twilio_api_url), "https://api.twilio.com", 0,
	    1024, "", R, false, false, "Twilio's REST API.", NULL },
	{ "VAPI_API_URL", U, AT(vapi_api_url), "https://api.vapi.ai", 0, 1024,
	    "", R, false, false, "Vapi's API.", NULL },
	{ "VAPI_API_KEY", T, AT(vapi_api_key), "", 1, 1024, "", R, true, true,
	    "Private key of the Vapi organisation.", NULL },
	{ "VAPI_WEBHOOK_SECRET", T, AT(vapi_webhook_secret), "", 16, 1024, "",
	    R, true, true,
	    "What Vapi sends as X-Vapi-Secret or as a bearer token; 16 characters or more.",
	    "VAPI_HMAC_SECRET" },
	{ "VAPI_HMAC_SECRET", T, AT(vapi_hmac_secret), "", 16, 1024, "", RS,
	    false, true,
	    "Secret of Vapi's HMAC credential; where it is given, nothing else proves Vapi.",
	    NULL },
	{ "VAPI_HMAC_HEADER", T, AT(vapi_hmac_header), "x-signature", 1, 64, "",
	    RS, false, false, "Header that carries the signature.", NULL },
	{ "VAPI_HMAC_TIMESTAMP_HEADER", T, AT(vapi_hmac_timestamp_header),
	    "x-timestamp", 1, 64, "", RS, false, false,
	    "Header that carries the time, in seconds or milliseconds.", NULL },
	{ "VAPI_HMAC_PREFIX", T, AT(vapi_hmac_prefix), "", 0, 64, "", RS, false,
	    false, "What stands before the signature, such as sha256=.", NULL },
	{ "VAPI_HMAC_ENCODING", T, AT(vapi_hmac_encoding), "hex", 0, 16, "", RS,
	    false, false, "hex or base64.", NULL },
	{ "VAPI_HMAC_ALGORITHM", T, AT(vapi_hmac_algorithm), "sha256", 0, 16,
	    "", RS, false, false, "sha256, sha512 or sha1.", NULL },
	{ "VAPI_HMAC_PAYLOAD", T, AT(vapi_hmac_payload), "{timestamp}.{body}",
	    0, 256, "", RS, false, false,
	    "What is signed: text with {body}, {timestamp}, {method}, {url}.",
	    NULL },
	{ "VAPI_HMAC_WINDOW_S", I, AT(vapi_hmac_window_s), "300", 1, 86400, "s",
	    RS, false, false, "How far the time may be from ours, either way.",
	    NULL },
	{ "METADATA_KEYS", T, AT(metadata_keys), "", 0, TEXT_MAX, "", R, true,
	    true,
	    "id:base64(32 bytes)[,id:base64...], newest first; they seal the owner of a call.",
	    NULL },
	{ "CLERK_ISSUER", T, AT(clerk_issuer), "", 0, 1024, "", R, false, false,
	    "Issuer of the dashboard's tokens: an https address, unless CLERK_JWT_KEY is given.",
	    NULL },
	{ "CLERK_JWT_KEY", L, AT(clerk_jwt_key), "", 0, TEXT_MAX, "", R, false,
	    true, "Public key of that issuer (PEM or base64).", NULL },
	{ "CLERK_AUTHORIZED_PARTIES", T, AT(clerk_authorized_parties), "", 0,
	    4096, "", R, false, false,
	    "Origins (azp) whose tokens are taken, comma-separated; unset: any of the issuer.",
	    NULL },
	{ "CLERK_PUBLISHABLE_KEY", T, AT(clerk_publishable_key), "", 0, 256, "",
	    R, false, false,
	    "Clerk's key (pk_...) for the page's sign-in; unset: sign-in links alone.",
	    NULL },
	{ "CLERK_TENANT", T, AT(clerk_tenant), "user", 0, 16, "", R, false,
	    false,
	    "Who is a clinic: user, organization, or either (the organization where there is one, else the user).",
	    NULL },
	{ "DESK_RECORDINGS", B, AT(desk_recordings), "yes", 0, 0, "", R, false,
	    false,
	    "Whether members of an organization who are not its admins may play recordings.",
	    NULL },
	{ "DIAL_PREFIXES", T, AT(dial_prefixes), "", 0, 4096, "", R, false,
	    false,
	    "+PREFIX[,+PREFIX] that fallbacks and proofs may dial; unset: the assistant number's country without its costly ranges (premium, "
	    "shared-cost, personal; for +1 also the islands, territories and the Canadian north).",
	    NULL },
	{ "FALLBACK_MEMORY_S", I, AT(fallback_memory_s), "86400", 0, 2592000,
	    "s", R, false, false,
	    "How long a process remembers a call's fallback for an outage of the database, by all of the call's signals; 0: not at all.",
	    NULL },
	{ "FALLBACKS_PER_MINUTE", I, AT(fallbacks_per_minute), "5", 1, 60,
	    "calls", R, false, false,
	    "How often a minute a number with the rule from dials its fallback during an outage, CALLS_AT_ONCE at most; with other rules it is once a caller.",
	    NULL },
	{ "UNAVAILABLE_SENTENCE", T, AT(unavailable_sentence),
	    "We are sorry, your call cannot be answered at the moment. Please try again later.",
	    0, 3000, "", R, false, false,
	    "What a caller hears when the assistant cannot answer.", NULL },
	{ "STATE_DIR", T, AT(state_dir), "", 0, 4096, "", R, false, false,
	    "Folder of the responder's user alone (mode 0700) for what must outlive the process; unset: lib/callward below the build's localstatedir, if it is there.",
	    NULL },
	{ "SPOOL_MAX_MB", I, AT(spool_max_mb), "2048", 1, 1048576, "MB", R,
	    false, false,
	    "Size limit of the messages that wait in STATE_DIR for the database; past 90 % of it new ones are refused.",
	    NULL },
	{ "SPOOL_MAX_FILES", I, AT(spool_max_files), "200000", 0, 10000000,
	    "files", R, false, false,
	    "How many messages may wait there; 0: none are kept.", NULL },
	{ "LOG", T, AT(log), "stderr", 0, 4096, "", R, false, false,
	    "stderr, syslog or file:PATH.", NULL },
	{ "THREADS", I, AT(threads), "256", 1, 8192, "threads", R, false, false,
	    "Requests at work at once.", NULL },
	{ "LANES", I, AT(lanes), "4", 1, 32, "connections", R, false, false,
	    "Database connections that carry the webhooks.", NULL },
	{ "TENANT_CONNECTIONS", I, AT(tenant_connections), "8", 1, 256,
	    "connections", R, false, false,
	    "Database connections for the dashboard.", NULL },
	{ "PREPARED", B, AT(prepared), "yes", 0, 0, "", R, false, false,
	    "Prepared statements; no under a pooler that does not keep them.",
	    NULL },
	{ "CONNECTION_MAX_AGE", I, AT(connection_max_age), "3600", 0, 604800,
	    "s", R, false, false,
	    "How old a database connection gets before a new one takes its place; 0: it is kept.",
	    NULL },
	{ "VAPI_TIMEOUT_MS", I, AT(vapi_timeout_ms), "7500", 500, 60000, "ms",
	    R, false, false,
	    "How long a caller waits for Vapi before the fallback; more than 7500 counts as that.",
	    NULL },
	{ "VAPI_BREAKER", T, AT(vapi_breaker), "10/20/10/5", 0, 64, "", R,
	    false, false,
	    "TIMEOUTS/CALLS/SECONDS/OPEN: after TIMEOUTS timeouts among the last CALLS calls within SECONDS seconds an assistant is not "
	    "asked for OPEN seconds, then one call tries it; the same for all assistants when three clinics have timeouts. Or off.",
	    NULL },
	{ "ARRIVAL_MOST_MS", I, AT(arrival_most_ms), "10500", 3000, 60000, "ms",
	    R, false, false,
	    "Time limit for the answer to a call from Twilio, from its arrival; more than 10500 counts as that.",
	    NULL },
	{ "ASSISTANT_REQUEST_MOST_MS", I, AT(assistant_request_most_ms), "6000",
	    1000, 60000, "ms", R, false, false,
	    "The same for a call that Vapi asks about, and for a request that waits for a thread; more than 6000 counts as that.",
	    NULL },
	{ "VAPI_TOP_LEVEL_METADATA", B, AT(vapi_top_level_metadata), "no", 0, 0,
	    "", R, false, false,
	    "Send metadata at the top level of a call, too.", NULL },
	{ "CALLS_AT_ONCE", I, AT(calls_at_once), "10", 0, 10000, "calls", R,
	    false, false, "Calls at once for a number; 0: no limit.", NULL },
	{ "CALLS_PER_MINUTE", I, AT(calls_per_minute), "30", 0, 100000, "calls",
	    R, false, false, "New calls in a minute for a number; 0: no limit.",
	    NULL },
	{ "DATABASE_OWNER_URL", T, AT(database_owner_url), "", 0, TEXT_MAX, "",
	    O, false, true,
	    "PostgreSQL as the owner, for migrations and the command.", NULL },
	{ "TOKEN_KEY", T, AT(token_key), "", 0, TEXT_MAX, "", O, false, true,
	    "Private key of a trial's tokens: base64 of PKCS#8 DER.", NULL },
	{ "SIM_CALLBACK_URL", U, AT(sim_callback_url), "", 0, 1024, "", S,
	    false, false, "Where the simulated Vapi sends its messages.",
	    NULL },
	{ "SIM_TWILIO_URL", U, AT(sim_twilio_url), "", 0, 1024, "", S, false,
	    false, "Webhook that the simulated Twilio calls.", NULL },
	{ "SIM_VAPI_URL", U, AT(sim_vapi_url), "http://127.0.0.1:28081", 0,
	    1024, "", S, false, false, "Where the simulated Vapi is reached.",
	    NULL },
	{ "SIM_TWILIO_AUTH_TOKEN", T, AT(sim_twilio_auth_token), "", 0,
	    TEXT_MAX, "", S, false, true,
	    "Token that signs the simulated webhooks, as TWILIO_AUTH_TOKEN.",
	    NULL },
	{ "SIM_TWILIO_SHARED_KEYS", T, AT(sim_twilio_shared_keys), "", 0,
	    TEXT_MAX, "", S, false, true,
	    "As TWILIO_SHARED_KEYS; the first one signs instead of the token, with HMAC_SHA256.",
	    NULL },
	{ "SIM_VAPI_API_KEY", T, AT(sim_vapi_api_key), "", 0, 1024, "", S,
	    false, true, "Key that the simulated Vapi asks for.", NULL },
	{ "SIM_VAPI_SECRET", T, AT(sim_vapi_secret), "", 0, 1024, "", S, false,
	    true, "Secret that the simulated Vapi sends.", NULL },
	{ "SIM_SEED", I, AT(sim_seed), "0", 0, INT64_MAX, "", S, false, false,
	    "Equal seeds play equal calls; 0: another seed at each start.",
	    NULL },
};

#undef R
#undef O
#undef S
#undef RS
#undef T
#undef L
#undef U
#undef I
#undef B

#define ROWS (sizeof(settings_rows) / sizeof(settings_rows[0]))

const size_t settings_rows_count = ROWS;
static_assert(ROWS <= SETTINGS_ROWS_MAX, "the table outgrew its users");

const char *
settings_file_of(enum settings_side side)
{
	switch (side) {
	case SETTINGS_OPERATOR:
		return ("operator.conf");
	case SETTINGS_SIMULATOR:
		return ("sim.conf");
	default:
		return ("callward.conf");
	}
}

const struct settings_row *
settings_row_find(struct str name)
{
	size_t i;

	for (i = 0; i < settings_rows_count; i++)
		if (str_is(name, settings_rows[i].name))
			return (&settings_rows[i]);
	return (NULL);
}

const char *
settings_text_of(const struct settings *s, const struct settings_row *row)
{
	const char *text;

	memcpy(&text, (const char *)s + row->offset, sizeof(text));
	return (text);
}

static void
print_value(const struct settings *s, const struct settings_row *row, FILE *f)
{
	int64_t number;
	bool yes;

	switch (row->kind) {
	case SETTINGS_KIND_INT:
		memcpy(&number, (const char *)s + row->offset, sizeof(number));
		(void)fprintf(f, "%" PRId64 "\n", number);
		return;
	case SETTINGS_KIND_BOOL:
		memcpy(&yes, (const char *)s + row->offset, sizeof(yes));
		(void)fprintf(f, "%s\n", yes ? "yes" : "no");
		return;
	case SETTINGS_KIND_TEXT:
	case SETTINGS_KIND_LINES:
	case SETTINGS_KIND_URL:
		break;
	}
	if (row->secret)
		(void)fprintf(f, "%s\n",
		    settings_text_of(s, row)[0] == '\0' ? "(not set)" :
							  "(set)");
	else
		(void)fprintf(f, "%s\n", settings_text_of(s, row));
}

void
settings_print(const struct settings *s, FILE *f)
{
	size_t i;

	for (i = 0; i < settings_rows_count; i++)
		if ((settings_rows[i].side & s->side) != 0) {
			(void)fprintf(f, "%s=", settings_rows[i].name);
			print_value(s, &settings_rows[i], f);
		}
}

/* "1..8192 threads", "yes or no", "required": what a value must be. */
static void
print_rule(const struct settings_row *row, FILE *f)
{
	if (row->kind == SETTINGS_KIND_INT && row->max == INT64_MAX)
		(void)fprintf(f, " A whole number.");
	else if (row->kind == SETTINGS_KIND_INT)
		(void)fprintf(f, " %" PRId64 " to %" PRId64 " %s.", row->min,
		    row->max, row->unit);
	else if (row->kind == SETTINGS_KIND_BOOL)
		(void)fprintf(f, " yes or no.");
	if (row->required)
		(void)fprintf(f, " Required%s%s.",
		    row->unless == NULL ? "" : " unless there is ",
		    row->unless == NULL ? "" : row->unless);
}

void
settings_print_sample(enum settings_side side, FILE *f)
{
	size_t i;

	(void)fprintf(f,
	    "# %s: lines NAME=value, the value literal to the end of the line.\n# NAME_FILE=PATH reads a value from a file.\n",
	    settings_file_of(side));
	for (i = 0; i < settings_rows_count; i++)
		if ((settings_rows[i].side & side) != 0) {
			(void)fprintf(f, "\n# %s", settings_rows[i].sentence);
			print_rule(&settings_rows[i], f);
			(void)fprintf(f, "\n#%s=%s\n", settings_rows[i].name,
			    settings_rows[i].fallback);
		}
}

void
settings_print_help(enum settings_side side, FILE *f)
{
	size_t i;

	for (i = 0; i < settings_rows_count; i++)
		if ((settings_rows[i].side & side) != 0) {
			(void)fprintf(f, "  %-24s %s", settings_rows[i].name,
			    settings_rows[i].sentence);
			print_rule(&settings_rows[i], f);
			if (settings_rows[i].fallback[0] != '\0')
				(void)fprintf(f, " [%s]",
				    settings_rows[i].fallback);
			(void)fputc('\n', f);
		}
}
