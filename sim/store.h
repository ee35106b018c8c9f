/*
 * The calls that the simulated Vapi knows: in memory, bounded, the oldest
 * dropped first. Knows states and times, not what is said. One lock guards
 * all; readers get copies.
 */
#ifndef CALLWARD_SIM_STORE_H
#define CALLWARD_SIM_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "io/id.h"
#include "plan.h"
#include "base/str.h"

#define STORE_CALLS_MAX 10000
#define STORE_BYTES_MAX (64u << 20) /* of requests kept */
#define STORE_LIST_MAX 1000

enum store_status { STORE_QUEUED = 1, STORE_IN_PROGRESS, STORE_ENDED };

struct store_call {
	char id[ID_SIZE];
	uint64_t seed; /* of what is said in it */
	enum store_status status;
	bool bypass; /* the caller connects the call */
	int64_t created_ms, updated_ms;
	int64_t started_ms, ended_ms; /* 0: not yet */
	char ended_reason[PLAN_REASON_SIZE];
	char assistant_id[ID_SIZE]; /* "" when it has none */
	char phone_number_id[ID_SIZE];
	char call_sid[ID_CALL_SID_SIZE]; /* once the stream told it */
	int64_t report_bytes;		 /* of the plan it was made under */
	struct str request;		 /* body of POST /call, as it came */
};

struct store_filter {
	struct str id; /* no value: any */
	struct str assistant_id;
	struct str phone_number_id;
	int64_t created_min_ms, created_max_ms; /* inclusive */
	int64_t updated_min_ms, updated_max_ms;
	int64_t limit; /* 0 .. STORE_LIST_MAX */
};

struct store;

struct store *store_new(void) MUST_CHECK;
void store_free(struct store *);
void store_clear(struct store *);

/* Keep a copy. ERR_CONFLICT when the id is taken. */
enum err_code store_add(struct store *, const struct store_call *,
    struct err *e) MUST_CHECK;

/* A copy in the arena; ERR_ABSENT. */
enum err_code store_get(struct store *, struct str id, struct arena *,
    struct store_call *call_r, struct err *e) MUST_CHECK;

/*
 * The media stream was opened: queued becomes in-progress. ERR_ABSENT;
 * ERR_CONFLICT in any other state.
 */
enum err_code store_connect(struct store *, struct str id, struct str call_sid,
    int64_t now_ms, struct err *e) MUST_CHECK;

/* From state was to ended; ERR_ABSENT, ERR_CONFLICT as above. */
enum err_code store_end(struct store *, struct str id, enum store_status was,
    const char *reason, int64_t ended_ms, struct err *e) MUST_CHECK;

/* Copies of what the filter lets through, newest first. */
enum err_code store_list(struct store *, const struct store_filter *,
    struct arena *, struct store_call **calls_r, size_t *n_r,
    struct err *e) MUST_CHECK;

#endif
