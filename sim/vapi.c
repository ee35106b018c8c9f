/*
 * Answers as the documented API gives them. What is made up (ids, what is
 * said) follows from the seed; what is stored is the request as it came.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "check.h"
#include "base/clock.h"
#include "deliver.h"
#include "object.h"
#include "random.h"
#include "recording.h"
#include "vapi.h"

#define FIRST_CALL_MS 1767225600000 /* in ids: 2026-01-01, a second each */

enum err_code
vapi_prove(struct visit *v, struct err *e)
{
	struct str given;
	struct buf b;
	struct str want;
	enum err_code c;

	buf_init(&b, v->arena);
	buf_addf(&b, "Bearer %s", v->sim->settings.sim_vapi_api_key);
	if ((c = buf_done(&b, &want, e)) != ERR_OK)
		return (c);
	if (request_header(v->req, "HTTP_AUTHORIZATION", &given, e) == ERR_OK &&
	    crypt_equal(given, want))
		return (ERR_OK);
	c = visit_refuse(v, 401,
	    STR("Invalid Key. Hot tip, you may be using the private key instead of the public key, or vice versa."),
	    e);
	return (c == ERR_OK ? err_set(e, ERR_AUTH, "wrong key") : c);
}

static void
take_id(const struct json *body, const char *name, char id_r[ID_SIZE])
{
	struct str s = json_str(json_get(body, name));

	(void)snprintf(id_r, ID_SIZE, "%.*s", (int)s.n, s.n > 0 ? s.p : "");
}

void
vapi_draw(struct visit *v, const struct json *body, const struct plan *plan,
    struct store_call *call_r)
{
	struct store_call call = { .status = STORE_QUEUED };
	struct random r;
	uint64_t ordinal;

	call.bypass =
	    json_bool(json_get(body, "phoneCallProviderBypassEnabled"), false);
	call.created_ms = call.updated_ms = clock_wall_ms();
	call.report_bytes = plan->report_bytes;
	take_id(body, "assistantId", call.assistant_id);
	take_id(body, "phoneNumberId", call.phone_number_id);
	call.seed = sim_next_seed(v->sim, &ordinal);
	random_seed(&r, call.seed);
	random_uuid(&r, FIRST_CALL_MS + (int64_t)ordinal * 1000, call.id);
	*call_r = call;
}

/* Give the call an id and keep it; an id that is taken already is passed by. */
static enum err_code
keep(struct visit *v, const struct json *body, const struct plan *plan,
    struct store_call *call_r, struct err *e)
{
	enum err_code c;

	do {
		vapi_draw(v, body, plan, call_r);
		call_r->request = v->req->body;
		c = store_add(v->sim->store, call_r, e);
	} while (c == ERR_CONFLICT);
	return (c);
}

/* Tell the journal about a POST /call and how it ended. */
static enum err_code
note(struct visit *v, const struct json *body, const char *id, struct err *e)
{
	struct json *o = json_new_object(v->arena);
	struct str text;
	enum err_code c;

	json_add_time(o, "at", clock_wall_ms());
	json_add_str(o, "id", id[0] != '\0' ? str_of(id) : STR_NONE);
	json_add_number(o, "status", v->resp->status);
	if (body != NULL)
		json_add_copy(o, "request", body);
	else
		json_add_null(o, "request");
	if ((c = json_format(v->arena, o, &text, e)) == ERR_OK)
		journal_add(v->sim->creates, id, text);
	return (c);
}

static enum err_code
refuse_create(struct visit *v, const struct json *body, int status,
    const char *sentence, struct err *e)
{
	enum err_code c = visit_refuse(v, status, str_of(sentence), e);

	return (c == ERR_OK ? note(v, body, "", e) : c);
}

/* As the plan wants it. */
static enum err_code
fail_create(struct visit *v, const struct json *body, const struct plan *plan,
    struct err *e)
{
	enum err_code c = visit_fail(v, plan, e);

	return (c == ERR_OK ? note(v, body, "", e) : c);
}

/* 201 and the call; late: with what is wrong in place of its TwiML. */
static enum err_code
answer_create(struct visit *v, const struct store_call *call, enum failure late,
    struct err *e)
{
	struct json *answer = json_new_object(v->arena);
	enum err_code c;

	c = object_call(v->sim, v->arena, call,
	    late == FAILURE_NONE ? OBJECT_NEW : OBJECT_SNAPSHOT, answer, e);
	if (c != ERR_OK)
		return (c);
	failure_write_details(late, answer);
	return (visit_answer(v, 201, answer, e));
}

enum err_code
vapi_create(struct visit *v, struct err *e)
{
	struct plan plan = sim_plan(v->sim);
	const struct json *body;
	struct store_call call;
	bool valid = false, fails = sim_create_fails(v->sim);
	bool late = failure_is_late(plan.create_failure);
	enum err_code c;

	if (visit_json(v, &body, e) != ERR_OK)
		return (refuse_create(v, NULL, 400, e->text, e));
	if (!sim_wait(v->sim, plan.create_delay_ms))
		return (refuse_create(v, body, 503, "Stopping", e));
	if (fails && !late)
		return (fail_create(v, body, &plan, e));
	if ((c = visit_check(v, body, check_create, &valid, e)) != ERR_OK)
		return (c);
	if (!valid)
		return (note(v, body, "", e));
	if ((c = keep(v, body, &plan, &call, e)) != ERR_OK)
		return (c);
	if (plan.early != 0)
		deliver_early(v->sim, v->arena, call.id, &plan);
	if ((c = answer_create(v, &call,
		 fails ? plan.create_failure : FAILURE_NONE, e)) != ERR_OK)
		return (c);
	if (call.bypass)
		deliver_watch(v->sim, call.id, &plan);
	return (note(v, body, call.id, e));
}

/* The call of the address, or the answer 404 and no call. */
static enum err_code
find(struct visit *v, struct store_call *call_r, bool *found_r, struct err *e)
{
	enum err_code c = store_get(v->sim->store, v->id, v->arena, call_r, e);

	*found_r = c == ERR_OK;
	if (c == ERR_ABSENT)
		return (visit_refuse(v, 404, STR("Not Found"), e));
	return (c);
}

enum err_code
vapi_get(struct visit *v, struct err *e)
{
	struct json *answer = json_new_object(v->arena);
	struct store_call call;
	bool found;
	enum err_code c;

	if ((c = find(v, &call, &found, e)) != ERR_OK || !found)
		return (c);
	c = object_call(v->sim, v->arena, &call, OBJECT_FULL, answer, e);
	return (c == ERR_OK ? visit_answer(v, 200, answer, e) : c);
}

enum err_code
vapi_find(struct visit *v, struct err *e)
{
	struct json *answer = json_new_object(v->arena);

	json_add_str(answer, "id", v->id);
	return (visit_answer(v, 200, answer, e));
}

/* One query parameter; ERR_INPUT says what is wrong with it. */
static enum err_code
read_filter(struct str name, struct str value, struct store_filter *f,
    struct err *e)
{
	const struct {
		const char *name;
		int64_t *bound;
		int64_t off;
	} t[] = {
		{ "createdAtGt", &f->created_min_ms, 1 },
		{ "createdAtGe", &f->created_min_ms, 0 },
		{ "createdAtLt", &f->created_max_ms, -1 },
		{ "createdAtLe", &f->created_max_ms, 0 },
		{ "updatedAtGt", &f->updated_min_ms, 1 },
		{ "updatedAtGe", &f->updated_min_ms, 0 },
		{ "updatedAtLt", &f->updated_max_ms, -1 },
		{ "updatedAtLe", &f->updated_max_ms, 0 },
	};

	if (str_is(name, "id"))
		f->id = value;
	else if (str_is(name, "assistantId"))
		f->assistant_id = value;
	else if (str_is(name, "phoneNumberId"))
		f->phone_number_id = value;
	else if (!str_is(name, "limit")) {
		for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
			if (!str_is(name, t[i].name))
				continue;
			if (clock_parse_rfc3339(value, t[i].bound, e) != ERR_OK)
				return (err_set(e, ERR_INPUT,
				    "%s must be a valid ISO 8601 date string",
				    t[i].name));
			*t[i].bound += t[i].off;
			return (ERR_OK);
		}
		return (err_set(e, ERR_INPUT, "property %.*s should not exist",
		    (int)(name.n < 60 ? name.n : 60), name.p));
	} else if (str_parse_int(value, 0, STORE_LIST_MAX, &f->limit, e) !=
	    ERR_OK)
		return (err_set(e, ERR_INPUT,
		    "limit must be a number from 0 to %d", STORE_LIST_MAX));
	return (ERR_OK);
}

enum err_code
vapi_list(struct visit *v, struct err *e)
{
	struct store_filter filter = { .created_max_ms = INT64_MAX,
		.updated_max_ms = INT64_MAX,
		.limit = 100 };
	struct json *list = json_new_array(v->arena);
	struct store_call *calls;
	size_t n;
	enum err_code c;

	for (size_t i = 0; i < v->query.n; i++) {
		if (read_filter(v->query.params[i].name,
			v->query.params[i].value, &filter, e) != ERR_OK) {
			json_push_str(list, str_of(e->text));
			return (visit_refuse_all(v, list, e));
		}
	}
	if ((c = store_list(v->sim->store, &filter, v->arena, &calls, &n, e)) !=
	    ERR_OK)
		return (c);
	for (size_t i = 0; i < n && c == ERR_OK; i++)
		c = object_call(v->sim, v->arena, &calls[i], OBJECT_FULL,
		    json_push_object(list), e);
	return (c == ERR_OK ? visit_answer(v, 200, list, e) : c);
}

static enum err_code
redirect(struct visit *v, bool stereo, struct err *e)
{
	struct store_call call;
	struct str link;
	bool found;
	enum err_code c;

	if ((c = find(v, &call, &found, e)) != ERR_OK || !found)
		return (c);
	if (call.status != STORE_ENDED || call.started_ms == 0)
		return (visit_refuse(v, 404, STR("Recording not found"), e));
	c = recording_link(v->sim, v->arena, call.id, stereo,
	    sim_plan(v->sim).recording_ttl_ms, &link, e);
	if (c != ERR_OK)
		return (c);
	response_set(v->resp, 302, NULL, STR(""));
	response_header(v->resp, "Location", link.p);
	return (ERR_OK);
}

enum err_code
vapi_mono(struct visit *v, struct err *e)
{
	return (redirect(v, false, e));
}

enum err_code
vapi_stereo(struct visit *v, struct err *e)
{
	return (redirect(v, true, e));
}

enum err_code
vapi_stream(struct visit *v, struct err *e)
{
	struct plan plan = sim_plan(v->sim);
	struct json *answer = json_new_object(v->arena);
	const struct json *event = NULL;
	struct store_call call;
	bool found;
	enum err_code c;

	if (v->req->body.n > 0 && visit_json(v, &event, e) != ERR_OK)
		return (visit_refuse(v, 400, str_of(e->text), e));
	if ((c = find(v, &call, &found, e)) != ERR_OK || !found)
		return (c);
	c = store_connect(v->sim->store, v->id,
	    json_str(json_path(event, "start.callSid")), clock_wall_ms(), e);
	if (c == ERR_CONFLICT)
		return (visit_refuse(v, 409,
		    STR("The call is connected or has ended"), e));
	if (c != ERR_OK)
		return (c);
	deliver_begin(v->sim, call.id, &plan);
	json_add_str(answer, "id", v->id);
	json_add_str(answer, "status", STR("in-progress"));
	return (visit_answer(v, 200, answer, e));
}
