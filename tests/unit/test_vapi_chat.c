/*
 * vapi_chat: what is said to Vapi, what is heard of its answers, and what a
 * refusal means.
 */
#include "config.h"

#include "clock.h"
#include "fake_vendor.h"
#include "tap.h"
#include "vapi_chat.h"

#define LONG_MS 30000

static struct arena *arena;
static struct fake_vendor *vendor;
static struct http *http;

static struct vapi_chat
fresh(void)
{
	return ((struct vapi_chat){
	    .api_url = str_dup(arena, str_of(fake_vendor_url(vendor, ""))),
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

	for (size_t i = 0; i < sizeof(costs) / sizeof(costs[0]); i++) {
		struct vapi_chat chat = fresh();
		struct vapi_chat_turn turn;
		char answer[120];
		struct err e = { 0 };

		(void)snprintf(answer, sizeof(answer),
		    "{\"id\":\"c\",\"output\":[],\"cost\":%s}", costs[i]);
		fake_vendor_answer(vendor, 200, "", answer);
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

static const struct {
	int status;
	const char *answer;
	enum err_code want;
	const char *says; /* what the operator has to know */
} answers[] = {
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

static void
test_answers(void)
{
	struct vapi_chat_turn turn;
	struct vapi_chat chat;
	struct err e;

	for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
		chat = fresh();
		chat.previous_id = STR("before");
		e = (struct err){ 0 };
		fake_vendor_answer(vendor, answers[i].status, "",
		    answers[i].answer);
		ok(say(&chat, "Hi", &turn, &e) == answers[i].want,
		    "answer %zu: %d %s", i, answers[i].status,
		    err_name(answers[i].want));
		ok(strstr(e.text, answers[i].says) != NULL &&
			strstr(e.text, "hidden") == NULL,
		    "says %s: %s", answers[i].says, e.text);
		is_str(chat.previous_id,
		    answers[i].want == ERR_OK ? "c" : "before",
		    "what it goes on from");
	}
}

static void
test_no_answer(void)
{
	struct vapi_chat chat = fresh();
	struct vapi_chat_turn turn;
	struct err e = { 0 };

	chat.api_url =
	    str_dup(arena, str_of(fake_vendor_url(vendor, "/never?")));
	is_int(vapi_chat_say(http, arena, &chat, STR("Hi"),
		   clock_mono_ms() + 1000, &turn, &e),
	    ERR_UNCERTAIN, "no answer in time");
	chat.api_url =
	    str_dup(arena, str_of(fake_vendor_url(vendor, "/endless?")));
	is_int(say(&chat, "Hi", &turn, &e), ERR_UNCERTAIN,
	    "one that does not end");
	chat.api_url = "http://127.0.0.1:1";
	is_int(say(&chat, "Hi", &turn, &e), ERR_TEMPORARY, "nobody there");
	ok(strstr(e.text, "hidden") == NULL, "told: %s", e.text);
}

int
main(void)
{
	if ((arena = arena_new((size_t)16 << 20)) == NULL ||
	    http_start(&http, NULL) != ERR_OK)
		return (1);
	vendor = fake_vendor_start();
	test_turns();
	test_costs();
	test_long();
	test_answers();
	test_no_answer();
	http_stop(http);
	fake_vendor_stop(vendor);
	arena_free(arena);
	return (done());
}
