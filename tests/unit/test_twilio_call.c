/*
 * twilio_call: what is asked of Twilio, and what its answers mean for the
 * attempt that waits.
 */
#include "config.h"

#include "twilio/twilio_call.h"
#include "vendor.h"

#define SID "CA0123456789abcdef0123456789abcdef"
#define ACCOUNT "AC0123456789abcdef0123456789abcdef"
#define PATH "/2010-04-01/Accounts/" ACCOUNT "/Calls.json"

static struct str sid; /* of the last call */

static enum err_code
start(const char *api_url, int64_t in_ms, struct err *e)
{
	const struct twilio_call c = { .api_url = api_url,
		.account_sid = STR(ACCOUNT),
		.token = STR("hidden"),
		.from = STR("+15559999999"),
		.to = STR("+15551111111"),
		.url = STR("https://c.example/loop?leg=out&verification=1"),
		.status_url = STR("https://c.example/loop?leg=status"),
		.timeout_s = 40 };

	sid = STR_NONE;
	return (twilio_call_start(http, arena, &c, clock_mono_ms() + in_ms,
	    &sid, e));
}

static const struct vendor_answer answers[] = {
	{ 201, "{\"sid\":\"" SID "\",\"status\":\"queued\"}", ERR_OK, "" },
	{ 200, "{\"sid\":\"" SID "\"}", ERR_OK, "" },
	{ 201, "{\"sid\":\"CA1\"}", ERR_UNCERTAIN, "TWILIO_API_URL" },
	{ 201, "{}", ERR_UNCERTAIN, "TWILIO_API_URL" },
	{ 201, "hello", ERR_UNCERTAIN, "TWILIO_API_URL" },
	{ 400, "{\"code\":21211,\"message\":\"+15551111111 is invalid\"}",
	    ERR_INPUT, "error 21211" },
	{ 400, "{\"code\":1e300}", ERR_INPUT, "error 0" },
	{ 400, "hello", ERR_INPUT, "answered 400" },
	{ 401, "{\"code\":20003}", ERR_DENIED, "TWILIO_AUTH_TOKEN" },
	{ 403, "{\"code\":20003}", ERR_DENIED, "error 20003" },
	{ 404, "{\"code\":20404}", ERR_INPUT, "error 20404" },
	{ 429, "{\"code\":20429}", ERR_TEMPORARY, "rate" },
	{ 500, "{\"code\":20500}", ERR_UNCERTAIN, "error 20500" },
	{ 503, "", ERR_UNCERTAIN, "answered 503" },
	{ 307, "", ERR_UNCERTAIN, "answered 307" },
};

/* The path is part of a query then, so that what it names is done. */
static void
test_answers(void)
{
	size_t i;

	for (i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
		vendor_answers(&answers[i], "/answer?", start);
		is_str(sid, answers[i].want == ERR_OK ? SID : NULL, "its sid");
	}
	is_int((int64_t)fake_vendor_hits(vendor, "/answer"), (int64_t)i,
	    "one request each");
}

static void
test_request(void)
{
	const char *head;
	struct err e = { 0 };

	(void)start(vendor_url(""), LONG_MS, &e);
	head = fake_vendor_head(vendor);
	ok(str_starts(str_of(head), "POST " PATH " HTTP/1.1\r\n"),
	    "the request");
	ok(strstr(head,
	       "\r\nAuthorization: Basic QUMwMTIzNDU2Nzg5YWJjZGVmMDEyMzQ1Njc4"
	       "OWFiY2RlZjpoaWRkZW4=\r\n") != NULL,
	    "the account and its token");
	ok(strstr(head,
	       "\r\nContent-Type: application/x-www-form-urlencoded\r\n") !=
		NULL,
	    "a form");
	is_str(str_of(fake_vendor_body(vendor)),
	    "To=%2B15551111111&From=%2B15559999999&Url=https%3A%2F%2Fc.example"
	    "%2Floop%3Fleg%3Dout%26verification%3D1&Method=POST&StatusCallback="
	    "https%3A%2F%2Fc.example%2Floop%3Fleg%3Dstatus&"
	    "StatusCallbackMethod=POST&Timeout=40",
	    "its parameters");
}

int
main(void)
{
	vendor_begin();
	test_answers();
	test_request();
	vendor_is_silent("twilio", start);
	return (vendor_end());
}
