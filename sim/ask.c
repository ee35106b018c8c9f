/*
 * ask_message reads from top to bottom; what a type carries beyond the
 * common members is one small writer a type.
 */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "ask.h"
#include "base/clock.h"
#include "io/http.h"
#include "message.h"
#include "object.h"
#include "post.h"
#include "vapi.h"

#define REQUEST "assistant-request"
#define CAMPAIGN "0b4f1f0a-7c1e-4d7c-9a3e-5c3d8e1f2a3b"

struct asking {
	struct visit *v;
	const struct json *order;
	struct str type;
	struct plan plan;
	struct store_call call;
	const char *to; /* NULL: the number is made up */
	struct json *message;
	struct str sent;
	struct http_answer answer;
	int64_t took_ms;
};

/* What a type carries ----------------------------------------------------- */

typedef void write_members(struct json *message);

static void
write_tool_call(struct json *o)
{
	struct json *function;

	json_add_str(o, "id", STR("call_7f3a"));
	json_add_str(o, "type", STR("function"));
	function = json_add_object(o, "function");
	json_add_str(function, "name", STR("book"));
	json_add_str(function, "arguments", STR("{\"day\":\"Monday\"}"));
}

static void
write_tools(struct json *message)
{
	struct json *o;

	write_tool_call(
	    json_push_object(json_add_array(message, "toolCallList")));
	o = json_push_object(json_add_array(message, "toolWithToolCallList"));
	json_add_str(o, "type", STR("function"));
	write_tool_call(json_add_object(o, "toolCall"));
}

static void
write_function(struct json *message)
{
	struct json *o = json_add_object(message, "functionCall");

	json_add_str(o, "name", STR("book"));
	json_add_str(json_add_object(o, "parameters"), "day", STR("Monday"));
}

static void
write_conversation(struct json *message)
{
	struct json *o;

	(void)json_add_array(message, "messages");
	o = json_push_object(
	    json_add_array(message, "messagesOpenAIFormatted"));
	json_add_str(o, "role", STR("user"));
	json_add_str(o, "content", STR("When are you open?"));
}

static void
write_parameters(struct json *message)
{
	json_add_str(json_add_object(message, "parameters"), "destination",
	    STR("billing"));
}

static void
write_voice(struct json *message)
{
	json_add_str(message, "text", STR("Hello"));
	json_add_number(message, "sampleRate", 24000);
}

static void
write_campaign(struct json *message)
{
	struct json *o;

	json_add_str(message, "campaignId", STR(CAMPAIGN));
	o = json_add_object(message, "contact");
	json_add_str(o, "id", STR("0b4f1f0a-7c1e-4d7c-9a3e-5c3d8e1f2a3c"));
	json_add_str(o, "campaignId", STR(CAMPAIGN));
	json_add_str(o, "orgId", STR(OBJECT_ORG_ID));
	json_add_str(o, "createdAt", STR("2026-01-01T00:00:00.000Z"));
	json_add_str(o, "number", STR("+15550000001"));
}

static void
write_transcript(struct json *message)
{
	json_add_str(message, "role", STR("user"));
	json_add_str(message, "transcriptType", STR("final"));
	json_add_str(message, "transcript", STR("When are you open?"));
}

static const struct {
	const char *type;
	write_members *write;
} rows[] = {
	{ "tool-calls", write_tools },
	{ "function-call", write_function },
	{ "handoff-destination-request", write_parameters },
	{ "knowledge-base-request", write_conversation },
	{ "call.endpointing.request", write_conversation },
	{ "conversation-update", write_conversation },
	{ "voice-request", write_voice },
	{ "campaign.predial", write_campaign },
	{ "transcript", write_transcript },
};

/* The call ---------------------------------------------------------------- */

static enum err_code
take_text(const struct asking *a, const char *name, const char *fallback,
    struct str *text_r, struct err *e)
{
	*text_r = json_str(json_get(a->order, name));
	if (text_r->p == NULL)
		*text_r = str_of(fallback);
	if (text_r->n == 0 || text_r->n > 100)
		return (err_set(e, ERR_INPUT, "%s is missing or over 100 bytes",
		    name));
	return (ERR_OK);
}

/* The call that rings: nothing of it is known but who calls whom. */
static enum err_code
new_call(struct asking *a, struct err *e)
{
	struct json *body = json_new_object(a->v->arena);
	struct str id = json_str(json_get(a->order, "call")), from, to, sid;
	char made[ID_CALL_SID_SIZE];
	enum err_code c;

	if ((c = take_text(a, "from", NULL, &from, e)) != ERR_OK ||
	    (c = take_text(a, "to", NULL, &to, e)) != ERR_OK)
		return (c);
	json_add_bool(body, "phoneCallProviderBypassEnabled", true);
	json_add_str(json_add_object(body, "customer"), "number", from);
	vapi_draw(a->v, body, &a->plan, &a->call);
	if (id.p != NULL && id.n < sizeof(a->call.id))
		(void)snprintf(a->call.id, sizeof(a->call.id), "%.*s",
		    (int)id.n, id.p);
	(void)snprintf(made, sizeof(made), "CA%016" PRIx64 "%016" PRIx64,
	    a->call.seed, ~a->call.seed);
	if ((c = take_text(a, "call_sid", made, &sid, e)) != ERR_OK)
		return (c);
	(void)snprintf(a->call.call_sid, sizeof(a->call.call_sid), "%.*s",
	    (int)sid.n, sid.p);
	if ((a->to = str_dup(a->v->arena, to)) == NULL)
		return (err_set(e, ERR_TOO_LARGE, "to is too large"));
	return (json_format(a->v->arena, body, &a->call.request, e));
}

static enum err_code
find_call(struct asking *a, struct err *e)
{
	if (str_is(a->type, REQUEST))
		return (new_call(a, e));
	return (store_get(a->v->sim->store,
	    json_str(json_get(a->order, "call")), a->v->arena, &a->call, e));
}

/* Answered with an assistant: the call goes on with what was answered. */
static enum err_code
keep_call(struct asking *a, const struct json *answer, struct err *e)
{
	struct json *body = json_new_object(a->v->arena);
	struct str id = json_str(json_get(answer, "assistantId"));
	const struct json *asked;
	enum err_code c;

	if (!str_is(a->type, REQUEST) || id.p == NULL)
		return (ERR_OK);
	(void)snprintf(a->call.assistant_id, sizeof(a->call.assistant_id),
	    "%.*s", (int)id.n, id.p);
	if ((c = json_parse(a->v->arena, a->call.request, &asked, e)) != ERR_OK)
		return (c);
	json_add_str(body, "assistantId", id);
	json_add_copy(body, "customer", json_get(asked, "customer"));
	if (json_is_object(json_get(answer, "assistantOverrides")))
		json_add_copy(body, "assistantOverrides",
		    json_get(answer, "assistantOverrides"));
	if ((c = json_format(a->v->arena, body, &a->call.request, e)) != ERR_OK)
		return (c);
	c = store_add(a->v->sim->store, &a->call, e);
	/* The same request once more: the call is kept already. */
	return (c == ERR_CONFLICT ? ERR_OK : c);
}

/* The message ------------------------------------------------------------- */

static enum err_code
add_given(struct asking *a, const struct json *given, struct err *e)
{
	for (const struct json *m = json_first(given); m != NULL;
	     m = json_next(m)) {
		const char *name = str_dup(a->v->arena, json_name(m));

		if (name == NULL)
			return (
			    err_set(e, ERR_TOO_LARGE, "message is too large"));
		json_add_copy(a->message, name, m);
	}
	return (ERR_OK);
}

static enum err_code
write_message(struct asking *a, struct json *envelope, struct err *e)
{
	const struct json *given = json_get(a->order, "message");
	bool request = str_is(a->type, REQUEST);
	enum err_code c = ERR_OK;

	a->message = json_add_object(envelope, "message");
	json_add_str(a->message, "type", a->type);
	if (given != NULL)
		c = add_given(a, given, e);
	for (size_t i = 0; given == NULL && i < sizeof(rows) / sizeof(rows[0]);
	     i++)
		if (str_is(a->type, rows[i].type))
			rows[i].write(a->message);
	if (c != ERR_OK)
		return (c);
	return (message_write_common(a->v->sim, a->v->arena, &a->plan, &a->call,
	    request ? OBJECT_RINGING : OBJECT_SNAPSHOT, a->to, a->message, e));
}

static enum err_code
tell(struct asking *a, const struct json *envelope, enum err_code sent,
    const struct err *why, struct err *e)
{
	struct json *o = json_new_object(a->v->arena);
	const struct json *answer = NULL;
	enum err_code c;

	json_add_str(o, "call", str_of(a->call.id));
	json_add_number(o, "status", a->answer.status);
	json_add_number(o, "ms", (double)a->took_ms);
	json_add_copy(o, "sent", envelope);
	if (sent != ERR_OK)
		json_add_str(o, "error", str_of(why->text));
	else if (json_parse(a->v->arena, a->answer.body, &answer, NULL) ==
	    ERR_OK)
		json_add_copy(o, "answer", answer);
	else
		json_add_str(o, "answer", a->answer.body);
	if ((c = keep_call(a, answer, e)) != ERR_OK)
		return (c);
	return (visit_answer(a->v, 200, o, e));
}

static enum err_code
send_message(struct asking *a, struct err *e)
{
	struct json *envelope = json_new_object(a->v->arena);
	int64_t from = clock_mono_ms();
	enum err_code c;
	struct err why;

	if ((c = find_call(a, e)) != ERR_OK ||
	    (c = write_message(a, envelope, e)) != ERR_OK ||
	    (c = json_format(a->v->arena, envelope, &a->sent, e)) != ERR_OK)
		return (c);
	c = post_message(a->v->sim, a->v->arena, &a->plan, a->sent, &a->answer,
	    &why);
	a->took_ms = clock_mono_ms() - from;
	return (tell(a, envelope, c, &why, e));
}

enum err_code
ask_message(struct visit *v, struct err *e)
{
	struct asking *a = arena_alloc(v->arena, sizeof(*a));
	enum err_code c;

	if (a == NULL)
		return (err_set(e, ERR_TOO_LARGE, "no memory"));
	a->v = v;
	a->plan = sim_plan(v->sim);
	if ((c = visit_json(v, &a->order, e)) != ERR_OK ||
	    (c = take_text(a, "type", NULL, &a->type, e)) != ERR_OK)
		return (c);
	return (send_message(a, e));
}
