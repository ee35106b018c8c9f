/*
 * One HTTP answer as a value: filled by a handler, written once. A body that
 * is too large to be held is made piece by piece while it is written.
 * Knows the CGI form of a head, no FastCGI.
 */
#ifndef CALLWARD_RESPONSE_H
#define CALLWARD_RESPONSE_H

#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "io/json.h"
#include "fastcgi/request.h"
#include "base/str.h"

#define RESPONSE_HEADERS_MAX 12

/*
 * Make the next piece of a body; one without bytes is the end.
 *
 * a            for this piece alone: reset when it was written
 * deadline_ms  monotonic; there has to be an answer by then
 * piece_r      good until the next call
 * A failure of the first piece is answered as any failure, since no head was
 * written yet; a later one cuts the connection.
 */
typedef enum err_code response_produce(void *ctx, struct arena *a,
    int64_t deadline_ms, struct str *piece_r, struct err *e);

struct response {
	int status;
	const char *content_type; /* NULL: no body */
	struct str body;
	struct {
		response_produce *produce; /* NULL: body is all there is */
		void *ctx;
		int64_t length; /* -1: known at the end only */
		int64_t sent;	/* counted by the responder */
	} stream;
	struct response_field {
		const char *name;
		const char *value; /* no CR, LF or other control bytes */
	} header[RESPONSE_HEADERS_MAX];
	size_t n_headers;
};

/* Status and body; text_type such as "application/json". */
void response_set(struct response *, int status, const char *content_type,
    struct str body);

/*
 * A body that produce makes, piece by piece; what ctx holds is freed by the
 * request's arena (arena_tie).
 *
 * length  of the whole body; -1 when it is not known. More pieces than that
 *         are not written, and fewer cut the connection.
 */
void response_stream(struct response *, int status, const char *content_type,
    int64_t length, response_produce *produce, void *ctx);

/* Add a header; the value is ours or was checked. */
void response_header(struct response *, const char *name, const char *value);

/* The words of a status: "Not Found". */
const char *response_reason(int status);

/* What every problem has: type, title, status and request_id. */
struct json *response_problem_new(struct arena *, const struct request *,
    int status);

/*
 * An error as application/problem+json: type, title, status, request_id and,
 * for ERR_INPUT and ERR_TOO_LARGE, the detail. Never inner text of others.
 *
 * status  0: the one of the error's code
 */
void response_problem(struct response *, struct arena *, const struct request *,
    int status, const struct err *);

/*
 * The head to write before the body: Status, headers, X-Request-Id, and
 * Retry-After of a 503 that has none.
 */
enum err_code response_head(struct arena *, const struct request *,
    const struct response *, struct str *head_r, struct err *e) MUST_CHECK;

#endif
