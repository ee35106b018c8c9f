/*
 * A folder of records that wait: one file each, whole on the disk before it has
 * its name. Knows nothing of what a record holds, nor who reads it.
 *
 * A name is "UUIDv7.kind", so names sort by the time at which a record came. A
 * file that somebody else may have written is not read: another owner's, a
 * link, anything but a regular file.
 */
#ifndef CALLWARD_SPOOL_H
#define CALLWARD_SPOOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "io/id.h"
#include "io/settings.h"
#include "base/str.h"

#define SPOOL_KIND_MAX 16
#define SPOOL_RECORD_MAX ((size_t)17 * 1024 * 1024)

struct spool;

struct spool_name {
	char text[ID_SIZE + 1 + SPOOL_KIND_MAX];
};

struct spool_options {
	const char
	    *state_dir; /* holds "spool"; STATE_DIR, or the build's own */
	int64_t max_bytes;
	int64_t max_files;
	bool make;    /* "spool", when it is not there */
	bool as_root; /* root may open somebody's */
};

struct spool_counts {
	int64_t files;
	int64_t bytes;
	int64_t oldest_ms; /* wall clock; 0: there is none */
	int64_t strangers; /* files whose names are not those of records */
	bool half_full;	   /* of either bound */
};

/* As the settings say; make and as_root are false. */
struct spool_options spool_options_of(const struct settings *);

/*
 * ERR_ABSENT: the folder (or, without make, "spool" in it) is not there.
 * ERR_INPUT: one of them is no folder, a link, another user's, or others may
 * look into it. Counts what is there.
 */
enum err_code spool_open(const struct spool_options *, struct spool **spool_r,
    struct err *e) MUST_CHECK;
void spool_close(struct spool *); /* NULL is fine */

/* A new name, of now. kind: 1..16 of a-z and '-'. */
enum err_code spool_name_new(const char *kind, struct spool_name *name_r,
    struct err *e) MUST_CHECK;
bool spool_name_is(struct str text);
struct str spool_name_kind(const struct spool_name *);
struct str spool_name_id(const struct spool_name *);

/*
 * Write a record. On ERR_OK it is on the disk, its name too; on ERR_TEMPORARY
 * (full, or the system could not) nothing is left of it.
 */
enum err_code spool_put(struct spool *, const struct spool_name *,
    struct str bytes, struct err *e) MUST_CHECK;

/*
 * The oldest max records whose names come after "after" (NULL: of all; not one
 * of names_r), sorted. *n_r < max: there are no more.
 */
enum err_code spool_list(struct spool *, const char *after, size_t max,
    struct spool_name *names_r, size_t *n_r, struct err *e) MUST_CHECK;

/*
 * The bytes of a record, at most most of them. ERR_ABSENT: it is gone;
 * ERR_INPUT: it is nothing that we put there; ERR_TEMPORARY: not to be read
 * now.
 */
enum err_code spool_read(struct spool *, struct arena *,
    const struct spool_name *, size_t most, struct str *bytes_r,
    struct err *e) MUST_CHECK;

/* ERR_OK also where it is gone. */
enum err_code spool_remove(struct spool *, const struct spool_name *,
    struct err *e) MUST_CHECK;

/*
 * Count again, since other processes put and remove, and remove temporary files
 * of records that were never completed and are older than an hour. Not exact
 * while this process puts: then call it again later.
 */
enum err_code spool_recount(struct spool *, struct err *e) MUST_CHECK;
void spool_count(struct spool *, struct spool_counts *counts_r);

/*
 * When the folder last changed, in nanoseconds of the wall clock; 0: unknown.
 * Two changes close together can have the same time, so it is reliable only
 * when it is more than a second ago.
 */
int64_t spool_changed_ns(struct spool *);

/*
 * Be the one process that takes records out. ERR_CONFLICT: another is. Held
 * until spool_close, or the end of the process.
 */
enum err_code spool_lock(struct spool *, struct err *e) MUST_CHECK;

#endif
