/*
 * write_proof.lock is held while one tries: the others wait for it and then
 * have its answer. A failure is not kept, so that its end is seen at once.
 */
#include "config.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/clock.h"
#include "tenancy/tenancy.h"
#include "write_proof.h"

#define FRESH_MS 1000

struct write_proof {
	pthread_mutex_t lock;
	int64_t proven_ms; /* monotonic; 0: never */
};

struct write_proof *
write_proof_new(void)
{
	struct write_proof *p = calloc(1, sizeof(*p));

	if (p != NULL)
		pthread_mutex_init(&p->lock, NULL);
	return (p);
}

void
write_proof_free(struct write_proof *p)
{
	if (p == NULL)
		return;
	pthread_mutex_destroy(&p->lock);
	free(p);
}

enum err_code
write_proof_ask(struct write_proof *p, struct db_lanes *lanes, struct arena *a,
    int64_t deadline_ms, struct err *e)
{
	enum err_code code = ERR_OK;
	int64_t now;

	pthread_mutex_lock(&p->lock);
	now = clock_mono_ms();
	if (p->proven_ms == 0 || now - p->proven_ms >= FRESH_MS) {
		code = tenancy_prove_write(lanes, a, deadline_ms, e);
		p->proven_ms = code == ERR_OK ? now : 0;
	}
	pthread_mutex_unlock(&p->lock);
	return (code);
}
