/*
 * Writes a turn, sends it once and reads what came back.
 */
#include "config.h"

#include "io/id.h"
#include "io/json.h"
#include "vapi/vapi_ask.h"
#include "vapi/vapi_chat.h"

#define ANSWER_MAX_BYTES ((size_t)1024 * 1024)
#define CALLED_MAX_BYTES ((size_t)8 * 1024)
#define COST_MAX_USD 1000.0

static enum err_code
write_body(struct arena *a, const struct vapi_chat *chat, struct str line,
    struct str *body_r, struct err *e)
{
	struct json *o = json_new_object(a);

	json_add_str(o, "assistantId", chat->assistant_id);
	json_add_str(o, "input", line);
	if (chat->previous_id.p != NULL)
		json_add_str(o, "previousChatId", chat->previous_id);
	vapi_overrides_add(o, &chat->overrides);
	return (json_format(a, o, body_r, e));
}

/* What an answer that is no success means, and what can be done about it. */
static enum err_code
refused(const struct http_answer *answer, struct err *e)
{
	int status = answer->status;

	if (vapi_ask_refused(answer, e) != ERR_OK)
		return (e->code);
	switch (status) {
	case 400:
	case 404:
	case 422:
		return (err_set(e, ERR_INPUT,
		    "vapi answered %d: check the assistant's vapi id", status));
	default:
		return (err_set(e, ERR_UNCERTAIN, "vapi answered %d", status));
	}
}

/* Text, cut between two characters when it would grow over most bytes. */
static void
add_cut(struct buf *b, struct str text, size_t most)
{
	size_t n, room = b->n < most ? most - b->n : 0;

	if (text.n > room) {
		while (room > 0 && ((unsigned char)text.p[room] & 0xc0) == 0x80)
			room--;
		text.n = room;
	}
	/* A NUL is no text, here or in the database. */
	while (text.n > 0) {
		n = str_find(text, '\0');
		buf_add(b, str_first(text, n));
		text = str_skip(text, n + 1);
	}
}

static void
read_message(const struct json *message, struct buf *said, struct buf *called)
{
	const struct json *call = json_first(json_get(message, "tool_calls"));
	struct str text = json_str(json_get(message, "content"));

	if (!str_is(json_str(json_get(message, "role")), "assistant"))
		return;
	if (text.n > 0 && said->n > 0)
		add_cut(said, STR("\n"), VAPI_CHAT_SAID_BYTES);
	add_cut(said, text, VAPI_CHAT_SAID_BYTES);
	for (; call != NULL; call = json_next(call)) {
		add_cut(called, json_str(json_path(call, "function.name")),
		    CALLED_MAX_BYTES);
		add_cut(called, STR(" "), CALLED_MAX_BYTES);
		add_cut(called, json_str(json_path(call, "function.arguments")),
		    CALLED_MAX_BYTES);
		add_cut(called, STR("\n"), CALLED_MAX_BYTES);
	}
}

/* What no turn can cost was not told. */
static double
read_cost(const struct json *root)
{
	double cost = json_number(json_get(root, "cost"), 0);

	return (cost > 0 && cost <= COST_MAX_USD ? cost : 0);
}

static enum err_code
read_answer(struct arena *a, const struct http_answer *answer,
    struct vapi_chat *chat, struct vapi_chat_turn *turn, struct err *e)
{
	const struct json *root, *message;
	struct buf said, called;
	struct str id;
	enum err_code code;

	if (answer->status < 200 || answer->status > 299)
		return (refused(answer, e));
	if (json_parse_lenient(a, answer->body, &root, e) != ERR_OK) {
		err_prefix(e, "vapi's answer is not the api's");
		return (e->code = ERR_UNCERTAIN);
	}
	id = json_str(json_get(root, "id"));
	if (!id_is_vapi(id) || !json_is_array(json_get(root, "output")))
		return (err_set(e, ERR_UNCERTAIN,
		    "vapi's answer has no id or no output"));
	buf_init(&said, a);
	buf_init(&called, a);
	for (message = json_first(json_get(root, "output")); message != NULL;
	     message = json_next(message))
		read_message(message, &said, &called);
	if ((code = buf_done(&said, &turn->said, e)) != ERR_OK ||
	    (code = buf_done(&called, &turn->called, e)) != ERR_OK)
		return (code);
	turn->cost = read_cost(root);
	chat->previous_id = id;
	return (ERR_OK);
}

enum err_code
vapi_chat_say(struct http *h, struct arena *a, struct vapi_chat *chat,
    struct str line, int64_t deadline_ms, struct vapi_chat_turn *turn_r,
    struct err *e)
{
	struct vapi_question q = { .api_url = chat->api_url,
		.api_key = chat->api_key,
		.path = STR("/chat"),
		.deadline_ms = deadline_ms,
		.answer_max_bytes = ANSWER_MAX_BYTES };
	struct http_answer answer;
	enum err_code code;

	if ((code = write_body(a, chat, line, &q.body, e)) != ERR_OK ||
	    (code = vapi_ask(h, a, &q, &answer, e)) != ERR_OK)
		return (code);
	return (read_answer(a, &answer, chat, turn_r, e));
}
