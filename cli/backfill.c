/*
 * Owns the backfills. A file of sql/backfill is one batch: it reads from the
 * setting callward.backfill where to go on ('' at its beginning) and leaves
 * there the place that it reached, '' where nothing is left. Each batch is a
 * transaction with its place in the ledger, so that one that was stopped goes
 * on.
 *
 * A line "-- of: takeover" in its head: only where an older database was taken
 * over.
 */
#include "config.h"

#include <stdio.h>

#include "backfill.h"
#include "base/clock.h"
#include "ledger.h"
#include "retry.h"

#define BATCH_DEADLINE_MS (INT64_C(600) * 1000)

struct batch {
	const struct sql_file *file;
	const char *part; /* its name in the ledger */
	bool done;
};

static bool
is_wanted(const struct ledger *l, const struct sql_file *file)
{
	struct str place = STR_NONE, of;
	struct ledger_part part;

	return (!sql_file_head(file, "of", &place, &of) ||
	    !str_is(of, "takeover") || ledger_part(l, "takeover", &part));
}

static enum err_code
run_place(struct cli *c, enum statement st, const struct str *in,
    struct str *place_r, struct err *e)
{
	const struct db_result *r;
	struct db_values v;
	enum err_code code;

	db_values_init(&v, c->arena, st);
	if (in != NULL)
		db_give(&v, "place", *in);
	if ((code = cli_run(c, &v, &r, e)) != ERR_OK)
		return (code);
	*place_r = db_str(r, 0, db_column(r, "place"));
	return (ERR_OK);
}

static enum err_code
run_batch(struct cli *c, void *ctx, struct err *e)
{
	struct batch *b = ctx;
	struct ledger_part part;
	struct ledger ledger;
	struct str place;
	enum err_code code;

	if ((code = ledger_lock(c, e)) != ERR_OK ||
	    (code = ledger_read(c, &ledger, e)) != ERR_OK)
		return (code);
	b->done = !is_wanted(&ledger, b->file) ||
	    (ledger_part(&ledger, b->part, &part) && part.place.p == NULL);
	if (b->done)
		return (ERR_OK);
	if ((code = run_place(c, STATEMENT_OPERATOR_BACKFILL_BEGIN, &part.place,
		 &place, e)) != ERR_OK)
		return (code);
	if ((code = db_exec(c->db, b->file->text.p,
		 clock_mono_ms() + BATCH_DEADLINE_MS, e)) != ERR_OK) {
		err_prefix(e, "%s", b->file->path);
		return (code);
	}
	part.sha256 = b->file->sha256;
	if ((code = run_place(c, STATEMENT_OPERATOR_BACKFILL_PLACE, NULL,
		 &part.place, e)) != ERR_OK)
		return (code);
	b->done = part.place.p == NULL;
	return (ledger_set_part(c, b->part, &part, e));
}

enum err_code
backfills_run(struct cli *c, const struct sources *s, struct err *e)
{
	struct str name = STR_NONE;
	struct batch b = { 0 };
	struct buf text;
	enum err_code code;

	for (size_t i = 0; i < s->backfills.n; i++) {
		b.file = &s->backfills.row[i];
		buf_init(&text, c->arena);
		buf_addf(&text, "backfill/%s", b.file->name);
		if ((code = buf_done(&text, &name, e)) != ERR_OK)
			return (code);
		b.part = name.p;
		do
			if ((code = retry_locked(c, run_batch, &b, e)) !=
			    ERR_OK)
				return (code);
		while (!b.done);
	}
	return (ERR_OK);
}
