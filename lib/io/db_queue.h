/*
 * What waits for the lanes, what is out with them, and when one more flight
 * may leave. Serves db_lane.c, which holds its lock around all of this; knows
 * neither threads nor connections.
 */
#ifndef CALLWARD_DB_QUEUE_H
#define CALLWARD_DB_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DB_FLIGHT_MAX 64 /* statements */
/* Of the values of a large lane's flight: libpq keeps as much memory. */
#define DB_FLIGHT_BYTES ((size_t)8 * 1024 * 1024)
#define DB_QUEUE_KEYS 4096 /* keys that are equal modulo this are one */
/* A flight that is out for longer holds up nothing but its own keys. */
#define DB_QUEUE_STALE_MS 20
/* For each flight that is out as many wait before another leaves. */
#define DB_QUEUE_SHARE 8

/* Part of a job, which its waiter owns. */
struct db_place {
	struct db_place *next;
	size_t key;   /* below DB_QUEUE_KEYS */
	size_t bytes; /* of its values */
	bool queued;
};

/* Jobs in the order they came. */
struct db_line {
	struct db_place *first, **last;
	size_t n;
};

/* What one lane has out of the queue; all zero: nothing. */
struct db_flight {
	size_t n;
	int64_t since_ms;
	size_t keys[DB_FLIGHT_MAX];
};

struct db_queue {
	struct db_line line;
	unsigned short out[DB_QUEUE_KEYS]; /* statements of a key in flights */
	struct db_flight *flights;	   /* one a lane */
	size_t lanes;
};

void db_line_init(struct db_line *);
void db_line_add(struct db_line *, struct db_place *);
/* False: it is not in it any more. */
bool db_line_remove(struct db_line *, struct db_place *);
/* From the front, at most DB_FLIGHT_MAX, and DB_FLIGHT_BYTES or one. */
size_t db_line_take(struct db_line *, struct db_place **taken_r);

/* flights  one a lane, zero, kept by the caller */
void db_queue_init(struct db_queue *, struct db_flight *flights, size_t lanes);

/*
 * May one more flight leave, as far as numbers go? Each costs the server as
 * much as some two statements. So: yes where none is out, where so few
 * statements are there that each can have a lane of its own, and where enough
 * wait for it to be worth it.
 */
bool db_queue_may_fly(const struct db_queue *, int64_t now_ms);

/* Is there one whose key is in no flight? */
bool db_queue_is_any_free(const struct db_queue *);

/*
 * Take what may fly, at most DB_FLIGHT_MAX, and note it as out: all but those
 * whose key is out already. Those of one key keep their order.
 */
size_t db_queue_take(struct db_queue *, struct db_flight *, int64_t now_ms,
    struct db_place **taken_r);

/* The flight is over; fine when there is none. */
void db_queue_land(struct db_queue *, struct db_flight *);

#endif
