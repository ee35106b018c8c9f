/*
 * What drain.c (the threads) and drain_record.c (one record) share.
 */
#ifndef CALLWARD_DRAIN_PARTS_H
#define CALLWARD_DRAIN_PARTS_H

#include <pthread.h>
#include <stdbool.h>

#include "tenancy/drain.h"

#define DRAIN_ARENA_BYTES ((size_t)192 * 1024 * 1024) /* 160, body, sealed */
#define DRAIN_QUEUE_MAX 64

/* A record that stays for now. */
struct drain_held {
	struct spool_name name;
	int tries;
	int64_t due_ms; /* mono */
	unsigned seen;	/* in the pass of this number */
	unsigned told;	/* a bit for each event */
	struct drain_held *next;
};

/* A thread that files records, with what it needs for it. */
struct drain_worker {
	struct drain *drain;
	struct arena *arena;
	pthread_t thread;
};

struct drain {
	struct drain_options o;
	pthread_mutex_t large; /* one large record at a time */
	pthread_mutex_t lock;  /* of all that follows */
	pthread_cond_t work, rest;
	bool stop;
	bool away;	 /* the database did not answer the last record */
	int64_t busy_ms; /* mono: the last record that was of a known call */
	unsigned pass;
	void *held; /* a tree, of tsearch(3) */
	struct spool_name queue[DRAIN_QUEUE_MAX];
	size_t first, queued, at_work;
	struct err failure; /* why it is away */

	/* Of the thread that goes through the folder. */
	struct arena *arena;
	struct spool_name *names; /* a part of its list */
	pthread_t thread;
	struct drain_worker *workers;
	size_t n_workers;
	bool is_running, is_locked;
	int64_t seen_ns, counted_ns; /* changes of the folder */
	int64_t due_ms;		     /* the first of what is held */
	int64_t recount_ms, probed_ms;
	int64_t strangers; /* told */
};

/* The order of held records, by name, for tsearch(3). */
int drain_compare_held(const void *, const void *);

/* File one record; any thread. */
void drain_record(struct drain *, struct arena *, const struct spool_name *);

#endif
