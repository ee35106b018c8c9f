/*
 * Writes the form, sends it once and reads what came back.
 */
#include "config.h"

#include "io/crypt.h"
#include "io/id.h"
#include "io/json.h"
#include "twilio/twilio_call.h"
#include "io/form.h"

#define ANSWER_MAX_BYTES ((size_t)256 * 1024)

static enum err_code
write_form(struct arena *a, const struct twilio_call *c, struct str *body_r,
    struct err *e)
{
	struct buf seconds, form;
	enum err_code code;
	struct str timeout;

	buf_init(&seconds, a);
	buf_addf(&seconds, "%d", c->timeout_s);
	if ((code = buf_done(&seconds, &timeout, e)) != ERR_OK)
		return (code);
	buf_init(&form, a);
	form_add(&form, "To", c->to);
	form_add(&form, "From", c->from);
	form_add(&form, "Url", c->url);
	form_add(&form, "Method", STR("POST"));
	form_add(&form, "StatusCallback", c->status_url);
	form_add(&form, "StatusCallbackMethod", STR("POST"));
	form_add(&form, "Timeout", timeout);
	return (buf_done(&form, body_r, e));
}

/* "Authorization: Basic ..." */
static enum err_code
write_credential(struct arena *a, const struct twilio_call *c,
    struct str *header_r, struct err *e)
{
	struct str plain, text;
	enum err_code code;
	struct buf b;

	buf_init(&b, a);
	buf_add(&b, c->account_sid);
	buf_addc(&b, ':');
	buf_add(&b, c->token);
	if ((code = buf_done(&b, &plain, e)) != ERR_OK ||
	    (code = crypt_base64(a, plain, &text, e)) != ERR_OK)
		return (code);
	buf_init(&b, a);
	buf_adds(&b, "Authorization: Basic ");
	buf_add(&b, text);
	return (buf_done(&b, header_r, e));
}

static enum err_code
refused(const struct http_answer *answer, int error, struct err *e)
{
	int status = answer->status;

	if (status == 401 || status == 403)
		return (err_set(e, ERR_DENIED,
		    "twilio answered %d (error %d): check TWILIO_AUTH_TOKEN",
		    status, error));
	if (status == 429)
		return (err_set(e, ERR_TEMPORARY,
		    "twilio answered 429 (error %d): over the rate limit",
		    error));
	if (status >= 400 && status < 500)
		return (err_set(e, ERR_INPUT,
		    "twilio answered %d (error %d): see the error's page at twilio",
		    status, error));
	return (err_set(e, ERR_UNCERTAIN,
	    "twilio answered %d (error %d): look at status.twilio.com", status,
	    error));
}

static enum err_code
read_answer(struct arena *a, const struct http_answer *answer,
    struct str *call_sid_r, struct err *e)
{
	const struct json *root = NULL;
	struct str sid;
	double error;

	if (json_parse_lenient(a, answer->body, &root, e) != ERR_OK)
		root = NULL;
	if (answer->status < 200 || answer->status > 299) {
		error = json_number(json_get(root, "code"), 0);
		return (refused(answer,
		    error > 0 && error < 1e6 ? (int)error : 0, e));
	}
	sid = json_str(json_get(root, "sid"));
	if (!id_is_call_sid(sid))
		return (err_set(e, ERR_UNCERTAIN,
		    "twilio's answer has no sid of a call: check TWILIO_API_URL"));
	*call_sid_r = sid;
	return (ERR_OK);
}

enum err_code
twilio_call_start(struct http *h, struct arena *a, const struct twilio_call *c,
    int64_t deadline_ms, struct str *call_sid_r, struct err *e)
{
	struct http_request out = { .method = "POST",
		.deadline_ms = deadline_ms,
		.answer_max_bytes = ANSWER_MAX_BYTES };
	struct http_answer answer;
	struct str url, credential;
	enum err_code code;
	struct buf b;

	buf_init(&b, a);
	buf_addf(&b, "%s/2010-04-01/Accounts/%.*s/Calls.json", c->api_url,
	    (int)c->account_sid.n, c->account_sid.p);
	if ((code = buf_done(&b, &url, e)) != ERR_OK ||
	    (code = write_credential(a, c, &credential, e)) != ERR_OK ||
	    (code = write_form(a, c, &out.body, e)) != ERR_OK)
		return (code);
	out.url = url.p;
	out.headers[0] = credential.p;
	out.headers[1] = "Content-Type: application/x-www-form-urlencoded";
	out.headers[2] = "Accept: application/json";
	if ((code = http_do(h, a, &out, &answer, e)) != ERR_OK) {
		err_prefix(e, "twilio");
		return (
		    code == ERR_TOO_LARGE ? (e->code = ERR_UNCERTAIN) : code);
	}
	return (read_answer(a, &answer, call_sid_r, e));
}
