/*
 * What db_lane.c, which decides who flies when, and db_lane_fly.c, which does
 * it, have in common. Nobody else includes it.
 */
#ifndef CALLWARD_DB_LANE_PARTS_H
#define CALLWARD_DB_LANE_PARTS_H

#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>

#include "io/db_lane.h"
#include "io/db_queue.h"

struct job {
	struct db_place place; /* under the lock */
	struct db_job db;
	int64_t deadline_ms;
	/* ThreadSanitizer does not know sem_clockwait: it sees this instead. */
	atomic_bool finished;
	sem_t done;
};

enum lane_state {
	LANE_IDLE,
	LANE_CALLED, /* was woken, and has not looked yet */
	LANE_BUSY
};

struct lane {
	struct db_lanes *lanes;
	pthread_t thread;
	bool started;
	/* under the lock */
	struct db_flight *flight; /* NULL: the large lane's */
	pthread_cond_t wake;
	struct db_line own; /* probes; all of the large lane */
	enum lane_state state;
	struct db_lanes_counts counts;
	bool away; /* the last connection was lost or refused */
	/* the lane's thread alone */
	struct db_session session;
	int64_t away_until_ms;
	bool away_told;
};

struct db_lanes {
	struct db_session_kind kind;
	char *url;
	pthread_mutex_t lock;
	struct db_flight *flights;
	struct db_queue queue; /* of all lanes but the last */
	size_t turn;	       /* of the lanes: who is called next */
	bool stop;
	size_t n; /* lanes, the large one (the last) included */
	struct lane lane[];
};

/* False: it is the one for large values, which has no part in the queue. */
bool lane_is_small(const struct lane *);

/*
 * Connect, unless it is; no later than deadline_ms. A new connection that
 * waits takes the place of the old one here, between two flights. A failure is
 * logged here.
 */
enum err_code lane_connect(struct lane *, int64_t deadline_ms, struct err *e);

/* Send them, and finish each with what became of it; connects when it must. */
void lane_fly(struct lane *, struct job **jobs, size_t n);

/* Finish each with this. */
void lane_fail(struct job **jobs, size_t n, enum err_code, const struct err *);

/* The flight is over: its keys may fly again. Takes the lock. */
void lane_land(struct lane *);

#endif
