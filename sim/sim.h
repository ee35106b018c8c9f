/*
 * What the parts of the serving simulator share: its settings, the plan, the
 * calls, the journals, the agenda and the wish to stop.
 */
#ifndef CALLWARD_SIM_SIM_H
#define CALLWARD_SIM_SIM_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "agenda.h"
#include "io/crypt.h"
#include "base/err.h"
#include "io/http.h"
#include "journal.h"
#include "plan.h"
#include "io/settings.h"
#include "store.h"
#include "telephone.h"
#include "vapi/vapi_signature.h"

struct legs;

struct sim {
	struct settings settings; /* const once serving, as is the rule */
	struct vapi_signature_rule rule; /* where there is a secret */
	struct http *http;
	struct store *store;
	struct journal *creates;   /* each POST /call */
	struct journal *chats;	   /* the answers of POST /chat */
	struct journal *callbacks; /* each attempt to send a message */
	struct agenda *agenda;
	struct telephones *telephones;
	struct legs *legs;		       /* calls at Twilio */
	struct journal *leg_journal;	       /* what happens in them */
	unsigned char key[CRYPT_SHA256_BYTES]; /* of links to recordings */

	pthread_mutex_t lock;	/* guards what follows */
	pthread_cond_t changed; /* stopping */
	bool stopping;
	struct plan plan;
	uint64_t ordinal;      /* of the next call of this seed */
	uint64_t chat_ordinal; /* likewise */
	uint64_t creates_seen; /* for create_fail_every */
	unsigned era;	       /* counts the resets */
};

/*
 * Make all of it from settings and start what runs by itself. The seed is
 * SIM_SEED, or drawn when that is 0.
 */
enum err_code sim_open(const struct settings *, struct sim **sim_r,
    struct err *e) MUST_CHECK;

/* Tell everything that waits to give up. */
void sim_stop(struct sim *);

/* After sim_stop, when no request is in hand any more. */
void sim_close(struct sim *);

struct plan sim_plan(struct sim *);

/* A plan that gives a seed starts the made-up world again from it. */
void sim_set_plan(struct sim *, const struct plan *);

/* Forget calls, journals and the plan; start again from the seed. */
enum err_code sim_reset(struct sim *, struct err *e) MUST_CHECK;

/* How often sim_reset was called. */
unsigned sim_era(struct sim *);

/* Is this POST /call one that is to fail? Counts it. */
bool sim_create_fails(struct sim *);

/* The seed of the next call, as the plan's seed and the count give it. */
uint64_t sim_next_seed(struct sim *, uint64_t *ordinal_r);

/* The seed of the next chat, likewise; calls are not disturbed by it. */
uint64_t sim_next_chat_seed(struct sim *, uint64_t *ordinal_r);

/* Sleep; false when a stop ended it. */
bool sim_wait(struct sim *, int64_t ms);

#endif
