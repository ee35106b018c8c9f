/*
 * Answers in the forms that the documented errors have.
 */
#include "config.h"

#include "visit.h"

struct str
visit_query(const struct visit *v, const char *name)
{
	struct str value;
	struct err e;

	if (form_get(&v->query, name, &value, &e) != ERR_OK)
		return (STR_NONE);
	return (value);
}

enum err_code
visit_answer(struct visit *v, int status, const struct json *json,
    struct err *e)
{
	struct str body;
	enum err_code c;

	if ((c = json_format(v->arena, json, &body, e)) == ERR_OK)
		response_set(v->resp, status, "application/json; charset=utf-8",
		    body);
	return (c);
}

/* An object that has its message, and what every error has. */
static enum err_code
refuse(struct visit *v, int status, struct json *o, struct err *e)
{
	json_add_str(o, "error", str_of(response_reason(status)));
	json_add_number(o, "statusCode", status);
	return (visit_answer(v, status, o, e));
}

enum err_code
visit_refuse(struct visit *v, int status, struct str message, struct err *e)
{
	struct json *o = json_new_object(v->arena);

	json_add_str(o, "message", message);
	return (refuse(v, status, o, e));
}

enum err_code
visit_refuse_all(struct visit *v, const struct json *messages, struct err *e)
{
	struct json *o = json_new_object(v->arena);

	json_add_copy(o, "message", messages);
	return (refuse(v, 400, o, e));
}

enum err_code
visit_check(struct visit *v, const struct json *body, visit_rules *rules,
    bool *valid_r, struct err *e)
{
	struct json *messages = json_new_array(v->arena);
	size_t n;
	enum err_code c;

	if ((c = rules(v->arena, body, messages, &n, e)) != ERR_OK)
		return (c);
	*valid_r = n == 0;
	return (n == 0 ? ERR_OK : visit_refuse_all(v, messages, e));
}

enum err_code
visit_fail(struct visit *v, const struct plan *plan, struct err *e)
{
	int status = plan->create_status != 0 ? (int)plan->create_status : 500;

	if (plan->create_failure != FAILURE_NONE)
		return (
		    failure_answer(v->arena, plan->create_failure, v->resp, e));
	return (visit_refuse(v, status, STR("Internal server error"), e));
}

enum err_code
visit_json(const struct visit *v, const struct json **json_r, struct err *e)
{
	return (json_parse(v->arena, v->req->body, json_r, e));
}
