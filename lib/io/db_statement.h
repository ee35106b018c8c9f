/*
 * What is known of a statement that was compiled in, and what the members of
 * its parameters' struct are. The statements themselves are in statements.h,
 * which sql/statements.awk makes.
 */
#ifndef CALLWARD_DB_STATEMENT_H
#define CALLWARD_DB_STATEMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

struct arena;
struct db_values;

enum statement_role {
	STATEMENT_INTAKE = 1,
	STATEMENT_TENANT,
	STATEMENT_OPERATOR
};

/*
 * The values that are not text. One that is left out of an initialiser is
 * null; where null is not allowed it is an error, never 0 or false.
 */
struct db_number {
	int64_t n;
	bool given;
};
#define DB_NUMBER(number) ((struct db_number){ (number), true })

struct db_truth {
	bool yes;
	bool given;
};
#define DB_TRUTH(truth) ((struct db_truth){ (truth), true })

enum db_kind {
	DB_KIND_TEXT,	/* struct str; STR_NONE is null; see db_values_take */
	DB_KIND_BYTES,	/* the same, sent as it is */
	DB_KIND_NUMBER, /* struct db_number */
	DB_KIND_TRUTH	/* struct db_truth */
};

struct statement_param {
	const char *name;
	enum db_kind kind;
	bool nullable;
	unsigned type; /* PostgreSQL's number of it */
	size_t at;     /* in the statement's struct */
};

struct statement_column {
	const char *name;
	unsigned type;
};

struct statement_row {
	const char *name;
	const char *prepared; /* as the server knows it */
	enum statement_role role;
	int params;
	const struct statement_param *param;
	int columns;
	const struct statement_column *column;
	bool proven; /* one parameter and two columns more */
	const char *text;
};

#endif
