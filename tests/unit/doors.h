/*
 * What is asked of every function that asks the database through the lanes:
 * what its statement is given, how the answer is read, and that a database
 * which is away is an error and never an answer.
 */
#ifndef CALLWARD_DOORS_H
#define CALLWARD_DOORS_H

#include "base/clock.h"
#include "io/db_lane.h"
#include "fake_postgres.h"
#include "tap.h"

#define IN_TIME (clock_mono_ms() + 30000)

static struct arena *arena;
static struct fake_postgres *server;
static struct db_lanes *lanes;

static void
answer_rows(enum statement st, size_t rows, const char *const *columns)
{
	fake_postgres_answer(server, st, rows, columns);
}

#define ANSWER(st, ...)                                                        \
	answer_rows((st), 1, (const char *const[]){ __VA_ARGS__ })

static void
was_given(enum statement st, const char *params)
{
	is_str(str_of(fake_postgres_params(server, st)), params,
	    statements[st].name);
}

/* Whatever the function: the line is lost, the statement fails. */
#define FAILS_AS_IT_SHOULD(first, call)                                        \
	do {                                                                   \
		fake_postgres_rule(server, FAKE_CUT, (first), NULL, 2);        \
		is_int((call), ERR_UNCERTAIN, "lost: it may have been done");  \
		fake_postgres_rule(server, FAKE_FAIL, (first), "57014", 1000); \
		is_int((call), ERR_TEMPORARY, "too slow: nothing was done");   \
	} while (0)

static void
start(void)
{
	struct db_lanes_options o = { .lanes = 2,
		.prepared = true,
		.role = STATEMENT_INTAKE };
	struct err e = { 0 };

	server = fake_postgres_start();
	o.url = fake_postgres_url(server);
	if (db_lanes_start(&o, &lanes, &e) != ERR_OK)
		ok(false, "lanes: %s", e.text);
}

static void
stop(void)
{
	db_lanes_stop(lanes);
	fake_postgres_stop(server);
}

#endif
