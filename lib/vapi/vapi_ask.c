/*
 * Here alone the key becomes a header.
 */
#include "config.h"

#include "vapi/vapi_ask.h"

enum err_code
vapi_ask(struct http *h, struct arena *a, const struct vapi_question *q,
    struct http_answer *answer_r, struct err *e)
{
	struct http_request out = { .method =
					q->body.p != NULL ? "POST" : "GET",
		.body = q->body,
		.deadline_ms = q->deadline_ms,
		.answer_max_bytes = q->answer_max_bytes };
	struct str url, bearer;
	enum err_code code;
	struct buf b;

	buf_init(&b, a);
	buf_adds(&b, q->api_url);
	buf_add(&b, q->path);
	if ((code = buf_done(&b, &url, e)) != ERR_OK)
		return (code);
	buf_init(&b, a);
	buf_addf(&b, "Authorization: Bearer %s", q->api_key);
	if ((code = buf_done(&b, &bearer, e)) != ERR_OK)
		return (code);
	out.url = url.p;
	out.headers[0] = bearer.p;
	out.headers[1] = "Accept: application/json";
	if (q->body.p != NULL)
		out.headers[2] = "Content-Type: application/json";
	if ((code = http_do(h, a, &out, answer_r, e)) == ERR_OK)
		return (ERR_OK);
	err_prefix(e, "vapi");
	return (code == ERR_TOO_LARGE ? (e->code = ERR_UNCERTAIN) : code);
}
