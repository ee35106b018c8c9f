/*
 * Writes the body, sends it once and reads what came back.
 */
#include "config.h"

#include <stddef.h>
#include <string.h>

#include "base/clock.h"
#include "io/id.h"
#include "io/json_pick.h"
#include "io/json_raw.h"
#include "tenancy/phone.h"
#include "twilio/twilio_twiml.h"
#include "vapi/vapi_ask.h"
#include "vapi/vapi_session.h"

#define ANSWER_MAX_BYTES ((size_t)1024 * 1024)
#define CUSTOMER_MIN 3
#define CUSTOMER_MAX 40

static void
add_customer(struct json *o, struct str number)
{
	struct phone checked;
	struct json *customer;

	/* Of who withholds the number nothing is known to call anybody by. */
	if (number.n < CUSTOMER_MIN || number.n > CUSTOMER_MAX ||
	    phone_is_withheld(number))
		return;
	customer = json_add_object(o, "customer");
	json_add_str(customer, "number", number);
	/* SIP addresses and the like are refused without this. */
	if (number.n < PHONE_COMMON_BYTES ||
	    phone_parse(number, &checked, NULL) != ERR_OK)
		json_add_bool(customer, "numberE164CheckEnabled", false);
}

enum err_code
vapi_session_body(struct arena *a, const struct vapi_session_request *req,
    struct str *body_r, struct err *e)
{
	struct json *o = json_new_object(a);

	json_add_bool(o, "phoneCallProviderBypassEnabled", true);
	json_add_str(o, "assistantId", req->assistant_id);
	if (req->phone_number_id.p != NULL)
		json_add_str(o, "phoneNumberId", req->phone_number_id);
	add_customer(o, req->customer_number);
	vapi_overrides_add(o, &req->overrides);
	if (req->top_level_metadata)
		json_add_copy(o, "metadata", req->overrides.metadata);
	return (json_format(a, o, body_r, e));
}

/* What an answer that is no success means, and what can be done about it. */
static enum err_code
refused(const struct http_answer *answer, struct err *e)
{
	int status = answer->status;

	if (vapi_ask_refused(answer, e) != ERR_OK)
		return (e->code);
	switch (status) {
	case 400:
		return (err_set(e, ERR_INPUT,
		    "vapi answered 400: check the assistant's and the line's vapi ids"));
	case 404:
		return (err_set(e, ERR_INPUT,
		    "vapi answered 404: check the assistant's vapi id and VAPI_API_URL"));
	default:
		if (status >= 500)
			return (err_set(e, ERR_UNCERTAIN,
			    "vapi answered %d: look at status.vapi.ai",
			    status));
		return (err_set(e, ERR_TEMPORARY,
		    "vapi answered %d: check VAPI_API_URL", status));
	}
}

/* Of the answer: everything else in it, prompts too, is passed over. */
struct raw_details {
	struct str self, twiml;
};

struct raw_limits {
	struct str self, blocked;
};

struct raw_answer {
	struct str id;
	struct raw_details details;
	struct raw_limits limits;
};

static const struct json_want details_wants[] = {
	{ "twiml", true, offsetof(struct raw_details, twiml), NULL, 0 },
};

static const struct json_want limits_wants[] = {
	{ "concurrencyBlocked", true, offsetof(struct raw_limits, blocked),
	    NULL, 0 },
};

static const struct json_want answer_wants[] = {
	{ "id", true, offsetof(struct raw_answer, id), NULL, 0 },
	{ "phoneCallProviderDetails", true,
	    offsetof(struct raw_answer, details), details_wants, 1 },
	{ "subscriptionLimits", true, offsetof(struct raw_answer, limits),
	    limits_wants, 1 },
};

static enum err_code
read_answer(struct arena *a, const struct http_answer *answer,
    struct vapi_session *session_r, struct err *e)
{
	struct vapi_session got;
	struct raw_answer raw;
	bool over = false;

	if (answer->status < 200 || answer->status > 299)
		return (refused(answer, e));
	memset(&raw, 0, sizeof(raw));
	if (json_pick(answer->body, answer_wants, 3, &raw, e) != ERR_OK) {
		err_prefix(e,
		    "vapi's answer is not the api's, check VAPI_API_URL");
		return (e->code = ERR_UNCERTAIN);
	}
	if (json_raw_text(a, raw.id, ANSWER_MAX_BYTES, &got.call_id, &over,
		e) != ERR_OK ||
	    json_raw_text(a, raw.details.twiml, ANSWER_MAX_BYTES, &got.twiml,
		&over, e) != ERR_OK)
		return (e->code = ERR_UNCERTAIN);
	if (!id_is_vapi(got.call_id))
		return (err_set(e, ERR_UNCERTAIN, "vapi's answer has no id"));
	if (got.twiml.p == NULL && str_is(raw.limits.blocked, "true"))
		return (vapi_ask_over_concurrency(e));
	if (got.twiml.p == NULL)
		return (err_set(e, ERR_UNCERTAIN,
		    "vapi's answer has no phoneCallProviderDetails.twiml: is the bypass still offered?"));
	if (twilio_twiml_check(got.twiml, e) != ERR_OK) {
		err_prefix(e, "vapi's twiml");
		return (e->code = ERR_UNCERTAIN);
	}
	*session_r = got;
	return (ERR_OK);
}

enum err_code
vapi_session_create(struct http *h, struct arena *a,
    const struct vapi_session_request *req, int64_t deadline_ms,
    struct vapi_session *session_r, struct err *e)
{
	struct vapi_question q = { .api_url = req->api_url,
		.api_key = req->api_key,
		.path = STR("/call"),
		.deadline_ms = deadline_ms,
		.answer_max_bytes = ANSWER_MAX_BYTES };
	struct http_answer answer;
	struct vapi_pass pass;
	enum err_code code;

	if ((code = vapi_session_body(a, req, &q.body, e)) != ERR_OK)
		return (code);
	if (req->breaker != NULL &&
	    (code = vapi_breaker_enter(req->breaker, req->clinic,
		 req->assistant_id, clock_mono_ms(), &pass, e)) != ERR_OK)
		return (code);
	code = vapi_ask(h, a, &q, &answer, e);
	if (req->breaker != NULL)
		vapi_breaker_leave(req->breaker, &pass,
		    code != ERR_OK && answer.timed_out, clock_mono_ms());
	return (code != ERR_OK ? code : read_answer(a, &answer, session_r, e));
}
