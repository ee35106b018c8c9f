/*
 * vapi_message: every value is taken from the first place that tells it, what
 * is absurd counts as not told, and secrets stay where they are.
 */
#include "config.h"

#include "base/clock.h"
#include "tap.h"
#include "told.h"
#include "vapi/vapi_message.h"

#define REPORT "{\"message\":{\"type\":\"end-of-call-report\","
#define URL1 "https://a.example/1"
#define URL2 "https://a.example/2"
#define URL3 "https://a.example/3"
#define URL4 "https://a.example/4"
#define JAN1 "2026-01-01T00:00:00.000Z" /* 1767225600000 */

static struct arena *arena;

static struct vapi_message
message_of(const char *text)
{
	struct vapi_message m = { 0 };
	struct err e = { 0 };

	if (vapi_message_read(arena, str_of(text), &m, &e) != ERR_OK)
		ok(false, "%s: %s", text, e.text);
	return (m);
}

/* Texts: {field, the report's members, what is stored}. */
#define FIELD(name) #name

static const struct {
	const char *field;
	const char *members;
	const char *want;
	const char *what;
} texts[] = {
	{ FIELD(recording_url),
	    "\"artifact\":{\"recordingUrl\":\"" URL1 "\","
	    "\"recording\":{\"mono\":{\"combinedUrl\":\"" URL2 "\"}}},"
	    "\"recordingUrl\":\"" URL3 "\",\"call\":{\"recordingUrl\":\"" URL4
	    "\"}",
	    URL1, "recording: the artifact's" },
	{ FIELD(recording_url),
	    "\"artifact\":{\"recordingUrl\":\"\","
	    "\"recording\":{\"mono\":{\"combinedUrl\":\"" URL2 "\"}}},"
	    "\"recordingUrl\":\"" URL3 "\"",
	    URL2, "then the combined one" },
	{ FIELD(recording_url),
	    "\"artifact\":{\"recordingUrl\":7},"
	    "\"recordingUrl\":\"" URL3 "\",\"call\":{\"recordingUrl\":\"" URL4
	    "\"}",
	    URL3, "then the message's" },
	{ FIELD(recording_url), "\"call\":{\"recordingUrl\":\"" URL4 "\"}",
	    URL4, "then the call's" },
	{ FIELD(recording_url), "\"artifact\":{}", NULL, "else none" },
	{ FIELD(transcript),
	    "\"artifact\":{\"transcript\":\"one\"},"
	    "\"transcript\":\"two\",\"call\":{\"transcript\":\"three\"}",
	    "one", "transcript: the artifact's" },
	{ FIELD(transcript),
	    "\"artifact\":{\"transcript\":\"\"},"
	    "\"transcript\":\"two\",\"call\":{\"transcript\":\"three\"}",
	    "two", "then the message's" },
	{ FIELD(transcript), "\"call\":{\"transcript\":\"three\"}", "three",
	    "then the call's" },
	{ FIELD(transcript),
	    "\"artifact\":{\"messages\":["
	    "{\"role\":\"bot\",\"message\":\"Hello.\"},"
	    "{\"role\":\"user\",\"content\":\"Hi.\"},"
	    "{\"role\":\"assistant\",\"message\":\"Bye.\"}]}",
	    "AI: Hello.\nUser: Hi.\nAI: Bye.\n", "then from the turns" },
	{ FIELD(transcript),
	    "\"artifact\":{\"messages\":["
	    "{\"role\":\"system\",\"message\":\"prompt\"}]}",
	    NULL, "a prompt is no transcript" },
	{ FIELD(summary),
	    "\"analysis\":{\"summary\":\"one\"},"
	    "\"summary\":\"two\",\"call\":{\"summary\":\"three\"}",
	    "one", "summary: the analysis's" },
	{ FIELD(summary),
	    "\"analysis\":{\"summary\":null},"
	    "\"summary\":\"two\",\"call\":{\"summary\":\"three\"}",
	    "two", "then the message's" },
	{ FIELD(summary),
	    "\"analysis\":{},\"summary\":[],"
	    "\"call\":{\"summary\":\"three\"}",
	    "three", "then the call's" },
	{ FIELD(structured_data),
	    "\"analysis\":{\"structuredData\":{\"a\":1}"
	    "},\"structuredData\":{\"b\":2},\"artifact\":"
	    "{\"structuredOutputs\":{\"c\":3}}",
	    "{\"a\":1}", "structured data: the analysis's" },
	{ FIELD(structured_data),
	    "\"analysis\":{\"structuredData\":{}},"
	    "\"structuredData\":{\"b\":2},\"artifact\":"
	    "{\"structuredOutputs\":{\"c\":3}}",
	    "{\"b\":2}", "then the message's" },
	{ FIELD(structured_data),
	    "\"artifact\":{\"structuredOutputs\":"
	    "{\"c\":3}}",
	    "{\"c\":3}", "then the outputs" },
	{ FIELD(structured_data), "\"structuredData\":\"text\"", NULL,
	    "no tree, no data" },
	{ FIELD(analysis), "\"analysis\":{\"summary\":\"s\"}",
	    "{\"summary\":\"s\"}", "the analysis as it is" },
	{ FIELD(analysis), "\"analysis\":{}", NULL, "an empty one is none" },
	{ FIELD(success_evaluation),
	    "\"analysis\":{\"successEvaluation\":"
	    "\"Good\"}",
	    "Good", "success: a word" },
	{ FIELD(success_evaluation),
	    "\"analysis\":{\"successEvaluation\":"
	    "true}",
	    "true", "a truth" },
	{ FIELD(success_evaluation), "\"analysis\":{\"successEvaluation\":7}",
	    "7", "a number" },
	{ FIELD(success_evaluation),
	    "\"analysis\":{\"successEvaluation\":1e999}", "1e999",
	    "one that no double holds, as it is spelled" },
	{ FIELD(success_evaluation),
	    "\"analysis\":{\"successEvaluation\":"
	    "{}}",
	    NULL, "no tree" },
	{ FIELD(success_evaluation),
	    "\"analysis\":{\"successEvaluation\":"
	    "\"\"}",
	    NULL, "no empty word" },
	{ FIELD(ended_reason),
	    "\"endedReason\":\"customer-ended-call\","
	    "\"call\":{\"endedReason\":\"silence-timed-out\"}",
	    "customer-ended-call", "reason: the message's" },
	{ FIELD(ended_reason),
	    "\"call\":{\"endedReason\":"
	    "\"silence-timed-out\"}",
	    "silence-timed-out", "then the call's" },
	{ FIELD(cost_usd),
	    "\"cost\":0.0231,\"costBreakdown\":{\"total\":2},"
	    "\"call\":{\"cost\":3}",
	    "0.023100", "cost: the message's" },
	{ FIELD(cost_usd),
	    "\"cost\":\"free\",\"costBreakdown\":{\"total\":2},"
	    "\"call\":{\"cost\":3}",
	    "2.000000", "then the total" },
	{ FIELD(cost_usd), "\"call\":{\"cost\":3}", "3.000000",
	    "then the call's" },
	{ FIELD(cost_usd), "\"cost\":0", "0.000000", "nothing is a cost" },
	{ FIELD(cost_usd), "\"cost\":-1,\"costBreakdown\":{\"total\":1e300}",
	    NULL, "an absurd one is none" },
	{ FIELD(vapi_call_id),
	    "\"call\":{\"id\":\"019a-b.C_d\"},"
	    "\"callId\":\"other\"",
	    "019a-b.C_d", "id: the call's" },
	{ FIELD(vapi_call_id), "\"callId\":\"other\"", "other",
	    "then the message's" },
	{ FIELD(vapi_call_id), "\"call\":{\"id\":\"a b\"}", NULL,
	    "one of another shape is none" },
	{ FIELD(vapi_call_id),
	    "\"Call\":{\"id\":\"x\"},\"call\":{\"ID\":"
	    "\"x\"}",
	    NULL, "only the exact name is read" },
	{ FIELD(twilio_call_sid),
	    "\"call\":{\"phoneCallProviderId\":"
	    "\"CA0123456789abcdef0123456789abcdef\"}",
	    "CA0123456789abcdef0123456789abcdef", "the CallSid" },
	{ FIELD(twilio_call_sid),
	    "\"call\":{\"transport\":{\"callSid\":"
	    "\"CA0123456789abcdef0123456789abcdef\"}}",
	    "CA0123456789abcdef0123456789abcdef", "or the transport's" },
	{ FIELD(twilio_call_sid),
	    "\"call\":{\"phoneCallProviderId\":"
	    "\"CA01\"}",
	    NULL, "one of another shape is none" },
};

static void
test_texts(void)
{
	char text[1024];
	size_t i;

	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct vapi_message m;

		(void)snprintf(text, sizeof(text), REPORT "%s}}",
		    texts[i].members);
		m = message_of(text);
		is_str(told(&m.event, texts[i].field), texts[i].want,
		    texts[i].what);
	}
}

static const struct {
	const char *members;
	const char *want;
	const char *what;
} durations[] = {
	{ "\"durationSeconds\":15.158,\"durationMs\":9000", "15", "seconds" },
	{ "\"durationSeconds\":15.5", "16", "the nearest one" },
	{ "\"durationMs\":15499,\"durationMinutes\":9", "15", "milliseconds" },
	{ "\"durationMinutes\":0.25,\"duration\":9", "15", "minutes" },
	{ "\"duration\":15", "15", "the older name" },
	{ "\"startedAt\":\"2026-01-01T00:00:00.000Z\","
	  "\"endedAt\":\"2026-01-01T00:00:15.158Z\"",
	    "15", "from start and end" },
	{ "\"durationSeconds\":0", "0", "none at all" },
	{ "\"durationSeconds\":-1,\"durationMs\":2000", "2", "negative" },
	{ "\"durationSeconds\":1e300,\"durationMs\":2000", "2", "endless" },
	{ "\"durationSeconds\":\"15\"", NULL, "a text" },
	{ "\"durationSeconds\":2147483647", NULL, "over what a column holds" },
	{ "\"startedAt\":\"2026-01-01T00:00:15Z\","
	  "\"endedAt\":\"2026-01-01T00:00:00Z\"",
	    NULL, "an end before the start" },
	{ "\"startedAt\":\"0001-01-01T00:00:00Z\","
	  "\"endedAt\":\"9999-12-31T23:59:59Z\"",
	    NULL, "ten thousand years" },
	{ "\"a\":1", NULL, "not told" },
};

static void
test_durations(void)
{
	struct vapi_message m;
	char text[256];
	size_t i;

	for (i = 0; i < sizeof(durations) / sizeof(durations[0]); i++) {
		(void)snprintf(text, sizeof(text), REPORT "%s}}",
		    durations[i].members);
		m = message_of(text);
		is_str(told(&m.event, "duration_seconds"), durations[i].want,
		    durations[i].what);
	}
}

static void
test_times(void)
{
	static const char *const bad[] = { "\"2026-02-30T00:00:00Z\"",
		"\"yesterday\"", "1767225600000000", "null", "\"\"", "-1",
		"\"1969-12-31T23:59:59Z\"", "\"1999-12-31T23:59:59Z\"",
		"\"2100-01-01T00:00:00Z\"" };
	struct tenancy_event ev;
	char text[256];
	size_t i;

	ev = message_of(
	    REPORT "\"startedAt\":\"2026-01-01T00:00:00.000Z\","
		   "\"endedAt\":\"2026-01-01T01:00:15.158+01:00\",\"call\":"
		   "{\"startedAt\":\"2020-01-01T00:00:00Z\"}}}")
		 .event;
	is_str(told(&ev, "started_at"), JAN1, "the start");
	is_str(told(&ev, "ended_at"), "2026-01-01T00:00:15.158Z",
	    "the end, in another zone");
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		(void)snprintf(text, sizeof(text),
		    REPORT "\"startedAt\":%s,\"endedAt\":%s}}", bad[i], bad[i]);
		ev = message_of(text).event;
		ok(ev.told.p == NULL, "no time: %s", bad[i]);
	}
}

static void
test_turns(void)
{
	struct tenancy_event ev = message_of(REPORT
	    "\"artifact\":"
	    "{\"messages\":[{\"role\":\"system\",\"message\":\"the prompt\"},"
	    "{\"role\":\"bot\",\"message\":\"Hello.\",\"time\":1767225601000,"
	    "\"secondsFromStart\":1.2,\"endTime\":3,\"source\":\"x\"},"
	    "{\"role\":\"tool_calls\",\"message\":\"told to a tool\"},"
	    "{\"role\":\"user\",\"content\":\"Hi.\",\"secondsFromStart\":"
	    "\"2\"},{\"role\":\"user\",\"message\":\"\"},7,null]},"
	    "\"messages\":[{\"role\":\"user\",\"message\":\"other\"}]}}")
				      .event;

	is_str(ev.messages,
	    "[{\"role\":\"bot\",\"message\":\"Hello.\","
	    "\"secondsFromStart\":1.2,\"time\":1767225601000},"
	    "{\"role\":\"user\",\"message\":\"Hi.\"}]",
	    "what was spoken, and no more of it");
	ev = message_of(REPORT "\"artifact\":{\"messages\":[]},\"messages\":"
			       "[{\"role\":\"user\",\"message\":\"other\"}]}}")
		 .event;
	is_str(ev.messages, "[{\"role\":\"user\",\"message\":\"other\"}]",
	    "else the message's own");
	ev = message_of(REPORT "\"messages\":{\"role\":\"user\"}}}").event;
	ok(ev.messages.p == NULL, "no list, no turns");
}

/* Every text that is stored. */
static const char *const stored[] = { "vapi_call_id", "twilio_call_sid", "type",
	"ended_reason", "told", "transcript", "messages", "summary", "analysis",
	"structured_data", "metadata", "body_sha256" };

static void
test_secrets(void)
{
	struct vapi_message m = message_of(REPORT
	    "\"artifact\":{"
	    "\"variables\":{\"phoneNumber\":{\"twilioAuthToken\":\"hidden\"}},"
	    "\"variableValues\":{\"phoneNumber\":{\"twilioAccountSid\":"
	    "\"hidden\"}},\"presignedMonoUrl\":\"https://hidden\","
	    "\"logUrl\":\"https://hidden\",\"messages\":[{\"role\":\"system\","
	    "\"message\":\"hidden\"},{\"role\":\"tool_call_result\","
	    "\"result\":\"hidden\",\"message\":\"hidden\"},{\"role\":\"user\","
	    "\"message\":\"Hi.\",\"metadata\":\"hidden\"}],"
	    "\"messagesOpenAIFormatted\":[{\"role\":\"system\",\"content\":"
	    "\"hidden\"}]},\"phoneNumber\":{\"server\":{\"secret\":"
	    "\"hidden\"},\"twilioAuthToken\":\"hidden\"},\"assistant\":"
	    "{\"server\":{\"secret\":\"hidden\"},\"model\":{\"messages\":"
	    "[{\"content\":\"hidden\"}]}},\"call\":{\"id\":\"c1\","
	    "\"monitor\":{\"controlUrl\":\"https://hidden\"},\"transport\":"
	    "{\"callToken\":\"hidden\"}},\"customer\":{\"name\":\"hidden\"},"
	    "\"analysis\":{\"summary\":\"s\"}}}");
	int found = 0;
	struct str s;

	for (size_t i = 0; i < sizeof(stored) / sizeof(stored[0]); i++) {
		s = told(&m.event, stored[i]);
		found += s.p != NULL;
		ok(s.p == NULL || memmem(s.p, s.n, "hidden", 6) == NULL,
		    "no secret in text %zu", i);
	}
	is_int(found, 7,
	    "id, type, turns, transcript, summary, analysis, told");
	is_str(m.event.told, "{\"details\":{\"recording\":\"mono\"}}",
	    "of an address that ends soon only that there is a recording");
}

static const struct {
	const char *text;
	enum vapi_message_kind kind;
	enum call_status status;
	const char *type;
} kinds[] = {
	{ "{\"message\":{\"type\":\"status-update\",\"status\":\"ended\","
	  "\"endedReason\":\"customer-busy\"}}",
	    VAPI_MESSAGE_STATUS, CALL_BUSY, "status-update" },
	{ "{\"message\":{\"type\":\"status-update\",\"status\":\"in-progress\""
	  "}}",
	    VAPI_MESSAGE_STATUS, CALL_IN_PROGRESS, "status-update" },
	{ "{\"message\":{\"type\":\"status-update\",\"status\":\"asleep\"}}",
	    VAPI_MESSAGE_STATUS, CALL_NONE, "status-update" },
	{ "{\"message\":{\"type\":\"end-of-call-report\"}}",
	    VAPI_MESSAGE_REPORT, CALL_COMPLETED, "end-of-call-report" },
	{ "{\"message\":{\"type\":\"end-of-call-report\",\"endedReason\":"
	  "\"assistant-not-found\"}}",
	    VAPI_MESSAGE_REPORT, CALL_FAILED, "end-of-call-report" },
	{ "{\"message\":{\"type\":\"hang\",\"status\":\"ended\"}}",
	    VAPI_MESSAGE_HANG, CALL_NONE, "hang" },
	{ "{\"message\":{\"type\":\"call.deleted\",\"status\":\"ended\"}}",
	    VAPI_MESSAGE_DELETED, CALL_NONE, "call.deleted" },
	{ "{\"message\":{\"type\":\"assistant-request\"}}",
	    VAPI_MESSAGE_REQUEST, CALL_NONE, "assistant-request" },
	{ "{\"message\":{\"type\":\"transcript\",\"transcript\":\"x\"}}",
	    VAPI_MESSAGE_OTHER, CALL_NONE, "transcript" },
	{ "{\"message\":{\"type\":7}}", VAPI_MESSAGE_OTHER, CALL_NONE, NULL },
	{ "{\"message\":{\"transcript\":\"x\"}}", VAPI_MESSAGE_OTHER, CALL_NONE,
	    NULL },
	{ "{}", VAPI_MESSAGE_OTHER, CALL_NONE, NULL },
	{ "{\"type\":\"hang\"}", VAPI_MESSAGE_HANG, CALL_NONE, "hang" },
	{ "{\"recordingUrl\":\"x\",\"status\":\"ended\"}", VAPI_MESSAGE_REPORT,
	    CALL_COMPLETED, "end-of-call-report" },
	{ "{\"duration\":7}", VAPI_MESSAGE_REPORT, CALL_COMPLETED,
	    "end-of-call-report" },
	{ "{\"status\":\"ringing\"}", VAPI_MESSAGE_STATUS, CALL_RINGING,
	    "status-update" },
	{ "{\"status\":7}", VAPI_MESSAGE_OTHER, CALL_NONE, NULL },
	{ "{\"message\":\"a text\",\"type\":\"hang\"}", VAPI_MESSAGE_HANG,
	    CALL_NONE, "hang" },
};

static void
test_kinds(void)
{
	struct vapi_message m;
	struct err e;
	size_t i;

	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		m = message_of(kinds[i].text);
		ok(m.kind == kinds[i].kind && m.event.status == kinds[i].status,
		    "kind and state: %s", kinds[i].text);
		is_str(m.event.type, kinds[i].type, "its type");
	}
	is_int(vapi_message_read(arena, STR("[1]"), &m, &e), ERR_INPUT,
	    "a list is no message");
	is_int(vapi_message_read(arena,
		   STR("{\"message\":null,\"message\":{\"type\":\"hang\"}}"),
		   &m, &e),
	    ERR_INPUT, "two messages are no message");
	is_int(vapi_message_read(arena,
		   STR("{\"message\":[],\"type\":\"hang\",\"message\":{}}"), &m,
		   &e),
	    ERR_INPUT, "also in the older shape");
	is_int(vapi_message_read(arena, STR(""), &m, &e), ERR_INPUT,
	    "nor is nothing");
}

/* What each type of Vapi's package is to us, and by which name it counts. */
static void
test_types(void)
{
	char line[128], text[200];
	FILE *f = open_data("vapi-message-types.tsv");
	struct str row[2];
	struct vapi_message m;
	int rows = 0, others = 0;

	while (read_row(f, line, sizeof(line), row, 2) == 2) {
		struct json *o = json_new_object(arena);
		struct err e;

		json_add_str(json_add_object(o, "message"), "type", row[0]);
		rows++;
		is_int(json_format(arena, o, &row[0], &e), ERR_OK, "a message");
		(void)snprintf(text, sizeof(text), "%s", row[0].p);
		m = message_of(text);
		is_str(m.event.type, vapi_type_name(m.type),
		    "is counted by its name");
		others += m.kind == VAPI_MESSAGE_OTHER;
		ok((m.kind == VAPI_MESSAGE_OTHER) ==
			(str_is(row[1], "declined") ||
			    str_is(row[1], "acknowledged")),
		    "%s is %s", vapi_type_name(m.type), row[1].p);
		ok((m.kind == VAPI_MESSAGE_REQUEST) == str_is(row[1], "served"),
		    "only an assistant-request is served");
	}
	(void)fclose(f);
	is_int(rows, VAPI_TYPES - 1, "all of them were read");
	is_int(others, 39, "types of which nothing is stored");
	is_int((int)message_of("{\"message\":{\"type\":\"of-tomorrow\"}}").type,
	    VAPI_TYPE_OTHER, "one that is not named");
	is_int((int)message_of("{\"message\":{\"type\":\"Hang\"}}").type,
	    VAPI_TYPE_OTHER, "a name is matched whole");
	is_str(str_of(vapi_type_name(VAPI_TYPE_OTHER)), "other",
	    "counts as other");
}

static void
test_status_time(void)
{
	struct tenancy_event ev = message_of(
	    "{\"message\":{\"type\":"
	    "\"status-update\",\"status\":\"in-progress\",\"timestamp\":"
	    "1767225600123}}")
				      .event;

	is_str(ev.told, "{\"started_at\":\"2026-01-01T00:00:00.123Z\"}",
	    "when it began");
	ev = message_of("{\"message\":{\"type\":\"status-update\",\"status\":"
			"\"ended\",\"timestamp\":1767225600123}}")
		 .event;
	is_str(ev.told, "{\"ended_at\":\"2026-01-01T00:00:00.123Z\"}",
	    "when it ended, and no duration");
	ev = message_of("{\"message\":{\"type\":\"status-update\",\"status\":"
			"\"ended\",\"timestamp\":-1e300}}")
		 .event;
	ok(ev.told.p == NULL, "no time that is absurd");
	ev = message_of("{\"message\":{\"type\":\"status-update\",\"status\":"
			"\"ended\",\"timestamp\":1767225600}}")
		 .event;
	is_str(ev.told, "{\"ended_at\":\"" JAN1 "\"}", "one in seconds");
}

static void
test_status_early(void)
{
	struct vapi_message m =
	    message_of("{\"message\":{\"type\":"
		       "\"status-update\",\"status\":\"forwarding\","
		       "\"destination\":{\"type\":\"number\",\"number\":"
		       "\"+15557770001\"},\"durationSeconds\":7,"
		       "\"artifact\":{\"recordingUrl\":\"" URL1 "\"}}}");

	is_int(m.event.status, CALL_FORWARDING, "a call is put through");
	is_str(m.event.told,
	    "{\"details\":{\"forwarded_to\":\"+15557770001\"}}",
	    "to whom, and nothing of what a report tells");
}

static void
test_flat(void)
{
	struct vapi_message m = message_of(
	    "{\"call\":{\"id\":\"c1\"},"
	    "\"recordingUrl\":\"" URL1 "\",\"transcript\":\"AI: x\","
	    "\"duration\":12.4,\"summary\":\"s\",\"endedReason\":"
	    "\"customer-did-not-answer\",\"metadata\":{\"user_id\":\"u\"}}");

	ok(m.flat, "the older shape");
	is_str(m.event.vapi_call_id, "c1", "its call");
	is_str(told(&m.event, "recording_url"), URL1, "its recording");
	is_str(m.event.transcript, "AI: x", "its transcript");
	is_str(m.event.summary, "s", "its summary");
	is_str(told(&m.event, "duration_seconds"), "12", "its duration");
	is_int(m.event.status, CALL_NO_ANSWER, "its state");
}

static void
test_bounds(void)
{
	struct tenancy_event ev;
	struct str text = STR_NONE;
	struct buf b;
	int i;

	buf_init(&b, arena);
	buf_adds(&b, REPORT "\"endedReason\":\"");
	for (i = 0; i < 3000; i++)
		buf_addc(&b, 'x');
	buf_adds(&b, "\",\"recordingUrl\":\"");
	for (i = 0; i < 3000; i++)
		buf_addc(&b, 'x');
	buf_adds(&b,
	    "\",\"call\":{\"recordingUrl\":\"" URL4 "\"},\"messages\":[");
	for (i = 0; i < 6000; i++)
		buf_addf(&b, "%s{\"role\":\"user\",\"message\":\"x\"}",
		    i == 0 ? "" : ",");
	buf_adds(&b, "]}}");
	if (!ok(buf_done(&b, &text, NULL) == ERR_OK, "a report of long texts"))
		return;
	ev = message_of(text.p).event;
	ok(ev.ended_reason.p == NULL, "a reason of 3,000 bytes is none");
	is_str(told(&ev, "recording_url"), URL4, "nor is such an address");
	is_int((int64_t)ev.messages.n, 5000 * 30 + 1,
	    "five thousand turns are kept");
}

#define MIB ((size_t)1024 * 1024)

static void
add_turn(struct buf *b, char c, size_t n)
{
	buf_addf(b, "%s{\"role\":\"user\",\"message\":\"",
	    b->p[b->n - 1] == '[' ? "" : ",");
	while (n-- > 0)
		buf_addc(b, c);
	buf_adds(b, "\"}");
}

/* What the turns make is bounded like what is sent. */
static void
test_bounds_of_turns(void)
{
	struct arena *large = arena_new(96 * MIB), *of_text;
	struct vapi_message m;
	struct str text = STR_NONE;
	struct buf b;

	if (large == NULL || (of_text = arena_new(64 * MIB)) == NULL)
		return;
	buf_init(&b, of_text);
	buf_adds(&b, REPORT "\"messages\":[");
	add_turn(&b, 'a', 2 * MIB);
	add_turn(&b, 'b', 3 * MIB);
	add_turn(&b, 'c', 1);
	buf_adds(&b, "]}}");
	ok(buf_done(&b, &text, NULL) == ERR_OK &&
		vapi_message_read(large, text, &m, NULL) == ERR_OK,
	    "turns of 5 MiB");
	is_int((int64_t)m.event.transcript.n, 2 * (int64_t)MIB + 7,
	    "the transcript ends before the line that is too much");
	is_str(m.event.details, "{\"left_out\":[\"transcript\"]}",
	    "and that is told");
	ok(m.event.messages.n > 5 * MIB, "the turns are whole");
	arena_reset(large);
	buf_init(&b, of_text);
	buf_adds(&b, REPORT "\"messages\":[");
	add_turn(&b, 'a', 4 * MIB);
	add_turn(&b, '\x01', 4 * MIB);
	buf_adds(&b, "]}}");
	ok(buf_done(&b, &text, NULL) == ERR_OK &&
		vapi_message_read(large, text, &m, NULL) == ERR_OK,
	    "characters that grow when they are written");
	ok(m.event.messages.n > 4 * MIB && m.event.messages.n < 5 * MIB,
	    "turns that would be too much are left out");
	is_str(m.event.details, "{\"left_out\":[\"transcript\",\"messages\"]}",
	    "and so is the transcript of them");
	arena_free(of_text);
	arena_free(large);
}

/* Names that fall into one place of a table cost no more than others. */
static void
test_chosen_names(void)
{
	const uint64_t low = 0xfff;
	struct tenancy_event ev;
	struct str text = STR_NONE;
	struct buf b;
	char name[16];
	int found = 0;

	buf_init(&b, arena);
	buf_adds(&b, REPORT "\"summary\":\"s\",\"structuredData\":{");
	for (int i = 0; found < 400; i++) {
		(void)snprintf(name, sizeof(name), "n%d", i);
		if ((str_hash(str_of(name)) & low) == 0)
			buf_addf(&b, "%s\"%s\":0", found++ == 0 ? "" : ",",
			    name);
	}
	buf_adds(&b, "}}}");
	if (!ok(buf_done(&b, &text, NULL) == ERR_OK, "names of one place"))
		return;
	ev = message_of(text.p).event;
	ok(ev.structured_data.p == NULL, "are not sorted out");
	is_str(ev.details, "{\"left_out\":[\"structured_data\"]}",
	    "but left out");
	is_str(ev.summary, "s", "and the rest is kept");
	buf_init(&b, arena);
	buf_adds(&b, REPORT "\"structuredData\":{");
	for (int i = 0; i < 12000; i++)
		buf_addf(&b, "%s\"n%d\":{\"a\":0}", i == 0 ? "" : ",", i);
	buf_adds(&b, "}}}");
	if (!ok(buf_done(&b, &text, NULL) == ERR_OK, "as many as there can be"))
		return;
	ev = message_of(text.p).event;
	ok(ev.structured_data.n > 190000 && ev.details.p == NULL,
	    "that were not chosen are kept");
}

#define WHOLE                                                                  \
	"\"phoneCallProviderId\":"                                             \
	"\"CA0123456789abcdef0123456789abcdef\",\"id\":\"c1\""

static void
test_arrival(void)
{
	static const struct {
		const char *message;
		const char *missing;
	} rows[] = {
		{ "{\"type\":\"assistant-request\","
		  "\"call\":{\"id\":\"c1\"},\"customer\":{\"number\":\"+1\"},"
		  "\"phoneNumber\":{\"number\":\"+2\"}}",
		    "call.phoneCallProviderId" },
		{ "{\"type\":\"assistant-request\",\"call\":{" WHOLE
		  "},\"customer\":{\"number\":\"+1\"}}",
		    "phoneNumber.number" },
		{ "{\"type\":\"assistant-request\","
		  "\"call\":{\"phoneCallProviderId\":"
		  "\"CA0123456789abcdef0123456789abcdef\"},\"customer\":"
		  "{\"number\":\"+1\"},\"phoneNumber\":{\"number\":\"+2\"}}",
		    "call.id" },
	};
	struct vapi_message m = message_of(
	    "{\"message\":{\"type\":"
	    "\"assistant-request\",\"customer\":{\"number\":\"+15551111111\"},"
	    "\"call\":{" WHOLE ",\"customer\":{\"number\":\"+1\"},"
	    "\"phoneNumber\":{\"number\":\"+15559999999\"},\"transport\":"
	    "{\"forwardedFrom\":\"+15552222222\"}}}}");
	struct tenancy_arrival in;
	struct err e = { 0 };

	is_int(vapi_message_arrival(&m, &in, &e), ERR_OK, "a call came");
	is_str(in.call_sid, "CA0123456789abcdef0123456789abcdef", "which");
	is_str(in.from, "+15551111111", "from whom");
	is_str(in.to, "+15559999999", "to which line");
	is_str(in.forwarded_from, "+15552222222", "by whom");
	m = message_of("{\"type\":\"assistant-request\",\"call\":{" WHOLE "},"
		       "\"phoneNumber\":{\"number\":\"+2\"}}");
	ok(vapi_message_arrival(&m, &in, &e) == ERR_OK &&
		str_is(in.from, PHONE_WITHHELD),
	    "without customer.number: withheld");
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		m = message_of(rows[i].message);
		ok(vapi_message_arrival(&m, &in, &e) == ERR_INPUT &&
			strstr(e.text, rows[i].missing) != NULL,
		    "%s", e.text);
	}
}

int
main(void)
{
	if ((arena = arena_new(16 << 20)) == NULL)
		return (1);
	test_texts();
	test_durations();
	test_times();
	test_turns();
	test_secrets();
	test_kinds();
	test_types();
	test_status_time();
	test_status_early();
	test_flat();
	test_bounds();
	test_bounds_of_turns();
	test_chosen_names();
	test_arrival();
	arena_free(arena);
	return (done());
}
