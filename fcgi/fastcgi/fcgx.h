/*
 * FastCGI: the only includer of fcgiapp.h. Accepts a request from the web
 * server, gives its parameters and body, and writes one answer, whole or part
 * by part. Knows bytes, not HTTP.
 *
 * One thread accepts, and notes when; the request waits in a queue until a
 * thread takes it, or until it has waited too long. A stop wakes everybody
 * without touching the listener, which other processes may share.
 */
#ifndef CALLWARD_FCGX_H
#define CALLWARD_FCGX_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "fastcgi/queue.h"

struct fcgx;	     /* the listener; shared by all threads */
struct fcgx_request; /* of the thread that took it */

struct fcgx_counts {
	struct queue_counts queue;
	uint64_t abandoned; /* given up by the web server while they waited */
};

/*
 * Take the listener that the parent left on fd 0.
 * ERR_INPUT says plainly that fd 0 is no listening socket.
 */
enum err_code fcgx_open_inherited(struct fcgx **f_r, struct err *e) MUST_CHECK;

/*
 * Make a listener of our own: "unix:PATH" (mode 0660, an old socket that
 * nobody listens on is replaced) or "HOST:PORT", HOST a loopback or private
 * address in numbers ("[::1]:9000" for IPv6).
 */
enum err_code fcgx_open_listen(const char *where, struct fcgx **f_r,
    struct err *e) MUST_CHECK;

/* Stop, and close a listener that we made; its socket file is removed. */
void fcgx_close(struct fcgx *);

/* Start to accept: a thread of its own, which inherits the signal mask. */
enum err_code fcgx_start(struct fcgx *, const struct queue_limits *,
    struct err *e) MUST_CHECK;

/*
 * From any thread: nothing is accepted any more. What was accepted is still
 * given out.
 */
void fcgx_stop(struct fcgx *);

/*
 * Wait for a request. NULL: a stop was asked for. Errors of one connection,
 * and a lack of descriptors, are waited out inside. Each is released by who
 * took it, unless it was put back or parked.
 */
struct fcgx_request *fcgx_accept(struct fcgx *);

/*
 * Wait for one that has waited longer than the limits of fcgx_start. The whole
 * head of it has to be there.
 */
struct fcgx_request *fcgx_accept_late(struct fcgx *);

/* Nothing but its parameters was read: it goes on waiting for fcgx_accept. */
void fcgx_put_back(struct fcgx_request *);

/*
 * The same, but until fcgx_unpark lets the oldest of them go. False: it cannot
 * be kept, and is still the caller's.
 */
bool fcgx_park(struct fcgx_request *) MUST_CHECK;
void fcgx_unpark(struct fcgx *);

/* Forget it; a connection that was not finished is closed. */
void fcgx_release(struct fcgx_request *);

/* When it was accepted, of the monotonic clock. */
int64_t fcgx_arrived_ms(const struct fcgx_request *);

void fcgx_count(struct fcgx *, struct fcgx_counts *counts_r);

/* Parameters as the web server sent them, "NAME=value" in order. */
const char *const *fcgx_params(const struct fcgx_request *);

/*
 * Read exactly n bytes of body into the arena. ERR_INPUT when the web server
 * sent fewer, ERR_TOO_LARGE past the arena's ceiling.
 */
enum err_code fcgx_read(struct fcgx_request *, struct arena *, size_t n,
    struct str *body_r, struct err *e) MUST_CHECK;

/*
 * Read the body up to the end that the web server gave it, for one that told
 * no length. ERR_TOO_LARGE past max bytes or the arena's ceiling, ERR_INPUT
 * when the connection ended before the body did.
 */
enum err_code fcgx_read_rest(struct fcgx_request *, struct arena *, size_t max,
    struct str *body_r, struct err *e) MUST_CHECK;

/* Was a stop asked for? Then what goes on for long should come to its end. */
bool fcgx_stopping(const struct fcgx_request *);

/*
 * Write a part of the answer now; the rest follows. ERR_TEMPORARY: the web
 * server went away, or took nothing for half a minute.
 */
enum err_code fcgx_write(struct fcgx_request *, struct str part,
    struct err *e) MUST_CHECK;

/* Write the (rest of the) answer, finish the request, close its connection. */
enum err_code fcgx_finish(struct fcgx_request *, struct str head,
    struct str body, struct err *e) MUST_CHECK;

/*
 * Close the connection in the middle of an answer so that the web server does
 * not take it for a whole one, and cuts its client off. It may wait for two
 * seconds.
 */
void fcgx_cut(struct fcgx_request *);

#endif
