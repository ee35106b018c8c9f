/*
 * What a clinic is told about itself and may set, and what the page has to
 * know before anybody signed in.
 */
#include "config.h"

#include "api/api.h"
#include "api/api_answer.h"
#include "api/api_body.h"

enum err_code
api_config(struct exchange *x, struct err *e)
{
	const char *key = x->app->settings.clerk_publishable_key;
	struct json *o = json_new_object(x->arena);
	enum err_code code;
	struct str body;

	json_add_str(o, "clerk_publishable_key",
	    key[0] == '\0' ? STR_NONE : str_of(key));
	json_add_str(o, "clerk_tenant", str_of(x->app->settings.clerk_tenant));
	json_add_bool(o, "desk_recordings", x->app->settings.desk_recordings);
	json_add_str(o, "version", STR(PACKAGE_VERSION));
	if ((code = json_format(x->arena, o, &body, e)) != ERR_OK)
		return (code);
	response_set(&x->resp, 200, "application/json", body);
	response_header(&x->resp, "Cache-Control", "no-cache");
	return (ERR_OK);
}

enum err_code
api_me(struct exchange *x, struct err *e)
{
	struct db_values v;

	db_values_init(&v, x->arena, STATEMENT_TENANT_ME);
	return (api_answer_read(x, &v, e));
}

enum err_code
api_me_change(struct exchange *x, struct err *e)
{
	static const struct api_field fields[] = {
		{ "name", API_TEXT, 0, 80, API_NULLABLE, NULL },
		{ "timezone", API_TIMEZONE, 0, 0, 0, NULL },
		{ "language", API_LANGUAGE, 0, 0, 0, NULL },
		{ "country", API_COUNTRY, 0, 0, API_NULLABLE, NULL },
		{ "open_action", API_ENUM, 0, 0, 0, "assistant|fallback" },
		{ "closed_action", API_ENUM, 0, 0, 0,
		    "assistant|message|fallback" },
		{ "after_hours_message", API_TEXT, 0, 1000, API_NULLABLE,
		    NULL },
	};

	return (api_body_write(x, fields, sizeof(fields) / sizeof(fields[0]),
	    false, STATEMENT_TENANT_ME_CHANGE, e));
}

enum err_code
api_people(struct exchange *x, struct err *e)
{
	struct db_values v;

	db_values_init(&v, x->arena, STATEMENT_TENANT_PEOPLE);
	return (api_answer_read(x, &v, e));
}

/* Everybody sets their own name, and nobody else's. */
enum err_code
api_person_change(struct exchange *x, struct err *e)
{
	static const struct api_field fields[] = {
		{ "name", API_TEXT, 1, 80, API_NULLABLE, NULL },
	};

	return (api_body_write(x, fields, sizeof(fields) / sizeof(fields[0]),
	    false, STATEMENT_TENANT_PERSON_CHANGE, e));
}

enum err_code
api_subscription(struct exchange *x, struct err *e)
{
	struct db_values v;

	db_values_init(&v, x->arena, STATEMENT_TENANT_SUBSCRIPTION);
	return (api_answer_read(x, &v, e));
}
