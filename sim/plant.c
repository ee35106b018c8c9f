/*
 * The same text everywhere, so that one search finds what was kept of it.
 */
#include "config.h"

#include "plant.h"

static void
add_server(struct json *object, const char *canary)
{
	struct json *server = json_add_object(object, "server");

	json_add_str(server, "url",
	    STR("https://callward.example/api/webhooks/vapi"));
	json_add_str(server, "secret", str_of(canary));
	json_add_str(json_add_object(server, "headers"), "Authorization",
	    str_of(canary));
}

void
plant_phone_number(struct json *phone_number, const char *canary)
{
	if (canary[0] == '\0')
		return;
	json_add_str(phone_number, "twilioAuthToken", str_of(canary));
	add_server(phone_number, canary);
}

/* The number as the prompt's variables know it. */
static void
add_variables(struct json *object, const char *name, const char *canary)
{
	struct json *variables = json_add_object(object, name);

	if (canary[0] != '\0')
		plant_phone_number(json_add_object(variables, "phoneNumber"),
		    canary);
}

void
plant_artifact(struct json *artifact, const char *canary)
{
	add_variables(artifact, "variableValues", canary);
	if (canary[0] == '\0')
		return;
	add_variables(artifact, "variables", canary);
	json_add_str(artifact, "logUrl", str_of(canary));
}

void
plant_messages(struct json *messages, const char *canary)
{
	struct json *o, *function;

	if (canary[0] == '\0')
		return;
	o = json_push_object(messages);
	json_add_str(o, "role", STR("tool_calls"));
	json_add_str(o, "message", str_of(canary));
	json_add_number(o, "time", 0);
	json_add_number(o, "secondsFromStart", 0);
	o = json_push_object(json_add_array(o, "toolCalls"));
	json_add_str(o, "id", STR("call_1"));
	json_add_str(o, "type", STR("function"));
	function = json_add_object(o, "function");
	json_add_str(function, "name", STR("lookUp"));
	json_add_str(function, "arguments", str_of(canary));
	o = json_push_object(messages);
	json_add_str(o, "role", STR("tool_call_result"));
	json_add_str(o, "name", STR("lookUp"));
	json_add_str(o, "toolCallId", STR("call_1"));
	json_add_str(o, "result", str_of(canary));
	json_add_number(o, "time", 0);
	json_add_number(o, "secondsFromStart", 0);
}

void
plant_assistant(struct json *assistant, const char *canary)
{
	if (canary[0] != '\0')
		add_server(assistant, canary);
}

void
plant_call(struct json *call, const char *canary)
{
	struct json *transport;

	if (canary[0] == '\0')
		return;
	plant_phone_number(json_add_object(call, "phoneNumber"), canary);
	transport = json_add_object(call, "transport");
	json_add_str(transport, "provider", STR("twilio"));
	json_add_str(transport, "callToken", str_of(canary));
}
