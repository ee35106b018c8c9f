/*
 * A chat is kept as the text of its answer; a chat that continues it reads
 * what was said so far from there.
 */
#include "config.h"

#include <string.h>

#include "chat.h"
#include "check.h"
#include "base/clock.h"
#include "object.h"
#include "random.h"
#include "script.h"

#define FIRST_CHAT_MS 1767225600000 /* in ids: 2026-01-01, a second each */
#define PRICE 0.005		    /* US dollars a chat */

struct chatting {
	const struct json *body, *before; /* NULL: nothing came before */
	char id[ID_SIZE];
	struct json *answer, *messages;
	struct str first, last; /* said by the user */
	bool goes_on;		/* the assistant has spoken before */
};

/* The chat as it was answered; ERR_ABSENT. */
static enum err_code
find(struct visit *v, struct str id, const struct json **chat_r, struct err *e)
{
	const char *wanted = str_dup(v->arena, id);
	const struct json *list;
	struct str text;
	struct buf b;
	enum err_code c;

	if (wanted == NULL || id.n == 0)
		return (err_set(e, ERR_ABSENT, "no such chat"));
	buf_init(&b, v->arena);
	journal_write(v->sim->chats, wanted, 1, &b);
	if ((c = buf_done(&b, &text, e)) != ERR_OK ||
	    (c = json_parse(v->arena, text, &list, e)) != ERR_OK)
		return (c);
	*chat_r = json_first(json_get(list, "data"));
	return (
	    *chat_r != NULL ? ERR_OK : err_set(e, ERR_ABSENT, "no such chat"));
}

/* One message of the context, and whose words it holds. */
static void
add_message(struct chatting *c, struct str role, struct str content)
{
	struct json *m = json_push_object(c->messages);

	json_add_str(m, "role", role);
	json_add_str(m, "content", content);
	if (str_is(role, "assistant"))
		c->goes_on = true;
	if (!str_is(role, "user"))
		return;
	if (c->first.p == NULL)
		c->first = content;
	c->last = content;
}

static void
add_messages(struct chatting *c, const struct json *list)
{
	for (const struct json *m = json_first(list); m != NULL;
	     m = json_next(m))
		add_message(c, json_str(json_get(m, "role")),
		    json_str(json_get(m, "content")));
}

static enum err_code
reply(struct visit *v, struct chatting *c, struct err *e)
{
	struct str said = c->last.p != NULL ? c->last : STR("");
	uint64_t seed = (uint64_t)sim_plan(v->sim).seed;
	struct json *output;
	struct str text;
	struct buf b;
	enum err_code code;

	buf_init(&b, v->arena);
	if (!c->goes_on)
		buf_adds(&b, "Hello, thank you for calling. ");
	buf_adds(&b, "You said: \"");
	buf_add(&b, said);
	buf_addf(&b, "\". I could offer you %s.",
	    script_day(seed ^ str_hash(c->first)));
	if ((code = buf_done(&b, &text, e)) != ERR_OK)
		return (code);
	output = json_push_object(json_add_array(c->answer, "output"));
	json_add_str(output, "role", STR("assistant"));
	json_add_str(output, "content", text);
	return (ERR_OK);
}

static void
write_head(struct visit *v, struct chatting *c)
{
	static const char *const asked[] = { "assistantId", "assistant",
		"assistantOverrides", "squadId", "squad", "name",
		"previousChatId", "input" };
	struct json *cost;
	struct random r;
	uint64_t ordinal;
	int64_t now = clock_wall_ms();

	random_seed(&r, sim_next_chat_seed(v->sim, &ordinal));
	random_uuid(&r, FIRST_CHAT_MS + (int64_t)ordinal * 1000, c->id);
	c->answer = json_new_object(v->arena);
	json_add_str(c->answer, "id", str_of(c->id));
	json_add_str(c->answer, "orgId", STR(OBJECT_ORG_ID));
	for (size_t i = 0; i < sizeof(asked) / sizeof(asked[0]); i++)
		if (json_get(c->body, asked[i]) != NULL)
			json_add_copy(c->answer, asked[i],
			    json_get(c->body, asked[i]));
	json_add_time(c->answer, "createdAt", now);
	json_add_time(c->answer, "updatedAt", now);
	cost = json_push_object(json_add_array(c->answer, "costs"));
	json_add_str(cost, "type", STR("chat"));
	json_add_number(cost, "cost", PRICE);
	json_add_number(c->answer, "cost", PRICE);
	c->messages = json_add_array(c->answer, "messages");
}

static enum err_code
make(struct visit *v, struct chatting *c, struct err *e)
{
	const struct json *input = json_get(c->body, "input");
	struct str text;
	enum err_code code;

	write_head(v, c);
	add_messages(c, json_get(c->before, "messages"));
	add_messages(c, json_get(c->before, "output"));
	if (json_is_array(input))
		add_messages(c, input);
	else
		add_message(c, STR("user"), json_str(input));
	if ((code = reply(v, c, e)) != ERR_OK ||
	    (code = json_format(v->arena, c->answer, &text, e)) != ERR_OK)
		return (code);
	journal_add(v->sim->chats, c->id, text);
	response_set(v->resp, 201, "application/json; charset=utf-8", text);
	return (ERR_OK);
}

enum err_code
chat_create(struct visit *v, struct err *e)
{
	struct plan plan = sim_plan(v->sim);
	struct chatting chatting = { .before = NULL };
	bool valid = false, fails = sim_create_fails(v->sim);
	struct str before;
	enum err_code c;

	if (visit_json(v, &chatting.body, e) != ERR_OK)
		return (visit_refuse(v, 400, str_of(e->text), e));
	if (!sim_wait(v->sim, plan.create_delay_ms))
		return (visit_refuse(v, 503, STR("Stopping"), e));
	if (fails && !failure_is_late(plan.create_failure))
		return (visit_fail(v, &plan, e));
	if ((c = visit_check(v, chatting.body, check_chat, &valid, e)) !=
		ERR_OK ||
	    !valid)
		return (c);
	before = json_str(json_get(chatting.body, "previousChatId"));
	if (before.p != NULL) {
		c = find(v, before, &chatting.before, e);
		if (c == ERR_ABSENT)
			return (visit_refuse(v, 400,
			    STR("Couldn't Get Chat. `previousChatId` does not exist."),
			    e));
		if (c != ERR_OK)
			return (c);
	}
	return (make(v, &chatting, e));
}

enum err_code
chat_get(struct visit *v, struct err *e)
{
	const struct json *chat;
	enum err_code c = find(v, v->id, &chat, e);

	if (c == ERR_ABSENT)
		return (visit_refuse(v, 404, STR("Not Found"), e));
	return (c == ERR_OK ? visit_answer(v, 200, chat, e) : c);
}
