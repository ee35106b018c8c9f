/*
 * One small writer a shape, chosen by one table.
 */
#include "config.h"

#include "vapi_reply.h"

#define TOOL_CALLS_MAX 50
#define NOT_OFFERED "This is not available."

typedef void write_reply(struct json *reply, const struct json *message);

static void
write_error(struct json *reply, const struct json *message)
{
	(void)message;
	json_add_str(reply, "error", STR(NOT_OFFERED));
}

/* The description asks for a destination even where there is none. */
static void
write_handoff(struct json *reply, const struct json *message)
{
	write_error(reply, message);
	(void)json_add_object(reply, "destination");
}

static void
write_documents(struct json *reply, const struct json *message)
{
	(void)message;
	(void)json_add_array(reply, "documents");
}

static void
write_voice(struct json *reply, const struct json *message)
{
	(void)message;
	json_add_str(reply, "data", STR(""));
}

static void
write_endpointing(struct json *reply, const struct json *message)
{
	(void)message;
	json_add_number(reply, "timeoutSeconds", 0.5);
}

static void
write_predial(struct json *reply, const struct json *message)
{
	(void)message;
	json_add_bool(reply, "eligible", false);
}

static void
write_function(struct json *reply, const struct json *message)
{
	(void)message;
	json_add_str(reply, "result", STR(NOT_OFFERED));
}

/* The name stands at the item, or in its "function". */
static struct str
tool_name(const struct json *item)
{
	struct str name = json_str(json_get(item, "name"));

	if (name.p == NULL)
		name = json_str(json_path(item, "function.name"));
	return (name.p == NULL ? STR("unknown") : name);
}

static void
write_tools(struct json *reply, const struct json *message)
{
	const struct json *list = json_get(message, "toolCallList"), *item;
	struct json *results = json_add_array(reply, "results"), *one;
	size_t n = 0;

	if (json_first(list) == NULL)
		list = json_get(message, "toolCalls");
	for (item = json_first(list); item != NULL && n < TOOL_CALLS_MAX;
	     item = json_next(item), n++) {
		struct str id = json_str(json_get(item, "id"));

		if (id.p == NULL)
			continue;
		one = json_push_object(results);
		json_add_str(one, "name", tool_name(item));
		json_add_str(one, "toolCallId", id);
		json_add_str(one, "error", STR(NOT_OFFERED));
	}
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
vapi_reply_decline(struct arena *a, struct str type, const struct json *message,
    struct str *reply_r, struct err *e)
{
	struct json *reply = json_new_object(a);

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (str_is(type, rows[i].type))
			rows[i].write(reply, message);
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
		/* Without one, Vapi says one of its own. */
		json_add_str(destination, "message",
		    sentence.p == NULL ? STR("") : sentence);
	}
	return (json_format(a, reply, reply_r, e));
}
