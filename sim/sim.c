/*
 * Making and unmaking the shared parts; each shared value has one function
 * that takes the lock.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "legs.h"
#include "random.h"
#include "sim.h"

#define SENDERS 32 /* messages that can be on their way at once */
#define SENDER_ARENA_BYTES (512u << 20)
#define SEED_MASK 0xffffffffffffu /* exact in JSON */

static enum err_code
first_seed(const struct settings *s, int64_t *seed_r, struct err *e)
{
	uint64_t drawn;
	enum err_code c;

	*seed_r = s->sim_seed;
	if (s->sim_seed != 0)
		return (ERR_OK);
	if ((c = crypt_random(&drawn, sizeof(drawn), e)) == ERR_OK)
		*seed_r = (int64_t)(drawn & SEED_MASK);
	return (c);
}

enum err_code
sim_open(const struct settings *settings, struct sim **sim_r, struct err *e)
{
	struct sim *sim = calloc(1, sizeof(*sim));
	int64_t seed;
	enum err_code c;

	if (sim == NULL)
		return (err_set(e, ERR_TEMPORARY, "no memory"));
	(void)pthread_mutex_init(&sim->lock, NULL);
	(void)pthread_cond_init(&sim->changed, NULL);
	sim->settings = *settings;
	if ((c = vapi_signature_rule_read(&sim->settings, &sim->rule, e)) !=
		ERR_OK ||
	    (c = crypt_random(sim->key, sizeof(sim->key), e)) != ERR_OK ||
	    (c = first_seed(settings, &seed, e)) != ERR_OK)
		goto out;
	plan_default(&sim->plan, seed);
	sim->store = store_new();
	sim->creates = journal_new();
	sim->chats = journal_new();
	sim->callbacks = journal_new();
	sim->telephones = telephones_new();
	sim->legs = legs_new();
	sim->leg_journal = journal_new();
	if (sim->store == NULL || sim->creates == NULL || sim->chats == NULL ||
	    sim->callbacks == NULL || sim->telephones == NULL ||
	    sim->legs == NULL || sim->leg_journal == NULL) {
		c = err_set(e, ERR_TEMPORARY, "no memory");
		goto out;
	}
	if ((c = http_start(&sim->http, e)) != ERR_OK)
		goto out;
	c = agenda_start(SENDERS, SENDER_ARENA_BYTES, &sim->agenda, e);
out:
	if (c != ERR_OK) {
		sim_close(sim);
		sim = NULL;
	}
	*sim_r = sim;
	return (c);
}

void
sim_stop(struct sim *sim)
{
	(void)pthread_mutex_lock(&sim->lock);
	sim->stopping = true;
	(void)pthread_cond_broadcast(&sim->changed);
	(void)pthread_mutex_unlock(&sim->lock);
	legs_stop(sim->legs);
	agenda_stop(sim->agenda);
	http_abort(sim->http);
}

void
sim_close(struct sim *sim)
{
	if (sim == NULL)
		return;
	legs_free(sim->legs);
	agenda_free(sim->agenda);
	http_stop(sim->http);
	telephones_free(sim->telephones);
	journal_free(sim->leg_journal);
	journal_free(sim->chats);
	journal_free(sim->callbacks);
	journal_free(sim->creates);
	store_free(sim->store);
	(void)pthread_cond_destroy(&sim->changed);
	(void)pthread_mutex_destroy(&sim->lock);
	free(sim);
}

struct plan
sim_plan(struct sim *sim)
{
	struct plan plan;

	(void)pthread_mutex_lock(&sim->lock);
	plan = sim->plan;
	(void)pthread_mutex_unlock(&sim->lock);
	return (plan);
}

void
sim_set_plan(struct sim *sim, const struct plan *plan)
{
	int64_t seed;

	(void)pthread_mutex_lock(&sim->lock);
	seed = plan->seed_given ? plan->seed : sim->plan.seed;
	sim->plan = *plan;
	sim->plan.seed = seed;
	sim->creates_seen = 0;
	if (plan->seed_given)
		sim->ordinal = sim->chat_ordinal = 0;
	legs_set_speed(sim->legs, sim->plan.phone_speed);
	(void)pthread_mutex_unlock(&sim->lock);
}

enum err_code
sim_reset(struct sim *sim, struct err *e)
{
	int64_t seed;
	enum err_code c;

	if ((c = first_seed(&sim->settings, &seed, e)) != ERR_OK)
		return (c);
	(void)pthread_mutex_lock(&sim->lock);
	plan_default(&sim->plan, seed);
	sim->ordinal = sim->chat_ordinal = 0;
	sim->creates_seen = 0;
	sim->era++;
	legs_set_speed(sim->legs, sim->plan.phone_speed);
	(void)pthread_mutex_unlock(&sim->lock);
	legs_clear(sim->legs);
	agenda_clear(sim->agenda);
	telephones_clear(sim->telephones);
	journal_clear(sim->leg_journal);
	store_clear(sim->store);
	journal_clear(sim->creates);
	journal_clear(sim->chats);
	journal_clear(sim->callbacks);
	return (ERR_OK);
}

unsigned
sim_era(struct sim *sim)
{
	unsigned era;

	(void)pthread_mutex_lock(&sim->lock);
	era = sim->era;
	(void)pthread_mutex_unlock(&sim->lock);
	return (era);
}

bool
sim_create_fails(struct sim *sim)
{
	const struct plan *p = &sim->plan;
	bool fails;

	(void)pthread_mutex_lock(&sim->lock);
	sim->creates_seen++;
	if (p->create_fail_every > 0)
		fails = sim->creates_seen % (uint64_t)p->create_fail_every == 0;
	else
		fails =
		    p->create_status != 0 || p->create_failure != FAILURE_NONE;
	(void)pthread_mutex_unlock(&sim->lock);
	return (fails);
}

static uint64_t
next_seed(struct sim *sim, uint64_t *ordinal, uint64_t *ordinal_r)
{
	struct random r;

	(void)pthread_mutex_lock(&sim->lock);
	*ordinal_r = (*ordinal)++;
	random_seed(&r, (uint64_t)sim->plan.seed);
	(void)pthread_mutex_unlock(&sim->lock);
	r.state = random_next(&r) + *ordinal_r;
	return (random_next(&r));
}

uint64_t
sim_next_seed(struct sim *sim, uint64_t *ordinal_r)
{
	return (next_seed(sim, &sim->ordinal, ordinal_r));
}

uint64_t
sim_next_chat_seed(struct sim *sim, uint64_t *ordinal_r)
{
	return (next_seed(sim, &sim->chat_ordinal, ordinal_r));
}

bool
sim_wait(struct sim *sim, int64_t ms)
{
	int64_t due = clock_mono_ms() + ms;
	struct timespec t = clock_timespec(due);
	bool stopping;

	(void)pthread_mutex_lock(&sim->lock);
	while (!sim->stopping && clock_mono_ms() < due)
		(void)pthread_cond_clockwait(&sim->changed, &sim->lock,
		    CLOCK_MONOTONIC, &t);
	stopping = sim->stopping;
	(void)pthread_mutex_unlock(&sim->lock);
	return (!stopping);
}
