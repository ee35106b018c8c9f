/* vapi_reply: each request of Vapi has the shape of answer that it asks for. */
#include "config.h"

#include "tap.h"
#include "vapi/vapi_message.h"
#include "vapi/vapi_reply.h"

#define NO "This is not available."

static struct arena *arena;

static const struct json *
json_of(const char *text)
{
	const struct json *j = NULL;
	struct err e = { 0 };

	if (json_parse(arena, str_of(text), &j, &e) != ERR_OK)
		ok(false, "%s: %s", text, e.text);
	return (j);
}

/* The list of tools in a message. */
static struct str
tools_of(const char *text)
{
	struct vapi_message m = { .kind = VAPI_MESSAGE_OTHER };
	struct err e = { 0 };

	if (vapi_message_read(arena, str_of(text), &m, &e) != ERR_OK)
		ok(false, "%s: %s", text, e.text);
	return (m.tool_calls);
}

static const struct {
	const char *type;
	const char *message;
	const char *reply;
} rows[] = {
	{ "status-update", "{}", "{}" },
	{ "hang", "{}", "{}" },
	{ "a-type-of-tomorrow", "{}", "{}" },
	{ "", "{}", "{}" },
	{ "Tool-Calls", "{}", "{}" },
	{ "transfer-destination-request", "{}", "{\"error\":\"" NO "\"}" },
	{ "handoff-destination-request", "{}",
	    "{\"error\":\"" NO "\",\"destination\":{}}" },
	{ "knowledge-base-request", "{}", "{\"documents\":[]}" },
	{ "voice-request", "{}", "{\"data\":\"\"}" },
	{ "call.endpointing.request", "{}", "{\"timeoutSeconds\":0.5}" },
	{ "campaign.predial", "{}", "{\"eligible\":false}" },
	{ "function-call", "{}", "{\"result\":\"" NO "\"}" },
	{ "tool-calls", "{}", "{\"results\":[]}" },
	{ "tool-calls", "{\"toolCallList\":7,\"toolCalls\":\"x\"}",
	    "{\"results\":[]}" },
	{ "tool-calls", "{\"toolCallList\":[7,null,{},{\"id\":3}]}",
	    "{\"results\":[]}" },
	{ "tool-calls",
	    "{\"toolCallList\":[{\"id\":\"t1\",\"type\":"
	    "\"function\",\"function\":{\"name\":\"book\",\"arguments\":{}}},"
	    "{\"id\":\"t2\",\"name\":\"find\",\"parameters\":{}},"
	    "{\"id\":\"t3\"}]}",
	    "{\"results\":[{\"name\":\"book\",\"toolCallId\":\"t1\",\"error\":"
	    "\"" NO "\"},{\"name\":\"find\",\"toolCallId\":\"t2\",\"error\":"
	    "\"" NO "\"},{\"name\":\"unknown\",\"toolCallId\":\"t3\","
	    "\"error\":\"" NO "\"}]}" },
	{ "tool-calls",
	    "{\"toolCallList\":[],\"toolCalls\":[{\"id\":\"t1\","
	    "\"name\":\"a\\\"b\"}]}",
	    "{\"results\":[{\"name\":\"a\\\"b\",\"toolCallId\":\"t1\","
	    "\"error\":\"" NO "\"}]}" },
	{ "tool-calls",
	    "{\"toolCalls\":[{\"id\":\"t\\ud83d\",\"name\":\"a\\u0000b\","
	    "\"arguments\":\"\\x\"}]}",
	    "{\"results\":[{\"name\":\"a\xef\xbf\xbd"
	    "b\",\"toolCallId\":\"t\xef\xbf\xbd\",\"error\":\"" NO "\"}]}" },
};

static void
test_decline(void)
{
	struct str reply = STR_NONE;
	struct err e;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (vapi_reply_decline(arena, str_of(rows[i].type),
			tools_of(rows[i].message), &reply, &e) != ERR_OK)
			ok(false, "declined: %s", e.text);
		is_str(reply, rows[i].reply, rows[i].type);
	}
	ok(vapi_reply_decline(arena, STR_NONE, STR_NONE, &reply, &e) ==
		    ERR_OK &&
		str_is(reply, "{}"),
	    "no type at all");
}

static void
test_bound(void)
{
	const struct json *results;
	struct str text = STR_NONE, reply = STR_NONE;
	struct buf b;
	size_t n = 0;
	int i;

	buf_init(&b, arena);
	buf_adds(&b, "{\"toolCallList\":[");
	for (i = 0; i < 60; i++)
		buf_addf(&b, "%s{\"id\":\"%d\"}", i == 0 ? "" : ",", i);
	buf_adds(&b, "]}");
	ok(buf_done(&b, &text, NULL) == ERR_OK &&
		vapi_reply_decline(arena, STR("tool-calls"), tools_of(text.p),
		    &reply, NULL) == ERR_OK,
	    "sixty tools at once");
	for (results = json_first(json_get(json_of(reply.p), "results"));
	     results != NULL; results = json_next(results))
		n++;
	is_int((int64_t)n, 50, "fifty are answered");
}

static void
test_assistant(void)
{
	struct str reply = STR_NONE;
	struct err e;

	struct vapi_overrides overrides = {
		.metadata = json_of("{\"user_id\":\"u\",\"assistant_id\":null}")
	};

	is_int(vapi_reply_assistant(arena, STR("as_1"), &overrides, &reply, &e),
	    ERR_OK, "an assistant");
	is_str(reply,
	    "{\"assistantId\":\"as_1\",\"assistantOverrides\":"
	    "{\"metadata\":{\"user_id\":\"u\",\"assistant_id\":null}}}",
	    "with its metadata");
	overrides.metadata = json_of("{}");
	overrides.greeting = STR("\xc2\xa1Hola!");
	overrides.language = STR("es-MX");
	overrides.clinic_name = STR("A \"B\"");
	is_int(vapi_reply_assistant(arena, STR("as_1"), &overrides, &reply, &e),
	    ERR_OK, "one with a greeting");
	is_str(reply,
	    "{\"assistantId\":\"as_1\",\"assistantOverrides\":{\"metadata\":{},"
	    "\"firstMessage\":\"\xc2\xa1Hola!\",\"variableValues\":"
	    "{\"language\":\"es-MX\",\"clinic_name\":\"A \\\"B\\\"\"}}}",
	    "with what the clinic set");
}

static void
test_refuse(void)
{
	const struct phone number = { "+15551111111" };
	const struct phone small = { "+491640" };
	struct str reply = STR_NONE;
	struct err e;

	is_int(vapi_reply_refuse(arena, STR("We are \"sorry\"."), NULL, &reply,
		   &e),
	    ERR_OK, "a refusal");
	is_str(reply, "{\"error\":\"We are \\\"sorry\\\".\"}", "is spoken");
	is_int(vapi_reply_refuse(arena, STR("One moment."), &number, &reply,
		   &e),
	    ERR_OK, "a fallback");
	is_str(reply,
	    "{\"destination\":{\"type\":\"number\",\"number\":"
	    "\"+15551111111\",\"message\":\"One moment.\"}}",
	    "is dialled");
	is_int(vapi_reply_refuse(arena, STR_NONE, &number, &reply, &e), ERR_OK,
	    "no sentence");
	is_str(reply,
	    "{\"destination\":{\"type\":\"number\",\"number\":"
	    "\"+15551111111\",\"message\":\"\"}}",
	    "nothing is said");
	is_int(vapi_reply_refuse(arena, STR_NONE, &small, &reply, &e), ERR_OK,
	    "a fallback of six digits");
	is_str(reply,
	    "{\"destination\":{\"type\":\"number\",\"number\":"
	    "\"+491640\",\"numberE164CheckEnabled\":false,"
	    "\"message\":\"\"}}",
	    "is not left to Vapi's check");
}

int
main(void)
{
	if ((arena = arena_new(4 << 20)) == NULL)
		return (1);
	test_decline();
	test_bound();
	test_assistant();
	test_refuse();
	arena_free(arena);
	return (done());
}
