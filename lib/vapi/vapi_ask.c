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

enum err_code
vapi_ask_over_concurrency(struct err *e)
{
	return (err_set(e, ERR_TEMPORARY,
	    "vapi has too many calls at once: raise the concurrency limit of the vapi organisation"));
}

static enum err_code
over_rate(int64_t retry_after_s, struct err *e)
{
	if (retry_after_s < 0)
		return (err_set(e, ERR_TEMPORARY,
		    "vapi answered 429: over the rate limit of the vapi organisation"));
	return (err_set(e, ERR_TEMPORARY,
	    "vapi answered 429: over the rate limit of the vapi organisation, for %lld s more",
	    (long long)retry_after_s));
}

enum err_code
vapi_ask_refused(const struct http_answer *answer, struct err *e)
{
	int status = answer->status;

	/* Vapi's word for "too many calls at once", with a C or a c. */
	if ((status == 400 || status == 429) &&
	    str_holds(answer->body, "oncurrency"))
		return (vapi_ask_over_concurrency(e));
	switch (status) {
	case 401:
	case 403:
		return (err_set(e, ERR_DENIED,
		    "vapi answered %d: check VAPI_API_KEY", status));
	case 402:
		return (err_set(e, ERR_INPUT,
		    "vapi answered 402: check the billing of the vapi organisation"));
	case 429:
		return (over_rate(answer->retry_after_s, e));
	default:
		return (ERR_OK);
	}
}
