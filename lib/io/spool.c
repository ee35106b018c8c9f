/*
 * put: temporary name, all bytes, fsync, rename, fsync of the folder. What is
 * counted in memory is what this process knows; spool_recount sets it right.
 * The lock guards the counts alone.
 */
#include "config.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/clock.h"
#include "io/spool.h"

#define FOLDER "spool"
#define UNDONE ".new." /* before the name of a record that is not whole */
#define UNDONE_MAX_S 3600
#define FULL_PERCENT 90
#define HALF_PERCENT 50
#define DISK_FULL_PERCENT 95
#define ADOPT_MS 10000
#define MIB (INT64_C(1024) * 1024)

struct tally {
	int64_t files, bytes;
};

struct spool {
	int dir;
	uid_t owner;
	int64_t max_bytes, max_files;
	pthread_mutex_t lock;
	struct spool_counts counts;
	struct tally begun, ended; /* puts of this process, ever */
	uint64_t changes;	   /* of the counts, by this process */
	int64_t adopted_ms;	   /* mono: when a count was taken over */
};

struct spool_options
spool_options_of(const struct settings *s)
{
	return ((struct spool_options){ .state_dir = s->state_dir[0] != '\0' ?
		s->state_dir :
		LOCALSTATEDIR "/lib/callward",
	    .max_bytes = s->spool_max_mb * MIB,
	    .max_files = s->spool_max_files });
}

/* Names ------------------------------------------------------------------- */

static bool
is_kind(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if ((s.p[i] < 'a' || s.p[i] > 'z') && s.p[i] != '-')
			return (false);
	return (s.n >= 1 && s.n <= SPOOL_KIND_MAX);
}

enum err_code
spool_name_new(const char *kind, struct spool_name *name, struct err *e)
{
	char id[ID_SIZE];
	enum err_code code;

	if ((code = id_new(id, e)) != ERR_OK)
		return (code);
	if (!is_kind(str_of(kind)))
		return (err_set(e, ERR_BUG, "not a kind of record"));
	(void)snprintf(name->text, sizeof(name->text), "%s.%s", id, kind);
	return (ERR_OK);
}

bool
spool_name_is(struct str text)
{
	struct str kind = text, id = str_cut(&kind, '.');
	int64_t ms;

	return (id_time_ms(id, &ms) && kind.p != NULL && is_kind(kind));
}

struct str
spool_name_kind(const struct spool_name *name)
{
	return (str_of(name->text + ID_SIZE));
}

struct str
spool_name_id(const struct spool_name *name)
{
	return (str_first(str_of(name->text), ID_SIZE - 1));
}

/* Opening ----------------------------------------------------------------- */

static enum err_code
check_folder(int fd, const struct spool_options *o, const char *path,
    const char *below, uid_t *owner, struct err *e)
{
	const uid_t me = geteuid();
	struct stat st;

	if (fstat(fd, &st) != 0)
		return (err_set(e, ERR_TEMPORARY, "%.150s%s: %s", path, below,
		    strerror(errno)));
	if (st.st_uid != me && !(o->as_root && me == 0))
		return (err_set(e, ERR_INPUT,
		    "%.120s%s belongs to another user (%ld) than this program runs as (%ld); run it as that user",
		    path, below, (long)st.st_uid, (long)me));
	if ((st.st_mode & 077) != 0)
		return (err_set(e, ERR_INPUT,
		    "%.120s%s is open to others; remedy: chmod 700 it", path,
		    below));
	*owner = st.st_uid;
	return (ERR_OK);
}

static enum err_code
open_folder(int at, const char *name, const struct spool_options *o,
    const char *below, int *fd_r, uid_t *owner, struct err *e)
{
	*fd_r =
	    openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (*fd_r < 0 && errno == ENOENT)
		return (err_set(e, ERR_ABSENT, "%.150s%s does not exist",
		    o->state_dir, below));
	if (*fd_r < 0 && (errno == ELOOP || errno == ENOTDIR))
		return (err_set(e, ERR_INPUT, "%.150s%s is not a folder",
		    o->state_dir, below));
	if (*fd_r < 0)
		return (err_set(e, ERR_INPUT, "%.150s%s: %s", o->state_dir,
		    below, strerror(errno)));
	return (check_folder(*fd_r, o, o->state_dir, below, owner, e));
}

static enum err_code
open_folders(const struct spool_options *o, struct spool *s, struct err *e)
{
	int state = -1;
	enum err_code code;

	if ((code = open_folder(AT_FDCWD, o->state_dir, o, "", &state,
		 &s->owner, e)) != ERR_OK)
		goto out;
	if (o->make && mkdirat(state, FOLDER, 0700) != 0 && errno != EEXIST) {
		code = err_set(e, ERR_INPUT, "%.150s/" FOLDER ": %s",
		    o->state_dir, strerror(errno));
		goto out;
	}
	if (o->make && fsync(state) != 0) {
		code = err_set(e, ERR_INPUT, "%.150s: fsync: %s", o->state_dir,
		    strerror(errno));
		goto out;
	}
	code = open_folder(state, FOLDER, o, "/" FOLDER, &s->dir, &s->owner, e);
out:
	if (state >= 0)
		(void)close(state);
	return (code);
}

enum err_code
spool_open(const struct spool_options *o, struct spool **s_r, struct err *e)
{
	struct spool *s = calloc(1, sizeof(*s));
	enum err_code code;

	if (s == NULL || pthread_mutex_init(&s->lock, NULL) != 0) {
		free(s);
		return (err_set(e, ERR_TEMPORARY, "no memory"));
	}
	s->dir = -1;
	s->max_bytes = o->max_bytes;
	s->max_files = o->max_files;
	s->adopted_ms = clock_mono_ms();
	if ((code = open_folders(o, s, e)) == ERR_OK)
		code = spool_recount(s, e);
	if (code != ERR_OK) {
		spool_close(s);
		return (code);
	}
	*s_r = s;
	return (ERR_OK);
}

void
spool_close(struct spool *s)
{
	if (s == NULL)
		return;
	if (s->dir >= 0)
		(void)close(s->dir);
	(void)pthread_mutex_destroy(&s->lock);
	free(s);
}

enum err_code
spool_lock(struct spool *s, struct err *e)
{
	if (flock(s->dir, LOCK_EX | LOCK_NB) == 0)
		return (ERR_OK);
	if (errno == EWOULDBLOCK)
		return (err_set(e, ERR_CONFLICT,
		    "another process takes records out of this spool"));
	return (err_set(e, ERR_TEMPORARY, "spool: flock: %s", strerror(errno)));
}

/* Counting ---------------------------------------------------------------- */

/* Is it over this share of a bound? */
static bool
is_over(const struct spool *s, int64_t percent)
{
	return (s->counts.files > s->max_files * percent / 100 ||
	    s->counts.bytes > s->max_bytes * percent / 100);
}

static void
add(struct spool *s, int64_t files, int64_t bytes)
{
	pthread_mutex_lock(&s->lock);
	s->counts.files += files;
	s->counts.bytes += bytes;
	s->changes++;
	pthread_mutex_unlock(&s->lock);
}

void
spool_count(struct spool *s, struct spool_counts *counts)
{
	pthread_mutex_lock(&s->lock);
	*counts = s->counts;
	counts->half_full = is_over(s, HALF_PERCENT);
	pthread_mutex_unlock(&s->lock);
}

int64_t
spool_changed_ns(struct spool *s)
{
	struct stat st;

	if (fstat(s->dir, &st) != 0)
		return (0);
	return ((int64_t)st.st_mtim.tv_sec * 1000000000 + st.st_mtim.tv_nsec);
}

/* Another stream over the folder, from its start. */
static DIR *
open_stream(struct spool *s, struct err *e)
{
	int fd = openat(s->dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);

	if (d == NULL) {
		(void)err_set(e, ERR_TEMPORARY, "spool: %s", strerror(errno));
		if (fd >= 0)
			(void)close(fd);
	}
	return (d);
}

/* The next file, whatever its name; NULL: no more, or *code says why. */
static const char *
next_file(DIR *d, enum err_code *code, struct err *e)
{
	struct dirent *f;

	*code = ERR_OK;
	do {
		errno = 0;
		if ((f = readdir(d)) == NULL) {
			if (errno != 0)
				*code = err_set(e, ERR_TEMPORARY, "spool: %s",
				    strerror(errno));
			return (NULL);
		}
	} while (strcmp(f->d_name, ".") == 0 || strcmp(f->d_name, "..") == 0);
	return (f->d_name);
}

static void
count_file(struct spool *s, const char *name, struct spool_counts *n)
{
	const bool undone = str_starts(str_of(name), UNDONE);
	struct stat st;
	int64_t ms;

	if (fstatat(s->dir, name, &st, AT_SYMLINK_NOFOLLOW) != 0)
		return;
	if (undone && st.st_mtime < time(NULL) - UNDONE_MAX_S) {
		(void)unlinkat(s->dir, name, 0);
		return;
	}
	n->bytes += st.st_size;
	if (undone)
		return;
	n->files++;
	if (!spool_name_is(str_of(name)))
		n->strangers++;
	else if (id_time_ms(str_first(str_of(name), ID_SIZE - 1), &ms) &&
	    (n->oldest_ms == 0 || ms < n->oldest_ms))
		n->oldest_ms = ms;
}

/*
 * Take over what was counted, if this process put and removed nothing
 * meanwhile: otherwise its own counts are more exact. After ADOPT_MS it is
 * taken over in any case; puts that overlapped the count may then count twice,
 * but never not at all.
 */
static void
adopt(struct spool *s, const struct spool_counts *n, const struct tally *ended,
    uint64_t changes)
{
	const int64_t now = clock_mono_ms();
	bool unchanged;

	pthread_mutex_lock(&s->lock);
	unchanged = s->changes == changes && s->begun.files == s->ended.files;
	if (unchanged || now - s->adopted_ms > ADOPT_MS) {
		s->counts = *n;
		s->adopted_ms = now;
		if (!unchanged) {
			s->counts.files += s->begun.files - ended->files;
			s->counts.bytes += s->begun.bytes - ended->bytes;
		}
	}
	pthread_mutex_unlock(&s->lock);
}

enum err_code
spool_recount(struct spool *s, struct err *e)
{
	struct spool_counts n = { 0 };
	struct tally ended;
	enum err_code code;
	const char *name;
	uint64_t changes;
	DIR *d;

	if ((d = open_stream(s, e)) == NULL)
		return (ERR_TEMPORARY);
	pthread_mutex_lock(&s->lock);
	ended = s->ended;
	changes = s->changes;
	pthread_mutex_unlock(&s->lock);
	while ((name = next_file(d, &code, e)) != NULL)
		count_file(s, name, &n);
	(void)closedir(d);
	if (code == ERR_OK)
		adopt(s, &n, &ended, changes);
	return (code);
}

/* Putting ----------------------------------------------------------------- */

/* Is the file system nearly full? One that cannot say is not. */
static bool
disk_is_full(const struct spool *s)
{
	struct statvfs v;
	uint64_t used;

	if (fstatvfs(s->dir, &v) != 0 || v.f_blocks == 0)
		return (false);
	used = v.f_blocks - v.f_bfree;
	return (used * 100 >= (used + v.f_bavail) * DISK_FULL_PERCENT);
}

/* The end of a put, whether it succeeded or not. */
static void
ended(struct spool *s, size_t n, bool good)
{
	if (!good)
		add(s, -1, -(int64_t)n);
	pthread_mutex_lock(&s->lock);
	s->ended.files++;
	s->ended.bytes += (int64_t)n;
	pthread_mutex_unlock(&s->lock);
}

static enum err_code
reserve(struct spool *s, size_t n, struct err *e)
{
	bool full;

	add(s, 1, (int64_t)n);
	pthread_mutex_lock(&s->lock);
	s->begun.files++;
	s->begun.bytes += (int64_t)n;
	full = is_over(s, FULL_PERCENT);
	pthread_mutex_unlock(&s->lock);
	if (!full && !disk_is_full(s))
		return (ERR_OK);
	ended(s, n, false);
	return (err_set(e, ERR_TEMPORARY, "the spool is full%s",
	    full ? "" : ": its file system is"));
}

/* errno of what failed, or 0. */
static int
write_all(int fd, struct str bytes)
{
	ssize_t n;

	while (bytes.n > 0) {
		n = write(fd, bytes.p, bytes.n);
		if (n < 0 && errno != EINTR)
			return (errno);
		if (n == 0)
			return (EIO);
		if (n > 0)
			bytes = str_skip(bytes, (size_t)n);
	}
	return (fsync(fd) == 0 ? 0 : errno);
}

static int
write_record(struct spool *s, const char *undone, const char *name,
    struct str bytes)
{
	int fd, failed;

	fd = openat(s->dir, undone,
	    O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return (errno);
	failed = write_all(fd, bytes);
	if (close(fd) != 0 && failed == 0)
		failed = errno;
	if (failed == 0 && renameat(s->dir, undone, s->dir, name) != 0)
		failed = errno;
	if (failed != 0) {
		(void)unlinkat(s->dir, undone, 0);
		return (failed);
	}
	if (fsync(s->dir) == 0)
		return (0);
	failed = errno;
	(void)unlinkat(s->dir, name, 0);
	return (failed);
}

enum err_code
spool_put(struct spool *s, const struct spool_name *name, struct str bytes,
    struct err *e)
{
	char undone[sizeof(UNDONE) + sizeof(name->text)];
	enum err_code code;
	int failed;

	if (bytes.n > SPOOL_RECORD_MAX)
		return (err_set(e, ERR_TEMPORARY, "too large for the spool"));
	if ((code = reserve(s, bytes.n, e)) != ERR_OK)
		return (code);
	(void)snprintf(undone, sizeof(undone), UNDONE "%s", name->text);
	failed = write_record(s, undone, name->text, bytes);
	ended(s, bytes.n, failed == 0);
	if (failed == 0)
		return (ERR_OK);
	return (err_set(e, ERR_TEMPORARY, "spool: %s", strerror(failed)));
}

/* Taking ------------------------------------------------------------------ */

/* Let the last of the heap, of n, sink or rise to where it belongs. */
static void
keep_oldest(struct spool_name *heap, size_t n, const char *name, size_t max)
{
	size_t i, child;

	if (n < max) { /* at its end, and up */
		for (i = n; i > 0; i = (i - 1) / 2) {
			if (strcmp(heap[(i - 1) / 2].text, name) >= 0)
				break;
			heap[i] = heap[(i - 1) / 2];
		}
	} else { /* in the place of the newest, and down */
		for (i = 0; (child = 2 * i + 1) < n; i = child) {
			if (child + 1 < n &&
			    strcmp(heap[child + 1].text, heap[child].text) > 0)
				child++;
			if (strcmp(heap[child].text, name) <= 0)
				break;
			heap[i] = heap[child];
		}
	}
	(void)snprintf(heap[i].text, sizeof(heap[i].text), "%s", name);
}

static int
compare(const void *a, const void *b)
{
	return (strcmp(((const struct spool_name *)a)->text,
	    ((const struct spool_name *)b)->text));
}

enum err_code
spool_list(struct spool *s, const char *after, size_t max,
    struct spool_name *names, size_t *n_r, struct err *e)
{
	enum err_code code;
	const char *name;
	size_t n = 0;
	DIR *d;

	if ((d = open_stream(s, e)) == NULL)
		return (ERR_TEMPORARY);
	while ((name = next_file(d, &code, e)) != NULL) {
		if (!spool_name_is(str_of(name)) ||
		    (after != NULL && strcmp(name, after) <= 0) ||
		    (n == max && strcmp(name, names[0].text) >= 0))
			continue;
		keep_oldest(names, n, name, max);
		n += n < max;
	}
	(void)closedir(d);
	qsort(names, n, sizeof(names[0]), compare);
	*n_r = n;
	return (code);
}

static enum err_code
check_record(const struct spool *s, int fd, size_t *n_r, struct err *e)
{
	struct stat st;

	if (fstat(fd, &st) != 0)
		return (
		    err_set(e, ERR_TEMPORARY, "spool: %s", strerror(errno)));
	if (!S_ISREG(st.st_mode) || st.st_uid != s->owner || st.st_nlink > 1 ||
	    (st.st_mode & 077) != 0)
		return (err_set(e, ERR_INPUT,
		    "not a regular file of its owner alone, mode 0600, with one link"));
	if (st.st_size < 0 || (uint64_t)st.st_size > SPOOL_RECORD_MAX)
		return (err_set(e, ERR_INPUT, "too large for a record"));
	*n_r = (size_t)st.st_size;
	return (ERR_OK);
}

static enum err_code
read_all(int fd, struct arena *a, size_t n, struct str *bytes_r, struct err *e)
{
	char *p = arena_alloc(a, n + 1);
	size_t got = 0;
	ssize_t more;

	if (p == NULL)
		return (err_set(e, ERR_TEMPORARY, "no memory"));
	while (got < n) {
		more = read(fd, p + got, n - got);
		if (more < 0 && errno != EINTR)
			return (err_set(e, ERR_TEMPORARY, "spool: %s",
			    strerror(errno)));
		if (more == 0)
			return (err_set(e, ERR_INPUT, "shorter than it was"));
		got += more > 0 ? (size_t)more : 0;
	}
	*bytes_r = (struct str){ p, n };
	return (ERR_OK);
}

enum err_code
spool_read(struct spool *s, struct arena *a, const struct spool_name *name,
    size_t most, struct str *bytes_r, struct err *e)
{
	enum err_code code;
	size_t n;
	int fd;

	fd = openat(s->dir, name->text,
	    O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd < 0 && errno == ENOENT)
		return (err_set(e, ERR_ABSENT, "it is gone"));
	if (fd < 0)
		return (err_set(e,
		    errno == ELOOP || errno == ENXIO || errno == EACCES ?
			ERR_INPUT :
			ERR_TEMPORARY,
		    "cannot be opened: %s", strerror(errno)));
	if ((code = check_record(s, fd, &n, e)) == ERR_OK)
		code = read_all(fd, a, n < most ? n : most, bytes_r, e);
	(void)close(fd);
	return (code);
}

enum err_code
spool_remove(struct spool *s, const struct spool_name *name, struct err *e)
{
	struct stat st = { 0 };

	(void)fstatat(s->dir, name->text, &st, AT_SYMLINK_NOFOLLOW);
	if (unlinkat(s->dir, name->text, 0) == 0)
		add(s, -1, -(int64_t)st.st_size);
	else if (errno != ENOENT)
		return (
		    err_set(e, ERR_TEMPORARY, "spool: %s", strerror(errno)));
	return (ERR_OK);
}
