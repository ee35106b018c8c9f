/*
 * A transaction that waits for locks of live traffic only so long, since all
 * traffic queues behind the wait, and is tried again.
 */
#ifndef CALLWARD_RETRY_H
#define CALLWARD_RETRY_H

#include "cli.h"
#include "base/err.h"

typedef enum err_code retry_work(struct cli *, void *ctx, struct err *e);

/*
 * Begin, work, commit; where a lock was not to be had within two seconds, all
 * of it again, five times in all.
 */
enum err_code retry_locked(struct cli *, retry_work *work, void *ctx,
    struct err *e) MUST_CHECK;

/*
 * Of work that has to wait before it has done anything: give the transaction
 * up, sleep, begin another. An open one would keep "create index concurrently"
 * of whoever is waited for from its end.
 */
enum err_code retry_pause(struct cli *, int64_t ms, struct err *e) MUST_CHECK;

/*
 * Who else holds the lock of migrations (ledger), or locks of our tables:
 * "pid 12, login x"; STR_NONE where nobody does, or it cannot be asked.
 */
struct str lock_holders(struct cli *, bool ledger);

#endif
