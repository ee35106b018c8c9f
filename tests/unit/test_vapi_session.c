/*
 * vapi_session: what is asked of Vapi, and what its answers mean for the
 * caller who is waiting.
 */
#include "config.h"

#include "clock.h"
#include "fake_vendor.h"
#include "tap.h"
#include "vapi_session.h"

#define LONG_MS 30000
#define TWIML "<?xml version=\\\"1.0\\\"?><Response><Connect/></Response>"

static struct arena *arena;
static struct fake_vendor *vendor;
static struct http *http;

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
	r.customer_number = STR("anonymous");
	is_str(body_of(&r),
	    HEAD ",\"customer\":{\"number\":\"anonymous\","
		 "\"numberE164CheckEnabled\":false}" TAIL "}",
	    "a caller without a number, a line without an id");
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

static enum err_code
create(struct vapi_session *s, int64_t wait_ms, struct err *e)
{
	struct vapi_session_request r = sample();

	r.api_url = str_dup(arena, str_of(fake_vendor_url(vendor, "")));
	return (vapi_session_create(http, arena, &r, clock_mono_ms() + wait_ms,
	    s, e));
}

static const struct {
	int status;
	const char *answer;
	enum err_code want;
	const char *says; /* what the operator has to know */
} answers[] = {
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
	{ 201, "[]", ERR_UNCERTAIN, "id" },
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
	struct err e = { 0 };
	size_t i;

	for (i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
		struct vapi_session s = { 0 };

		fake_vendor_answer(vendor, answers[i].status, "",
		    answers[i].answer);
		e.text[0] = '\0';
		is_int(create(&s, LONG_MS, &e), answers[i].want,
		    answers[i].answer);
		ok(strstr(e.text, answers[i].says) != NULL &&
			strstr(e.text, "hidden") == NULL,
		    "%d: %s", answers[i].status, e.text);
		if (answers[i].want != ERR_OK) {
			is_int(e.code, answers[i].want, "the log says so too");
			continue;
		}
		is_str(s.call_id, "c1", "its id");
		is_str(s.twiml,
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

static void
test_no_answer(void)
{
	struct vapi_session_request r = sample();
	struct vapi_session s = { 0 };
	struct err e = { 0 };

	r.api_url = str_dup(arena, str_of(fake_vendor_url(vendor, "/never?")));
	is_int(vapi_session_create(http, arena, &r, clock_mono_ms() + 1000, &s,
		   &e),
	    ERR_UNCERTAIN, "no answer in time");
	is_int(create(&s, 0, &e), ERR_TEMPORARY, "no time to ask");
	r.api_url = "http://127.0.0.1:1";
	is_int(vapi_session_create(http, arena, &r, clock_mono_ms() + LONG_MS,
		   &s, &e),
	    ERR_TEMPORARY, "nobody there");
	ok(strstr(e.text, "hidden") == NULL &&
		str_starts(str_of(e.text), "vapi"),
	    "told: %s", e.text);
}

int
main(void)
{
	if ((arena = arena_new(4 << 20)) == NULL ||
	    http_start(&http, NULL) != ERR_OK)
		return (1);
	vendor = fake_vendor_start();
	test_body();
	test_answers();
	test_request();
	test_no_answer();
	http_stop(http);
	fake_vendor_stop(vendor);
	arena_free(arena);
	return (done());
}
