/*
 * splitmix64 and what is drawn from it.
 */
#include "config.h"

#include <assert.h>
#include <stdio.h>

#include "random.h"

void
random_seed(struct random *r, uint64_t seed)
{
	r->state = seed;
}

uint64_t
random_next(struct random *r)
{
	uint64_t z;

	r->state += 0x9e3779b97f4a7c15u;
	z = r->state;
	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return (z ^ (z >> 31));
}

uint64_t
random_below(struct random *r, uint64_t n)
{
	assert(n > 0);
	return (random_next(r) % n);
}

void
random_uuid(struct random *r, int64_t ms, char id_r[ID_SIZE])
{
	uint64_t time = (uint64_t)ms & 0xffffffffffffu;
	uint64_t a = random_next(r), b = random_next(r);

	(void)snprintf(id_r, ID_SIZE, "%08x-%04x-7%03x-%04x-%012llx",
	    (unsigned)(time >> 16), (unsigned)(time & 0xffff),
	    (unsigned)(a & 0xfff), (unsigned)((a >> 16 & 0x3fff) | 0x8000),
	    (unsigned long long)(b & 0xffffffffffffu));
}
