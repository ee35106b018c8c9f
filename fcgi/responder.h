/*
 * The request threads: each takes, reads, routes, proves, hands to a
 * handler, answers, accounts and forgets, one request at a time. One more
 * answers those that found no thread in time.
 */
#ifndef CALLWARD_RESPONDER_H
#define CALLWARD_RESPONDER_H

#include <stddef.h>

#include "app.h"
#include "base/err.h"

struct responder;

/* Start n threads, and to accept, on the listener of app. */
enum err_code responder_start(const struct app *, size_t n,
    struct responder **r_r, struct err *e) MUST_CHECK;

/* After fcgx_stop: wait until every request in hand is finished. */
void responder_join(struct responder *);

#endif
