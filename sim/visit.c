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

	if (twilio_form_get(&v->query, name, &value, &e) != ERR_OK)
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

enum err_code
visit_refuse(struct visit *v, int status, struct str message, struct err *e)
{
	struct json *o = json_new_object(v->arena);

	json_add_str(o, "message", message);
	json_add_str(o, "error", str_of(response_reason(status)));
	json_add_number(o, "statusCode", status);
	return (visit_answer(v, status, o, e));
}

enum err_code
visit_json(const struct visit *v, const struct json **json_r, struct err *e)
{
	return (json_parse(v->arena, v->req->body, json_r, e));
}
