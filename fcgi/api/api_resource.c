/*
 * The fields of each resource and their bounds are here; what depends on other
 * rows (a name that is taken, hours that overlap, someone else's assistant) is
 * for the statements to refuse.
 */
#include "config.h"

#include <assert.h>

#include "api/api_answer.h"
#include "api/api_body.h"
#include "api/api_resource.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define HOURS_MOST 500

struct resource {
	const char *path;
	const struct api_field *fields;
	size_t n_fields;
	size_t n_fixed; /* the first so many cannot be changed later */
	enum statement list, get, add, update, remove;
};

static const struct api_field number_fields[] = {
	{ .name = "phone_number", .kind = API_PHONE, .flags = API_REQUIRED },
	{ .name = "label", .kind = API_TEXT, .max = 80, .flags = API_NULLABLE },
	{ .name = "assistant_id", .kind = API_UUID, .flags = API_NULLABLE },
	{ .name = "fallback_number", .kind = API_PHONE, .flags = API_NULLABLE },
};

static const struct api_field assistant_fields[] = {
	{ .name = "name",
	    .kind = API_TEXT,
	    .min = 1,
	    .max = 40,
	    .flags = API_REQUIRED },
	{ .name = "greeting",
	    .kind = API_TEXT,
	    .max = 1000,
	    .flags = API_NULLABLE },
	{ .name = "language", .kind = API_LANGUAGE, .flags = API_NULLABLE },
	{ .name = "max_duration_seconds",
	    .kind = API_INT,
	    .min = 10,
	    .max = 43200 },
};

static const struct api_field hours_fields[] = {
	{ .name = "phone_number_id", .kind = API_UUID, .flags = API_NULLABLE },
	{ .name = "day_of_week",
	    .kind = API_WEEKDAY,
	    .min = 0,
	    .max = 6,
	    .flags = API_NULLABLE },
	{ .name = "open_time", .kind = API_TIME, .flags = API_NULLABLE },
	{ .name = "close_time", .kind = API_TIME, .flags = API_NULLABLE },
	{ .name = "is_closed", .kind = API_BOOL },
	{ .name = "specific_date", .kind = API_DATE, .flags = API_NULLABLE },
	{ .name = "date_end", .kind = API_DATE, .flags = API_NULLABLE },
	{ .name = "reason",
	    .kind = API_TEXT,
	    .max = 255,
	    .flags = API_NULLABLE },
};

static const struct api_field intent_fields[] = {
	{ .name = "name",
	    .kind = API_TEXT,
	    .min = 1,
	    .max = 80,
	    .flags = API_REQUIRED },
	{ .name = "slug", .kind = API_SLUG },
	{ .name = "description",
	    .kind = API_TEXT,
	    .max = 1000,
	    .flags = API_NULLABLE },
	{ .name = "assistant_id", .kind = API_UUID, .flags = API_NULLABLE },
	{ .name = "example_phrases", .kind = API_TEXTS, .max = 200 },
	{ .name = "marks_follow_up", .kind = API_BOOL },
	{ .name = "is_enabled", .kind = API_BOOL },
};

static const struct api_field test_fields[] = {
	{ .name = "assistant_id", .kind = API_UUID, .flags = API_REQUIRED },
	{ .name = "name",
	    .kind = API_TEXT,
	    .min = 1,
	    .max = 80,
	    .flags = API_REQUIRED },
	{ .name = "script",
	    .kind = API_TEXT,
	    .min = 1,
	    .max = 4000,
	    .flags = API_REQUIRED },
	{ .name = "expected",
	    .kind = API_OBJECT,
	    .max = 16384,
	    .flags = API_NULLABLE },
};

static const struct resource resources[] = {
	{ "/api/phone-numbers", number_fields, COUNT(number_fields), 1,
	    STATEMENT_TENANT_NUMBER_LIST, STATEMENT_TENANT_NUMBER_GET,
	    STATEMENT_TENANT_NUMBER_ADD, STATEMENT_TENANT_NUMBER_UPDATE,
	    STATEMENT_TENANT_NUMBER_REMOVE },
	{ "/api/assistants", assistant_fields, COUNT(assistant_fields), 0,
	    STATEMENT_TENANT_ASSISTANT_LIST, STATEMENT_TENANT_ASSISTANT_GET,
	    STATEMENT_TENANT_ASSISTANT_ADD, STATEMENT_TENANT_ASSISTANT_UPDATE,
	    STATEMENT_TENANT_ASSISTANT_REMOVE },
	{ "/api/working-hours", hours_fields, COUNT(hours_fields), 0,
	    STATEMENT_TENANT_HOURS_LIST, STATEMENT_TENANT_HOURS_GET,
	    STATEMENT_TENANT_HOURS_ADD, STATEMENT_TENANT_HOURS_UPDATE,
	    STATEMENT_TENANT_HOURS_REMOVE },
	{ "/api/intents", intent_fields, COUNT(intent_fields), 0,
	    STATEMENT_TENANT_INTENT_LIST, STATEMENT_TENANT_INTENT_GET,
	    STATEMENT_TENANT_INTENT_ADD, STATEMENT_TENANT_INTENT_UPDATE,
	    STATEMENT_TENANT_INTENT_REMOVE },
	{ "/api/assistant-tests", test_fields, COUNT(test_fields), 0,
	    STATEMENT_TENANT_TEST_LIST, STATEMENT_TENANT_TEST_GET,
	    STATEMENT_TENANT_TEST_ADD, STATEMENT_TENANT_TEST_UPDATE,
	    STATEMENT_TENANT_TEST_REMOVE },
};

/* The row of a path that the table of routes has let through. */
static const struct resource *
resource_of(const struct exchange *x)
{
	struct str path = str_skip(x->req.path, x->app->base_path.n);
	size_t i = 0;

	while (i < COUNT(resources) && !str_starts(path, resources[i].path))
		i++;
	assert(i < COUNT(resources));
	return (&resources[i]);
}

enum err_code
api_resource_list(struct exchange *x, struct err *e)
{
	struct db_values v;

	db_values_init(&v, x->arena, resource_of(x)->list);
	return (api_answer_read(x, &v, e));
}

enum err_code
api_resource_get(struct exchange *x, struct err *e)
{
	struct db_values v;

	if (api_check_id(x, e) != ERR_OK)
		return (e->code);
	db_values_init(&v, x->arena, resource_of(x)->get);
	db_give(&v, "id", x->path_id);
	return (api_answer_read(x, &v, e));
}

enum err_code
api_resource_remove(struct exchange *x, struct err *e)
{
	struct db_values v;

	if (api_check_id(x, e) != ERR_OK)
		return (e->code);
	db_values_init(&v, x->arena, resource_of(x)->remove);
	db_give(&v, "id", x->path_id);
	return (api_answer_write(x, &v, 204, e));
}

enum err_code
api_resource_create(struct exchange *x, struct err *e)
{
	const struct resource *r = resource_of(x);

	return (api_body_write(x, r->fields, r->n_fields, true, r->add, e));
}

enum err_code
api_resource_update(struct exchange *x, struct err *e)
{
	const struct resource *r = resource_of(x);

	if (api_check_id(x, e) != ERR_OK)
		return (e->code);
	return (api_body_write(x, r->fields + r->n_fixed,
	    r->n_fields - r->n_fixed, false, r->update, e));
}

/* The whole set of hours -------------------------------------------------- */

/* Each item of data, checked; none of them when they are too many. */
static void
check_items(struct arena *a, const struct json *data, struct complaints *c,
    struct json *out)
{
	const struct json *item;
	struct str prefix;
	struct buf b;
	size_t n = 0;

	for (item = json_first(data); item != NULL; item = json_next(item))
		n++;
	if (n > HOURS_MOST) {
		json_add_number(complain(c, "data", PROBLEM_TOO_MANY_ROWS), "n",
		    HOURS_MOST);
		return;
	}
	n = 0;
	for (item = json_first(data); item != NULL; item = json_next(item)) {
		buf_init(&b, a);
		buf_addf(&b, "data[%zu].", n++);
		if (buf_done(&b, &prefix, NULL) != ERR_OK)
			prefix = STR("data.");
		api_body_check(a, item, hours_fields, COUNT(hours_fields), true,
		    prefix.p, c, json_push_object(out));
	}
}

enum err_code
api_hours_replace(struct exchange *x, struct err *e)
{
	struct json *out = json_new_array(x->arena);
	const struct json *root, *member, *data;
	struct complaints c;
	struct db_values v;
	struct str body;

	if (api_body_parse(x, &root, e) != ERR_OK)
		return (e->code);
	complaints_init(&c, x->arena);
	for (member = json_first(root); member != NULL;
	     member = json_next(member))
		if (!str_is(json_name(member), "data"))
			(void)complain(&c, str_dup(x->arena, json_name(member)),
			    PROBLEM_UNKNOWN_FIELD);
	data = json_get(root, "data");
	if (json_is_array(data))
		check_items(x->arena, data, &c, out);
	else
		(void)complain(&c, "data", PROBLEM_NOT_ROWS);
	if (c.any)
		return (answer_complaints(x, &c, e));
	if (json_format(x->arena, out, &body, e) != ERR_OK)
		return (e->code);
	statement_tenant_hours_replace(&v, x->arena,
	    &(struct statement_tenant_hours_replace){ .hours = body });
	return (api_answer_write(x, &v, 200, e));
}
