/*
 * The migration files of a folder: NNNN_name.sql, numbered from 1 without a
 * gap. Knows no database.
 */
#ifndef CALLWARD_MIGRATION_H
#define CALLWARD_MIGRATION_H

#include <stddef.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"

#define MIGRATIONS_MAX 500
#define MIGRATION_BYTES_MAX ((size_t)4 * 1024 * 1024)

struct migration {
	int version;
	const char *file; /* without the folder */
	const char *text;
	struct str sha256; /* 64 hex digits */
};

struct migrations {
	size_t n;
	struct migration row[MIGRATIONS_MAX]; /* row[i] has version i + 1 */
};

/*
 * Read all of dir; everything is kept in the arena. ERR_INPUT: a file of
 * another name than NNNN_name.sql among the .sql files, a version that is
 * missing or there twice, no file at all, a NUL byte; ERR_ABSENT: no such
 * folder, or a file that cannot be read.
 */
enum err_code migrations_read(struct arena *, const char *dir,
    struct migrations *m_r, struct err *e) MUST_CHECK;

#endif
