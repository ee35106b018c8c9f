/*
 * The calls at the simulated Twilio. Each is one leg: between Twilio and a
 * telephone, or between Twilio and a line that forwards back to it; then two
 * legs are one conversation, and what is said or pressed on the one is heard
 * on the other. Knows states, times and who hears whom; not TwiML. One lock
 * guards what changes; every wait ends when the conversation does.
 * Source: Twilio, the Call resource (states), status callback.
 */
#ifndef CALLWARD_SIM_LEG_H
#define CALLWARD_SIM_LEG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "io/id.h"
#include "legs.h"
#include "tenancy/phone.h"
#include "sim.h"
#include "base/str.h"
#include "telephone.h"
#include "webhook.h"

#define LEGS_AT_ONCE_MAX 128
#define LEGS_MAX 1000 /* kept, the newest */
#define LEG_URL_SIZE 2049
#define LEG_TWIML_SIZE 4001
#define LEG_KEYS_SIZE 65
#define LEG_LENGTH_MS 1800000 /* then the simulator hangs up */

enum leg_status {
	LEG_QUEUED,
	LEG_RINGING,
	LEG_IN_PROGRESS,
	LEG_COMPLETED, /* this and what follows is final */
	LEG_BUSY,
	LEG_FAILED,
	LEG_NO_ANSWER
};

/* The events of a status callback, as bits of a set. */
enum leg_event {
	LEG_ON_INITIATED = 1,
	LEG_ON_RINGING = 2,
	LEG_ON_ANSWERED = 4,
	LEG_ON_COMPLETED = 8
};

/* Who talks to whom; const once the leg is made. */
struct leg_party {
	char sid[ID_CALL_SID_SIZE];
	bool outbound;
	char from[PHONE_SIZE], to[PHONE_SIZE];
	char forwarded_from[PHONE_SIZE]; /* "" is not told */
	char diversion[64];		 /* likewise */
};

/* What POST Calls.json asked for; const once the leg is made. */
struct leg_order {
	char url[LEG_URL_SIZE]; /* "": twiml is there */
	bool url_get;
	char twiml[LEG_TWIML_SIZE];
	char status_url[LEG_URL_SIZE]; /* "": none; of an arrival: ours */
	bool status_get;
	unsigned events; /* set of enum leg_event */
	char send_digits[33];
	int64_t timeout_s;
};

/* What changes; a copy is what readers get. */
struct leg_state {
	enum leg_status status;
	int64_t created_ms, updated_ms; /* wall clock */
	int64_t started_ms, ended_ms;	/* 0: not yet */
	int64_t duration_s; /* of the simulated world; 0: not answered */
};

struct leg {
	struct sim *sim;
	struct leg_party party;
	struct leg_order order;
	struct leg *next; /* the one made before */

	/* guarded by the lock of struct legs */
	struct leg_state state;
	struct leg *other;	/* the second leg; NULL: a telephone */
	struct telephone phone; /* at the other end of an outbound leg */
	bool over;		/* somebody hung up, or all was reset */
	bool silent;		/* a reset: nothing is told any more */
	bool done;		/* its thread has let go of it */
	bool listening;		/* a <Gather> waits for keys */
	char keys[LEG_KEYS_SIZE];
	size_t n_keys;
	int64_t lived_ms;	  /* time of the simulated world, */
	int64_t looked_ms;	  /* as of this monotonic moment */
	bool dozes;		  /* nothing to do */
	int64_t due_ms;		  /* lived; until then, while it dozes */
	int64_t answered_ms;	  /* lived; so are the next two */
	int64_t person_leaves_ms; /* 0: does not */
	int64_t limit_ms;	  /* 0: not answered yet */
	int64_t sequence;	  /* of the next status callback */

	size_t gathers; /* of the leg's own thread */
};

enum leg_wait { LEG_DUE, LEG_KEY, LEG_OVER };

typedef void leg_life(struct leg *, struct arena *);

/*
 * A new leg, whose life is led on a thread of its own.
 *
 * other    leg that it continues; NULL: none
 * party_r  party, with the CallSid that was made
 * ERR_DENIED: there are LEGS_AT_ONCE_MAX already.
 */
enum err_code leg_begin(struct sim *, const struct leg_party *,
    const struct leg_order *, struct leg *other, leg_life *,
    struct leg_party *party_r, struct err *e) MUST_CHECK;

/* Copies of what is known of a call. ERR_ABSENT. */
enum err_code leg_find(struct legs *, struct str sid, struct leg_party *party_r,
    struct leg_state *state_r, struct err *e) MUST_CHECK;

/*
 * Sleep ms of the simulated world; with until_key, not longer than until
 * there are unread keys.
 */
enum leg_wait leg_wait(struct leg *, int64_t ms, bool until_key);

/* A new state; tells it by a status callback where that was asked for. */
void leg_move(struct leg *, enum leg_status, struct arena *);

/* A status callback that is no state of its own: "initiated". */
void leg_tell(struct leg *, unsigned event, const char *word, struct arena *);

const char *leg_status_name(enum leg_status);

/*
 * Who is on the other leg; sid "" when there is none. true: a reset ended
 * this one, and nothing is told of it any more.
 */
bool leg_ends(struct leg *, struct leg_party *other_r);

/* Wait until the other leg is answered or over, ms at most. */
enum leg_status leg_wait_other(struct leg *, int64_t ms);

/* End the conversation, for both. */
void leg_hang_up(struct leg *);

/* Begin to take keys, forgetting earlier ones; stop it. */
void leg_listen(struct leg *, bool listening);

/* The next key that was pressed; '\0' when there is none. */
char leg_take_key(struct leg *);

/* Keys that the person at the other end presses. */
void leg_person_presses(struct leg *, struct str keys);

/* A tone of ours goes to who is on the other side; false: nobody listens. */
bool leg_send_key(struct leg *, char key);

/*
 * Words or tones of ours are kept where they are heard, and in the journal:
 * words when they begin.
 */
void leg_heard(struct leg *, struct str text, bool tones, struct arena *);

/* A line in the journal of /sim/legs. */
void leg_note(struct leg *, const char *event, struct str value,
    struct arena *);

/*
 * A signed request for TwiML.
 *
 * url     no value: the webhook of the number
 * digits  no value: not those of a <Gather>; finish: the key that ended it
 */
enum err_code leg_webhook(const struct leg *, struct arena *, struct str url,
    bool get, struct str digits, struct str finish, struct webhook *webhook_r,
    struct err *e) MUST_CHECK;

#endif
