/* A settings file, read as each of the three programs does. */
#include "config.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "fuzz.h"
#include "tenancy/metadata.h"
#include "io/settings.h"
#include "twilio/twilio_shared_key.h"
#include "twilio/twilio_signature.h"

/* What is told of the settings can be told, whatever they hold. */
static void
check_loaded(const struct settings *s)
{
	struct twilio_shared_keys shared_keys;
	struct twilio_accounts accounts;
	struct keyring keys;
	char *text = NULL;
	size_t n = 0;
	FILE *f = open_memstream(&text, &n);

	assert(f != NULL);
	settings_print(s, f);
	(void)fclose(f);
	assert(n > 0);
	free(text);
	assert(settings_where(s, "PUBLIC_URL") != NULL);
	if (s->side != SETTINGS_RESPONDER)
		return;
	assert(s->database_url[0] != '\0' && s->public_url[0] != '\0');
	assert(s->public_url[strlen(s->public_url) - 1] != '/');
	if (keyring_parse(s->metadata_keys, &keys, NULL) == ERR_OK)
		keyring_wipe(&keys);
	if (twilio_accounts_parse(s->twilio_auth_token, &accounts, NULL) ==
	    ERR_OK)
		twilio_accounts_wipe(&accounts);
	if (twilio_shared_keys_parse(s->twilio_shared_keys, &shared_keys,
		NULL) == ERR_OK)
		twilio_shared_keys_wipe(&shared_keys);
}

static bool
load(struct arena *a, enum settings_side side, const char *path)
{
	char *const environment[] = { NULL };
	struct settings s;
	struct err e = { 0 };

	if (settings_load(a, side, path, environment, &s, &e) != ERR_OK) {
		assert(e.text[0] != '\0' && strchr(e.text, '\n') == NULL);
		return (false);
	}
	check_loaded(&s);
	return (true);
}

bool
fuzz_one(struct arena *a, struct str input)
{
	char path[64];
	bool taken;
	int fd;

	/* NAME_FILE opens what it is told to: no devices here. */
	if (memmem(input.p, input.n, "_FILE", 5) != NULL)
		return (false);
	fd = memfd_create("settings", MFD_CLOEXEC);
	assert(fd >= 0);
	assert(write(fd, input.p, input.n) == (ssize_t)input.n);
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	taken = load(a, SETTINGS_RESPONDER, path);
	taken |= load(a, SETTINGS_OPERATOR, path);
	taken |= load(a, SETTINGS_SIMULATOR, path);
	(void)close(fd);
	return (taken);
}
