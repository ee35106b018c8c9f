/*
 * Results: their values, and whether a statement has the parameters and the
 * columns that its head says. Knows no connection.
 */
#include "config.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "io/db_pq.h"

static const PGresult *
pg(const struct db_result *r)
{
	return ((const PGresult *)r);
}

size_t
db_rows(const struct db_result *r)
{
	return ((size_t)PQntuples(pg(r)));
}

struct str
db_str(const struct db_result *r, size_t row, size_t col)
{
	assert(row < db_rows(r) && col < (size_t)PQnfields(pg(r)));
	if (PQgetisnull(pg(r), (int)row, (int)col))
		return (STR_NONE);
	return ((struct str){ PQgetvalue(pg(r), (int)row, (int)col),
	    (size_t)PQgetlength(pg(r), (int)row, (int)col) });
}

int64_t
db_int(const struct db_result *r, size_t row, size_t col)
{
	struct str s = db_str(r, row, col);

	return (s.p == NULL ? 0 : strtoll(s.p, NULL, 10));
}

bool
db_bool(const struct db_result *r, size_t row, size_t col)
{
	return (str_is(db_str(r, row, col), "t"));
}

size_t
db_column(const struct db_result *r, const char *name)
{
	int col = PQfnumber(pg(r), name);

	assert(col >= 0);
	return ((size_t)col);
}

void
db_result_free(struct db_result *r)
{
	PQclear((PGresult *)r);
}

/* What the head says ------------------------------------------------------- */

int
db_params_of(const struct statement_row *row)
{
	return (row->params + (row->proven ? 1 : 0));
}

int
db_columns_of(const struct statement_row *row)
{
	return (row->columns + (row->proven ? 2 : 0));
}

/* How a type is read, by its number in pg_type; any other is text. */
static enum db_kind
kind_of(unsigned type)
{
	switch (type) {
	case 20: /* bigint */
	case 21: /* smallint */
	case 23: /* integer */
		return (DB_KIND_NUMBER);
	case 16:
		return (DB_KIND_TRUTH);
	case 17:
		return (DB_KIND_BYTES);
	default:
		return (DB_KIND_TEXT);
	}
}

bool
db_has_columns(const struct statement_row *row, const PGresult *res,
    struct err *e)
{
	if (PQnfields(res) != db_columns_of(row)) {
		(void)err_set(e, ERR_BUG, "%s: %d columns, not %d", row->name,
		    PQnfields(res), db_columns_of(row));
		return (false);
	}
	for (int i = 0; i < row->columns; i++) {
		const struct statement_column *want = &row->column[i];
		const char *name = PQfname(res, i);

		if (strcmp(name, want->name) == 0 &&
		    kind_of(PQftype(res, i)) == kind_of(want->type))
			continue;
		(void)err_set(e, ERR_BUG,
		    "%s: column %d is %s of type %u, not %s of type %u",
		    row->name, i + 1, name, (unsigned)PQftype(res, i),
		    want->name, want->type);
		return (false);
	}
	return (true);
}

bool
db_is_described(const struct statement_row *row, const PGresult *res,
    struct err *e)
{
	struct err why;
	bool fits = PQnparams(res) == db_params_of(row);

	if (!fits)
		(void)err_set(&why, ERR_BUG, "%s: %d parameters, not %d",
		    row->name, PQnparams(res), db_params_of(row));
	for (int i = 0; fits && i < row->params; i++)
		if (PQparamtype(res, i) != row->param[i].type) {
			(void)err_set(&why, ERR_BUG,
			    "%s: %s is of type %u, not %u", row->name,
			    row->param[i].name, (unsigned)PQparamtype(res, i),
			    row->param[i].type);
			fits = false;
		}
	if (fits && db_has_columns(row, res, &why))
		return (true);
	(void)err_set(e, ERR_CONFLICT,
	    "a statement does not fit the database (%s): run 'callward migrate'",
	    why.text);
	return (false);
}
