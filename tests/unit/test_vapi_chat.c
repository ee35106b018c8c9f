/*
 * vapi_chat: what is said to Vapi, what is heard of its answers, and what a
 * refusal means.
 */
#include "config.h"

#include "vapi/vapi_chat.h"
#include "vendor.h"

static struct vapi_chat
fresh(void)
{
	return ((struct vapi_chat){ .api_url = vendor_url(""),
	    .api_key = "hidden-key",
	    .assistant_id = STR("as_1") });
}

static enum err_code
say(struct vapi_chat *chat, const char *line, struct vapi_chat_turn *turn,
    struct err *e)
{
	memset(turn, 0, sizeof(*turn));
	return (vapi_chat_say(http, arena, chat, str_of(line),
	    clock_mono_ms() + LONG_MS, turn, e));
}

static void
test_costs(void)
{
	static const char *const costs[] = { "-5", "1e308", "1e30", "\"1\"",
		"1000.1" };

	/* One each: the vendor's threads read what they were given last. */
	static char answers[sizeof(costs) / sizeof(costs[0])][120];

	for (size_t i = 0; i < sizeof(costs) / sizeof(costs[0]); i++) {
		struct vapi_chat chat = fresh();
		struct vapi_chat_turn turn;
		struct err e = { 0 };

		(void)snprintf(answers[i], sizeof(answers[i]),
		    "{\"id\":\"c\",\"output\":[],\"cost\":%s}", costs[i]);
		fake_vendor_answer(vendor, 200, "", answers[i]);
		is_int(say(&chat, "x", &turn, &e), ERR_OK, "a turn");
		ok(turn.cost == 0, "that no turn costs %s", costs[i]);
	}
}

static void
test_turns(void)
{
	struct vapi_chat chat = fresh();
	struct vapi_chat_turn turn;
	struct err e = { 0 };

	fake_vendor_answer(vendor, 201, "",
	    "{\"id\":\"chat-1\",\"orgId\":\"o\",\"output\":["
	    "{\"role\":\"assistant\",\"content\":\"Hello.\"}],\"cost\":0.5}");
	is_int(say(&chat, "Hi \"there\"", &turn, &e), ERR_OK, "a first turn");
	is_str(turn.said, "Hello.", "its words");
	is_str(turn.called, "", "no tool");
	ok(turn.cost == 0.5, "its cost");
	is_str(str_of(fake_vendor_body(vendor)),
	    "{\"assistantId\":\"as_1\",\"input\":\"Hi \\\"there\\\"\","
	    "\"assistantOverrides\":{}}",
	    "what was said");
	ok(strstr(fake_vendor_head(vendor), "POST /chat ") ==
		fake_vendor_head(vendor),
	    "where");
	ok(strstr(fake_vendor_head(vendor),
	       "\r\nAuthorization: Bearer hidden-key\r\n") != NULL,
	    "with the key");
	chat.overrides.language = STR("es");
	chat.overrides.clinic_name = STR("North");
	fake_vendor_answer(vendor, 200, "",
	    "{\"id\":\"chat-2\",\"output\":[{\"role\":\"assistant\","
	    "\"content\":null,\"tool_calls\":[{\"type\":\"function\","
	    "\"function\":{\"name\":\"file\",\"arguments\":"
	    "\"{\\\"intent\\\":\\\"booking\\\"}\"}}]},"
	    "{\"role\":\"tool\",\"content\":\"hidden\"},"
	    "{\"role\":\"assistant\",\"content\":\"One.\"},"
	    "{\"role\":\"assistant\",\"content\":\"Two.\"}]}");
	is_int(say(&chat, "Next", &turn, &e), ERR_OK, "a second one");
	is_str(turn.said, "One.\nTwo.", "all of the assistant's words");
	is_str(turn.called, "file {\"intent\":\"booking\"}\n", "its tools");
	ok(turn.cost == 0, "no cost was told");
	is_str(str_of(fake_vendor_body(vendor)),
	    "{\"assistantId\":\"as_1\",\"input\":\"Next\","
	    "\"previousChatId\":\"chat-1\",\"assistantOverrides\":"
	    "{\"variableValues\":{\"language\":\"es\","
	    "\"clinic_name\":\"North\"}}}",
	    "it goes on from the first");
	is_str(chat.previous_id, "chat-2", "and the next from this");
}

static void
test_long(void)
{
	struct vapi_chat chat = fresh();
	struct vapi_chat_turn turn;
	struct err e = { 0 };
	struct str answer;
	struct buf b;

	buf_init(&b, arena);
	buf_adds(&b,
	    "{\"id\":\"c\",\"output\":[{\"role\":\"assistant\","
	    "\"content\":\"x");
	for (size_t i = 0; i < VAPI_CHAT_SAID_BYTES; i++)
		buf_adds(&b, "ü");
	buf_adds(&b, "\"}]}");
	if (buf_done(&b, &answer, NULL) != ERR_OK)
		return;
	fake_vendor_answer(vendor, 200, "", answer.p);
	is_int(say(&chat, "Hi", &turn, &e), ERR_OK, "very many words");
	is_int((int64_t)turn.said.n, VAPI_CHAT_SAID_BYTES - 1,
	    "are cut between two characters");
	ok(str_is_utf8(turn.said), "and are text still");
}

static const struct vendor_answer answers[] = {
	{ 200, "{\"id\":\"c\",\"output\":[]}", ERR_OK, "" },
	{ 200, "{\"id\":\"c\",\"output\":[7,{\"role\":\"assistant\"}]}", ERR_OK,
	    "" },
	{ 200, "{\"id\":\"c\"}", ERR_UNCERTAIN, "output" },
	{ 200, "{\"output\":[]}", ERR_UNCERTAIN, "id" },
	{ 200, "{\"id\":\"../c\",\"output\":[]}", ERR_UNCERTAIN, "id" },
	{ 200, "hidden", ERR_UNCERTAIN, "api's" },
	{ 200, "[]", ERR_UNCERTAIN, "id" },
	{ 302, "", ERR_UNCERTAIN, "302" },
	{ 400, "hidden", ERR_INPUT, "assistant" },
	{ 401, "", ERR_DENIED, "VAPI_API_KEY" },
	{ 402, "", ERR_INPUT, "billing" },
	{ 403, "", ERR_DENIED, "VAPI_API_KEY" },
	{ 404, "", ERR_INPUT, "assistant" },
	{ 422, "", ERR_INPUT, "assistant" },
	{ 429, "", ERR_TEMPORARY, "limit" },
	{ 500, "", ERR_UNCERTAIN, "500" },
};

static struct str goes_on_from; /* after the last */

static enum err_code
greet(const char *api_url, int64_t in_ms, struct err *e)
{
	struct vapi_chat chat = fresh();
	struct vapi_chat_turn turn = { .cost = 0 };
	enum err_code code;

	chat.api_url = api_url;
	chat.previous_id = STR("before");
	code = vapi_chat_say(http, arena, &chat, STR("Hi"),
	    clock_mono_ms() + in_ms, &turn, e);
	goes_on_from = chat.previous_id;
	return (code);
}

static void
test_answers(void)
{
	for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
		vendor_answers(&answers[i], "", greet);
		is_str(goes_on_from, answers[i].want == ERR_OK ? "c" : "before",
		    "what it goes on from");
	}
}

int
main(void)
{
	vendor_begin();
	test_turns();
	test_costs();
	test_long();
	test_answers();
	vendor_is_silent("vapi", greet);
	return (vendor_end());
}
