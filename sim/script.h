/*
 * What is said in a call, how long it lasts and what it costs: made up, and
 * the same for the same seed. Knows nothing of how it is sent.
 */
#ifndef CALLWARD_SIM_SCRIPT_H
#define CALLWARD_SIM_SCRIPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"

struct script_turn {
	bool user; /* else the assistant */
	struct str text;
	int64_t from_ms, to_ms; /* since the start */
};

struct script {
	struct script_turn *turns;
	size_t n;
	int64_t duration_ms;
	const char *name;   /* of who called */
	const char *reason; /* for the call */
	const char *day;
	struct str summary;
	bool booked;
	double stt, llm, tts, vapi, transport, total; /* US dollars */
};

/*
 * A conversation with so much small talk that a report of it has at least
 * report_bytes.
 */
enum err_code script_make(struct arena *, uint64_t seed, int64_t report_bytes,
    struct script *s_r, struct err *e) MUST_CHECK;

/* A time for an appointment, such as "Monday at 9". */
const char *script_day(uint64_t seed);

/* The length alone, without small talk. */
int64_t script_duration_ms(uint64_t seed);

#endif
