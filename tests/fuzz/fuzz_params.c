/*
 * FastCGI's parameters: NUL-separated "NAME=value", an empty one ends them,
 * what follows is the body. libfcgi is replaced by the few lines below.
 */
#include "config.h"

#include <assert.h>
#include <string.h>

#include "fuzz.h"
#include "fastcgi/request.h"

#define PARAMS_MAX (REQUEST_PARAMS_MAX + 50)

struct fcgx_request {
	const char *params[PARAMS_MAX + 1];
	struct str body;
};

int64_t
fcgx_arrived_ms(const struct fcgx_request *r)
{
	(void)r;
	return (0);
}

const char *const *
fcgx_params(const struct fcgx_request *r)
{
	return (r->params);
}

enum err_code
fcgx_read(struct fcgx_request *r, struct arena *a, size_t n, struct str *body_r,
    struct err *e)
{
	(void)a;
	if (n > r->body.n)
		return (err_set(e, ERR_INPUT, "the body ends early"));
	*body_r = str_first(r->body, n);
	return (ERR_OK);
}

enum err_code
fcgx_read_rest(struct fcgx_request *r, struct arena *a, size_t max,
    struct str *body_r, struct err *e)
{
	if (r->body.n > max)
		return (err_set(e, ERR_TOO_LARGE, "the body is too long"));
	return (fcgx_read(r, a, r->body.n, body_r, e));
}

static void
check_read(const struct request *req)
{
	struct str value;

	assert(strlen(req->id) == 36);
	assert(req->method.n > 0);
	assert(str_starts(req->uri, "/"));
	assert(str_eq(str_first(req->uri, req->path.n), req->path));
	assert(req->uri.n == req->path.n || req->uri.p[req->path.n] == '?');
	assert(req->uri.n == req->path.n ||
	    req->uri.n == req->path.n + 1 + req->query.n);
	assert(req->content_length >= -1);
	for (size_t i = 0; i < req->content_type.n; i++)
		assert(req->content_type.p[i] < 'A' ||
		    req->content_type.p[i] > 'Z');
	if (request_header(req, "HTTP_AUTHORIZATION", &value, NULL) == ERR_OK)
		assert(value.p != NULL);
}

bool
fuzz_one(struct arena *a, struct str input)
{
	struct fcgx_request from = { .body = STR("") };
	struct request req;
	enum err_code code;
	struct str one;

	for (size_t n = 0; input.p != NULL && n < PARAMS_MAX; n++) {
		if ((one = str_cut(&input, '\0')).n == 0)
			break;
		from.params[n] = str_dup(a, one);
		assert(from.params[n] != NULL);
	}
	if (input.p != NULL)
		from.body = input;
	code = request_read(&from, a, &req, NULL);
	assert(strlen(req.id) == 36);
	if (code != ERR_OK)
		return (false);
	check_read(&req);
	code = request_read_body(&from, a, 1000, &req, NULL);
	if (code == ERR_OK)
		assert(req.body.n <= 1000 &&
		    (req.content_length < 0 ||
			(int64_t)req.body.n == req.content_length));
	return (true);
}
