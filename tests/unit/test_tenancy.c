/*
 * tenancy: what each statement is given, in its order, and how its answer is
 * read. A database that is away is never a verdict.
 */
#include "config.h"

#include "doors.h"
#include "base/log.h"
#include "tenancy/tenancy.h"

#define CALL_ID "0190163d-8694-739b-aea5-966c26f8ad91"
#define LINE_ID "0190163d-8694-739b-aea5-966c26f8ad92"
#define CALL_SID "CA0123456789abcdef0123456789abcdef"

static const struct tenancy_arrival arrival = {
	.call_id = CALL_ID,
	.call_sid = { CALL_SID, sizeof(CALL_SID) - 1 },
	.from = { "+15551111111", 12 },
	.to = { "+15559999999", 12 },
	.called = { "+15559999998", 12 },
	.diversion = { "+15552222222", 12 },
	.stir_verstat = { "A", 1 },
	.came = { "{}", 2 },
	.calls_at_once = 10,
	.calls_per_minute = 30,
};

static const struct tenancy_call owned = {
	.user_id = { "user_a", 6 },
	.call_id = { CALL_ID, sizeof(CALL_ID) - 1 },
};

/* open_call --------------------------------------------------------------- */

static void
test_open(void)
{
	struct tenancy_call call;
	struct err e = { 0 };

	start();
	ANSWER(STATEMENT_OPEN_CALL, "new", NULL, "0", "user_a", CALL_ID, "as",
	    "pn", "vapi_as", "from", "vapi_pn", "+15553333333", "+15554444444",
	    "t", "t", "Hello", "es", "A", "Closed", "en", "t");
	is_int(tenancy_open_call(lanes, arena, &arrival, IN_TIME, &call, &e),
	    ERR_OK, "opened");
	was_given(STATEMENT_OPEN_CALL,
	    CALL_ID "|" CALL_SID "|+15551111111|"
		    "+15559999999|+15559999998|~|+15552222222|A|10|30|{}");
	is_int(call.verdict, TENANCY_NEW, "ours");
	is_str(call.user_id, "user_a", "whose");
	is_str(call.call_id, CALL_ID, "named");
	is_str(call.assistant_id, "as", "its assistant");
	is_str(call.phone_number_id, "pn", "its number");
	is_str(call.vapi_assistant_id, "vapi_as", "vapi's name of the one");
	is_str(call.vapi_phone_number_id, "vapi_pn", "and of the line");
	is_str(str_of(call.fallback.text), "+15553333333", "its fallback");
	is_str(str_of(call.line_fallback.text), "+15554444444", "the line's");
	ok(call.dialled_recently, "dialled a moment ago");
	ok(call.line_dialled_recently, "the line's, too");
	ok(call.capped, "its plan is used up");
	is_str(call.greeting, "Hello", "its greeting");
	is_str(call.language, "es", "in this language");
	is_str(call.clinic_name, "A", "the clinic");
	is_str(call.after_hours_message, "Closed", "what it says when closed");
	is_str(call.message_language, "en", "and in which language");
	ok(call.answer.p == NULL, "no answer yet");
	ANSWER(STATEMENT_OPEN_CALL, "repeat", "<Response/>", "7", NULL, NULL,
	    NULL, NULL, NULL, NULL, NULL, "not a number", NULL, "f", "f", NULL,
	    NULL, NULL, NULL, NULL, NULL);
	is_int(tenancy_open_call(lanes, arena, &arrival, IN_TIME, &call, &e),
	    ERR_OK, "again");
	is_int(call.verdict, TENANCY_REPEAT, "a repeat");
	is_str(call.answer, "<Response/>", "with its answer");
	is_int(call.age_ms, 7, "and its age");
	ok(call.user_id.p == NULL && call.fallback.text[0] == '\0' &&
		call.line_fallback.text[0] == '\0' && !call.dialled_recently,
	    "and nothing else");
	FAILS_AS_IT_SHOULD(CALL_ID,
	    tenancy_open_call(lanes, arena, &arrival, IN_TIME, &call, &e));
	is_int(call.verdict, TENANCY_NONE, "which is no verdict");
	stop();
}

static void
test_verdicts(void)
{
	static const char *const odd[] = { "", "New", "none", "new ", "?" };
	struct tenancy_call call;
	struct err e;
	size_t i;

	start();
	for (i = TENANCY_NEW; i < TENANCY_VERDICTS; i++) {
		const char *name =
		    tenancy_verdict_name((enum tenancy_verdict)i);

		ANSWER(STATEMENT_OPEN_CALL, name, NULL, NULL, NULL, NULL, NULL,
		    NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
		    NULL, NULL, NULL, NULL);
		ok(tenancy_open_call(lanes, arena, &arrival, IN_TIME, &call,
		       &e) == ERR_OK &&
			call.verdict == (enum tenancy_verdict)i,
		    "verdict %s", name);
	}
	for (i = 0; i < sizeof(odd) / sizeof(odd[0]); i++) {
		ANSWER(STATEMENT_OPEN_CALL, odd[i], NULL, NULL, "user_a", NULL,
		    NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
		    NULL, NULL, NULL, NULL, NULL);
		is_int(tenancy_open_call(lanes, arena, &arrival, IN_TIME, &call,
			   &e),
		    ERR_BUG, "no verdict of ours");
	}
	answer_rows(STATEMENT_OPEN_CALL, 0, NULL);
	is_int(tenancy_open_call(lanes, arena, &arrival, IN_TIME, &call, &e),
	    ERR_BUG, "no row");
	is_str(str_of(tenancy_verdict_name((enum tenancy_verdict)99)), "none",
	    "no such verdict");
	stop();
}

/* What follows it --------------------------------------------------------- */

static enum err_code
bind(struct str *answer, struct err *e)
{
	return (
	    tenancy_bind_session(lanes, arena, &arrival, &owned, STR("vapi_1"),
		STR("{\"seal\":1}"), STR("<Response/>"), IN_TIME, answer, e));
}

static void
test_bind(void)
{
	struct str answer = STR_NONE;
	struct err e = { 0 };

	start();
	ANSWER(STATEMENT_BIND_SESSION, "bound", "<Response/>");
	is_int(bind(&answer, &e), ERR_OK, "bound");
	was_given(STATEMENT_BIND_SESSION,
	    "user_a|" CALL_ID "|" CALL_SID "|vapi_1|<Response/>|{\"seal\":1}");
	ANSWER(STATEMENT_BIND_SESSION, "settled", "<Other/>");
	is_int(bind(&answer, &e), ERR_OK, "settled meanwhile");
	is_str(answer, "<Other/>", "by another answer");
	ANSWER(STATEMENT_BIND_SESSION, "taken", NULL);
	is_int(bind(&answer, &e), ERR_CONFLICT, "of another call");
	is_str(answer, "<Other/>", "no answer is given");
	ANSWER(STATEMENT_BIND_SESSION, "absent", NULL);
	is_int(bind(&answer, &e), ERR_BUG, "no such call");
	answer_rows(STATEMENT_BIND_SESSION, 0, NULL);
	is_int(bind(&answer, &e), ERR_BUG, "no row");
	FAILS_AS_IT_SHOULD("user_a", bind(&answer, &e));
	stop();
}

static enum err_code
settle(const struct tenancy_call *call, bool dialled, struct str *answer,
    struct err *e)
{
	return (tenancy_settle_call(lanes, arena, &arrival, call,
	    STR("<Dial/>"), dialled, "callward-test", IN_TIME, answer, e));
}

static void
test_settle(void)
{
	const struct tenancy_call nobodys = { .call_id = owned.call_id };
	struct str answer = STR_NONE;
	struct err e = { 0 };

	start();
	ANSWER(STATEMENT_SETTLE_CALL, "settled", "<Dial/>");
	is_int(settle(&owned, true, &answer, &e), ERR_OK, "settled");
	was_given(STATEMENT_SETTLE_CALL,
	    CALL_SID "|<Dial/>|t|user_a|" CALL_ID "|callward-test");
	ANSWER(STATEMENT_SETTLE_CALL, "settled", "<Other/>");
	is_int(settle(NULL, false, &answer, &e), ERR_OK, "settled before");
	is_str(answer, "<Other/>", "by another answer");
	was_given(STATEMENT_SETTLE_CALL,
	    CALL_SID "|<Dial/>|f|~|~|"
		     "callward-test");
	ANSWER(STATEMENT_SETTLE_CALL, "absent", NULL);
	is_int(settle(&nobodys, false, &answer, &e), ERR_OK, "never heard of");
	is_str(answer, "<Dial/>", "gets what was to be said");
	was_given(STATEMENT_SETTLE_CALL,
	    CALL_SID "|<Dial/>|f|~|~|"
		     "callward-test");
	answer_rows(STATEMENT_SETTLE_CALL, 0, NULL);
	is_int(settle(NULL, false, &answer, &e), ERR_BUG, "no row");
	FAILS_AS_IT_SHOULD(CALL_SID, settle(NULL, false, &answer, &e));
	stop();
}

static enum err_code
find(struct str *answer, struct err *e)
{
	return (
	    tenancy_find_answer(lanes, arena, &arrival, IN_TIME, answer, e));
}

static void
test_find(void)
{
	struct str answer = STR("x");
	struct err e = { 0 };

	start();
	ANSWER(STATEMENT_FIND_ANSWER, "working", NULL, "7");
	is_int(find(&answer, &e), ERR_OK, "being worked on");
	ok(answer.p == NULL, "has no answer");
	was_given(STATEMENT_FIND_ANSWER, CALL_SID);
	ANSWER(STATEMENT_FIND_ANSWER, "answered", "<Response/>", "7");
	is_int(find(&answer, &e), ERR_OK, "answered");
	is_str(answer, "<Response/>", "so");
	answer_rows(STATEMENT_FIND_ANSWER, 0, NULL);
	is_int(find(&answer, &e), ERR_ABSENT, "never heard of");
	FAILS_AS_IT_SHOULD(CALL_SID, find(&answer, &e));
	stop();
}

/* Events ------------------------------------------------------------------ */

static const struct metadata owner = {
	.user_id = { "user_a", 6 },
	.call_id = { CALL_ID, sizeof(CALL_ID) - 1 },
	.assistant_id = { "as", 2 },
	.caller_phone_number = { "+15551111111", 12 },
	.assistant_phone_number = { "+15559999999", 12 },
};

static const struct tenancy_event event = {
	.owner = &owner,
	.metadata = { "{}", 2 },
	.vapi_call_id = { "vapi_1", 6 },
	.type = { "end-of-call-report", 18 },
	.status = CALL_COMPLETED,
	.ended_reason = { "customer-ended-call", 19 },
	.told = { "{\"duration_seconds\":15}", 23 },
	.transcript = { "AI: x", 5 },
	.messages = { "[]", 2 },
	.summary = { "s", 1 },
	.analysis = { "{\"a\":1}", 7 },
	.structured_data = { "{\"d\":1}", 7 },
	.body_sha256 = { "\0\1", 2 },
	.body_bytes = 100,
	.details = { "{\"left_out\":[]}", 15 },
	.report_digest = { "\1\2", 2 },
	.line = { LINE_ID, sizeof(LINE_ID) - 1 },
	.received_ms = 1767225616000,
};

static enum err_code
apply(const struct tenancy_event *ev, struct tenancy_applied *applied,
    struct err *e)
{
	return (tenancy_apply_event(lanes, arena, ev, IN_TIME, applied, e));
}

static void
test_event(void)
{
	struct tenancy_applied applied = { 0 };
	struct tenancy_event ev = { .vapi_call_id = STR("vapi_1"),
		.type = STR("hang") };
	struct err e = { 0 };

	start();
	ANSWER(STATEMENT_APPLY_EVENT, "accepted", NULL, "user_a", CALL_ID);
	is_int(apply(&event, &applied, &e), ERR_OK, "applied");
	was_given(STATEMENT_APPLY_EVENT,
	    "user_a|" CALL_ID "|as|~|"
	    "+15551111111|+15559999999|{}|vapi_1|~|end-of-call-report|"
	    "completed|customer-ended-call|{\"duration_seconds\":15}|AI: x|[]|s|"
	    "{\"a\":1}|{\"d\":1}|\\x0001|100|{\"left_out\":[]}|" LINE_ID
	    "|2026-01-01T00:00:16.000Z|\\x0102");
	ok(str_is(applied.verdict, "accepted") && applied.reason.p == NULL &&
		str_is(applied.user_id, "user_a") &&
		str_is(applied.call_id, CALL_ID),
	    "all of the answer");
	ANSWER(STATEMENT_APPLY_EVENT, "quarantined", "unknown call", NULL,
	    NULL);
	is_int(apply(&ev, &applied, &e), ERR_OK, "a message of nobody");
	was_given(STATEMENT_APPLY_EVENT,
	    "~|~|~|~|~|~|~|vapi_1|~|hang|~|~|~|~|~|~|~|~|~|0|~|~|~|~");
	ok(str_is(applied.verdict, "quarantined") &&
		str_is(applied.reason, "unknown call") &&
		applied.user_id.p == NULL,
	    "is a verdict, no error");
	answer_rows(STATEMENT_APPLY_EVENT, 0, NULL);
	is_int(apply(&event, &applied, &e), ERR_BUG, "no row");
	FAILS_AS_IT_SHOULD("user_a", apply(&event, &applied, &e));
	stop();
}

static enum err_code
apply_status(int64_t duration_s, struct tenancy_applied *applied, struct err *e)
{
	const struct tenancy_status st = { .call_sid = arrival.call_sid,
		.from = arrival.from,
		.status = CALL_NO_ANSWER,
		.duration_s = duration_s };

	return (tenancy_apply_status(lanes, arena, &st, IN_TIME, applied, e));
}

static void
test_status(void)
{
	struct tenancy_status late = { .call_sid = arrival.call_sid,
		.from = arrival.from,
		.status = CALL_COMPLETED,
		.duration_s = 9 };
	struct tenancy_applied applied = { 0 };
	struct err e = { 0 };

	start();
	ANSWER(STATEMENT_APPLY_STATUS, "stale", NULL, NULL, NULL);
	is_int(apply_status(0, &applied, &e), ERR_OK, "applied");
	was_given(STATEMENT_APPLY_STATUS,
	    CALL_SID "|+15551111111|no-answer|0|~");
	ok(str_is(applied.verdict, "stale") && applied.user_id.p == NULL,
	    "its verdict");
	is_int(apply_status(-1, &applied, &e), ERR_OK, "no duration told");
	was_given(STATEMENT_APPLY_STATUS,
	    CALL_SID "|+15551111111|no-answer|~|~");
	answer_rows(STATEMENT_APPLY_STATUS, 0, NULL);
	is_int(apply_status(0, &applied, &e), ERR_BUG, "no row");
	ANSWER(STATEMENT_APPLY_STATUS, "accepted", NULL, NULL, NULL);
	late.received_ms = INT64_C(1767225600000);
	is_int(tenancy_apply_status(lanes, arena, &late, IN_TIME, &applied, &e),
	    ERR_OK, "one that waited in the spool");
	was_given(STATEMENT_APPLY_STATUS,
	    CALL_SID "|+15551111111|completed|9|2026-01-01T00:00:00.000Z");
	FAILS_AS_IT_SHOULD(CALL_SID, apply_status(0, &applied, &e));
	stop();
}

static void
test_record(void)
{
	struct tenancy_record rec = { .id = CALL_ID,
		.provider = "twilio",
		.event_type = STR("voice"),
		.twilio_call_sid = arrival.call_sid,
		.verdict = "rejected",
		.reason = STR("unknown number"),
		.details = STR("{}"),
		.body_sha256 = STR("\1"),
		.body_bytes = 7,
		.body = STR("\0\xff") };
	struct err e = { 0 };

	start();
	is_int(tenancy_record_event(lanes, arena, &rec, IN_TIME, &e), ERR_OK,
	    "recorded");
	was_given(STATEMENT_RECORD_EVENT,
	    CALL_ID "|twilio|voice|~|" CALL_SID
		    "|rejected|unknown number|{}|\\x01|7|\\x00ff|~");
	rec.received_ms = INT64_C(1767225600000);
	is_int(tenancy_record_event(lanes, arena, &rec, IN_TIME, &e), ERR_OK,
	    "one that waited in the spool");
	was_given(STATEMENT_RECORD_EVENT,
	    CALL_ID "|twilio|voice|~|" CALL_SID
		    "|rejected|unknown number|{}|\\x01|7|\\x00ff|"
		    "2026-01-01T00:00:00.000Z");
	FAILS_AS_IT_SHOULD(CALL_ID,
	    tenancy_record_event(lanes, arena, &rec, IN_TIME, &e));
	stop();
}

static void
test_ping(void)
{
	int64_t version = 0;
	struct err e = { 0 };

	start();
	ANSWER(STATEMENT_PING, "8");
	is_int(tenancy_ping(lanes, arena, IN_TIME, &version, &e), ERR_OK,
	    "there");
	is_int(version, 8, "its version");
	answer_rows(STATEMENT_PING, 0, NULL);
	is_int(tenancy_ping(lanes, arena, IN_TIME, &version, &e), ERR_BUG,
	    "no row");
	fake_postgres_leave(server);
	is_int(tenancy_ping(lanes, arena, IN_TIME, &version, &e), ERR_TEMPORARY,
	    "away");
	fake_postgres_return(server);
	stop();
}

/* Ready is only who could carry all: a lane that is away is told. */
static void
test_ping_lanes(void)
{
	int64_t version = 0, until = IN_TIME;
	struct db_lanes_counts n;
	struct err e = { 0 };
	struct str answer;
	enum err_code code;

	start();
	ANSWER(STATEMENT_PING, "8");
	is_int(tenancy_ping(lanes, arena, IN_TIME, &version, &e), ERR_OK,
	    "the first lane is there");
	/* It tries again by itself, and with each ping. */
	fake_postgres_rule(server, FAKE_REFUSE_LOGIN, "too many", "53300", 5);
	do {
		is_int(find(&answer, &e), ERR_OK,
		    "answered, by the first if need be");
		db_lanes_count(lanes, &n);
	} while (n.away == 0 && clock_mono_ms() < until);
	is_int(tenancy_ping(lanes, arena, IN_TIME, &version, &e), ERR_TEMPORARY,
	    "that the second is refused is told");
	db_lanes_count(lanes, &n);
	is_int((int64_t)n.away, 1, "one is away");
	do {
		code = tenancy_ping(lanes, arena, IN_TIME, &version, &e);
	} while (code != ERR_OK && clock_mono_ms() < until);
	is_int(code, ERR_OK, "until it is there");
	db_lanes_count(lanes, &n);
	is_int((int64_t)n.away, 0, "none is away");
	is_int(find(&answer, &e), ERR_OK, "and its callers are served");
	stop();
}

int
main(void)
{
	if ((arena = arena_new(4 << 20)) == NULL ||
	    log_open("file:/dev/null", NULL) != ERR_OK)
		return (1);
	test_open();
	test_verdicts();
	test_bind();
	test_settle();
	test_find();
	test_event();
	test_status();
	test_record();
	test_ping();
	test_ping_lanes();
	log_close();
	arena_free(arena);
	return (done());
}
