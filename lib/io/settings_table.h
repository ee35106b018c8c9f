/*
 * The one table of settings: what the reader checks and what --help, the
 * sample files and the manual say come from its rows.
 */
#ifndef CALLWARD_SETTINGS_TABLE_H
#define CALLWARD_SETTINGS_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "io/settings.h"
#include "base/str.h"

#define SETTINGS_ROWS_MAX 64

enum settings_kind {
	SETTINGS_KIND_TEXT = 1, /* one line; min and max in bytes */
	SETTINGS_KIND_LINES,	/* text of several lines */
	SETTINGS_KIND_URL,	/* https (http on loopback), no slash behind */
	SETTINGS_KIND_INT,
	SETTINGS_KIND_BOOL /* yes or no */
};

struct settings_row {
	const char *name;
	enum settings_kind kind;
	size_t offset;
	const char *fallback; /* the default, spelled as in a file */
	int64_t min;
	int64_t max;
	const char *unit;
	enum settings_side side;
	bool required;
	bool secret;
	const char *sentence;
	const char *unless; /* not required where this one is given */
};

extern const struct settings_row settings_rows[];
extern const size_t settings_rows_count;

/* NULL when no row has this name. */
const struct settings_row *settings_row_find(struct str name);

/* The usual name of a side's file, such as "callward.conf". */
const char *settings_file_of(enum settings_side side);

/* The value of a row of a text kind. */
const char *settings_text_of(const struct settings *,
    const struct settings_row *);

#endif
