/*
 * Replays the seeds of a harness: fuzz_NAME reads tests/fuzz/corpus/NAME of
 * $SRCDIR. A seed "good-..." must be taken, a seed "bad-..." must be refused;
 * any other name was found by hunting and only has to be survived.
 */
#include "config.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "../unit/tap.h"

#define SEED_BYTES_MAX ((size_t)1024 * 1024)

/* The bytes of a file in memory of exactly their size, to be freed. */
static bool
read_seed(const char *path, struct str *seed_r)
{
	static char bytes[SEED_BYTES_MAX];
	FILE *f = fopen(path, "r");
	char *copy;
	size_t n;

	if (f == NULL)
		return (false);
	n = fread(bytes, 1, sizeof(bytes), f);
	(void)fclose(f);
	if ((copy = malloc(n == 0 ? 1 : n)) == NULL)
		return (false);
	memcpy(copy, bytes, n);
	*seed_r = (struct str){ copy, n };
	return (true);
}

static void
replay(struct arena *a, const char *folder, const char *name)
{
	struct str label = str_of(name), seed;
	char path[4096];
	bool taken;

	(void)snprintf(path, sizeof(path), "%s/%s", folder, name);
	if (!read_seed(path, &seed)) {
		ok(false, "%s can be read", name);
		return;
	}
	taken = fuzz_one(a, seed);
	arena_reset(a);
	free((void *)(uintptr_t)seed.p);
	if (str_starts(label, "good-"))
		ok(taken, "%s is taken", name);
	else if (str_starts(label, "bad-"))
		ok(!taken, "%s is refused", name);
	else
		ok(true, "%s is survived", name);
}

int
main(int argc, char **argv)
{
	const char *dir = getenv("SRCDIR"), *name = strrchr(argv[0], '_');
	struct arena *a = arena_new(FUZZ_ARENA_BYTES);
	struct dirent **seeds = NULL;
	char folder[2048];
	int n;

	if (a == NULL || name == NULL || argc != 1)
		return (1);
	(void)snprintf(folder, sizeof(folder), "%s/tests/fuzz/corpus/%s",
	    dir == NULL ? "." : dir, name + 1);
	n = scandir(folder, &seeds, NULL, alphasort);
	for (int i = 0; i < n; i++) {
		if (seeds[i]->d_name[0] != '.')
			replay(a, folder, seeds[i]->d_name);
		free(seeds[i]);
	}
	free(seeds);
	arena_free(a);
	return (done());
}
