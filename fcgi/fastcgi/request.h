/*
 * One HTTP request as a value: read once from FastCGI's parameters, const
 * afterwards. Knows CGI's names, no route.
 * Source: RFC 3875 (CGI 1.1).
 */
#ifndef CALLWARD_REQUEST_H
#define CALLWARD_REQUEST_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "fastcgi/fcgx.h"
#include "base/str.h"

#define REQUEST_PARAMS_MAX 200
#define REQUEST_PARAMS_BYTES_MAX (64 * 1024)

struct request_param {
	struct str name; /* "HTTP_X_VAPI_SECRET", "QUERY_STRING" */
	struct str value;
};

struct request {
	char id[37];	    /* ours; an incoming one is ignored */
	int64_t started_ms; /* monotonic: when it was accepted */
	struct str method;
	struct str path;	 /* SCRIPT_NAME and PATH_INFO, or that alone */
	struct str uri;		 /* REQUEST_URI, raw; "/..." */
	struct str query;	 /* what follows '?' in uri; "" when none */
	struct str content_type; /* lower case, without parameters */
	int64_t content_length;	 /* -1: not told */
	struct str remote_addr;
	struct str body; /* empty until request_read_body */
	struct request_param *params;
	size_t n_params;
};

/*
 * Read everything but the body. All text is copied into the arena.
 * ERR_INPUT: no method, no address, a Content-Length that is no number;
 * ERR_TOO_LARGE past the two bounds above; ERR_ABSENT when the path of
 * REQUEST_URI is not the same bytes as path (an address with two readings).
 * req->id is set in every case, and so is what was read before the failure.
 */
enum err_code request_read(const struct fcgx_request *, struct arena *,
    struct request *req_r, struct err *e) MUST_CHECK;

/*
 * Read the body; without a Content-Length, to its end. ERR_TOO_LARGE when it is
 * told to be over max_bytes (nothing is read then) or turns out to be;
 * ERR_INPUT when it ends early.
 */
enum err_code request_read_body(struct fcgx_request *, struct arena *,
    size_t max_bytes, struct request *req, struct err *e) MUST_CHECK;

/*
 * A header's value. name is CGI's, such as "HTTP_X_VAPI_SECRET".
 * ERR_ABSENT when it is not there, ERR_CONFLICT when it came more than once
 * (also under another spelling that CGI maps to the same name).
 */
enum err_code request_header(const struct request *, const char *name,
    struct str *value_r, struct err *e) MUST_CHECK;

#endif
