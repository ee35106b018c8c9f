/* The entry of libFuzzer. */
#include "config.h"

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static struct arena *arena;

	if (arena == NULL && (arena = arena_new(FUZZ_ARENA_BYTES)) == NULL)
		abort();
	(void)fuzz_one(arena,
	    n == 0 ? STR("") : (struct str){ (const char *)data, n });
	arena_reset(arena);
	return (0);
}
