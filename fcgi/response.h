/*
 * One HTTP answer as a value: filled by a handler, written once.
 * Knows the CGI form of a head, no FastCGI.
 */
#ifndef CALLWARD_RESPONSE_H
#define CALLWARD_RESPONSE_H

#include "arena.h"
#include "err.h"
#include "request.h"
#include "str.h"

#define RESPONSE_HEADERS_MAX 12

struct response {
	int status;
	const char *content_type; /* NULL: no body */
	struct str body;
	struct {
		const char *name;
		const char *value; /* no CR, LF or other control bytes */
	} header[RESPONSE_HEADERS_MAX];
	size_t n_headers;
};

/* Status and body; text_type such as "application/json". */
void response_set(struct response *, int status, const char *content_type,
    struct str body);

/* Add a header; the value is ours or was checked. */
void response_header(struct response *, const char *name, const char *value);

/*
 * An error as application/problem+json: type, title, status, request_id and,
 * for ERR_INPUT and ERR_TOO_LARGE, the detail. Never inner text of others.
 *
 * status  0: the one of the error's code
 */
void response_problem(struct response *, struct arena *, const struct request *,
    int status, const struct err *);

/* The head to write before the body: Status, headers, X-Request-Id. */
enum err_code response_head(struct arena *, const struct request *,
    const struct response *, struct str *head_r, struct err *e) MUST_CHECK;

#endif
