/*
 * Turns FastCGI's parameters into struct request. Everything is copied, so
 * that nothing of libfcgi is seen after this step.
 */
#include "config.h"

#include <string.h>

#include "io/id.h"
#include "fastcgi/request.h"

static struct str
param(const struct request *req, const char *name)
{
	for (size_t i = 0; i < req->n_params; i++)
		if (str_is(req->params[i].name, name))
			return (req->params[i].value);
	return (STR_NONE);
}

static enum err_code
copy_params(const char *const *env, struct arena *a, struct request *req,
    struct err *e)
{
	size_t bytes = 0, n = 0;

	for (; env != NULL && env[n] != NULL; n++)
		bytes += strlen(env[n]);
	if (n > REQUEST_PARAMS_MAX || bytes > REQUEST_PARAMS_BYTES_MAX)
		return (err_set(e, ERR_TOO_LARGE,
		    "%zu request parameters of %zu bytes are too many", n,
		    bytes));
	req->params = arena_alloc(a, n * sizeof(*req->params));
	if (req->params == NULL)
		return (err_set(e, ERR_TOO_LARGE, "no memory"));
	for (size_t i = 0; i < n; i++) {
		struct str all = str_of(env[i]), value;
		char *copy;

		if ((copy = str_dup(a, all)) == NULL)
			return (err_set(e, ERR_TOO_LARGE, "no memory"));
		value = (struct str){ copy, all.n };
		req->params[i].name = str_cut(&value, '=');
		req->params[i].value = value.p == NULL ? STR("") : value;
	}
	req->n_params = n;
	return (ERR_OK);
}

/* "Application/JSON; charset=utf-8" is application/json. */
static enum err_code
read_content_type(struct arena *a, struct request *req, struct err *e)
{
	struct str all = param(req, "CONTENT_TYPE"), type;
	char *lower;

	type = str_trim(str_cut(&all, ';'));
	if ((lower = str_dup(a, type)) == NULL)
		return (err_set(e, ERR_TOO_LARGE, "no memory"));
	for (size_t i = 0; i < type.n; i++)
		lower[i] = str_lower(lower[i]);
	req->content_type = (struct str){ lower, type.n };
	return (ERR_OK);
}

static enum err_code
read_content_length(struct request *req, struct err *e)
{
	struct str text = param(req, "CONTENT_LENGTH");

	req->content_length = -1;
	if (text.n == 0)
		return (ERR_OK);
	if (str_parse_int(text, 0, INT64_MAX, &req->content_length, NULL) !=
	    ERR_OK)
		return (err_set(e, ERR_INPUT, "Content-Length is no number"));
	return (ERR_OK);
}

/*
 * The path that routes is what the web server decoded; the address that was
 * signed is what came over the wire. Where the two are not the same bytes
 * there would be two readings of one address, so there is no such page.
 * SCRIPT_NAME may be the program's own name, which nobody asked for (mod_fcgid
 * behind a RewriteRule): then the path is PATH_INFO alone.
 */
static enum err_code
read_path(struct arena *a, struct request *req, struct err *e)
{
	struct str raw, info = param(req, "PATH_INFO");
	struct buf b;
	enum err_code code;

	req->uri = param(req, "REQUEST_URI");
	if (!str_starts(req->uri, "/")) {
		struct str rest = req->uri;

		/* Absolute form: what follows the host, if it is a path. */
		if (!str_starts(rest, "http://") &&
		    !str_starts(rest, "https://"))
			return (err_set(e, ERR_INPUT, "no address"));
		rest = str_skip(rest, str_find(rest, ':') + 3);
		rest = str_skip(rest, str_find(rest, '/'));
		if (rest.n == 0)
			return (err_set(e, ERR_INPUT, "no address"));
		req->uri = rest;
	}
	buf_init(&b, a);
	buf_add(&b, param(req, "SCRIPT_NAME"));
	buf_add(&b, info);
	if ((code = buf_done(&b, &req->path, e)) != ERR_OK)
		return (code);
	raw = str_first(req->uri, str_find(req->uri, '?'));
	req->query = str_skip(req->uri, raw.n + 1);
	if (req->query.p == NULL)
		req->query = STR("");
	if (info.n > 0 && str_eq(raw, info))
		req->path = info;
	if (!str_eq(raw, req->path))
		return (err_set(e, ERR_ABSENT, "the address has two readings"));
	return (ERR_OK);
}

enum err_code
request_read(const struct fcgx_request *from, struct arena *a,
    struct request *req, struct err *e)
{
	enum err_code code;

	memset(req, 0, sizeof(*req));
	req->started_ms = fcgx_arrived_ms(from);
	req->content_length = -1;
	req->method = req->path = req->uri = req->query = STR("");
	req->content_type = req->remote_addr = req->body = STR("");
	if ((code = id_new(req->id, e)) != ERR_OK ||
	    (code = copy_params(fcgx_params(from), a, req, e)) != ERR_OK)
		return (code);
	req->method = param(req, "REQUEST_METHOD");
	req->remote_addr = param(req, "REMOTE_ADDR");
	if ((code = read_path(a, req, e)) != ERR_OK ||
	    (code = read_content_type(a, req, e)) != ERR_OK ||
	    (code = read_content_length(req, e)) != ERR_OK)
		return (code);
	if (req->method.n == 0)
		return (err_set(e, ERR_INPUT, "no method"));
	return (ERR_OK);
}

enum err_code
request_read_body(struct fcgx_request *from, struct arena *a, size_t max_bytes,
    struct request *req, struct err *e)
{
	if (req->content_length < 0)
		return (fcgx_read_rest(from, a, max_bytes, &req->body, e));
	if ((uint64_t)req->content_length > max_bytes)
		return (err_set(e, ERR_TOO_LARGE, "the body is over %zu bytes",
		    max_bytes));
	return (fcgx_read(from, a, (size_t)req->content_length, &req->body, e));
}

enum err_code
request_header(const struct request *req, const char *name, struct str *value_r,
    struct err *e)
{
	struct str found = STR_NONE;

	for (size_t i = 0; i < req->n_params; i++) {
		if (!str_is(req->params[i].name, name))
			continue;
		if (found.p != NULL)
			return (err_set(e, ERR_CONFLICT,
			    "%s came more than once", name));
		found = req->params[i].value;
	}
	if (found.p == NULL)
		return (err_set(e, ERR_ABSENT, "%s is missing", name));
	*value_r = found;
	return (ERR_OK);
}
