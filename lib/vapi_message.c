/*
 * One function a value that is stored, each a list of places in the order of
 * preference.
 */
#include "config.h"

#include <string.h>

#include "clock.h"
#include "id.h"
#include "vapi_message.h"

#define TEXT_MAX_BYTES ((size_t)4 * 1024 * 1024)
#define WORD_MAX_BYTES 128
#define URL_MAX_BYTES 2048
#define TURNS_MAX 5000
#define COST_MAX_USD 100000.0

/* The first place that holds a non-empty text of at most max bytes. */
static struct str
text_of(const struct json *m, const char *const *places, size_t max)
{
	for (; *places != NULL; places++) {
		struct str s = json_str(json_path(m, *places));

		if (s.n > 0 && s.n <= max)
			return (s);
	}
	return (STR_NONE);
}

#define PLACES(...) ((const char *const[]){ __VA_ARGS__, NULL })

static const struct json *
message_of(const struct json *root)
{
	const struct json *m = json_get(root, "message");

	return (json_is_object(m) ? m : root);
}

static int64_t
time_of(const struct json *m, const char *name)
{
	int64_t ms;

	if (clock_parse_rfc3339(json_str(json_get(m, name)), &ms, NULL) !=
		ERR_OK ||
	    ms <= 0)
		return (0);
	return (ms);
}

/* "timestamp" is milliseconds since 1970; out of range is not told. */
static int64_t
timestamp_of(const struct json *m)
{
	double ms = json_number(json_get(m, "timestamp"), 0);

	return (ms >= 946684800000.0 && ms < 4102444800000.0 ? (int64_t)ms : 0);
}

static int64_t
seconds_of(const struct json *m, int64_t started_ms, int64_t ended_ms)
{
	static const struct {
		const char *name;
		double factor;
	} rows[] = { { "durationSeconds", 1.0 }, { "durationMs", 0.001 },
		{ "durationMinutes", 60.0 }, { "duration", 1.0 } };

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		double s = json_number(json_get(m, rows[i].name), -1.0) *
		    rows[i].factor;

		if (s >= 0 && s < (double)INT32_MAX)
			return ((int64_t)(s + 0.5));
	}
	if (started_ms > 0 && ended_ms >= started_ms &&
	    (ended_ms - started_ms) / 1000 < INT32_MAX)
		return ((ended_ms - started_ms + 500) / 1000);
	return (-1);
}

static enum err_code
read_cost(struct arena *a, const struct json *m, struct str *cost_r,
    struct err *e)
{
	static const char *const places[] = { "cost", "costBreakdown.total",
		"call.cost" };
	struct buf b;

	*cost_r = STR_NONE;
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		double usd = json_number(json_path(m, places[i]), -1.0);

		if (!(usd >= 0 && usd < COST_MAX_USD))
			continue;
		buf_init(&b, a);
		buf_addf(&b, "%.6f", usd);
		return (buf_done(&b, cost_r, e));
	}
	return (ERR_OK);
}

/* "true", "7", "Good": a text, but booleans and numbers are sent too. */
static enum err_code
read_success(struct arena *a, const struct json *m, struct str *s_r,
    struct err *e)
{
	const struct json *v = json_path(m, "analysis.successEvaluation");

	*s_r = STR_NONE;
	if (json_is_string(v)) {
		if (json_str(v).n > 0 && json_str(v).n <= URL_MAX_BYTES)
			*s_r = json_str(v);
		return (ERR_OK);
	}
	if (!json_is_bool(v) && !json_is_number(v))
		return (ERR_OK);
	return (json_format(a, v, s_r, e));
}

/* A non-empty object or array as JSON text. */
static enum err_code
read_tree(struct arena *a, const struct json *v, struct str *text_r,
    struct err *e)
{
	*text_r = STR_NONE;
	if (json_first(v) == NULL)
		return (ERR_OK);
	return (json_format(a, v, text_r, e));
}

static struct str
turn_text(const struct json *turn)
{
	return (text_of(turn, PLACES("message", "content"), TEXT_MAX_BYTES));
}

/* Spoken turns only: the others hold prompts and what tools were told. */
static bool
is_spoken(const struct json *turn)
{
	struct str role = json_str(json_get(turn, "role"));

	return ((str_is(role, "bot") || str_is(role, "assistant") ||
		    str_is(role, "user")) &&
	    turn_text(turn).p != NULL);
}

static enum err_code
read_turns(struct arena *a, const struct json *turns, struct str *json_r,
    struct err *e)
{
	struct json *list = json_new_object(a);
	struct json *array = json_add_array(list, "turns");
	const struct json *turn, *seconds;
	size_t n = 0;

	*json_r = STR_NONE;
	for (turn = json_first(turns); turn != NULL && n < TURNS_MAX;
	     turn = json_next(turn)) {
		struct json *kept;

		if (!is_spoken(turn))
			continue;
		kept = json_push_object(array);
		json_add_str(kept, "role", json_str(json_get(turn, "role")));
		json_add_str(kept, "message", turn_text(turn));
		seconds = json_get(turn, "secondsFromStart");
		if (json_is_number(seconds))
			json_add_copy(kept, "secondsFromStart", seconds);
		if (json_is_number(json_get(turn, "time")))
			json_add_copy(kept, "time", json_get(turn, "time"));
		n++;
	}
	return (n == 0 ? ERR_OK : json_format(a, array, json_r, e));
}

/* Ends past the bound of a text: the turns are stored beside it, whole. */
static enum err_code
transcript_of_turns(struct arena *a, const struct json *turns,
    struct str *text_r, struct err *e)
{
	const struct json *turn;
	struct buf b;
	enum err_code code;

	buf_init(&b, a);
	for (turn = json_first(turns); turn != NULL && b.n < TEXT_MAX_BYTES;
	     turn = json_next(turn)) {
		if (!is_spoken(turn))
			continue;
		buf_adds(&b,
		    str_is(json_str(json_get(turn, "role")), "user") ?
			"User: " :
			"AI: ");
		buf_add(&b, turn_text(turn));
		buf_addc(&b, '\n');
	}
	if ((code = buf_done(&b, text_r, e)) == ERR_OK && text_r->n == 0)
		*text_r = STR_NONE;
	return (code);
}

static enum err_code
read_conversation(struct arena *a, const struct json *m,
    struct tenancy_event *ev, struct err *e)
{
	const struct json *turns = json_path(m, "artifact.messages");
	enum err_code code;

	if (json_first(turns) == NULL)
		turns = json_get(m, "messages");
	ev->transcript = text_of(m,
	    PLACES("artifact.transcript", "transcript", "call.transcript"),
	    TEXT_MAX_BYTES);
	if (!json_is_array(turns))
		return (ERR_OK);
	if ((code = read_turns(a, turns, &ev->messages, e)) != ERR_OK)
		return (code);
	if (ev->transcript.p == NULL)
		return (transcript_of_turns(a, turns, &ev->transcript, e));
	return (ERR_OK);
}

static enum err_code
read_report(struct arena *a, const struct json *m, struct tenancy_event *ev,
    struct err *e)
{
	const struct json *data = json_path(m, "analysis.structuredData");
	enum err_code code;

	ev->started_ms = time_of(m, "startedAt");
	ev->ended_ms = time_of(m, "endedAt");
	ev->duration_s = seconds_of(m, ev->started_ms, ev->ended_ms);
	ev->recording_url = text_of(m,
	    PLACES("artifact.recordingUrl",
		"artifact.recording.mono.combinedUrl", "recordingUrl",
		"call.recordingUrl"),
	    URL_MAX_BYTES);
	ev->summary =
	    text_of(m, PLACES("analysis.summary", "summary", "call.summary"),
		TEXT_MAX_BYTES);
	if (json_first(data) == NULL)
		data = json_get(m, "structuredData");
	if (json_first(data) == NULL)
		data = json_path(m, "artifact.structuredOutputs");
	if ((code = read_conversation(a, m, ev, e)) != ERR_OK ||
	    (code = read_tree(a, json_get(m, "analysis"), &ev->analysis, e)) !=
		ERR_OK ||
	    (code = read_tree(a, data, &ev->structured_data, e)) != ERR_OK ||
	    (code = read_success(a, m, &ev->success_evaluation, e)) != ERR_OK)
		return (code);
	return (read_cost(a, m, &ev->cost_usd, e));
}

/* The older flat shape has no type: what it carries says what it is. */
static struct str
type_of(const struct json *root, const struct json *m)
{
	static const char *const names[] = { "endedReason", "transcript",
		"recordingUrl", "duration", "summary" };
	struct str type = text_of(m, PLACES("type"), WORD_MAX_BYTES);

	if (type.p != NULL || m != root)
		return (type);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (json_get(root, names[i]) != NULL)
			return (STR("end-of-call-report"));
	if (json_is_string(json_get(root, "status")))
		return (STR("status-update"));
	return (STR_NONE);
}

static enum vapi_message_kind
kind_of(struct str type)
{
	if (str_is(type, "status-update"))
		return (VAPI_MESSAGE_STATUS);
	if (str_is(type, "end-of-call-report"))
		return (VAPI_MESSAGE_REPORT);
	if (str_is(type, "hang"))
		return (VAPI_MESSAGE_HANG);
	if (str_is(type, "assistant-request"))
		return (VAPI_MESSAGE_REQUEST);
	return (VAPI_MESSAGE_OTHER);
}

static void
read_status(const struct json *m, struct tenancy_event *ev)
{
	ev->status = call_status_of_vapi(json_str(json_get(m, "status")),
	    ev->ended_reason);
	if (ev->status == CALL_IN_PROGRESS)
		ev->started_ms = timestamp_of(m);
	else if (ev->status >= CALL_COMPLETED)
		ev->ended_ms = timestamp_of(m);
}

enum err_code
vapi_message_read(struct arena *a, const struct json *root,
    struct vapi_message *out, struct err *e)
{
	const struct json *m = message_of(root);
	struct tenancy_event *ev = &out->event;
	struct str id;

	memset(out, 0, sizeof(*out));
	ev->duration_s = -1;
	if (!json_is_object(root))
		return (err_set(e, ERR_INPUT, "the message is no object"));
	out->message = m;
	out->flat = m == root;
	ev->type = type_of(root, m);
	out->kind = kind_of(ev->type);
	id = text_of(m, PLACES("call.id", "callId"), WORD_MAX_BYTES);
	if (id_is_vapi(id))
		ev->vapi_call_id = id;
	id = text_of(m,
	    PLACES("call.phoneCallProviderId", "call.transport.callSid"),
	    WORD_MAX_BYTES);
	if (id_is_call_sid(id))
		ev->twilio_call_sid = id;
	ev->ended_reason = text_of(m, PLACES("endedReason", "call.endedReason"),
	    URL_MAX_BYTES);
	switch (out->kind) {
	case VAPI_MESSAGE_STATUS:
		read_status(m, ev);
		return (ERR_OK);
	case VAPI_MESSAGE_REPORT:
		ev->status = call_status_of_reason(ev->ended_reason);
		return (read_report(a, m, ev, e));
	default:
		ev->ended_reason = STR_NONE;
		return (ERR_OK);
	}
}

enum err_code
vapi_message_arrival(const struct vapi_message *in, struct tenancy_arrival *r,
    struct err *e)
{
	const struct json *m = in->message;

	memset(r, 0, sizeof(*r));
	r->call_sid = in->event.twilio_call_sid;
	r->from = text_of(m, PLACES("customer.number", "call.customer.number"),
	    WORD_MAX_BYTES);
	if (r->from.p == NULL)
		r->from = STR(PHONE_WITHHELD);
	r->to =
	    text_of(m, PLACES("phoneNumber.number", "call.phoneNumber.number"),
		WORD_MAX_BYTES);
	r->forwarded_from =
	    text_of(m, PLACES("call.transport.forwardedFrom"), WORD_MAX_BYTES);
	if (r->call_sid.p == NULL || r->to.p == NULL ||
	    in->event.vapi_call_id.p == NULL)
		return (err_set(e, ERR_INPUT, "assistant-request without %s",
		    r->call_sid.p == NULL ? "call.phoneCallProviderId" :
			r->to.p == NULL	  ? "phoneNumber.number" :
					    "call.id"));
	return (ERR_OK);
}

static bool
same_owner(const struct metadata *x, const struct metadata *y)
{
	return (str_eq(x->user_id, y->user_id) &&
	    str_eq(x->call_id, y->call_id) &&
	    str_eq(x->assistant_id, y->assistant_id) &&
	    str_eq(x->phone_number_id, y->phone_number_id) &&
	    str_eq(x->caller_phone_number, y->caller_phone_number) &&
	    str_eq(x->assistant_phone_number, y->assistant_phone_number));
}

enum err_code
vapi_message_owner(struct arena *a, const struct metadata_keys *keys,
    const struct json *root, struct metadata *owner, struct str *metadata_r,
    struct err *e)
{
	static const char *const places[] = {
		"call.assistantOverrides.metadata", "call.metadata",
		"assistant.metadata", "call.assistant.metadata", "metadata"
	};
	const struct json *m = message_of(root), *found = NULL, *value;
	struct json *ours = json_new_object(a);
	struct metadata one;
	enum err_code code;

	for (size_t i = 0; i <= sizeof(places) / sizeof(places[0]); i++) {
		if (i < sizeof(places) / sizeof(places[0]))
			value = json_path(m, places[i]);
		else
			value = m == root ? NULL : json_get(root, "metadata");
		code = metadata_open(a, keys, value, &one, e);
		if (code == ERR_ABSENT)
			continue;
		if (code != ERR_OK)
			return (code);
		if (found != NULL && !same_owner(owner, &one))
			return (err_set(e, ERR_DENIED,
			    "two different "
			    "metadata in one message"));
		if (found == NULL) {
			*owner = one;
			found = value;
		}
	}
	if (found == NULL)
		return (err_set(e, ERR_ABSENT, "no metadata came back"));
	metadata_copy(found, ours);
	return (json_format(a, ours, metadata_r, e));
}
