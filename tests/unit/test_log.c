/* log: one line a record, nothing forged, numbers cut to four digits. */
#include "config.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "tap.h"

static struct log_line line;

static struct str
written(void)
{
	return ((struct str){ line.text, line.n });
}

static const struct {
	struct str value;
	const char *want;
} values[] = {
	{ { "plain", 5 }, "k=plain" },
	{ { "", 0 }, "k=\"\"" },
	{ { NULL, 0 }, "k=\"\"" },
	{ { "a b", 3 }, "k=\"a b\"" },
	{ { "a=b", 3 }, "k=\"a=b\"" },
	{ { "a\"b\\", 4 }, "k=\"a\\\"b\\\\\"" },
	{ { "x\nlevel=error", 13 }, "k=\"x\\x0alevel=error\"" },
	{ { "a\0b", 3 }, "k=\"a\\x00b\"" },
	{ { "\x1b[2J", 4 }, "k=\"\\x1b[2J\"" },
	{ { "\xc2\x9b"
	    "2J",
	      4 },
	    "k=\"\\xc2\\x9b2J\"" },
	{ { "a\xe2\x80\xa8"
	    "b",
	      5 },
	    "k=\"a\\xe2\\x80\\xa8b\"" },
	{ { "\xe2\x80\xa9", 3 }, "k=\"\\xe2\\x80\\xa9\"" },
	{ { "\xe2\x80\xa6", 3 }, "k=\xe2\x80\xa6" },
	{ { "\xff\xfe", 2 }, "k=\"\\xff\\xfe\"" },
	{ { "\xc3\xa9t\xc3\xa9", 5 }, "k=\xc3\xa9t\xc3\xa9" },
};

static const struct {
	const char *value;
	const char *want;
} numbers[] = {
	{ "+15551111111", "k=...1111" },
	{ "", "k=none" },
	{ "anonymous", "k=other" },
	{ "sip:+15551234567@x", "k=...4567" },
};

static void
test_values(void)
{
	char longer[1000];
	size_t i, n;

	for (i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		line.n = 0;
		log_str(&line, "k", values[i].value);
		is_str(written(), values[i].want, values[i].want);
	}
	for (i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		line.n = 0;
		log_number(&line, "k", str_of(numbers[i].value));
		is_str(written(), numbers[i].want, numbers[i].want);
	}
	line.n = 0;
	log_int(&line, "n", INT64_MIN);
	is_str(written(), "n=-9223372036854775808", "a number");
	memset(longer, 'x', sizeof(longer) - 1);
	longer[sizeof(longer) - 1] = '\0';
	line.n = 0;
	log_text(&line, "k", longer);
	ok(line.n == LOG_VALUE_BYTES + 5 &&
		memcmp(line.text + line.n - 3, "...", 3) == 0,
	    "a long value is cut");
	for (i = 0; i < 20; i++)
		log_text(&line, "k", longer);
	n = line.n;
	ok(n < LOG_LINE_BYTES &&
		n % (LOG_VALUE_BYTES + 6) == LOG_VALUE_BYTES + 5,
	    "a pair that does not fit is left out whole");
	log_int(&line, "s", 5);
	is_int((int64_t)line.n, (int64_t)n + 4, "a short one still fits");
}

static struct str
read_file(const char *path, char *text, size_t size)
{
	FILE *f = fopen(path, "r");
	size_t n = f == NULL ? 0 : fread(text, 1, size, f);

	if (f != NULL)
		(void)fclose(f);
	return ((struct str){ text, n });
}

static void
test_file(void)
{
	char dir[] = "/tmp/logXXXXXX", target[64], moved[64], text[4096];
	struct err e = { 0 }, why = { 0 };
	struct str s;
	struct stat st;

	if (!ok(mkdtemp(dir) != NULL, "a folder to write in"))
		return;
	(void)snprintf(target, sizeof(target), "file:%s/log", dir);
	(void)snprintf(moved, sizeof(moved), "%s/old", dir);
	is_int(log_open(target, &e), ERR_OK, "a file is opened");
	ok(stat(target + 5, &st) == 0 && (st.st_mode & 0137) == 0,
	    "others cannot read it");
	(void)err_set(&why, ERR_TEMPORARY, "no answer");
	log_error(LOG_LEVEL_WARN, "database", &why);
	ok(rename(target + 5, moved) == 0, "moved away");
	log_error(LOG_LEVEL_INFO, "second", &why);
	log_reopen();
	log_error(LOG_LEVEL_ERROR, "third", &why);
	s = read_file(moved, text, sizeof(text));
	ok(str_starts(s, "time=2") && s.n > 0 && s.p[s.n - 1] == '\n',
	    "a line begins with the time and ends");
	s = str_skip(s, strlen("time=2026-01-01T00:00:00.000Z"));
	is_str(str_first(s, str_find(s, '\n')),
	    " level=warn event=database error=temporary why=\"no answer\"",
	    "the usual line");
	s = read_file(target + 5, text, sizeof(text));
	s = str_skip(s, strlen("time=2026-01-01T00:00:00.000Z"));
	is_str(s,
	    " level=error event=third error=temporary why=\"no answer\"\n",
	    "a new file after log_reopen");
	log_close();
	(void)unlink(target + 5);
	(void)unlink(moved);
	(void)rmdir(dir);
}

static void
test_targets(void)
{
	struct err e;

	is_int(log_open("stdout", &e), ERR_INPUT, "an unknown target");
	is_int(log_open("file:", &e), ERR_INPUT, "a file without a path");
	is_int(log_open("", &e), ERR_INPUT, "no target");
	is_int(log_open("file:/nonexistent/log", &e), ERR_INPUT,
	    "a file that cannot be made");
	is_int(log_open("stderr", &e), ERR_OK, "stderr");
	log_reopen();
}

#define MANY 20000 /* lines: more than pipe and queue hold */
#define PAD "0123456789012345678901234567890123456"

static void
write_many(int n)
{
	for (int i = 0; i < n; i++) {
		log_begin(&line, LOG_LEVEL_INFO, "many");
		log_int(&line, "i", i);
		log_text(&line, "pad", PAD);
		log_end(&line);
	}
}

/* What a log says: lines of events, in order; those dropped as it tells. */
struct told {
	int many, last, dropped;
	bool good;
};

static struct told
read_log(struct str all)
{
	struct told t = { .last = -1, .good = true };
	int64_t n;

	while (all.n > 0) {
		struct str text = str_cut(&all, '\n');

		text = str_skip(text, strlen("time=2026-01-01T00:00:00.000Z"));
		if (str_starts(text, " level=info event=many i=")) {
			text =
			    str_skip(text, strlen(" level=info event=many i="));
			t.good = t.good &&
			    str_parse_int(str_cut(&text, ' '), t.last + 1, MANY,
				&n, NULL) == ERR_OK &&
			    str_is(text, "pad=" PAD);
			t.last = (int)n;
			t.many++;
		} else {
			t.good = t.good &&
			    str_starts(text,
				" level=error event=log_dropped lines=") &&
			    str_parse_int(
				str_skip(text,
				    strlen(
					" level=error event=log_dropped lines=")),
				1, MANY, &n, NULL) == ERR_OK;
			t.dropped += (int)n;
		}
	}
	return (t);
}

static char taken[MANY * 200];
static size_t n_taken;
static int pipe_fd, saved_stderr;

/* A pipe that nobody reads, in the place of stderr. */
static void
put_pipe(void)
{
	int fds[2];

	if (pipe2(fds, O_NONBLOCK) != 0 || fcntl(fds[1], F_SETFL, 0) != 0 ||
	    (saved_stderr = dup(STDERR_FILENO)) < 0 ||
	    dup2(fds[1], STDERR_FILENO) < 0)
		exit(1);
	close(fds[1]);
	pipe_fd = fds[0];
	n_taken = 0;
}

static void
take_pipe_away(void)
{
	(void)dup2(saved_stderr, STDERR_FILENO);
	close(saved_stderr);
	close(pipe_fd);
}

/* Read what is there by now. */
static struct told
take(void)
{
	ssize_t n;

	while (
	    (n = read(pipe_fd, taken + n_taken, sizeof(taken) - n_taken)) > 0)
		n_taken += (size_t)n;
	return (read_log((struct str){ taken, n_taken }));
}

static void
test_unread(void)
{
	struct told t = { 0 };
	struct err e;

	put_pipe();
	is_int(log_start(&e), ERR_OK, "the thread starts");
	write_many(MANY);
	ok(log_dropped() > 0 && log_dropped() < MANY,
	    "nobody waits, some are dropped");
	/* What is read makes room for the rest. */
	for (int i = 0; i < 4000 && t.many + t.dropped < MANY; i++) {
		(void)usleep(2000);
		t = take();
	}
	log_stop();
	t = take();
	is_int(t.dropped, (int64_t)log_dropped(), "as many as are told");
	ok(t.good, "each line is whole, and in its order");
	is_int(t.many + t.dropped, MANY, "none is lost otherwise");
	take_pipe_away();
}

static void
test_stop(void)
{
	struct err e;

	put_pipe();
	is_int(log_start(&e), ERR_OK, "it starts once more");
	write_many(20);
	log_stop();
	is_int(take().many, 20, "a stop writes what is queued");
	take_pipe_away();
	put_pipe();
	is_int(log_start(&e), ERR_OK, "and again");
	write_many(MANY);
	log_stop();
	ok(true, "a stop does not wait for who does not read");
}

int
main(void)
{
	test_values();
	test_file();
	test_targets();
	test_unread();
	test_stop();
	return (done());
}
