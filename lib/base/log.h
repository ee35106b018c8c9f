/*
 * One event, one line, key=value, to stderr, syslog or a file. Values are
 * encoded here (no value can start a new line or forge a key), and people's
 * numbers are cut to their last four digits by log_number. Nothing else
 * writes to the log. Thread-safe: a line is never in another, nor half.
 *
 * From log_start to log_stop no caller is blocked by the log: a thread writes
 * lines from a queue. Lines that find it full are dropped and counted, and
 * event=log_dropped says how many once there is room again.
 */
#ifndef CALLWARD_LOG_H
#define CALLWARD_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/str.h"

enum log_level {
	LOG_LEVEL_ERROR = 3, /* as in syslog(3) */
	LOG_LEVEL_WARN = 4,
	LOG_LEVEL_INFO = 6,
};

#define LOG_LINE_BYTES 2000
#define LOG_VALUE_BYTES 200 /* longer values are cut and end in "..." */

struct log_line {
	enum log_level level;
	size_t n;
	char text[LOG_LINE_BYTES];
};

/*
 * target  "stderr", "syslog" or "file:PATH" (made 0640 when missing, opened
 *         for appending). Before the first log_open, lines go to stderr.
 */
enum err_code log_open(const char *target, struct err *e) MUST_CHECK;

/* Open the file again after it was moved away; nothing for other targets. */
void log_reopen(void);
void log_close(void);

/* Start the thread, after log_open; it inherits the signal mask. */
enum err_code log_start(struct err *e) MUST_CHECK;

/* Write what is queued, for two seconds at most: the reader may be stuck. */
void log_stop(void);

/* Lines that were dropped since the start. */
uint64_t log_dropped(void);

void log_begin(struct log_line *, enum log_level, const char *event);
void log_str(struct log_line *, const char *key, struct str value);
void log_text(struct log_line *, const char *key, const char *value);
void log_int(struct log_line *, const char *key, int64_t value);

/*
 * A number of a person or a line: "...1111"; "none" when there is none, "other"
 * for what holds fewer than four digits.
 */
void log_number(struct log_line *, const char *key, struct str value);

/* What failed: error=, the code, and why=, the sentence; nothing for ERR_OK. */
void log_failure(struct log_line *, const struct err *);
void log_end(struct log_line *);

/* The usual line: an event and why. */
void log_error(enum log_level, const char *event, const struct err *);

#endif
