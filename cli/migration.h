/*
 * The files of the folder sql/, as callward migrate applies them. Knows no
 * database.
 */
#ifndef CALLWARD_MIGRATION_H
#define CALLWARD_MIGRATION_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"

#define MIGRATION_FIRST 100
#define MIGRATIONS_MAX 500
#define MIGRATION_BYTES_MAX ((size_t)4 * 1024 * 1024)

struct sql_file {
	const char *path; /* within the folder: "functions/tenant/x.sql" */
	const char *name; /* without folders, to the first dot: "x" */
	struct str text;
	struct str sha256; /* 64 hex digits */
};

struct sql_files {
	size_t n;
	struct sql_file *row;
	struct str sha256; /* of all: their paths and texts, in order */
};

struct sources {
	/*
	 * migrations/NNNN_name.sql, without a gap: row[i] is number
	 * MIGRATION_FIRST + i
	 */
	struct sql_files migrations;
	struct sql_files functions; /* functions/FOLDER/NAME.sql, by path */
	struct sql_files backfills; /* backfill/NAME.sql */
	struct sql_file roles, triggers, access;
	/* what goes before the baseline, where there is something to take over,
	   and after it */
	struct sql_file fit, aside, shape;
	/* what a ledger of before the baseline has: "migration", name and
	   checksum, or "function" and its signature; tabs in between */
	struct sql_file ledger;
};

/*
 * Read all of dir; everything is kept in the arena. ERR_INPUT: a migration of
 * another name than NNNN_name.sql, a number that is missing or there twice, no
 * file where there must be one, a NUL byte; ERR_ABSENT: no such folder, or a
 * file that cannot be read.
 */
enum err_code sources_read(struct arena *, const char *dir,
    struct sources *sources_r, struct err *e) MUST_CHECK;

/*
 * The value of a line "-- key: value" among the comments that a file begins
 * with, as the one at *place or behind it; *place goes on. False: there is
 * none.
 */
bool sql_file_head(const struct sql_file *, const char *key, struct str *place,
    struct str *value_r);

#endif
