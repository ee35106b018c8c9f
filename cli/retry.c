/*
 * Owns how long a change of the database waits for locks, and how often.
 */
#include "config.h"

#include <stdio.h>

#include "base/clock.h"
#include "retry.h"

#define TRIES 5
#define PAUSE_MS 500

static enum err_code
once(struct cli *c, retry_work *work, void *ctx, struct err *e)
{
	enum err_code code;

	/*
	 * With row security off a statement that a policy would silently
	 * narrow fails instead.
	 */
	code = db_exec(c->db,
	    "begin isolation level read committed; set local row_security = off; set local statement_timeout = 0; set local lock_timeout = '2s'",
	    clock_mono_ms() + CLI_DEADLINE_MS, e);
	if (code != ERR_OK || (code = work(c, ctx, e)) != ERR_OK)
		return (code);
	return (cli_commit(c, e));
}

enum err_code
retry_locked(struct cli *c, retry_work *work, void *ctx, struct err *e)
{
	enum err_code code;
	struct err ignored;

	for (int try = 1;; try++) {
		code = once(c, work, ctx, e);
		if (code != ERR_TEMPORARY || try == TRIES || !db_is_up(c->db) ||
		    db_exec(c->db, "rollback",
			clock_mono_ms() + CLI_DEADLINE_MS, &ignored) != ERR_OK)
			return (code);
		(void)fprintf(stderr,
		    "callward %s: %s; nothing was changed, try %d of %d\n",
		    c->command, e->text, try + 1, TRIES);
		clock_sleep_ms((int64_t)PAUSE_MS * try);
	}
}
