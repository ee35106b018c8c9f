/*
 * spool: a record is on the disk with its name, or nothing of it is; what
 * somebody else may have put there is not read.
 */
#include "config.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/clock.h"
#include "io/spool.h"
#include "tap.h"

#define MIB (INT64_C(1024) * 1024)

static struct arena *arena;
static char base[64];

/* The system, as it fails ------------------------------------------------- */

static size_t most = SIZE_MAX;	    /* a write(2) takes no more */
static int write_fails, sync_fails; /* at the nth; 0: never */
static int rename_fails, percent_full;

ssize_t __real_write(int, const void *, size_t);
ssize_t __wrap_write(int, const void *, size_t);
int __real_fsync(int);
int __wrap_fsync(int);
int __real_renameat(int, const char *, int, const char *);
int __wrap_renameat(int, const char *, int, const char *);
int __real_fstatvfs(int, struct statvfs *);
int __wrap_fstatvfs(int, struct statvfs *);

ssize_t
__wrap_write(int fd, const void *p, size_t n)
{
	if (fd > 2 && write_fails > 0 && --write_fails == 0) {
		errno = ENOSPC;
		return (-1);
	}
	return (__real_write(fd, p, fd > 2 && n > most ? most : n));
}

int
__wrap_fsync(int fd)
{
	if (sync_fails > 0 && --sync_fails == 0) {
		errno = EIO;
		return (-1);
	}
	return (__real_fsync(fd));
}

int
__wrap_renameat(int from, const char *a, int to, const char *b)
{
	if (rename_fails > 0 && --rename_fails == 0) {
		errno = EDQUOT;
		return (-1);
	}
	return (__real_renameat(from, a, to, b));
}

int
__wrap_fstatvfs(int fd, struct statvfs *v)
{
	int code = __real_fstatvfs(fd, v);

	if (percent_full > 0) {
		v->f_blocks = 1000;
		v->f_bfree = 1000 - 10 * (fsblkcnt_t)percent_full;
		v->f_bavail = v->f_bfree;
	}
	return (code);
}

/* Helpers ----------------------------------------------------------------- */

static const char *
path_of(const char *name)
{
	static char path[4][360];
	static size_t n;

	n = (n + 1) % 4;
	(void)snprintf(path[n], sizeof(path[n]), "%s/%s", base, name);
	return (path[n]);
}

static const char *
in_spool(const char *name)
{
	char path[280];

	(void)snprintf(path, sizeof(path), "state/spool/%s", name);
	return (path_of(path));
}

static enum err_code
open_it(const char *state, int64_t bytes, int64_t files, struct spool **s,
    struct err *e)
{
	const struct spool_options o = { .state_dir = path_of(state),
		.max_bytes = bytes,
		.max_files = files,
		.make = true };

	return (spool_open(&o, s, e));
}

static struct spool *
must_open(int64_t bytes, int64_t files)
{
	struct spool *s = NULL;
	struct err e = { .text = "" };

	if (open_it("state", bytes, files, &s, &e) != ERR_OK)
		ok(false, "open: %s", e.text);
	return (s);
}

static enum err_code
put(struct spool *s, const char *text, struct spool_name *name)
{
	if (spool_name_new("kind", name, NULL) != ERR_OK)
		ok(false, "a name");
	return (spool_put(s, name, str_of(text), NULL));
}

static void
make_file(const char *path, mode_t mode, const char *text)
{
	FILE *f = fopen(path, "w");

	if (f == NULL || fputs(text, f) < 0 || fclose(f) != 0 ||
	    chmod(path, mode) != 0)
		ok(false, "%s", path);
}

/* Files of the folder, whatever they are; all are removed. */
static int
clear(void)
{
	DIR *d = opendir(path_of("state/spool"));
	struct dirent *f;
	int n = 0;

	while (d != NULL && (f = readdir(d)) != NULL)
		if (strcmp(f->d_name, ".") != 0 && strcmp(f->d_name, "..") != 0)
			n += remove(in_spool(f->d_name)) == 0;
	if (d != NULL)
		(void)closedir(d);
	return (n);
}

/* The folder -------------------------------------------------------------- */

static void
test_open(void)
{
	struct err e = { .text = "" };
	struct spool *s = NULL;

	is_int(open_it("state", MIB, 10, &s, &e), ERR_ABSENT, "none there");
	make_file(path_of("file"), 0600, "");
	is_int(open_it("file", MIB, 10, &s, &e), ERR_INPUT, "a file");
	ok(str_holds(str_of(e.text), "not a folder"), "is no folder");
	(void)mkdir(path_of("state"), 0700);
	if (symlink(path_of("state"), path_of("link")) != 0)
		ok(false, "a link");
	is_int(open_it("link", MIB, 10, &s, &e), ERR_INPUT, "a link");
	(void)chmod(path_of("state"), 0750);
	is_int(open_it("state", MIB, 10, &s, &e), ERR_INPUT, "open to others");
	ok(str_holds(str_of(e.text), "chmod 700"), "and what to do");
	(void)chmod(path_of("state"), 0700);
	if (symlink(path_of("file"), path_of("state/spool")) != 0)
		ok(false, "a link");
	is_int(open_it("state", MIB, 10, &s, &e), ERR_INPUT,
	    "a link in the place of the folder in it");
	(void)unlink(path_of("state/spool"));
	if (geteuid() == 0) {
		is_int(chown(path_of("state"), 1, (gid_t)-1), 0, "given");
		is_int(open_it("state", MIB, 10, &s, &e), ERR_INPUT,
		    "another user's");
		ok(str_holds(str_of(e.text), "another user"), "as it says");
		is_int(chown(path_of("state"), 0, (gid_t)-1), 0, "back");
	} else {
		skip("another user's folder", "not root");
	}
	is_int(open_it("state", MIB, 10, &s, &e), ERR_OK, "ours alone");
	spool_close(s);
	is_int(open_it("state", MIB, 10, &s, &e), ERR_OK, "and again");
	spool_close(s);
}

static void
test_names(void)
{
	static const char *const wrong[] = { "", ".", "x.kind",
		"0190163d-8694-739b-aea5-966c26f8ad91",
		"0190163d-8694-739b-aea5-966c26f8ad91.",
		"0190163d-8694-739b-aea5-966c26f8ad91.Kind",
		"0190163d-8694-739b-aea5-966c26f8ad91.a.b",
		"0190163d-8694-739b-aea5-966c26f8ad91.abcdefghijklmnopq",
		"0190163D-8694-739b-aea5-966c26f8ad91.kind",
		"0190163d-8694-439b-aea5-966c26f8ad91.kind",
		"0190163d-8694-739b-aea5-966c26f8ad91.../x" };
	struct spool_name name;
	int64_t ms = 0, now = clock_wall_ms();

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		ok(!spool_name_is(str_of(wrong[i])), "no name: %s", wrong[i]);
	is_int(spool_name_new("kind", &name, NULL), ERR_OK, "a new one");
	ok(spool_name_is(str_of(name.text)), "is a name");
	is_str(spool_name_kind(&name), "kind", "of its kind");
	ok(id_time_ms(spool_name_id(&name), &ms) && ms >= now &&
		ms < now + 60000,
	    "of its time");
	is_int(spool_name_new("a kind", &name, NULL), ERR_BUG, "no kind");
}

/* Records ----------------------------------------------------------------- */

static void
test_order(void)
{
	struct spool_name names[40], got[40];
	struct spool *s = must_open(MIB, 1000);
	struct spool_counts n;
	struct str bytes;
	size_t found;
	int sorted = 0;

	for (size_t i = 0; i < 40; i++) {
		char text[8];

		(void)snprintf(text, sizeof(text), "%zu", i);
		is_int(put(s, text, &names[i]), ERR_OK, "put");
		clock_sleep_ms(1);
	}
	is_int(spool_list(s, NULL, 40, got, &found, NULL), ERR_OK, "listed");
	is_int((int64_t)found, 40, "all of them");
	for (size_t i = 0; i < 40; i++)
		sorted += strcmp(got[i].text, names[i].text) == 0;
	is_int(sorted, 40, "oldest first");
	is_int(spool_list(s, NULL, 7, got, &found, NULL), ERR_OK, "a few");
	ok(found == 7 && strcmp(got[6].text, names[6].text) == 0,
	    "are the oldest");
	is_int(spool_list(s, names[6].text, 7, got, &found, NULL), ERR_OK,
	    "the next few");
	ok(found == 7 && strcmp(got[0].text, names[7].text) == 0 &&
		strcmp(got[6].text, names[13].text) == 0,
	    "follow");
	is_int(spool_read(s, arena, &names[39], SIZE_MAX, &bytes, NULL), ERR_OK,
	    "read");
	is_str(bytes, "39", "as it was put");
	is_int(spool_read(s, arena, &names[39], 1, &bytes, NULL), ERR_OK,
	    "its front");
	is_str(bytes, "3", "alone");
	spool_count(s, &n);
	ok(n.files == 40 && n.bytes == 70, "counted while it is put");
	is_int(spool_remove(s, &names[0], NULL), ERR_OK, "removed");
	is_int(spool_remove(s, &names[0], NULL), ERR_OK, "and once more");
	is_int(spool_read(s, arena, &names[0], SIZE_MAX, &bytes, NULL),
	    ERR_ABSENT, "it is gone");
	spool_count(s, &n);
	ok(n.files == 39 && n.bytes == 69, "counted while it is removed");
	is_int(spool_recount(s, NULL), ERR_OK, "counted again");
	spool_count(s, &n);
	ok(n.files == 39 && n.bytes == 69 && n.oldest_ms > 0, "the same");
	spool_close(s);
	is_int(clear(), 39, "and no other file was there");
}

/* It failed, and nothing is left of it. */
static void
fails(struct spool *s, const char *why)
{
	struct spool_name name;
	struct spool_counts n;

	is_int(put(s, "0123456789", &name), ERR_TEMPORARY, why);
	spool_count(s, &n);
	ok(n.files == 0 && n.bytes == 0, "nothing counts");
	is_int(clear(), 0, "nothing is left");
}

static void
test_failures(void)
{
	struct spool *s = must_open(MIB, 1000);
	struct spool_name name;
	struct str bytes = STR_NONE;

	write_fails = 1;
	fails(s, "the disk is full at the first byte");
	most = 3;
	write_fails = 3;
	fails(s, "the disk is full in the middle");
	sync_fails = 1;
	fails(s, "the file cannot be brought to the disk");
	sync_fails = 2;
	fails(s, "the folder cannot");
	rename_fails = 1;
	fails(s, "it cannot have its name");
	percent_full = 95;
	fails(s, "the file system is nearly full");
	percent_full = 94;
	is_int(put(s, "0123456789", &name), ERR_OK, "below that, by pieces");
	percent_full = 0;
	most = SIZE_MAX;
	is_int(spool_read(s, arena, &name, SIZE_MAX, &bytes, NULL), ERR_OK,
	    "read");
	is_str(bytes, "0123456789", "it is whole");
	spool_close(s);
	is_int(clear(), 1, "one file");
}

static void
test_bounds(void)
{
	struct spool *s = must_open(MIB, 10);
	struct spool_name name;
	struct spool_counts n;
	int64_t half = 0;

	for (int i = 1; i <= 9; i++) {
		is_int(put(s, "x", &name), ERR_OK, "below 90 %");
		spool_count(s, &n);
		if (n.half_full && half == 0)
			half = n.files;
	}
	is_int(half, 6, "more than half of them");
	is_int(put(s, "x", &name), ERR_TEMPORARY, "past 90 % of the files");
	spool_count(s, &n);
	is_int(n.files, 9, "it does not count");
	spool_close(s);
	s = must_open(1000, 100);
	is_int(put(s, "x", &name), ERR_OK, "what is there counts");
	(void)clear();
	is_int(spool_recount(s, NULL), ERR_OK, "until it is gone");
	for (int i = 0; i < 9; i++)
		is_int(put(s,
			   "0123456789012345678901234567890123456789"
			   "0123456789012345678901234567890123456789"
			   "01234567890123456789",
			   &name),
		    ERR_OK, "900 bytes");
	is_int(put(s, "x", &name), ERR_TEMPORARY, "past 90 % of the bytes");
	spool_close(s);
	(void)clear();
}

/* What is not ours ------------------------------------------------------- */

static void
refused(struct spool *s, const struct spool_name *name, const char *what)
{
	struct str bytes;

	is_int(spool_read(s, arena, name, SIZE_MAX, &bytes, NULL), ERR_INPUT,
	    what);
	is_int(remove(in_spool(name->text)), 0, "away with it");
}

static void
test_strangers(void)
{
	struct spool *s = must_open(MIB, 1000);
	struct timespec old[2] = { { .tv_sec = time(NULL) - 7200 },
		{ .tv_sec = time(NULL) - 7200 } };
	struct spool_name name;
	struct spool_counts n;
	size_t found;

	(void)put(s, "x", &name);
	is_int(rename(in_spool(name.text), path_of("other")), 0, "outside");
	is_int(symlink(path_of("other"), in_spool(name.text)), 0, "linked");
	refused(s, &name, "a symbolic link");
	is_int(link(path_of("other"), in_spool(name.text)), 0, "linked");
	refused(s, &name, "a second link");
	is_int(mkfifo(in_spool(name.text), 0600), 0, "made");
	refused(s, &name, "a FIFO, without waiting");
	is_int(mkdir(in_spool(name.text), 0700), 0, "made");
	refused(s, &name, "a folder");
	make_file(in_spool(name.text), 0644, "x");
	refused(s, &name, "a file that others may read");
	make_file(in_spool(name.text), 0600, "");
	is_int(truncate(in_spool(name.text), (off_t)SPOOL_RECORD_MAX + 1), 0,
	    "made");
	refused(s, &name, "too large a file");
	if (geteuid() == 0) {
		make_file(in_spool(name.text), 0600, "x");
		is_int(chown(in_spool(name.text), 1, (gid_t)-1), 0, "given");
		refused(s, &name, "another user's file");
	} else {
		skip("another user's file", "not root");
	}
	make_file(in_spool("README"), 0600, "x");
	make_file(in_spool(".new.young"), 0600, "x");
	make_file(in_spool(".new.old"), 0600, "x");
	is_int(utimensat(AT_FDCWD, in_spool(".new.old"), old, 0), 0, "old");
	is_int(spool_recount(s, NULL), ERR_OK, "counted");
	spool_count(s, &n);
	ok(n.strangers == 1 && n.files == 1, "a name that no record has");
	is_int(spool_list(s, NULL, 1, &name, &found, NULL), ERR_OK, "listed");
	is_int((int64_t)found, 0, "is no record");
	is_int(access(in_spool(".new.young"), F_OK), 0, "what is being put");
	is_int(access(in_spool(".new.old"), F_OK), -1,
	    "what was left is removed after an hour");
	spool_close(s);
	(void)clear();
	(void)unlink(path_of("other"));
}

static void
test_lock(void)
{
	struct spool *a = must_open(MIB, 10), *b = must_open(MIB, 10);
	struct spool_name name;
	struct spool_counts n;
	int64_t before;

	is_int(spool_lock(a, NULL), ERR_OK, "one takes records out");
	is_int(spool_lock(a, NULL), ERR_OK, "and may say so twice");
	is_int(spool_lock(b, NULL), ERR_CONFLICT, "another does not");
	before = spool_changed_ns(a);
	clock_sleep_ms(20);
	is_int(put(b, "x", &name), ERR_OK, "but it puts");
	ok(spool_changed_ns(a) > before, "which shows");
	is_int(spool_recount(a, NULL), ERR_OK, "and is counted");
	spool_count(a, &n);
	is_int(n.files, 1, "by the first");
	spool_close(a);
	is_int(spool_lock(b, NULL), ERR_OK, "until that one is gone");
	spool_close(b);
	(void)clear();
}

int
main(void)
{
	(void)snprintf(base, sizeof(base), "/tmp/cwspool-XXXXXX");
	if ((arena = arena_new(64 << 20)) == NULL || mkdtemp(base) == NULL)
		return (1);
	test_open();
	test_names();
	test_order();
	test_failures();
	test_bounds();
	test_strangers();
	test_lock();
	(void)unlink(path_of("link"));
	(void)unlink(path_of("file"));
	(void)rmdir(path_of("state/spool"));
	(void)rmdir(path_of("state"));
	is_int(rmdir(base), 0, "everything is gone");
	arena_free(arena);
	return (done());
}
