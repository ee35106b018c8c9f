/*
 * twilio_call: what is asked of Twilio, and what its answers mean for the
 * attempt that waits.
 */
#include "config.h"

#include "clock.h"
#include "fake_vendor.h"
#include "tap.h"
#include "twilio_call.h"

#define LONG_MS 30000
#define SID "CA0123456789abcdef0123456789abcdef"
#define ACCOUNT "AC0123456789abcdef0123456789abcdef"
#define PATH "/2010-04-01/Accounts/" ACCOUNT "/Calls.json"

static struct arena *arena;
static struct fake_vendor *vendor;
static struct http *http;

/* The vendor answers what it was told to on this path alone. */
static struct twilio_call
sample(const char *path)
{
	return ((struct twilio_call){
	    .api_url = str_dup(arena, str_of(fake_vendor_url(vendor, path))),
	    .account_sid = STR(ACCOUNT),
	    .token = STR("hidden"),
	    .from = STR("+15559999999"),
	    .to = STR("+15551111111"),
	    .url = STR("https://c.example/loop?leg=out&verification=1"),
	    .status_url = STR("https://c.example/loop?leg=status"),
	    .timeout_s = 40 });
}

static enum err_code
start(const char *path, int64_t in_ms, struct str *sid, struct err *e)
{
	struct twilio_call c = sample(path);

	*sid = STR_NONE;
	return (twilio_call_start(http, arena, &c, clock_mono_ms() + in_ms, sid,
	    e));
}

static const struct {
	int status;
	const char *answer;
	enum err_code want;
	const char *says;
} answers[] = {
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

static void
test_answers(void)
{
	struct err e = { 0 };
	struct str sid;
	size_t i;

	for (i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
		fake_vendor_answer(vendor, answers[i].status, "",
		    answers[i].answer);
		e = (struct err){ 0 };
		is_int(start("/answer?", LONG_MS, &sid, &e), answers[i].want,
		    answers[i].answer);
		ok(strstr(e.text, answers[i].says) != NULL &&
			strstr(e.text, "1111") == NULL &&
			strstr(e.text, "hidden") == NULL,
		    "%d: %s", answers[i].status, e.text);
		is_int(e.code, answers[i].want, "the log says so too");
		if (answers[i].want == ERR_OK)
			is_str(sid, SID, "its sid");
	}
	is_int((int64_t)fake_vendor_hits(vendor, "/answer"), (int64_t)i,
	    "one request each");
}

static void
test_request(void)
{
	const char *head;
	struct str sid;
	struct err e = { 0 };

	(void)start("", LONG_MS, &sid, &e);
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

static void
test_no_answer(void)
{
	struct twilio_call c = sample("/answer?");
	struct err e = { 0 };
	struct str sid;

	is_int(start("/never?", 1000, &sid, &e), ERR_UNCERTAIN,
	    "no answer in time");
	is_int((int64_t)fake_vendor_hits(vendor, "/never"), 1,
	    "asked once for all that");
	is_int(start("/answer?", 0, &sid, &e), ERR_TEMPORARY, "no time to ask");
	c.api_url = "http://127.0.0.1:1";
	is_int(twilio_call_start(http, arena, &c, clock_mono_ms() + LONG_MS,
		   &sid, &e),
	    ERR_TEMPORARY, "nobody there");
	ok(strstr(e.text, "hidden") == NULL &&
		str_starts(str_of(e.text), "twilio"),
	    "told: %s", e.text);
}

int
main(void)
{
	if ((arena = arena_new(4 << 20)) == NULL ||
	    http_start(&http, NULL) != ERR_OK)
		return (1);
	vendor = fake_vendor_start();
	test_answers();
	test_request();
	test_no_answer();
	http_stop(http);
	fake_vendor_stop(vendor);
	arena_free(arena);
	return (done());
}
