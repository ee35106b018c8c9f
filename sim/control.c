/*
 * The pages under /sim.
 */
#include "config.h"

#include "control.h"
#include "message.h"

#define LIMIT 1000

static enum err_code
refuse(struct visit *v, int status, struct err *e)
{
	struct json *o = json_new_object(v->arena);

	json_add_str(o, "error", str_of(e->text));
	return (visit_answer(v, status, o, e));
}

enum err_code
control_get_plan(struct visit *v, struct err *e)
{
	struct json *o = json_new_object(v->arena);
	struct plan plan = sim_plan(v->sim);

	plan_write(&plan, o);
	return (visit_answer(v, 200, o, e));
}

enum err_code
control_put_plan(struct visit *v, struct err *e)
{
	const struct json *body;
	struct plan plan;

	if (visit_json(v, &body, e) != ERR_OK ||
	    plan_read(body, &plan, e) != ERR_OK)
		return (refuse(v, 400, e));
	sim_set_plan(v->sim, &plan);
	return (control_get_plan(v, e));
}

static enum err_code
show(struct visit *v, struct journal *journal, struct err *e)
{
	struct str id = visit_query(v, "id"), limit = visit_query(v, "limit");
	const char *wanted = "";
	int64_t n = LIMIT;
	struct str body;
	struct buf b;
	enum err_code c;

	if (limit.p != NULL &&
	    str_parse_int(limit, 0, JOURNAL_ENTRIES_MAX, &n, e) != ERR_OK)
		return (refuse(v, 400, e));
	if (id.p != NULL && (wanted = str_dup(v->arena, id)) == NULL)
		return (err_set(e, ERR_TOO_LARGE, "id is too large"));
	buf_init(&b, v->arena);
	journal_write(journal, wanted, n, &b);
	if ((c = buf_done(&b, &body, e)) == ERR_OK)
		response_set(v->resp, 200, "application/json", body);
	return (c);
}

enum err_code
control_calls(struct visit *v, struct err *e)
{
	return (show(v, v->sim->creates, e));
}

enum err_code
control_chats(struct visit *v, struct err *e)
{
	return (show(v, v->sim->chats, e));
}

enum err_code
control_callbacks(struct visit *v, struct err *e)
{
	return (show(v, v->sim->callbacks, e));
}

enum err_code
control_messages(struct visit *v, struct err *e)
{
	struct json *list = json_new_array(v->arena);
	struct plan plan = sim_plan(v->sim);
	struct store_call call;
	enum err_code c;

	c = store_get(v->sim->store, v->id, v->arena, &call, e);
	if (c == ERR_ABSENT)
		return (refuse(v, 404, e));
	for (enum message_kind k = 0; k < MESSAGE_KINDS && c == ERR_OK; k++)
		c = message_write(v->sim, v->arena, &plan, &call, k,
		    json_push_object(list), e);
	return (c == ERR_OK ? visit_answer(v, 200, list, e) : c);
}

enum err_code
control_legs(struct visit *v, struct err *e)
{
	return (show(v, v->sim->leg_journal, e));
}

enum err_code
control_phones(struct visit *v, struct err *e)
{
	struct json *o = json_new_object(v->arena);

	telephones_write_all(v->sim->telephones, o);
	return (visit_answer(v, 200, o, e));
}

enum err_code
control_get_phone(struct visit *v, struct err *e)
{
	struct json *o = json_new_object(v->arena);
	struct phone phone;

	if (phone_parse(v->id, &phone, e) != ERR_OK)
		return (refuse(v, 400, e));
	telephones_write(v->sim->telephones, phone.text, o);
	return (visit_answer(v, 200, o, e));
}

enum err_code
control_put_phone(struct visit *v, struct err *e)
{
	const struct json *body;
	struct telephone telephone;
	struct phone phone;

	if (phone_parse(v->id, &phone, e) != ERR_OK ||
	    visit_json(v, &body, e) != ERR_OK ||
	    telephone_read(body, phone.text, &telephone, e) != ERR_OK)
		return (refuse(v, 400, e));
	telephones_set(v->sim->telephones, &telephone);
	return (control_get_phone(v, e));
}

enum err_code
control_reset(struct visit *v, struct err *e)
{
	enum err_code c = sim_reset(v->sim, e);

	if (c == ERR_OK)
		response_set(v->resp, 204, NULL, STR(""));
	return (c);
}
