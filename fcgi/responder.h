/*
 * The request threads: each accepts, reads, routes, proves, hands to a
 * handler, answers, accounts and forgets, one request at a time.
 */
#ifndef CALLWARD_RESPONDER_H
#define CALLWARD_RESPONDER_H

#include <stddef.h>

#include "app.h"
#include "base/err.h"
#include "fastcgi/fcgx.h"

struct responder;

/* Start n threads on the listener. */
enum err_code responder_start(const struct app *, struct fcgx *, size_t n,
    struct responder **r_r, struct err *e) MUST_CHECK;

/* After fcgx_stop: wait until every request in hand is finished. */
void responder_join(struct responder *);

#endif
