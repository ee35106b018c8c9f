/*
 * vapi_session: what is asked of Vapi, and what its answers mean for the
 * caller who is waiting.
 */
#include "config.h"

#include "vapi/vapi_session.h"
#include "vendor.h"

#define TWIML "<?xml version=\\\"1.0\\\"?><Response><Connect/></Response>"

static const struct json *
json_of(const char *text)
{
	const struct json *j = NULL;
	struct err e = { 0 };

	if (json_parse(arena, str_of(text), &j, &e) != ERR_OK)
		ok(false, "%s: %s", text, e.text);
	return (j);
}

static struct vapi_session_request
sample(void)
{
	return ((struct vapi_session_request){ .api_key = "hidden-key",
	    .assistant_id = STR("as_1"),
	    .phone_number_id = STR("pn_1"),
	    .customer_number = STR("+15551111111"),
	    .overrides = { .metadata = json_of("{\"user_id\":\"user_a\"}") } });
}

static struct str
body_of(const struct vapi_session_request *r)
{
	struct str body = STR_NONE;
	struct err e = { 0 };

	if (vapi_session_body(arena, r, &body, &e) != ERR_OK)
		ok(false, "body: %s", e.text);
	return (body);
}

#define HEAD "{\"phoneCallProviderBypassEnabled\":true,\"assistantId\":\"as_1\""
#define TAIL ",\"assistantOverrides\":{\"metadata\":{\"user_id\":\"user_a\"}}"

static void
test_body(void)
{
	struct vapi_session_request r = sample();
	char number[64];

	is_str(body_of(&r),
	    HEAD ",\"phoneNumberId\":\"pn_1\",\"customer\":"
		 "{\"number\":\"+15551111111\"}" TAIL "}",
	    "the usual one");
	r.top_level_metadata = true;
	is_str(body_of(&r),
	    HEAD ",\"phoneNumberId\":\"pn_1\",\"customer\":"
		 "{\"number\":\"+15551111111\"}" TAIL
		 ",\"metadata\":{\"user_id\":\"user_a\"}}",
	    "metadata twice");
	r = sample();
	r.overrides.greeting = STR("Hello");
	r.overrides.clinic_name = STR("A");
	is_str(body_of(&r),
	    HEAD ",\"phoneNumberId\":\"pn_1\",\"customer\":"
		 "{\"number\":\"+15551111111\"},\"assistantOverrides\":"
		 "{\"metadata\":{\"user_id\":\"user_a\"},\"firstMessage\":"
		 "\"Hello\",\"variableValues\":{\"clinic_name\":\"A\"}}}",
	    "what the clinic set");
	r = sample();
	r.phone_number_id = STR_NONE;
	r.customer_number = STR("sip:desk@pbx.example");
	is_str(body_of(&r),
	    HEAD ",\"customer\":{\"number\":\"sip:desk@pbx.example\","
		 "\"numberE164CheckEnabled\":false}" TAIL "}",
	    "a caller without a number, a line without an id");
	r.customer_number = STR("+491640");
	is_str(body_of(&r),
	    HEAD ",\"customer\":{\"number\":\"+491640\","
		 "\"numberE164CheckEnabled\":false}" TAIL "}",
	    "one of six digits is not left to Vapi's check");
	r.customer_number = STR("anonymous");
	is_str(body_of(&r), HEAD TAIL "}", "one who withholds it");
	r.customer_number = STR("+266696687");
	is_str(body_of(&r), HEAD TAIL "}", "the same as a number");
	r.customer_number = STR_NONE;
	is_str(body_of(&r), HEAD TAIL "}", "no caller");
	r.customer_number = STR("+1");
	is_str(body_of(&r), HEAD TAIL "}", "one that is too short for Vapi");
	memset(number, '5', sizeof(number));
	r.customer_number = (struct str){ number, 41 };
	is_str(body_of(&r), HEAD TAIL "}", "one that is too long");
	r.customer_number.n = 40;
	ok(memmem(body_of(&r).p, body_of(&r).n, "customer", 8) != NULL,
	    "one that is just short enough");
}

static struct vapi_session made; /* the last */

static enum err_code
create(const char *api_url, int64_t in_ms, struct err *e)
{
	struct vapi_session_request r = sample();

	memset(&made, 0, sizeof(made));
	r.api_url = api_url;
	return (vapi_session_create(http, arena, &r, clock_mono_ms() + in_ms,
	    &made, e));
}

static const struct vendor_answer answers[] = {
	{ 201,
	    "{\"id\":\"c1\",\"phoneCallProviderDetails\":{\"twiml\":\"" TWIML
	    "\"}}",
	    ERR_OK, "" },
	{ 200,
	    "{\"id\":\"c1\",\"phoneCallProviderDetails\":{\"twiml\":\"" TWIML
	    "\"},\"status\":\"queued\"}",
	    ERR_OK, "" },
	{ 400, "{\"message\":\"hidden\"}", ERR_INPUT, "400" },
	{ 400, "{\"message\":\"Over Concurrency Limit, hidden\"}",
	    ERR_TEMPORARY, "concurrency" },
	{ 201,
	    "{\"id\":\"c1\",\"subscriptionLimits\":"
	    "{\"concurrencyBlocked\":true}}",
	    ERR_TEMPORARY, "concurrency" },
	{ 401, "{}", ERR_DENIED, "VAPI_API_KEY" },
	{ 402, "{}", ERR_INPUT, "billing" },
	{ 403, "{}", ERR_DENIED, "VAPI_API_KEY" },
	{ 404, "{}", ERR_INPUT, "VAPI_API_URL" },
	{ 429, "{}", ERR_TEMPORARY, "limit" },
	{ 400, "{\"message\":\"Over Concurrency Limit\"}", ERR_TEMPORARY,
	    "too many calls" },
	{ 201,
	    "{\"id\":\"c1\",\"subscriptionLimits\":"
	    "{\"concurrencyBlocked\":true}}",
	    ERR_TEMPORARY, "too many calls" },
	{ 409, "{}", ERR_TEMPORARY, "409" },
	{ 500, "{}", ERR_UNCERTAIN, "500" },
	{ 503, "hidden", ERR_UNCERTAIN, "503" },
	{ 302, "", ERR_TEMPORARY, "302" },
	{ 201, "", ERR_UNCERTAIN, "vapi's answer" },
	{ 201, "{\"id\":\"c1\"", ERR_UNCERTAIN, "vapi's answer" },
	{ 201, "{\"id\":\"c1\",\"id\":\"c2\"}", ERR_UNCERTAIN,
	    "vapi's answer" },
	{ 201, "[]", ERR_UNCERTAIN, "vapi's answer" },
	{ 201,
	    "{\"assistant\":{\"model\":{\"messages\":[{\"content\":\"cut "
	    "\\ud83d\\u0000\"}]},\"id\":1,\"id\":1e999},\"id\":\"c1\","
	    "\"phoneCallProviderDetails\":{\"twiml\":\"" TWIML "\"}}",
	    ERR_OK, "" },
	{ 201,
	    "{\"id\":\"c1\",\"phoneCallProviderDetails\":{\"twiml\":"
	    "\"<Response>\\u0000</Response>\"}}",
	    ERR_UNCERTAIN, "vapi's answer" },
	{ 201, "{\"id\":7}", ERR_UNCERTAIN, "id" },
	{ 201, "{\"id\":\"c1\"}", ERR_UNCERTAIN, "bypass" },
	{ 201, "{\"id\":\"c1\",\"phoneCallProviderDetails\":{\"twiml\":7}}",
	    ERR_UNCERTAIN, "bypass" },
	{ 201,
	    "{\"id\":\"c1\",\"phoneCallProviderDetails\":{\"twiml\":"
	    "\"hidden\"}}",
	    ERR_UNCERTAIN, "twiml" },
	{ 201, "{\"id\":\"c1\",\"phoneCallProviderDetails\":{\"twiml\":\"\"}}",
	    ERR_UNCERTAIN, "twiml" },
};

static void
test_answers(void)
{
	size_t i;

	for (i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
		vendor_answers(&answers[i], "", create);
		is_str(made.call_id, answers[i].want == ERR_OK ? "c1" : NULL,
		    "its id");
		if (answers[i].want != ERR_OK)
			continue;
		is_str(made.twiml,
		    "<?xml version=\"1.0\"?><Response><Connect/>"
		    "</Response>",
		    "its TwiML, byte for byte");
	}
	is_int((int64_t)fake_vendor_hits(vendor, "/call"), (int64_t)i,
	    "one request each");
}

static void
test_request(void)
{
	struct vapi_session_request r = sample();
	const char *head = fake_vendor_head(vendor);

	ok(str_starts(str_of(head), "POST /call HTTP/1.1\r\n"), "the request");
	ok(strstr(head, "\r\nAuthorization: Bearer hidden-key\r\n") != NULL &&
		strstr(head, "\r\nContent-Type: application/json\r\n") != NULL,
	    "its head");
	is_str(body_of(&r), fake_vendor_body(vendor), "its body");
}

/* A vendor that says nothing, again and again, is not asked any more. */
static void
test_breaker(void)
{
	const struct vapi_breaker_rule rule = { 2, 4, 60000, 60000 };
	struct vapi_session_request r = sample();
	struct vapi_breaker_counts n;
	struct err e = { .code = ERR_OK };

	if ((r.breaker = vapi_breaker_new(&rule)) == NULL)
		exit(1);
	r.clinic = STR("user_a");
	r.api_url = vendor_url("/never?");
	for (int i = 0; i < 3; i++)
		ok(vapi_session_create(http, arena, &r, clock_mono_ms() + 200,
		       &made, &e) != ERR_OK,
		    "no session");
	is_int(e.code, ERR_TEMPORARY, "the third is told at once");
	ok(strstr(e.text, "vapi is not asked") != NULL, "and why");
	vapi_breaker_count(r.breaker, &n);
	is_int((int64_t)n.open_assistants, 1, "one assistant");
	vapi_breaker_free(r.breaker);
}

int
main(void)
{
	vendor_begin();
	test_body();
	test_answers();
	test_request();
	vendor_is_silent("vapi", create);
	test_breaker();
	return (vendor_end());
}
