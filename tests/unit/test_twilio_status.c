/*
 * twilio_status: what decides is read strictly; what the spool keeps of a
 * callback says the same when it is read again, and is filed as of its time.
 */
#include "config.h"

#include "doors.h"
#include "twilio/twilio_status.h"

#define CALL_SID "CA0123456789abcdef0123456789abcdef"
#define GOOD "CallSid=" CALL_SID "&From=%2B15551111111&CallStatus=completed"

static struct form
form_of(const char *body)
{
	struct form f = { .n = 0 };

	if (form_decode(arena, str_of(body), &f, NULL) != ERR_OK)
		ok(false, "a form");
	return (f);
}

static void
test_read(void)
{
	static const char *const wrong[] = { "",
		"From=%2B15551111111&CallStatus=completed",
		"CallSid=CA1&From=%2B15551111111&CallStatus=completed",
		"CallSid=" CALL_SID "&CallStatus=completed",
		"CallSid=" CALL_SID "&From=%2B15551111111",
		"CallSid=" CALL_SID "&From=%2B15551111111&CallStatus=gone",
		GOOD "&From=%2B15552222222" };
	struct tenancy_status st;
	struct form f;

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		f = form_of(wrong[i]);
		ok(twilio_status_read(&f, &st, NULL) != ERR_OK, "refused: %s",
		    wrong[i]);
	}
	f = form_of(GOOD "&CallDuration=17&Caller=x");
	is_int(twilio_status_read(&f, &st, NULL), ERR_OK, "read");
	is_str(st.call_sid, CALL_SID, "whose");
	is_str(st.from, "+15551111111", "from");
	is_int(st.status, CALL_COMPLETED, "its status");
	is_int(st.duration_s, 17, "its length");
	is_int(st.received_ms, 0, "now");
	f = form_of(GOOD "&CallDuration=-1");
	is_int(twilio_status_read(&f, &st, NULL), ERR_OK, "a bad length");
	is_int(st.duration_s, -1, "is none");
	f = form_of("CallSid=" CALL_SID "&From=&CallStatus=busy");
	is_int(twilio_status_read(&f, &st, NULL), ERR_OK, "no From");
	is_str(st.from, PHONE_WITHHELD, "is one that is withheld");
}

static void
test_format(void)
{
	struct form f = form_of(
	    "To=%2B15559999999&" GOOD "&CallDuration=17&CallerName=A+B%26C");
	struct str body = STR("");

	is_int(twilio_status_format(arena, &f, &body, NULL), ERR_OK, "kept");
	is_str(body, GOOD "&CallDuration=17", "what decides, and no more");
	f = form_of("CallSid=" CALL_SID "&From=&CallStatus=busy");
	is_int(twilio_status_format(arena, &f, &body, NULL), ERR_OK, "kept");
	is_str(body, "CallSid=" CALL_SID "&From=&CallStatus=busy",
	    "an empty From, too");
}

static enum err_code
drain(const char *body, struct drain_filed *filed, struct err *e)
{
	const struct drain_job job = { .lanes = lanes,
		.body = str_of(body),
		.received_ms = INT64_C(1767225600000),
		.most_ms = 30000 };

	*filed = (struct drain_filed){ .asked = false };
	return (twilio_status_drain(arena, &job, filed, e));
}

static void
test_drain(void)
{
	struct drain_filed filed;
	struct err e;

	start();
	ANSWER(STATEMENT_APPLY_STATUS, "accepted", NULL, "user_a", NULL);
	is_int(drain(GOOD "&CallDuration=17", &filed, &e), ERR_OK, "filed");
	was_given(STATEMENT_APPLY_STATUS,
	    CALL_SID "|+15551111111|completed|17|2026-01-01T00:00:00.000Z");
	ok(filed.asked && str_is(filed.verdict, "accepted"), "accepted");
	ANSWER(STATEMENT_APPLY_STATUS, "quarantined", "unknown_call", NULL,
	    NULL);
	is_int(drain(GOOD, &filed, &e), ERR_OK, "one that fits no call");
	ok(filed.asked && str_is(filed.verdict, "quarantined") &&
		str_is(filed.record.reason, "unknown_call") &&
		strcmp(filed.record.provider, "twilio") == 0,
	    "is for the inbox");
	fake_postgres_rule(server, FAKE_FAIL, CALL_SID, "22003", 1);
	is_int(drain(GOOD, &filed, &e), ERR_OK, "one that is refused for good");
	ok(filed.asked && str_is(filed.record.reason, "refused_by_database"),
	    "as well");
	FAILS_AS_IT_SHOULD(CALL_SID, drain(GOOD, &filed, &e));
	ok(!filed.asked && filed.verdict.p == NULL, "and is no answer");
	stop();
}

int
main(void)
{
	if ((arena = arena_new(16 << 20)) == NULL)
		return (1);
	test_read();
	test_format();
	test_drain();
	arena_free(arena);
	return (done());
}
