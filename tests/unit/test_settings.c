/* settings: each rule of a line, of a value, of a source, of a side. */
#include "config.h"

#include <unistd.h>

#include "io/settings.h"
#include "io/settings_table.h"
#include "tap.h"

#define KEY "k1:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="

/* What the responder must be given. */
#define REQUIRED                                                               \
	"DATABASE_URL=postgresql:///callward\n"                                \
	"PUBLIC_URL=https://clinic.example.com/\n"                             \
	"TWILIO_AUTH_TOKEN=sekret-twilio\n"                                    \
	"VAPI_API_KEY=sekret-vapi\n"                                           \
	"VAPI_WEBHOOK_SECRET=sekret-0123456789\n"                              \
	"METADATA_KEYS=" KEY "\n"

static struct arena *arena;
static char dir[] = "/tmp/setXXXXXX";
static char conf[64], extra[64];
static struct settings s;
static struct err e;

static void
write_file(const char *path, struct str text)
{
	FILE *f = fopen(path, "w");

	if (f == NULL || fwrite(text.p, 1, text.n, f) != text.n ||
	    fclose(f) != 0) {
		printf("Bail out! cannot write %s\n", path);
		exit(1);
	}
}

static enum err_code
load(enum settings_side side, struct str text, char *const *env)
{
	arena_reset(arena);
	write_file(conf, text);
	return (settings_load(arena, side, conf, env, &s, &e));
}

/* The responder's file: what it must have, then these lines. */
static enum err_code
load_with(const char *lines)
{
	char text[1024];

	(void)snprintf(text, sizeof(text), "%s%s", REQUIRED, lines);
	return (load(SETTINGS_RESPONDER, str_of(text), NULL));
}

static void
test_good(void)
{
	is_int(load_with("# comment\n\n \t\nTHREADS=2048\n"
			 "DIAL_PREFIXES=+1,+44\nPREPARED=no\nCLERK_ISSUER= a=b "
			 "# c \n"),
	    ERR_OK, "a file");
	is_str(str_of(s.database_url), "postgresql:///callward", "a text");
	is_str(str_of(s.public_url), "https://clinic.example.com",
	    "without the slash at the end");
	is_str(str_of(s.clerk_issuer), " a=b # c ",
	    "literal to the end of the line");
	is_int(s.threads, 2048, "a number");
	ok(!s.prepared, "no");
	is_str(str_of(s.path), conf, "the path");
	is_str(str_of(s.vapi_api_url), "https://api.vapi.ai", "a default");
	is_str(str_of(s.twilio_api_url), "https://api.twilio.com", "another");
	is_str(str_of(s.log), "stderr", "another");
	is_int(s.lanes, 4, "another");
	is_int(s.vapi_timeout_ms, 7500, "another");
	is_int(s.calls_at_once, 10, "another");
	is_int(s.calls_per_minute, 30, "another");
	ok(!s.vapi_top_level_metadata, "another");
	is_str(str_of(s.database_owner_url), "", "not given");
	ok(strstr(settings_where(&s, "DATABASE_URL"), "line 1") != NULL &&
		strstr(settings_where(&s, "THREADS"), "line 10") != NULL,
	    "where it stood");
	is_str(str_of(settings_where(&s, "LANES")), "default", "or did not");
	is_int(load(SETTINGS_RESPONDER, STR(REQUIRED "LANES=32"), NULL), ERR_OK,
	    "no newline at the end");
	is_int(s.lanes, 32, "is no loss");
}

static const struct {
	const char *lines;
	const char *says;
} bad_lines[] = {
	{ "THREADS=0\n", "line 7: THREADS: number is not within 1..8192" },
	{ "THREADS=8193\n", "line 7: THREADS" },
	{ "THREADS=\n", "line 7: THREADS" },
	{ "THREADS= 5\n", "line 7: THREADS" },
	{ "THREADS=5\nTHREADS=5\n", "line 8: THREADS: is given twice" },
	{ "LANES=33\n", "LANES" },
	{ "CONNECTION_MAX_AGE=604801\n", "CONNECTION_MAX_AGE" },
	{ "VAPI_TIMEOUT_MS=499\n", "500..60000" },
	{ "CALLS_AT_ONCE=-1\n", "CALLS_AT_ONCE" },
	{ "PREPARED=true\n", "PREPARED: must be yes or no" },
	{ "PREPARED=\n", "PREPARED: must be yes or no" },
	{ "NO_SUCH=1\n", "line 7: no setting has the name NO_SUCH" },
	{ "lanes=4\n", "line 7: not of the form" },
	{ " LANES=4\n", "line 7: not of the form" },
	{ "LANES =4\n", "line 7: not of the form" },
	{ "LANES\n", "line 7: not of the form" },
	{ "=4\n", "line 7: not of the form" },
	{ "  # indented\n", "line 7: not of the form" },
	{ "LANES=4\r\n", "line 7: line ends in a carriage return" },
	{ "# x\r\n", "carriage return" },
	{ "DATABASE_OWNER_URL=x\n",
	    "DATABASE_OWNER_URL: belongs in operator.conf" },
	{ "SIM_SEED=1\n", "SIM_SEED: belongs in sim.conf" },
	{ "TOKEN_KEY_FILE=/dev/null\n",
	    "TOKEN_KEY_FILE: belongs in operator.conf" },
	{ "CLERK_ISSUER=a\x01"
	  "b\n",
	    "control character" },
	{ "CLERK_ISSUER=\xff\n", "UTF-8" },
	{ "VAPI_API_URL=http://api.vapi.ai\n", "loopback" },
	{ "CLERK_JWT_KEY_FILE=/nonexistent/x\n",
	    "line 7: CLERK_JWT_KEY_FILE: file: No such file" },
	{ "THREADS_FILE=/dev/null\n", "THREADS_FILE" },
};

static void
test_bad_lines(void)
{
	char text[(17 << 10) + 100] = "CLERK_ISSUER=";
	size_t i;

	for (i = 0; i < sizeof(bad_lines) / sizeof(bad_lines[0]); i++)
		if (!ok(load_with(bad_lines[i].lines) == ERR_INPUT &&
			    strstr(e.text, bad_lines[i].says) != NULL,
			"%s", bad_lines[i].says))
			printf("# says: %s\n", e.text);
	is_int(load(SETTINGS_RESPONDER, STR(REQUIRED "LANES=4\0\n"), NULL),
	    ERR_INPUT, "a NUL byte");
	memset(text + strlen(text), 'x', 17 << 10);
	is_int(load(SETTINGS_RESPONDER, str_of(text), NULL), ERR_INPUT,
	    "a line over 16 KiB");
	ok(strstr(e.text, "line 1: line is over") != NULL, "is named");
}

static void
test_sizes(void)
{
	char *text = calloc(1, (256 << 10) + 1);

	if (text == NULL)
		abort();
	memset(text, '\n', (256 << 10) + 1);
	memcpy(text, REQUIRED, strlen(REQUIRED));
	is_int(load(SETTINGS_RESPONDER, (struct str){ text, 256 << 10 }, NULL),
	    ERR_OK, "256 KiB");
	is_int(load(SETTINGS_RESPONDER, (struct str){ text, (256 << 10) + 1 },
		   NULL),
	    ERR_INPUT, "a byte more");
	free(text);
}

static void
test_secrets(void)
{
	is_int(load_with("VAPI_API_KEY=sekret-other\n"), ERR_INPUT,
	    "a secret twice");
	ok(strstr(e.text, "sekret") == NULL, "is not told");
	is_int(load_with("CLERK_JWT_KEY_FILE=sekret\n"), ERR_INPUT,
	    "a secret for a path");
	ok(strstr(e.text, "sekret") == NULL, "is not told");
	is_int(load_with("sekretLINE==\n"), ERR_INPUT, "a lost line");
	ok(strstr(e.text, "sekret") == NULL, "is not told");
	is_int(load(SETTINGS_RESPONDER, STR("VAPI_WEBHOOK_SECRET=sekret\n"),
		   NULL),
	    ERR_INPUT, "too short");
	ok(strstr(e.text, "VAPI_WEBHOOK_SECRET") != NULL &&
		strstr(e.text, "16") != NULL &&
		strstr(e.text, "sekret") == NULL,
	    "says how short, not what");
}

static void
test_required(void)
{
	is_int(load(SETTINGS_RESPONDER, STR(""), NULL), ERR_INPUT,
	    "nothing given");
	is_str(str_of(e.text),
	    "settings are missing: DATABASE_URL PUBLIC_URL TWILIO_AUTH_TOKEN (or TWILIO_SHARED_KEYS) VAPI_API_KEY VAPI_WEBHOOK_SECRET (or VAPI_HMAC_SECRET) "
	    "METADATA_KEYS",
	    "all are named at once");
	is_int(load(SETTINGS_RESPONDER, STR("VAPI_API_KEY=\n"), NULL),
	    ERR_INPUT, "an empty one");
	ok(strstr(e.text, " VAPI_API_KEY") != NULL, "is missing too");
	is_int(load(SETTINGS_RESPONDER,
		   STR("VAPI_HMAC_SECRET=sekret-0123456789\n"), NULL),
	    ERR_INPUT, "an HMAC secret");
	ok(strstr(e.text, "VAPI_API_KEY") != NULL &&
		strstr(e.text, "VAPI_WEBHOOK_SECRET") == NULL,
	    "makes the shared one needless");
	is_int(load(SETTINGS_RESPONDER, STR("TWILIO_SHARED_KEYS=k:sekret\n"),
		   NULL),
	    ERR_INPUT, "shared keys");
	ok(strstr(e.text, "VAPI_API_KEY") != NULL &&
		strstr(e.text, "TWILIO") == NULL,
	    "make the auth token needless");
	is_int(load(SETTINGS_OPERATOR, STR(""), NULL), ERR_OK,
	    "the operator needs none");
	is_int(load(SETTINGS_SIMULATOR, STR(""), NULL), ERR_OK,
	    "nor does the simulator");
}

static const struct {
	const char *url;
	const char *want; /* NULL: refused */
} urls[] = {
	{ "https://a.example", "https://a.example" },
	{ "https://a.example/x/y/", "https://a.example/x/y" },
	{ "https://a.example:8443/", "https://a.example:8443" },
	{ "http://127.0.0.1:28080", "http://127.0.0.1:28080" },
	{ "http://127.9.9.9", "http://127.9.9.9" },
	{ "http://localhost/x", "http://localhost/x" },
	{ "http://[::1]:80", "http://[::1]:80" },
	{ "https://[2001:db8::1]/", "https://[2001:db8::1]" },
	{ "http://a.example", NULL },
	{ "http://127.0.0.1.evil.example", NULL },
	{ "http://localhost.evil.example", NULL },
	{ "http://0x7f.1", NULL },
	{ "http://127.1", NULL },
	{ "http://128.0.0.1", NULL },
	{ "http://127.0.0.1@evil.example", NULL },
	{ "ftp://a.example", NULL },
	{ "HTTPS://a.example", NULL },
	{ "https://", NULL },
	{ "https:///x", NULL },
	{ "https://a.example?x", NULL },
	{ "https://a.example/#x", NULL },
	{ "https://u:p@a.example", NULL },
	{ "https://a.example:0", NULL },
	{ "https://a.example:65536", NULL },
	{ "https://a.example:", NULL },
	{ "https://a b", NULL },
	{ "https://a.example/\xc3\xa9", NULL },
	{ "a.example", NULL },
	{ "https://a_b.example", NULL },
	{ "https://[]", NULL },
};

static void
test_urls(void)
{
	char line[200], *env[] = { line, NULL };
	bool taken;
	size_t i;

	for (i = 0; i < sizeof(urls) / sizeof(urls[0]); i++) {
		(void)snprintf(line, sizeof(line), "PUBLIC_URL=%s",
		    urls[i].url);
		taken = load(SETTINGS_RESPONDER, STR(REQUIRED), env) == ERR_OK;
		if (urls[i].want == NULL)
			ok(!taken, "%s is refused", urls[i].url);
		else if (ok(taken, "%s is taken", urls[i].url))
			is_str(str_of(s.public_url), urls[i].want, "as");
	}
}

static void
test_environment(void)
{
	static char lanes[] = "LANES=8", more[] = "LANES=9",
		    path[] = "PATH=/bin", bare[] = "NOTHING",
		    owner[] = "DATABASE_OWNER_URL=postgresql:///",
		    seed[] = "SIM_SEED=no",
		    empty[] = "VAPI_API_URL=", threads[] = "THREADS=many",
		    url[] = "DATABASE_URL=postgresql:///x";
	char *good[] = { path, bare, lanes, seed, empty, NULL };
	char *twice[] = { lanes, more, NULL };
	char *other[] = { owner, NULL };
	char *wrong[] = { threads, NULL };
	char *both[] = { owner, url, NULL };
	const struct str text =
	    STR(REQUIRED "LANES=4\n"
			 "VAPI_API_URL=https://v.example\n");

	is_int(load(SETTINGS_RESPONDER, text, good), ERR_OK, "environment");
	is_int(s.lanes, 8, "is over the file");
	is_str(str_of(settings_where(&s, "LANES")), "environment",
	    "and is named");
	is_str(str_of(s.vapi_api_url), "https://api.vapi.ai",
	    "an empty text brings the default back");
	is_int(load(SETTINGS_RESPONDER, text, twice), ERR_INPUT,
	    "a name twice");
	is_int(load(SETTINGS_RESPONDER, text, wrong), ERR_INPUT,
	    "a wrong value");
	is_str(str_of(e.text),
	    "environment: THREADS: not a whole number in decimal digits",
	    "is named");
	is_int(load(SETTINGS_RESPONDER, text, other), ERR_INPUT,
	    "the owner's connection is refused");
	is_str(str_of(e.text),
	    "environment: DATABASE_OWNER_URL: belongs in operator.conf",
	    "and says where it belongs");
	is_int(load(SETTINGS_SIMULATOR, STR(""), other), ERR_INPUT,
	    "by the simulator too");
	is_int(load(SETTINGS_OPERATOR, STR(""), both), ERR_OK,
	    "not by the operator, to whom others' names are nothing");
	is_str(str_of(s.database_owner_url), "postgresql:///", "its own");
	is_str(str_of(s.database_url), "", "not its own");
}

static void
test_value_files(void)
{
	char lines[200], file[100], *env[] = { file, NULL };
	char *large;

	(void)snprintf(lines, sizeof(lines), "CLERK_JWT_KEY_FILE=%s\n", extra);
	(void)snprintf(file, sizeof(file), "CLERK_JWT_KEY_FILE=%s", extra);
	write_file(extra, STR("-----BEGIN\nAB=\n"));
	is_int(load_with(lines), ERR_OK, "a value from a file");
	is_str(str_of(s.clerk_jwt_key),
	    "-----BEGIN\nAB=", "its last newline is dropped");
	ok(strstr(settings_where(&s, "CLERK_JWT_KEY"), "line 7") != NULL,
	    "where it was named");
	is_int(load(SETTINGS_RESPONDER, STR(REQUIRED "CLERK_JWT_KEY=x\n"), env),
	    ERR_OK, "from the environment");
	is_str(str_of(s.clerk_jwt_key), "-----BEGIN\nAB=", "over the file");
	(void)snprintf(lines, sizeof(lines),
	    "CLERK_JWT_KEY=x\n"
	    "CLERK_JWT_KEY_FILE=%s\n",
	    extra);
	is_int(load_with(lines), ERR_INPUT, "NAME and NAME_FILE are one");
	write_file(extra, STR("a\0b"));
	is_int(load(SETTINGS_RESPONDER, STR(REQUIRED), env), ERR_INPUT,
	    "a NUL byte");
	if ((large = calloc(1, 65537)) == NULL)
		abort();
	memset(large, 'x', 65537);
	write_file(extra, (struct str){ large, 65537 });
	free(large);
	is_int(load(SETTINGS_RESPONDER, STR(REQUIRED), env), ERR_INPUT,
	    "over 64 KiB");
	write_file(extra, STR("two\nlines"));
	(void)snprintf(file, sizeof(file), "VAPI_API_KEY_FILE=%s", extra);
	is_int(load(SETTINGS_RESPONDER, STR(REQUIRED), env), ERR_INPUT,
	    "two lines where one is meant");
}

static void
test_paths(void)
{
	char name[100], *env[] = { name, NULL };
	struct str missing = STR("/nonexistent/callward.conf");

	(void)snprintf(name, sizeof(name), "CALLWARD_CONF=%s", conf);
	write_file(conf, STR(REQUIRED));
	is_int(settings_load(arena, SETTINGS_RESPONDER, NULL, env, &s, &e),
	    ERR_OK, "$CALLWARD_CONF");
	is_str(str_of(s.path), conf, "is read");
	(void)snprintf(name, sizeof(name), "CALLWARD_OPERATOR_CONF=%s", conf);
	is_int(settings_load(arena, SETTINGS_OPERATOR, NULL, env, &s, &e),
	    ERR_INPUT, "$CALLWARD_OPERATOR_CONF");
	ok(strstr(e.text, "belongs in callward.conf") != NULL, "is read");
	(void)snprintf(name, sizeof(name), "CALLWARD_CONF=%s", missing.p);
	is_int(settings_load(arena, SETTINGS_RESPONDER, NULL, env, &s, &e),
	    ERR_INPUT, "a named file must be there");
	is_str(str_of(e.text),
	    "/nonexistent/callward.conf: file: No such file or directory",
	    "and is named");
	is_int(settings_load(arena, SETTINGS_RESPONDER, missing.p, NULL, &s,
		   &e),
	    ERR_INPUT, "however it is named");
	is_int(settings_load(arena, SETTINGS_SIMULATOR, NULL, NULL, &s, &e),
	    ERR_OK, "the simulator needs no file");
	is_str(str_of(s.path), "", "and has none");
	is_int(settings_load(arena, SETTINGS_OPERATOR, dir, NULL, &s, &e),
	    ERR_INPUT, "a folder is no file");
}

/* What a writer wrote, as text in the arena. */
static struct str
written(void (*write)(FILE *))
{
	char *p = NULL;
	size_t n = 0;
	FILE *f = open_memstream(&p, &n);
	struct str text;

	if (f == NULL)
		abort();
	write(f);
	(void)fclose(f);
	text = str_of(str_dup(arena, (struct str){ p, n }));
	free(p);
	return (text);
}

static void
write_settings(FILE *f)
{
	settings_print(&s, f);
}

static void
write_sample(FILE *f)
{
	settings_print_sample(SETTINGS_RESPONDER, f);
}

static void
write_help(FILE *f)
{
	settings_print_help(SETTINGS_RESPONDER, f);
}

static bool
holds(struct str text, const char *what)
{
	return (memmem(text.p, text.n, what, strlen(what)) != NULL);
}

static void
test_print(void)
{
	struct str text;

	is_int(load_with("LANES=7\n"), ERR_OK, "a file");
	text = written(write_settings);
	ok(holds(text, "\nLANES=7\n") && holds(text, "\nPREPARED=yes\n") &&
		holds(text, "\nPUBLIC_URL=https://clinic.example.com\n"),
	    "values are printed");
	ok(holds(text, "\nMETADATA_KEYS=(set)\n") &&
		holds(text, "\nCLERK_JWT_KEY=(not set)\n") &&
		!holds(text, "sekret") && !holds(text, "AAEC"),
	    "secrets are not");
	ok(!holds(text, "DATABASE_OWNER_URL") && !holds(text, "SIM_"),
	    "nor what belongs to others");
	text = written(write_help);
	ok(holds(text, "VAPI_TIMEOUT_MS") && holds(text, "500 to 60000 ms") &&
		holds(text, "[7500]") && holds(text, "Required."),
	    "help has bounds, units and defaults");
}

/* The sample, without the mark before each name, is a file that is read. */
static void
test_sample(void)
{
	struct str rest, line, out = STR_NONE;
	struct buf b;
	int names = 0, rows = 0;
	size_t i;

	for (i = 0; i < settings_rows_count; i++)
		if ((settings_rows[i].side & SETTINGS_RESPONDER) != 0)
			rows++;
	arena_reset(arena);
	rest = written(write_sample);
	buf_init(&b, arena);
	while (rest.n > 0) {
		line = str_cut(&rest, '\n');
		if (line.n > 1 && line.p[0] == '#' && line.p[1] != ' ') {
			line = str_skip(line, 1);
			names++;
		}
		buf_add(&b, line);
		buf_addc(&b, '\n');
	}
	ok(buf_done(&b, &out, NULL) == ERR_OK, "a sample");
	ok(names == rows && rows > 20, "of all %d settings", rows);
	write_file(conf, out);
	is_int(settings_load(arena, SETTINGS_RESPONDER, conf, NULL, &s, &e),
	    ERR_INPUT, "it is read to its end");
	ok(str_starts(str_of(e.text), "settings are missing:"),
	    "where only the required ones are missing");
}

int
main(void)
{
	if (mkdtemp(dir) == NULL || (arena = arena_new(4 << 20)) == NULL)
		return (1);
	(void)snprintf(conf, sizeof(conf), "%s/callward.conf", dir);
	(void)snprintf(extra, sizeof(extra), "%s/extra", dir);
	test_good();
	test_bad_lines();
	test_sizes();
	test_secrets();
	test_required();
	test_urls();
	test_environment();
	test_value_files();
	test_paths();
	test_print();
	test_sample();
	(void)unlink(conf);
	(void)unlink(extra);
	(void)rmdir(dir);
	arena_free(arena);
	return (done());
}
