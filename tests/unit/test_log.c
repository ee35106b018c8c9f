/* log: one line a record, nothing forged, numbers cut to four digits. */
#include "config.h"

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

int
main(void)
{
	test_values();
	test_file();
	test_targets();
	return (done());
}
