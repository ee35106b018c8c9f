/*
 * Makes the words that a search finds calls by, after the report was answered:
 * one thread with a connection of its own asks callward.index_take for some
 * calls of one tenant, makes their words (base/words.h) and gives them to
 * callward.index_put. Nothing is kept here: the queue is in the database, so a
 * process may end at any point, and several may run.
 */
#ifndef CALLWARD_INDEXER_H
#define CALLWARD_INDEXER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/words.h"
#include "io/db_session.h"

struct indexer;

struct indexer_options {
	const char *url; /* of the tenant role */
	bool prepared;
	struct db_renewer *renewer; /* NULL: the connection is kept */
};

struct indexer_counts {
	uint64_t waiting;   /* calls of all, as last seen; most: 100,000 */
	uint64_t oldest_ms; /* how long the first one had waited */
	uint64_t indexed, failed;
};

/* words_init with the limits of a call's words. */
void indexer_words(struct words *, struct arena *);

/* The database need not be there. */
enum err_code indexer_start(const struct indexer_options *,
    struct indexer **indexer_r, struct err *e) MUST_CHECK;
/* Waits until what is in hand is done. NULL is fine. */
void indexer_stop(struct indexer *);

/* All 0 for NULL. */
void indexer_count(const struct indexer *, struct indexer_counts *counts_r);

#endif
