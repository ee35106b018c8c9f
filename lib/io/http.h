/*
 * Requests to the outside: the only includer of curl. One thread carries
 * them all over shared, kept connections; callers hand over, wait with a
 * deadline and get one answer. One call here is one attempt on the wire,
 * never two (but for a GET whose kept connection closes under it). Redirects
 * are not followed, proxies of the environment are not used, and only https
 * (http for loopback) is spoken.
 */
#ifndef CALLWARD_HTTP_H
#define CALLWARD_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"

#define HTTP_HEADERS_MAX 8

/* Where a request may go, whatever its host's name leads to. */
enum http_reach {
	HTTP_REACH_ANY = 0,
	HTTP_REACH_PUBLIC, /* no address of this host or of its networks */
	HTTP_REACH_LOOPBACK
};

struct http;

struct http_request {
	const char *method; /* "GET", "POST" */
	const char *url;
	const char *headers[HTTP_HEADERS_MAX]; /* "Name: value", then NULL */
	struct str body;		       /* STR_NONE: no body */
	int64_t deadline_ms;		       /* monotonic clock */
	size_t answer_max_bytes;
	enum http_reach reach;
};

struct http_answer {
	int status;
	struct str body; /* in the arena, ends in NUL */
	char content_type[80];
	char content_range[80];
	char location[4096];   /* of a redirect, never followed */
	int64_t retry_after_s; /* -1: not told in seconds */
	bool timed_out;	       /* also where there is no answer */
};

/*
 * Start the thread, and end it. What is in hand at an abort ends
 * ERR_UNCERTAIN, or ERR_TEMPORARY if it was not sent, as does all that comes
 * later. Stop aborts and frees: no thread may be in http_do by then.
 */
enum err_code http_start(struct http **h_r, struct err *e) MUST_CHECK;
void http_abort(struct http *);
void http_stop(struct http *);

/* Sleep until then, or until http_abort. Monotonic clock. */
void http_pause(struct http *, int64_t until_ms);

/*
 * One attempt. ERR_OK for any HTTP status.
 * ERR_TEMPORARY  it was not sent: no name, no connection, no TLS
 * ERR_UNCERTAIN  some of it was sent and no whole answer came in time
 * ERR_TOO_LARGE  the answer is over answer_max_bytes
 * Messages never hold the body, a header or the query.
 */
enum err_code http_do(struct http *, struct arena *,
    const struct http_request *, struct http_answer *answer_r,
    struct err *e) MUST_CHECK;

#endif
