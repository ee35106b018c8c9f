/*
 * One small writer a shape, chosen by one table.
 */
#include "config.h"

#include <string.h>

#include "io/json_cursor.h"
#include "io/json_pick.h"
#include "io/json_raw.h"
#include "vapi/vapi_reply.h"

#define TOOL_CALLS_MAX 50
#define WORD_MAX_BYTES 1024
#define NOT_OFFERED "This is not available."

typedef void write_reply(struct arena *, struct json *reply,
    struct str tool_calls);

static void
write_error(struct arena *a, struct json *reply, struct str tool_calls)
{
	(void)a;
	(void)tool_calls;
	json_add_str(reply, "error", STR(NOT_OFFERED));
}

/* The description asks for a destination even where there is none. */
static void
write_handoff(struct arena *a, struct json *reply, struct str tool_calls)
{
	write_error(a, reply, tool_calls);
	(void)json_add_object(reply, "destination");
}

static void
write_documents(struct arena *a, struct json *reply, struct str tool_calls)
{
	(void)a;
	(void)tool_calls;
	(void)json_add_array(reply, "documents");
}

static void
write_voice(struct arena *a, struct json *reply, struct str tool_calls)
{
	(void)a;
	(void)tool_calls;
	json_add_str(reply, "data", STR(""));
}

static void
write_endpointing(struct arena *a, struct json *reply, struct str tool_calls)
{
	(void)a;
	(void)tool_calls;
	json_add_number(reply, "timeoutSeconds", 0.5);
}

static void
write_predial(struct arena *a, struct json *reply, struct str tool_calls)
{
	(void)a;
	(void)tool_calls;
	json_add_bool(reply, "eligible", false);
}

static void
write_function(struct arena *a, struct json *reply, struct str tool_calls)
{
	(void)a;
	(void)tool_calls;
	json_add_str(reply, "result", STR(NOT_OFFERED));
}

struct raw_function {
	struct str self, name;
};

struct raw_tool_call {
	struct str id, name;
	struct raw_function function;
};

static const struct json_want function_wants[] = {
	{ "name", false, offsetof(struct raw_function, name), NULL, 0 },
};

static const struct json_want tool_call_wants[] = {
	{ "id", false, offsetof(struct raw_tool_call, id), NULL, 0 },
	{ "name", false, offsetof(struct raw_tool_call, name), NULL, 0 },
	{ "function", false, offsetof(struct raw_tool_call, function),
	    function_wants, 1 },
};

/* A text of an item, U+FFFD where a character cannot be. */
static struct str
word_of(struct arena *a, struct str raw)
{
	struct str text;
	bool over = false;

	if (json_raw_text(a, raw, WORD_MAX_BYTES, &text, &over, NULL) != ERR_OK)
		return (STR_NONE);
	return (text);
}

/* The name stands at the item, or in its "function". */
static void
write_tool(struct arena *a, struct json *results, struct str item)
{
	struct raw_tool_call raw;
	struct str id, name;
	struct json *one;

	memset(&raw, 0, sizeof(raw));
	if (json_pick(item, tool_call_wants,
		sizeof(tool_call_wants) / sizeof(tool_call_wants[0]), &raw,
		NULL) != ERR_OK ||
	    (id = word_of(a, raw.id)).p == NULL)
		return;
	if ((name = word_of(a, raw.name)).p == NULL &&
	    (name = word_of(a, raw.function.name)).p == NULL)
		name = STR("unknown");
	one = json_push_object(results);
	json_add_str(one, "name", name);
	json_add_str(one, "toolCallId", id);
	json_add_str(one, "error", STR(NOT_OFFERED));
}

static void
write_tools(struct arena *a, struct json *reply, struct str tool_calls)
{
	struct json *results = json_add_array(reply, "results");
	struct json_cursor c;
	struct str item;
	size_t n = 0;

	json_cursor_init(&c, tool_calls);
	if (!json_cursor_enter(&c, '['))
		return;
	while (n++ < TOOL_CALLS_MAX && json_cursor_item(&c) &&
	    json_cursor_value(&c, &item))
		write_tool(a, results, item);
}

static const struct {
	const char *type;
	write_reply *write;
} rows[] = {
	{ "tool-calls", write_tools },
	{ "function-call", write_function },
	{ "transfer-destination-request", write_error },
	{ "handoff-destination-request", write_handoff },
	{ "knowledge-base-request", write_documents },
	{ "voice-request", write_voice },
	{ "call.endpointing.request", write_endpointing },
	{ "campaign.predial", write_predial },
};

enum err_code
vapi_reply_decline(struct arena *a, struct str type, struct str tool_calls,
    struct str *reply_r, struct err *e)
{
	struct json *reply = json_new_object(a);

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (str_is(type, rows[i].type))
			rows[i].write(a, reply, tool_calls);
	return (json_format(a, reply, reply_r, e));
}

enum err_code
vapi_reply_assistant(struct arena *a, struct str assistant_id,
    const struct vapi_overrides *overrides, struct str *reply_r, struct err *e)
{
	struct json *reply = json_new_object(a);

	json_add_str(reply, "assistantId", assistant_id);
	vapi_overrides_add(reply, overrides);
	return (json_format(a, reply, reply_r, e));
}

enum err_code
vapi_reply_refuse(struct arena *a, struct str sentence,
    const struct phone *number, struct str *reply_r, struct err *e)
{
	struct json *reply = json_new_object(a), *destination;

	if (number == NULL) {
		json_add_str(reply, "error", sentence);
	} else {
		destination = json_add_object(reply, "destination");
		json_add_str(destination, "type", STR("number"));
		json_add_str(destination, "number", str_of(number->text));
		if (strlen(number->text) < PHONE_COMMON_BYTES)
			json_add_bool(destination, "numberE164CheckEnabled",
			    false);
		/* Without one, Vapi says one of its own. */
		json_add_str(destination, "message",
		    sentence.p == NULL ? STR("") : sentence);
	}
	return (json_format(a, reply, reply_r, e));
}
