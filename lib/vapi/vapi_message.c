/*
 * What kind of message it is, which call it is about, and whose that is. What
 * a report says beyond that is vapi_report.c's.
 */
#include "config.h"

#include <string.h>

#include "io/id.h"
#include "io/json_raw.h"
#include "tenancy/phone.h"
#include "vapi/vapi_message.h"
#include "vapi/vapi_raw.h"
#include "vapi/vapi_report.h"

#define WORD_MAX_BYTES 128
#define REASON_MAX_BYTES 2048

/* A text that decides: it was checked, so what can't be is not in it. */
static struct str
word_of(struct arena *a, struct str raw, size_t max)
{
	struct str text;
	bool over = false;

	if (json_raw_text(a, raw, max, &text, &over, NULL) != ERR_OK ||
	    text.n == 0)
		return (STR_NONE);
	return (text);
}

static struct str
first_word(struct arena *a, struct str one, struct str other, size_t max)
{
	struct str text = word_of(a, one, max);

	return (text.p != NULL ? text : word_of(a, other, max));
}

/* The older flat shape has no type: what it carries says what it is. */
static struct str
type_of(struct arena *a, const struct vapi_raw *raw)
{
	const struct vapi_raw_message *m = &raw->message;
	struct str type = word_of(a, m->type, WORD_MAX_BYTES);

	if (type.p != NULL || !raw->flat)
		return (type);
	if (m->ended_reason.p != NULL || m->transcript.p != NULL ||
	    m->recording_url.p != NULL || m->duration.p != NULL ||
	    m->summary.p != NULL)
		return (STR("end-of-call-report"));
	if (json_raw_kind(m->status) == JSON_RAW_TEXT)
		return (STR("status-update"));
	return (STR_NONE);
}

/* What is known of a message also where the rest of it cannot be read. */
static void
read_head(struct arena *a, const struct vapi_raw *raw, struct vapi_message *out)
{
	const struct vapi_raw_message *m = &raw->message;
	struct tenancy_event *ev = &out->event;
	struct str id;

	out->flat = raw->flat;
	ev->type = type_of(a, raw);
	out->type = vapi_type_of(ev->type);
	out->kind = vapi_type_kind(out->type);
	out->status_text = word_of(a, m->status, WORD_MAX_BYTES);
	id = first_word(a, m->call.id, m->call_id, WORD_MAX_BYTES);
	if (id_is_vapi(id))
		ev->vapi_call_id = id;
	id = first_word(a, m->call.provider_id, m->call.transport.call_sid,
	    WORD_MAX_BYTES);
	if (id_is_call_sid(id))
		ev->twilio_call_sid = id;
}

/* When it came to be so is told by the message alone. */
static enum err_code
read_status(struct arena *a, const struct vapi_raw *raw,
    struct vapi_message *out, struct err *e)
{
	struct tenancy_event *ev = &out->event;
	const char *moment = NULL;

	ev->status = call_status_of_vapi(out->status_text, ev->ended_reason);
	if (ev->status == CALL_IN_PROGRESS)
		moment = "started_at";
	else if (ev->status >= CALL_COMPLETED)
		moment = "ended_at";
	return (vapi_report_status(a, raw, moment, ev, e));
}

static void
read_numbers(struct arena *a, const struct vapi_raw_message *m,
    struct vapi_message *out)
{
	out->caller = first_word(a, m->customer.number, m->call.customer.number,
	    WORD_MAX_BYTES);
	out->line = first_word(a, m->phone_number.number,
	    m->call.phone_number.number, WORD_MAX_BYTES);
	out->forwarded_from =
	    word_of(a, m->call.transport.forwarded_from, WORD_MAX_BYTES);
}

/* Our names of one place; NULL: there is none, or null. */
static const struct json *
read_metadata(struct arena *a, const struct vapi_raw_metadata *raw)
{
	struct json *object;
	struct str text;
	bool over;

	if (json_raw_kind(raw->self) == JSON_RAW_NONE ||
	    json_raw_kind(raw->self) == JSON_RAW_NULL)
		return (NULL);
	if (json_raw_kind(raw->self) != JSON_RAW_OBJECT)
		return (json_new_array(a));
	object = json_new_object(a);
	for (size_t i = 0; i < VAPI_RAW_NAMES; i++) {
		const char *name = vapi_raw_names[i];

		over = false;
		if (json_raw_kind(raw->value[i]) == JSON_RAW_NONE)
			continue;
		if (json_raw_kind(raw->value[i]) == JSON_RAW_NULL)
			json_add_null(object, name);
		else if (json_raw_text(a, raw->value[i], WORD_MAX_BYTES, &text,
			     &over, NULL) == ERR_OK &&
		    text.p != NULL)
			json_add_str(object, name, text);
		else
			/* Of a type, or a length, that is never ours. */
			json_add_bool(object, name, false);
	}
	return (object);
}

static enum err_code
read_values(struct arena *a, const struct vapi_raw *raw,
    struct vapi_message *out, struct err *e)
{
	const struct vapi_raw_message *m = &raw->message;
	const struct vapi_raw_metadata *const places[VAPI_METADATA_PLACES] = {
		[VAPI_METADATA_CALL_OVERRIDES] = &m->call.overrides.metadata,
		[VAPI_METADATA_OVERRIDES] = &m->overrides.metadata,
		[VAPI_METADATA_CALL] = &m->call.metadata,
		[VAPI_METADATA_ASSISTANT] = &m->assistant.metadata,
		[VAPI_METADATA_CALL_ASSISTANT] = &m->call.assistant.metadata,
		[VAPI_METADATA_MESSAGE] = &m->metadata,
		[VAPI_METADATA_BESIDE] = &raw->metadata,
	};
	struct tenancy_event *ev = &out->event;

	for (size_t i = 0; i < VAPI_METADATA_PLACES; i++)
		out->metadata[i] = read_metadata(a, places[i]);
	out->tool_calls = json_raw_is_empty(m->tool_call_list) ?
	    m->tool_calls :
	    m->tool_call_list;
	switch (out->kind) {
	case VAPI_MESSAGE_STATUS:
		ev->ended_reason = first_word(a, m->ended_reason,
		    m->call.ended_reason, REASON_MAX_BYTES);
		return (read_status(a, raw, out, e));
	case VAPI_MESSAGE_REPORT:
		ev->ended_reason = first_word(a, m->ended_reason,
		    m->call.ended_reason, REASON_MAX_BYTES);
		ev->status = call_status_of_reason(ev->ended_reason);
		return (vapi_report_read(a, raw, ev, e));
	case VAPI_MESSAGE_REQUEST:
		read_numbers(a, m, out);
		return (ERR_OK);
	default:
		return (ERR_OK);
	}
}

enum err_code
vapi_message_read(struct arena *a, struct str body, struct vapi_message *out,
    struct err *e)
{
	struct vapi_raw raw;
	enum err_code code;

	memset(out, 0, sizeof(*out));
	code = vapi_raw_pick(a, body, &raw, e);
	read_head(a, &raw, out);
	return (code == ERR_OK ? read_values(a, &raw, out, e) : code);
}

enum err_code
vapi_message_arrival(const struct vapi_message *in, struct tenancy_arrival *r,
    struct err *e)
{
	memset(r, 0, sizeof(*r));
	r->call_sid = in->event.twilio_call_sid;
	r->from = in->caller.p != NULL ? in->caller : STR(PHONE_WITHHELD);
	r->to = in->line;
	r->forwarded_from = in->forwarded_from;
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

/* Do we fill this place, in a message of this kind? */
static bool
is_ours(const struct vapi_message *m, size_t place)
{
	return (m->kind != VAPI_MESSAGE_REQUEST &&
	    (place == VAPI_METADATA_CALL_OVERRIDES ||
		place == VAPI_METADATA_OVERRIDES));
}

enum err_code
vapi_message_owner(struct arena *a, const struct keyring *keys,
    struct vapi_message *m, struct metadata *owner, struct str *metadata_r,
    struct err *e)
{
	const struct json *found = NULL;
	struct json *ours;
	struct metadata one;
	enum err_code code;

	for (size_t i = 0; i < VAPI_METADATA_PLACES; i++) {
		const struct json *value = m->metadata[i];
		enum metadata_kind kind = metadata_kind(value);

		if (kind == METADATA_NONE)
			continue;
		if (kind == METADATA_UNSEALED && !is_ours(m, i)) {
			m->unsealed = true;
			continue;
		}
		if ((code = metadata_open(a, keys, value, &one, e)) != ERR_OK)
			return (code);
		if (found != NULL && !same_owner(owner, &one))
			return (err_set(e, ERR_DENIED,
			    "two different metadata in one message"));
		if (found == NULL) {
			*owner = one;
			found = value;
		}
	}
	if (found == NULL)
		return (err_set(e, ERR_ABSENT, "no sealed metadata came back"));
	ours = json_new_object(a);
	metadata_copy(found, ours);
	return (json_format(a, ours, metadata_r, e));
}
