/*
 * Writes the CGI head of an answer and the body of an error.
 */
#include "config.h"

#include <assert.h>
#include <string.h>

#include "fastcgi/response.h"

void
response_set(struct response *resp, int status, const char *content_type,
    struct str body)
{
	resp->status = status;
	resp->content_type = content_type;
	resp->body = body;
}

void
response_stream(struct response *resp, int status, const char *content_type,
    int64_t length, response_produce *produce, void *ctx)
{
	response_set(resp, status, content_type, STR(""));
	resp->stream.produce = produce;
	resp->stream.ctx = ctx;
	resp->stream.length = length;
}

void
response_header(struct response *resp, const char *name, const char *value)
{
	assert(resp->n_headers < RESPONSE_HEADERS_MAX);
	resp->header[resp->n_headers].name = name;
	resp->header[resp->n_headers].value = value;
	resp->n_headers++;
}

const char *
response_reason(int status)
{
	switch (status) {
	case 200:
		return ("OK");
	case 201:
		return ("Created");
	case 202:
		return ("Accepted");
	case 204:
		return ("No Content");
	case 206:
		return ("Partial Content");
	case 302:
		return ("Found");
	case 400:
		return ("Bad Request");
	case 401:
		return ("Unauthorized");
	case 403:
		return ("Forbidden");
	case 404:
		return ("Not Found");
	case 405:
		return ("Method Not Allowed");
	case 409:
		return ("Conflict");
	case 410:
		return ("Gone");
	case 412:
		return ("Precondition Failed");
	case 413:
		return ("Content Too Large");
	case 415:
		return ("Unsupported Media Type");
	case 416:
		return ("Range Not Satisfiable");
	case 422:
		return ("Unprocessable Content");
	case 429:
		return ("Too Many Requests");
	case 503:
		return ("Service Unavailable");
	default:
		return (status < 500 ? "Answer" : "Internal Server Error");
	}
}

struct json *
response_problem_new(struct arena *a, const struct request *req, int status)
{
	struct json *o = json_new_object(a);

	json_add_str(o, "type", STR("about:blank"));
	json_add_str(o, "title", str_of(response_reason(status)));
	json_add_number(o, "status", status);
	json_add_str(o, "request_id", str_of(req->id));
	return (o);
}

void
response_problem(struct response *resp, struct arena *a,
    const struct request *req, int status, const struct err *err)
{
	struct json *o;
	struct str body;
	struct err e;

	if (status == 0)
		status = err_http_status(err->code);
	o = response_problem_new(a, req, status);
	if (err->code == ERR_INPUT || err->code == ERR_TOO_LARGE)
		json_add_str(o, "detail", str_of(err->text));
	if (json_format(a, o, &body, &e) != ERR_OK)
		body = STR("{}");
	response_set(resp, status, "application/problem+json", body);
	response_header(resp, "Cache-Control", "private, no-store");
}

/* Each 503 says when to come again; most do so as the web servers do. */
static void
add_retry_after(struct buf *b, const struct response *resp)
{
	if (resp->status != 503)
		return;
	for (size_t i = 0; i < resp->n_headers; i++)
		if (strcmp(resp->header[i].name, "Retry-After") == 0)
			return;
	buf_adds(b, "Retry-After: 5\r\n");
}

static void
add_fields(struct buf *b, const struct response *resp, bool location)
{
	const struct response_field *f = resp->header;

	for (size_t i = 0; i < resp->n_headers; i++)
		if ((strcmp(f[i].name, "Location") == 0) == location)
			buf_addf(b, "%s: %s\r\n", f[i].name, f[i].value);
}

enum err_code
response_head(struct arena *a, const struct request *req,
    const struct response *resp, struct str *head_r, struct err *e)
{
	struct buf b;

	buf_init(&b, a);
	/* HAProxy takes a Location behind the Status for a redirection, 302. */
	add_fields(&b, resp, true);
	buf_addf(&b, "Status: %d %s\r\n", resp->status,
	    response_reason(resp->status));
	if (resp->content_type != NULL)
		buf_addf(&b,
		    "Content-Type: %s\r\nX-Content-Type-Options: nosniff\r\n",
		    resp->content_type);
	if (resp->stream.produce != NULL) {
		/* Or else nginx keeps what was streamed in a file. */
		buf_adds(&b, "X-Accel-Buffering: no\r\n");
		if (resp->stream.length >= 0)
			buf_addf(&b, "Content-Length: %lld\r\n",
			    (long long)resp->stream.length);
	} else if (resp->status != 204) {
		buf_addf(&b, "Content-Length: %zu\r\n", resp->body.n);
	}
	buf_addf(&b, "X-Request-Id: %s\r\n", req->id);
	add_fields(&b, resp, false);
	add_retry_after(&b, resp);
	buf_adds(&b, "\r\n");
	return (buf_done(&b, head_r, e));
}
