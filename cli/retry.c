/*
 * Owns how long a change of the database waits for locks, and how often.
 */
#include "config.h"

#include <stdio.h>

#include "base/clock.h"
#include "retry.h"

#define TRIES 5
#define PAUSE_MS 500

/*
 * With row security off a statement that a policy would silently narrow fails
 * instead.
 */
static enum err_code
begin(struct cli *c, struct err *e)
{
	return (db_exec(c->db,
	    "begin isolation level read committed; set local row_security = off; set local statement_timeout = 0; set local lock_timeout = '2s'",
	    clock_mono_ms() + CLI_DEADLINE_MS, e));
}

enum err_code
retry_pause(struct cli *c, int64_t ms, struct err *e)
{
	enum err_code code;

	code = db_exec(c->db, "rollback", clock_mono_ms() + CLI_DEADLINE_MS, e);
	if (code != ERR_OK)
		return (code);
	clock_sleep_ms(ms);
	return (begin(c, e));
}

static enum err_code
once(struct cli *c, retry_work *work, void *ctx, struct err *e)
{
	enum err_code code;

	if ((code = begin(c, e)) != ERR_OK ||
	    (code = work(c, ctx, e)) != ERR_OK)
		return (code);
	return (cli_commit(c, e));
}

struct str
lock_holders(struct cli *c, bool ledger)
{
	const struct db_result *r;
	struct db_values v;

	statement_operator_holders(&v, c->arena,
	    &(struct statement_operator_holders){ .ledger = DB_TRUTH(ledger) });
	if (cli_run(c, &v, &r, NULL) != ERR_OK)
		return (STR_NONE);
	return (db_str(r, 0, OPERATOR_HOLDERS_HOLDERS));
}

/* Add to the error who holds the locks. */
static void
add_holders(struct cli *c, struct err *e)
{
	struct str who = lock_holders(c, false);
	struct err failed = *e;

	if (who.p != NULL)
		(void)err_set(e, failed.code, "%s; locks are held by %.*s",
		    failed.text, (int)who.n, who.p);
}

enum err_code
retry_locked(struct cli *c, retry_work *work, void *ctx, struct err *e)
{
	enum err_code code;
	struct err ignored;

	for (int try = 1;; try++) {
		code = once(c, work, ctx, e);
		if (code != ERR_TEMPORARY || !db_is_up(c->db) ||
		    db_exec(c->db, "rollback",
			clock_mono_ms() + CLI_DEADLINE_MS, &ignored) != ERR_OK)
			return (code);
		add_holders(c, e);
		if (try == TRIES)
			return (code);
		(void)fprintf(stderr,
		    "callward %s: %s; nothing was changed, try %d of %d\n",
		    c->command, e->text, try + 1, TRIES);
		clock_sleep_ms((int64_t)PAUSE_MS * try);
	}
}
