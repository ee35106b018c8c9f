/*
 * The life of a call after POST /call: it is connected or given up, it ends,
 * and its server messages go out, as the plan of that moment says.
 */
#ifndef CALLWARD_SIM_DELIVER_H
#define CALLWARD_SIM_DELIVER_H

#include "sim.h"
#include "store.h"

/* Give the session up if nobody has connected it when its time is over. */
void deliver_watch(struct sim *, const char *id, const struct plan *);

/* The call was connected: begin its messages. */
void deliver_begin(struct sim *, const char *id, const struct plan *);

/*
 * Send what the plan wants sent before the answer of POST /call, and wait for
 * what is said to it: a status-update, a premature report.
 */
void deliver_early(struct sim *, struct arena *, const char *id,
    const struct plan *);

#endif
