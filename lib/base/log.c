/*
 * Lines to the log. The target is chosen before the threads start; after that
 * the descriptor's number never changes: a reopened file is put under the same
 * number (dup2), so that writers need no lock.
 *
 * queue.lock guards the ring of bytes and its flags. Its thread alone writes
 * while it runs, several lines at once, and only it can be kept waiting by a
 * pipe that is full, a disk or syslog.
 */
#include "config.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
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

#define QUEUE_BYTES ((size_t)1024 * 1024)
#define BATCH_BYTES ((size_t)4096) /* a pipe takes them whole */
#define PAUSE_MS 10		   /* of the thread, to write more at once */
#define STOP_MS 2000

struct head {
	uint16_t n;
	uint16_t level;
};
static_assert(sizeof(struct head) + LOG_LINE_BYTES <= BATCH_BYTES,
    "a line fits into what is written at once");

static struct {
	atomic_bool running;
	pthread_mutex_t lock;
	pthread_cond_t more; /* a line, or the end */
	pthread_cond_t done; /* all is written after the end */
	pthread_t thread;
	bool stop, ended;
	bool sleeps; /* and wants to be told of a line */
	size_t at, n;
	uint64_t untold; /* dropped, and not said yet */
	atomic_uint_fast64_t dropped;
	char bytes[QUEUE_BYTES];
} queue = { .lock = PTHREAD_MUTEX_INITIALIZER,
	.more = PTHREAD_COND_INITIALIZER,
	.done = PTHREAD_COND_INITIALIZER };

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

/* Writing ----------------------------------------------------------------- */

/* False: the log itself is full or gone. */
static bool
write_all(const char *p, size_t n)
{
	struct pollfd fd = { .fd = target.fd, .events = POLLOUT };
	ssize_t done;

	while (n > 0) {
		done = write(target.fd, p, n);
		if (done >= 0) {
			p += done;
			n -= (size_t)done;
		} else if (errno != EINTR &&
		    (errno != EAGAIN || poll(&fd, 1, -1) < 0))
			return (false);
	}
	return (true);
}

/* Write a line and its end; may block. */
static bool
write_line(struct log_line *l)
{
	if (target.to_syslog) {
		syslog((int)l->level, "%.*s", (int)l->n, l->text);
		return (true);
	}
	l->text[l->n] = '\n';
	return (write_all(l->text, l->n + 1));
}

/* The queue; under its lock ------------------------------------------------ */

static void
ring_put(const void *p, size_t n)
{
	size_t at = (queue.at + queue.n) % QUEUE_BYTES;
	size_t first = n < QUEUE_BYTES - at ? n : QUEUE_BYTES - at;

	memcpy(queue.bytes + at, p, first);
	memcpy(queue.bytes, (const char *)p + first, n - first);
	queue.n += n;
}

static void
ring_get(void *p, size_t n, bool keep)
{
	size_t first = n < QUEUE_BYTES - queue.at ? n : QUEUE_BYTES - queue.at;

	memcpy(p, queue.bytes + queue.at, first);
	memcpy((char *)p + first, queue.bytes, n - first);
	if (keep)
		return;
	queue.at = (queue.at + n) % QUEUE_BYTES;
	queue.n -= n;
}

static void
push(const struct log_line *l)
{
	const struct head head = { (uint16_t)l->n, (uint16_t)l->level };

	if (sizeof(head) + l->n > QUEUE_BYTES - queue.n) {
		queue.untold++;
		atomic_fetch_add(&queue.dropped, 1);
		return;
	}
	ring_put(&head, sizeof(head));
	ring_put(l->text, l->n);
}

static bool
pop(struct log_line *l)
{
	struct head head;

	if (queue.n == 0)
		return (false);
	ring_get(&head, sizeof(head), false);
	ring_get(l->text, head.n, false);
	l->n = head.n;
	l->level = (enum log_level)head.level;
	return (true);
}

/* As many lines as fit into a batch, each with its end; 0: there are none. */
static size_t
pop_batch(char batch[BATCH_BYTES], size_t *lines_r)
{
	struct log_line l;
	struct head next;
	size_t n = 0;

	for (*lines_r = 0; queue.n > 0; ++*lines_r) {
		ring_get(&next, sizeof(next), true);
		if (next.n >= BATCH_BYTES - n || !pop(&l))
			break;
		memcpy(batch + n, l.text, l.n);
		batch[n + l.n] = '\n';
		n += l.n + 1;
	}
	return (n);
}

/* The thread -------------------------------------------------------------- */

static void
tell_later(uint64_t lines)
{
	pthread_mutex_lock(&queue.lock);
	queue.untold += lines;
	pthread_mutex_unlock(&queue.lock);
}

static void
write_some(void)
{
	char batch[BATCH_BYTES];
	struct log_line l;
	size_t n = 0, lines = 0;
	bool one;

	pthread_mutex_lock(&queue.lock);
	if ((one = target.to_syslog))
		one = pop(&l);
	else
		n = pop_batch(batch, &lines);
	pthread_mutex_unlock(&queue.lock);
	if (one)
		(void)write_line(&l);
	else if (n > 0 && !write_all(batch, n)) {
		atomic_fetch_add(&queue.dropped, lines);
		tell_later(lines);
	}
}

/* After the lines that were written; if that fails, tell it later. */
static void
tell_dropped(uint64_t lines)
{
	struct log_line l;

	log_begin(&l, LOG_LEVEL_ERROR, "log_dropped");
	log_int(&l, "lines", (int64_t)lines);
	if (!write_line(&l))
		tell_later(lines);
}

/* Sleep until there is something to write; false: it was stopped. */
static bool
wait_for_lines(uint64_t *untold_r)
{
	struct timespec pause = clock_timespec(clock_mono_ms() + PAUSE_MS);
	bool more;

	pthread_mutex_lock(&queue.lock);
	if (queue.n == 0 && !queue.stop)
		(void)pthread_cond_clockwait(&queue.more, &queue.lock,
		    CLOCK_MONOTONIC, &pause);
	while (queue.n == 0 && !queue.stop) {
		queue.sleeps = true;
		pthread_cond_wait(&queue.more, &queue.lock);
		queue.sleeps = false;
	}
	more = queue.n > 0;
	*untold_r = more ? 0 : queue.untold;
	pthread_mutex_unlock(&queue.lock);
	return (more);
}

static void *
write_lines(void *unused)
{
	uint64_t untold;

	(void)unused;
	while (wait_for_lines(&untold)) {
		write_some();
		pthread_mutex_lock(&queue.lock);
		untold = queue.untold;
		queue.untold = 0;
		pthread_mutex_unlock(&queue.lock);
		if (untold > 0)
			tell_dropped(untold);
	}
	if (untold > 0)
		tell_dropped(untold);
	pthread_mutex_lock(&queue.lock);
	queue.ended = true;
	pthread_cond_signal(&queue.done);
	pthread_mutex_unlock(&queue.lock);
	return (NULL);
}

enum err_code
log_start(struct err *e)
{
	queue.stop = queue.ended = false;
	if (pthread_create(&queue.thread, NULL, write_lines, NULL) != 0)
		return (err_set(e, ERR_TEMPORARY,
		    "the log's thread cannot be started"));
	atomic_store(&queue.running, true);
	return (ERR_OK);
}

void
log_stop(void)
{
	struct timespec until = clock_timespec(clock_mono_ms() + STOP_MS);
	int late = 0;

	if (!atomic_exchange(&queue.running, false))
		return;
	pthread_mutex_lock(&queue.lock);
	queue.stop = true;
	pthread_cond_signal(&queue.more);
	while (!queue.ended && late == 0)
		late = pthread_cond_clockwait(&queue.done, &queue.lock,
		    CLOCK_MONOTONIC, &until);
	pthread_mutex_unlock(&queue.lock);
	if (late == 0)
		pthread_join(queue.thread, NULL);
	else
		/* Blocked by a stuck reader: it ends with the process. */
		pthread_detach(queue.thread);
}

uint64_t
log_dropped(void)
{
	return (atomic_load(&queue.dropped));
}

void
log_end(struct log_line *l)
{
	if (!atomic_load_explicit(&queue.running, memory_order_acquire)) {
		/* Nobody to tell when the log itself is full or gone. */
		(void)write_line(l);
		return;
	}
	pthread_mutex_lock(&queue.lock);
	push(l);
	if (queue.sleeps) {
		queue.sleeps = false;
		pthread_cond_signal(&queue.more);
	}
	pthread_mutex_unlock(&queue.lock);
}

void
log_error(enum log_level level, const char *event, const struct err *e)
{
	struct log_line l;

	log_begin(&l, level, event);
	log_failure(&l, e);
	log_end(&l);
}
