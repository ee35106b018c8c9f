/*
 * vapi_webhook: file it, answer. Of a body that was applied only what
 * vapi_message took out of it is kept; one that belongs to nobody is kept
 * whole, encrypted.
 */
#include "config.h"

#include "base/clock.h"
#include "io/id.h"
#include "tenancy/quarantine.h"
#include "tenancy/tenancy.h"
#include "webhooks/vapi.h"
#include "vapi/vapi_filing.h"
#include "vapi/vapi_reply.h"
#include "webhooks/vapi_request.h"

#define DB_MS 5000 /* Vapi waits 20 s; a large report takes its time */
#define SEAL_SPARE_BYTES ((size_t)64 * 1024)

static void
acknowledge(struct exchange *x)
{
	response_set(&x->resp, 200, "application/json", STR("{}"));
}

/*
 * Seal the body and store the record, in memory of their own: reading a large
 * message may have used up the request's.
 */
static enum err_code
store_sealed(struct exchange *x, struct tenancy_record *rec, struct err *e)
{
	struct arena *a = arena_new(4 * x->req.body.n + SEAL_SPARE_BYTES);
	int64_t began = clock_mono_ms(), until = began + DB_MS;
	enum err_code code;

	if (x->until_ms != 0 && x->until_ms < until)
		until = x->until_ms;
	if (a == NULL)
		return (err_set(e, ERR_TEMPORARY, "no memory"));
	if ((code = quarantine_seal(a, &x->app->keys, str_of(rec->id),
		 x->req.body, &rec->body, e)) == ERR_OK)
		code = tenancy_record_event(x->app->lanes, a, rec, until, e);
	arena_free(a);
	x->db_ms += clock_mono_ms() - began;
	return (code == ERR_OK || code == ERR_UNCERTAIN ? code : ERR_TEMPORARY);
}

/*
 * Keep what cannot be given to anybody where only the operator looks. That a
 * status-update was the end is kept with it: such a call is over.
 */
static enum err_code
quarantine(struct exchange *x, const struct vapi_filing *f, struct err *e)
{
	const struct tenancy_event *ev = &f->message.event;
	struct tenancy_record rec = { .provider = "vapi",
		.event_type = ev->type,
		.provider_call_id = ev->vapi_call_id,
		.twilio_call_sid = ev->twilio_call_sid,
		.verdict = "quarantined",
		.reason = f->reason,
		.body_sha256 = ev->body_sha256,
		.body_bytes = x->req.body.n };
	enum err_code code;

	if (f->message.kind == VAPI_MESSAGE_STATUS &&
	    str_is(f->message.status_text, "ended"))
		rec.details = STR("{\"status\":\"ended\"}");
	if (rec.body_sha256.p == NULL &&
	    (code = vapi_filing_digest(x->arena, x->req.body, &rec.body_sha256,
		 e)) != ERR_OK)
		return (code);
	if ((code = id_new(rec.id, e)) != ERR_OK ||
	    (code = store_sealed(x, &rec, e)) != ERR_OK)
		return (code);
	x->outcome = "quarantined";
	(void)err_set(&x->trouble, ERR_DENIED, "quarantined: %.*s%s%s",
	    (int)f->reason.n, f->reason.p, f->why.text[0] == '\0' ? "" : ": ",
	    f->why.text);
	metrics_message(x->app->metrics, METRICS_EVENT_QUARANTINED);
	acknowledge(x);
	return (ERR_OK);
}

static enum metrics_event
metric_of(struct str verdict)
{
	if (str_is(verdict, "duplicate"))
		return (METRICS_EVENT_DUPLICATE);
	if (str_is(verdict, "stale"))
		return (METRICS_EVENT_STALE);
	return (METRICS_EVENT_ACCEPTED);
}

static const char *
outcome_of(enum metrics_event ev)
{
	return (ev == METRICS_EVENT_DUPLICATE ? "duplicate" :
		ev == METRICS_EVENT_STALE     ? "stale" :
						"accepted");
}

static enum err_code
applied(struct exchange *x, const struct vapi_filing *f)
{
	enum metrics_event what = metric_of(f->verdict);

	x->tenant = f->user_id;
	x->call = f->call_id;
	x->outcome = outcome_of(what);
	metrics_message(x->app->metrics, what);
	acknowledge(x);
	return (ERR_OK);
}

static enum err_code
say_decline(struct exchange *x, const struct vapi_message *m, struct err *e)
{
	struct str reply;
	enum err_code code;

	if ((code = vapi_reply_decline(x->arena, m->event.type, m->tool_calls,
		 &reply, e)) == ERR_OK)
		response_set(&x->resp, 200, "application/json", reply);
	return (code);
}

/* Nothing to store: acknowledged, or declined in the shape it asks for. */
static enum err_code
decline(struct exchange *x, const struct vapi_message *m, struct err *e)
{
	x->outcome = "acknowledged";
	metrics_message(x->app->metrics, METRICS_EVENT_ACKNOWLEDGED);
	return (say_decline(x, m, e));
}

/* An owner that does not open: kept, and declined in the shape asked for. */
static enum err_code
quarantine_owner(struct exchange *x, const struct vapi_filing *f, struct err *e)
{
	struct str reply;
	enum err_code code;

	if (f->message.kind == VAPI_MESSAGE_REQUEST)
		vapi_request_hurry(x);
	if ((code = quarantine(x, f, e)) != ERR_OK)
		return (code);
	if (f->message.kind != VAPI_MESSAGE_REQUEST)
		return (say_decline(x, &f->message, e));
	if ((code = vapi_reply_refuse(x->arena,
		 str_of(x->app->settings.unavailable_sentence), NULL, &reply,
		 e)) == ERR_OK)
		response_set(&x->resp, 200, "application/json", reply);
	return (code);
}

enum err_code
vapi_webhook(struct exchange *x, struct err *e)
{
	const struct vapi_filing_job job = { .lanes = x->app->lanes,
		.keys = &x->app->keys,
		.body = x->req.body,
		.most_ms = DB_MS };
	struct vapi_filing f;
	enum err_code code;

	code = vapi_filing_apply(x->arena, &job, &f, e);
	x->db_ms += f.db_ms;
	if (code != ERR_OK)
		return (code);
	metrics_message_type(x->app->metrics, f.message.type);
	if (str_is(f.reason, "bad_metadata"))
		return (quarantine_owner(x, &f, e));
	if (str_is(f.verdict, "quarantined"))
		return (quarantine(x, &f, e));
	if (f.verdict.p != NULL)
		return (applied(x, &f));
	if (f.message.kind == VAPI_MESSAGE_REQUEST)
		return (vapi_request_assistant(x, &f.message, e));
	return (decline(x, &f.message, e));
}
