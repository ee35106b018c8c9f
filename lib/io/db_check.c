/*
 * Runs the check of a role and turns its rows into log lines and one error.
 */
#include "config.h"

#include <stdatomic.h>

#include "io/db_check.h"
#include "base/log.h"

#define ARENA_BYTES ((size_t)256 * 1024)

static void
tell(const struct db_result *r, size_t row)
{
	struct log_line line;

	log_begin(&line, LOG_LEVEL_ERROR, "self_check");
	log_str(&line, "name", db_str(r, row, db_column(r, "name")));
	log_str(&line, "problem", db_str(r, row, db_column(r, "problem")));
	log_str(&line, "remedy", db_str(r, row, db_column(r, "remedy")));
	log_end(&line);
}

enum err_code
db_check(struct db *db, enum statement st, bool quiet, int64_t deadline_ms,
    struct err *e)
{
	struct arena *a = arena_new(ARENA_BYTES);
	const struct db_result *r;
	struct db_values v;
	enum err_code code;
	struct str problem;

	if (a == NULL)
		return (err_set(e, ERR_TEMPORARY, "no memory"));
	db_values_init(&v, a, st);
	db_give_number(&v, "schema_version", SCHEMA_VERSION);
	if ((code = db_run(db, a, &v, deadline_ms, &r, e)) != ERR_OK)
		goto out;
	for (size_t i = 0; !quiet && i < db_rows(r); i++)
		tell(r, i);
	if (db_rows(r) > 0) {
		problem = db_str(r, 0, db_column(r, "problem"));
		code = err_set(e, ERR_DENIED, "self-check: %.*s",
		    (int)problem.n, problem.p);
	}
out:
	arena_free(a);
	return (code);
}

enum err_code
db_check_functions(struct db *db, bool quiet, int64_t deadline_ms,
    struct err *e)
{
	static atomic_bool told;
	struct arena *a = arena_new(ARENA_BYTES);
	const struct db_result *r;
	struct log_line line;
	struct db_values v;
	enum err_code code;
	bool other;

	if (a == NULL)
		return (err_set(e, ERR_TEMPORARY, "no memory"));
	db_values_init(&v, a, STATEMENT_FUNCTIONS_DIGEST);
	if ((code = db_run(db, a, &v, deadline_ms, &r, e)) != ERR_OK)
		goto out;
	other = db_rows(r) != 1 ||
	    !str_is(db_str(r, 0, FUNCTIONS_DIGEST_SHA256), FUNCTIONS_SHA256);
	if (other && !quiet && !atomic_exchange(&told, true)) {
		log_begin(&line, LOG_LEVEL_WARN, "functions_other");
		log_str(&line, "why",
		    STR("the database's functions are another version's; what does not fit would be refused"));
		log_str(&line, "remedy",
		    STR("finish the upgrade: callward migrate, then restart what is older"));
		log_end(&line);
	} else if (!other)
		atomic_store(&told, false);
out:
	arena_free(a);
	return (code);
}
