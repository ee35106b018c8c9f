/*
 * Reading and filing a status callback, and its shortest form for the spool.
 */
#include "config.h"

#include <string.h>

#include "base/clock.h"
#include "twilio/twilio_form.h"
#include "twilio/twilio_status.h"

enum err_code
twilio_status_read(const struct form *f, struct tenancy_status *st,
    struct err *e)
{
	struct str seconds =
	    form_find(f, "CallDuration", TWILIO_FORM_VALUE_BYTES);
	enum err_code code;

	memset(st, 0, sizeof(*st));
	if ((code = twilio_form_value(f, "CallSid", &st->call_sid, e)) !=
		ERR_OK ||
	    (code = twilio_form_from(f, &st->from, e)) != ERR_OK)
		return (code);
	st->status = call_status_of_twilio(
	    form_find(f, "CallStatus", TWILIO_FORM_VALUE_BYTES));
	if (!id_is_call_sid(st->call_sid) || st->from.p == NULL ||
	    st->status == CALL_NONE)
		return (err_set(e, ERR_INPUT,
		    "CallSid, From or CallStatus is missing or malformed"));
	if (seconds.p == NULL ||
	    str_parse_int(seconds, 0, INT32_MAX, &st->duration_s, NULL) !=
		ERR_OK)
		st->duration_s = -1;
	return (ERR_OK);
}

enum err_code
twilio_status_format(struct arena *a, const struct form *f, struct str *body,
    struct err *e)
{
	static const char *const names[] = { "CallSid", "From", "CallStatus",
		"CallDuration" };
	struct str value;
	struct buf b;

	buf_init(&b, a);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (form_get(f, names[i], &value, NULL) == ERR_OK)
			form_add(&b, names[i], value);
	return (buf_done(&b, body, e));
}

void
twilio_status_record(const struct tenancy_status *st, struct str reason,
    size_t body_bytes, struct tenancy_record *rec)
{
	*rec = (struct tenancy_record){ .provider = "twilio",
		.event_type = STR("status"),
		.twilio_call_sid = st->call_sid,
		.verdict = "quarantined",
		.reason = reason,
		.body_bytes = body_bytes };
}

enum err_code
twilio_status_drain(struct arena *a, const struct drain_job *job,
    struct drain_filed *filed, struct err *e)
{
	struct tenancy_applied applied = { .verdict = STR("quarantined"),
		.reason = STR("refused_by_database") };
	struct tenancy_status st;
	enum err_code code;
	struct form f;

	if ((code = form_decode(a, job->body, &f, e)) != ERR_OK ||
	    (code = twilio_status_read(&f, &st, e)) != ERR_OK)
		return (code);
	st.received_ms = job->received_ms;
	code = tenancy_apply_status(job->lanes, a, &st,
	    clock_mono_ms() + job->most_ms, &applied, e);
	if (code != ERR_OK && code != ERR_INPUT && code != ERR_CONFLICT)
		return (code);
	filed->verdict = applied.verdict;
	filed->asked = true;
	twilio_status_record(&st, applied.reason, job->body.n, &filed->record);
	return (ERR_OK);
}
