/*
 * Lines to the log. The target is chosen before the threads start; after that
 * the descriptor's number never changes: a reopened file is put under the same
 * number (dup2), so that writers need no lock and a line is one write(2).
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"

static struct {
	int fd;
	bool to_syslog;
	char path[PATH_MAX]; /* "" unless the target is a file */
} target = { .fd = STDERR_FILENO };

static int
open_file(const char *path)
{
	return (open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0640));
}

enum err_code
log_open(const char *name, struct err *e)
{
	struct str s = str_of(name);
	int fd;

	if (str_is(s, "stderr")) {
		log_close();
		return (ERR_OK);
	}
	if (str_is(s, "syslog")) {
		log_close();
		openlog("callward", LOG_PID | LOG_NDELAY, LOG_DAEMON);
		target.to_syslog = true;
		return (ERR_OK);
	}
	s = str_skip(s, strlen("file:"));
	if (!str_starts(str_of(name), "file:") || s.n == 0 ||
	    s.n >= sizeof(target.path))
		return (err_set(e, ERR_INPUT,
		    "log is neither stderr, syslog nor file:PATH"));
	if ((fd = open_file(s.p)) == -1)
		return (err_set(e, ERR_INPUT, "log file %.100s: %s", s.p,
		    strerror(errno)));
	log_close();
	target.fd = fd;
	memcpy(target.path, s.p, s.n + 1);
	return (ERR_OK);
}

void
log_reopen(void)
{
	struct err e;
	int fd;

	if (target.path[0] == '\0')
		return;
	if ((fd = open_file(target.path)) == -1) {
		(void)err_set(&e, ERR_TEMPORARY,
		    "log file stays the old one: %s", strerror(errno));
		log_error(LOG_LEVEL_ERROR, "log_reopen_failed", &e);
		return;
	}
	(void)dup3(fd, target.fd, O_CLOEXEC);
	(void)close(fd);
}

void
log_close(void)
{
	if (target.to_syslog)
		closelog();
	if (target.path[0] != '\0')
		(void)close(target.fd);
	target.fd = STDERR_FILENO;
	target.to_syslog = false;
	target.path[0] = '\0';
}

/* Append as it is; false when it does not fit beside the newline. */
static bool
put(struct log_line *l, const char *p, size_t n)
{
	if (n >= sizeof(l->text) - l->n)
		return (false);
	memcpy(l->text + l->n, p, n);
	l->n += n;
	return (true);
}

/* One character of a quoted value, or what is none; length: its bytes. */
static bool
put_character(struct log_line *l, struct str s, size_t length)
{
	char hex[5];
	size_t i;

	if (str_unprintable(s) == 0) {
		if (s.p[0] == '"' || s.p[0] == '\\')
			return (put(l, "\\", 1) && put(l, s.p, 1));
		return (put(l, s.p, length));
	}
	for (i = 0; i < length; i++) {
		(void)snprintf(hex, sizeof(hex), "\\x%02x",
		    (unsigned char)s.p[i]);
		if (!put(l, hex, 4))
			return (false);
	}
	return (true);
}

static bool
needs_quotes(struct str s)
{
	if (s.n == 0)
		return (true);
	for (; s.n > 0; s = str_skip(s, str_utf8_length(s)))
		if (str_unprintable(s) > 0 || s.p[0] == ' ' || s.p[0] == '"' ||
		    s.p[0] == '=' || s.p[0] == '\\')
			return (true);
	return (false);
}

static bool
put_value(struct log_line *l, struct str s)
{
	bool quoted = needs_quotes(s);
	size_t left = LOG_VALUE_BYTES, n;

	if (quoted && !put(l, "\"", 1))
		return (false);
	for (; s.n > 0; s = str_skip(s, n)) {
		if ((n = str_utf8_length(s)) == 0)
			n = 1;
		if (n > left) {
			if (!put(l, "...", 3))
				return (false);
			break;
		}
		if (!put_character(l, s, n))
			return (false);
		left -= n;
	}
	return (!quoted || put(l, "\"", 1));
}

void
log_str(struct log_line *l, const char *key, struct str value)
{
	size_t before = l->n;

	/* A pair that does not fit is left out whole, never half. */
	if ((before > 0 && !put(l, " ", 1)) || !put(l, key, strlen(key)) ||
	    !put(l, "=", 1) || !put_value(l, value))
		l->n = before;
}

void
log_text(struct log_line *l, const char *key, const char *value)
{
	log_str(l, key, str_of(value));
}

void
log_int(struct log_line *l, const char *key, int64_t value)
{
	char text[24];

	(void)snprintf(text, sizeof(text), "%lld", (long long)value);
	log_text(l, key, text);
}

void
log_number(struct log_line *l, const char *key, struct str value)
{
	char text[] = "...0000";
	size_t i, digits = 0;

	for (i = value.n; i > 0 && digits < 4; i--)
		if (value.p[i - 1] >= '0' && value.p[i - 1] <= '9')
			text[sizeof(text) - 2 - digits++] = value.p[i - 1];
	if (value.n == 0)
		log_text(l, key, "none");
	else if (digits < 4)
		log_text(l, key, "other");
	else
		log_text(l, key, text);
}

void
log_failure(struct log_line *l, const struct err *e)
{
	if (e->code == ERR_OK)
		return;
	log_text(l, "error", err_name(e->code));
	log_text(l, "why", e->text);
}

void
log_begin(struct log_line *l, enum log_level level, const char *event)
{
	char time[CLOCK_RFC3339_SIZE];

	l->level = level;
	l->n = 0;
	if (!target.to_syslog) {
		clock_format_rfc3339(clock_wall_ms(), time);
		log_text(l, "time", time);
	}
	log_text(l, "level",
	    level == LOG_LEVEL_ERROR	? "error" :
		level == LOG_LEVEL_WARN ? "warn" :
					  "info");
	log_text(l, "event", event);
}

void
log_end(struct log_line *l)
{
	if (target.to_syslog) {
		syslog((int)l->level, "%.*s", (int)l->n, l->text);
		return;
	}
	l->text[l->n] = '\n';
	/* Nobody to tell when the log itself is full or gone. */
	if (write(target.fd, l->text, l->n + 1) == -1)
		return;
}

void
log_error(enum log_level level, const char *event, const struct err *e)
{
	struct log_line l;

	log_begin(&l, level, event);
	log_failure(&l, e);
	log_end(&l);
}
