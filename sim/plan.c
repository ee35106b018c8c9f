/*
 * One table row per number, per switch and per set; the few other members are
 * read by name.
 */
#include "config.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "plan.h"

#define MAX_MS 3600000
#define MAX_EXACT 9007199254740991 /* 2^53 - 1: exact in a double */

enum group { TOP, CALLBACKS, RETRY };

struct row {
	enum group group;
	const char *name;
	size_t offset;
	int64_t fallback, min, max;
};

#define AT(member) offsetof(struct plan, member)

static const struct row rows[] = {
	{ TOP, "seed", AT(seed), 0, 0, MAX_EXACT },
	{ TOP, "create_delay_ms", AT(create_delay_ms), 0, 0, MAX_MS },
	{ TOP, "create_status", AT(create_status), 0, 0, 599 },
	{ TOP, "create_fail_every", AT(create_fail_every), 0, 0, 1000000 },
	{ TOP, "no_call_after_ms", AT(no_call_after_ms), 60000, 0, MAX_MS },
	{ TOP, "call_ms", AT(call_ms), 0, 0, MAX_MS },
	{ TOP, "report_bytes", AT(report_bytes), 0, 0, 32 << 20 },
	{ TOP, "recording_ttl_ms", AT(recording_ttl_ms), 60000, 0, MAX_MS },
	{ TOP, "phone_speed", AT(phone_speed), 1, 1, 1000 },
	{ CALLBACKS, "delay_ms", AT(delay_ms), 0, 0, MAX_MS },
	{ CALLBACKS, "timeout_ms", AT(timeout_ms), 20000, 1, 300000 },
	{ CALLBACKS, "timestamp_skew_ms", AT(timestamp_skew_ms), 0, -MAX_MS,
	    MAX_MS },
	{ RETRY, "max", AT(retry_max), 0, 0, 10 },
	{ RETRY, "base_ms", AT(retry_base_ms), 1000, 0, 10000 },
};

#define ROWS (sizeof(rows) / sizeof(rows[0]))

static const struct {
	const char *name;
	size_t offset;
} switches[] = {
	{ "callbacks.double", AT(twice) },
	{ "callbacks.reorder", AT(reorder) },
	{ "callbacks.premature_report", AT(premature_report) },
	{ "callbacks.timestamp_ms", AT(timestamp_ms) },
}, sets[] = {
	{ "callbacks.drop", AT(drop) },
	{ "callbacks.also", AT(also) },
	{ "callbacks.early", AT(early) },
};

#define SWITCHES (sizeof(switches) / sizeof(switches[0]))
#define SETS (sizeof(sets) / sizeof(sets[0]))
#define IN_CALLBACKS (sizeof("callbacks.") - 1)

static const char *const place_names[PLAN_PLACES] = {
	[PLAN_PLACE_OVERRIDES] = "call.assistantOverrides",
	[PLAN_PLACE_CALL] = "call",
	[PLAN_PLACE_ASSISTANT] = "assistant",
	[PLAN_PLACE_CALL_ASSISTANT] = "call.assistant",
	[PLAN_PLACE_MESSAGE] = "message",
	[PLAN_PLACE_NONE] = "none",
};

static const char *const message_names[PLAN_MESSAGES] = {
	[PLAN_STATUS_UPDATE] = "status-update",
	[PLAN_ASSISTANT_STARTED] = "assistant.started",
	[PLAN_SPEECH_UPDATE] = "speech-update",
	[PLAN_CONVERSATION_UPDATE] = "conversation-update",
	[PLAN_HANG] = "hang",
	[PLAN_END_OF_CALL_REPORT] = "end-of-call-report",
};

static const char *const group_names[] = { "", "callbacks.", "retry." };

static int64_t *
slot(struct plan *p, const struct row *row)
{
	return ((int64_t *)(void *)((char *)p + row->offset));
}

static int64_t
value(const struct plan *p, const struct row *row)
{
	int64_t v;

	memcpy(&v, (const char *)p + row->offset, sizeof(v));
	return (v);
}

void
plan_default(struct plan *p, int64_t seed)
{
	memset(p, 0, sizeof(*p));
	for (size_t i = 0; i < ROWS; i++)
		*slot(p, &rows[i]) = rows[i].fallback;
	p->seed = seed;
	(void)snprintf(p->ended_reason, sizeof(p->ended_reason), "%s",
	    "customer-ended-call");
}

const char *
plan_message_name(enum plan_message m)
{
	return (message_names[m]);
}

/* ERR_ABSENT: the table has no such number. */
static enum err_code
read_number(enum group group, const struct json *member, struct plan *p,
    struct err *e)
{
	for (size_t i = 0; i < ROWS; i++) {
		const struct row *row = &rows[i];
		double v = json_number(member, (double)row->min - 1);

		if (row->group != group ||
		    !str_is(json_name(member), row->name))
			continue;
		if (v < (double)row->min || v > (double)row->max ||
		    v != (double)(int64_t)v)
			return (err_set(e, ERR_INPUT,
			    "%s%s must be a whole number from %lld to %lld",
			    group_names[group], row->name, (long long)row->min,
			    (long long)row->max));
		*slot(p, row) = (int64_t)v;
		return (ERR_OK);
	}
	return (ERR_ABSENT);
}

static enum err_code
unknown(enum group group, const struct json *member, struct err *e)
{
	struct str name = json_name(member);

	return (err_set(e, ERR_INPUT, "unknown member %s%.*s",
	    group_names[group], (int)(name.n < 60 ? name.n : 60), name.p));
}

static enum err_code
read_bool(const struct json *v, const char *name, bool *b_r, struct err *e)
{
	if (!json_is_bool(v))
		return (
		    err_set(e, ERR_INPUT, "%s must be true or false", name));
	*b_r = json_bool(v, false);
	return (ERR_OK);
}

static enum err_code
read_set(const struct json *array, const char *name, unsigned *set_r,
    struct err *e)
{
	if (!json_is_array(array))
		return (err_set(e, ERR_INPUT, "%s must be a list", name));
	*set_r = 0;
	for (const struct json *v = json_first(array); v != NULL;
	     v = json_next(v)) {
		unsigned i = 0;

		while (
		    i < PLAN_MESSAGES && !str_is(json_str(v), message_names[i]))
			i++;
		if (i == PLAN_MESSAGES)
			return (err_set(e, ERR_INPUT,
			    "%s holds a type that is not sent", name));
		*set_r |= 1u << i;
	}
	return (ERR_OK);
}

static enum err_code
read_retry(const struct json *retry, struct plan *p, struct err *e)
{
	if (json_is_null(retry))
		return (ERR_OK);
	if (!json_is_object(retry))
		return (err_set(e, ERR_INPUT, "retry must be an object"));
	for (const struct json *m = json_first(retry); m != NULL;
	     m = json_next(m)) {
		enum err_code c = read_number(RETRY, m, p, e);

		if (c == ERR_ABSENT)
			c = unknown(RETRY, m, e);
		if (c != ERR_OK)
			return (c);
	}
	return (ERR_OK);
}

static enum err_code
read_callbacks_member(const struct json *m, struct plan *p, struct err *e)
{
	struct str name = json_name(m);
	enum err_code c;

	for (size_t i = 0; i < SWITCHES; i++)
		if (str_is(name, switches[i].name + IN_CALLBACKS))
			return (read_bool(m, switches[i].name,
			    (bool *)(void *)((char *)p + switches[i].offset),
			    e));
	for (size_t i = 0; i < SETS; i++)
		if (str_is(name, sets[i].name + IN_CALLBACKS))
			return (read_set(m, sets[i].name,
			    (unsigned *)(void *)((char *)p + sets[i].offset),
			    e));
	if (str_is(name, "retry"))
		return (read_retry(m, p, e));
	c = read_number(CALLBACKS, m, p, e);
	return (c == ERR_ABSENT ? unknown(CALLBACKS, m, e) : c);
}

static enum err_code
read_callbacks(const struct json *callbacks, struct plan *p, struct err *e)
{
	enum err_code c = ERR_OK;

	if (!json_is_object(callbacks))
		return (err_set(e, ERR_INPUT, "callbacks must be an object"));
	for (const struct json *m = json_first(callbacks);
	     m != NULL && c == ERR_OK; m = json_next(m))
		c = read_callbacks_member(m, p, e);
	return (c);
}

/* A text of 1 to size - 1 bytes. */
static enum err_code
read_text(const struct json *v, const char *name, char *text_r, size_t size,
    struct err *e)
{
	struct str s = json_str(v);

	if (s.n == 0 || s.n >= size)
		return (err_set(e, ERR_INPUT,
		    "%s must be a text of 1 to %zu bytes", name, size - 1));
	memcpy(text_r, s.p, s.n);
	text_r[s.n] = '\0';
	return (ERR_OK);
}

static enum err_code
read_failure(const struct json *v, struct plan *p, struct err *e)
{
	p->create_failure = failure_find(json_str(v));
	if (p->create_failure == FAILURE_NONE &&
	    !str_is(json_str(v), failure_name(FAILURE_NONE)))
		return (err_set(e, ERR_INPUT,
		    "create_failure is no failure that is known"));
	return (ERR_OK);
}

static enum err_code
read_place(const struct json *v, struct plan *p, struct err *e)
{
	for (unsigned i = 0; i < PLAN_PLACES; i++)
		if (str_is(json_str(v), place_names[i])) {
			p->metadata_place = (enum plan_place)i;
			return (ERR_OK);
		}
	return (err_set(e, ERR_INPUT,
	    "metadata_place is no place where metadata was seen"));
}

static enum err_code
read_member(const struct json *m, struct plan *p, struct err *e)
{
	struct str name = json_name(m);
	enum err_code c;

	if (str_is(name, "callbacks"))
		return (read_callbacks(m, p, e));
	if (str_is(name, "ended_reason"))
		return (read_text(m, "ended_reason", p->ended_reason,
		    sizeof(p->ended_reason), e));
	if (str_is(name, "canary"))
		return (str_is(json_str(m), "") ?
			ERR_OK :
			read_text(m, "canary", p->canary, sizeof(p->canary),
			    e));
	if (str_is(name, "create_failure"))
		return (read_failure(m, p, e));
	if (str_is(name, "metadata_place"))
		return (read_place(m, p, e));
	p->seed_given = p->seed_given || str_is(name, "seed");
	c = read_number(TOP, m, p, e);
	return (c == ERR_ABSENT ? unknown(TOP, m, e) : c);
}

enum err_code
plan_read(const struct json *object, struct plan *plan_r, struct err *e)
{
	struct plan p;
	enum err_code c;

	if (!json_is_object(object))
		return (err_set(e, ERR_INPUT, "a plan must be an object"));
	plan_default(&p, 0);
	for (const struct json *m = json_first(object); m != NULL;
	     m = json_next(m)) {
		if ((c = read_member(m, &p, e)) != ERR_OK)
			return (c);
	}
	if (p.create_status != 0 && p.create_status < 400)
		return (err_set(e, ERR_INPUT,
		    "create_status must be 0 or from 400 to 599"));
	*plan_r = p;
	return (ERR_OK);
}

static void
write_set(unsigned set, const char *name, struct json *object)
{
	struct json *array = json_add_array(object, name);

	for (unsigned i = 0; i < PLAN_MESSAGES; i++)
		if ((set & 1u << i) != 0)
			json_push_str(array, str_of(message_names[i]));
}

void
plan_write(const struct plan *p, struct json *object)
{
	struct json *callbacks, *retry, *in[3];

	callbacks = json_add_object(object, "callbacks");
	retry = json_add_object(callbacks, "retry");
	in[TOP] = object;
	in[CALLBACKS] = callbacks;
	in[RETRY] = retry;
	for (size_t i = 0; i < ROWS; i++)
		json_add_number(in[rows[i].group], rows[i].name,
		    (double)value(p, &rows[i]));
	json_add_str(object, "ended_reason", str_of(p->ended_reason));
	json_add_str(object, "canary", str_of(p->canary));
	json_add_str(object, "create_failure",
	    str_of(failure_name(p->create_failure)));
	json_add_str(object, "metadata_place",
	    str_of(place_names[p->metadata_place]));
	for (size_t i = 0; i < SWITCHES; i++)
		json_add_bool(callbacks, switches[i].name + IN_CALLBACKS,
		    *(const bool *)((const char *)p + switches[i].offset));
	for (size_t i = 0; i < SETS; i++)
		write_set(*(const unsigned *)(const void *)((const char *)p +
			      sets[i].offset),
		    sets[i].name + IN_CALLBACKS, callbacks);
}
