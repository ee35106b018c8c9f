/*
 * vapi_webhook: file it, answer. Of a body that was applied only what
 * vapi_message took out of it is kept; one that belongs to nobody is kept
 * whole, encrypted.
 */
#include "config.h"

#include "base/clock.h"
#include "base/log.h"
#include "io/id.h"
#include "spooling.h"
#include "tenancy/rest.h"
#include "tenancy/tenancy.h"
#include "webhooks/vapi.h"
#include "vapi/vapi_filing.h"
#include "vapi/vapi_reply.h"
#include "webhooks/vapi_request.h"

#define DB_MS 5000 /* without a spool; Vapi waits 20 s */
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
	int64_t began = clock_mono_ms();
	int64_t until = began + spooling_patience_ms(x, DB_MS);
	enum err_code code;

	if (x->until_ms != 0 && x->until_ms < until)
		until = x->until_ms;
	if (a == NULL)
		return (err_set(e, ERR_TEMPORARY, "no memory"));
	if ((code = rest_seal(a, &x->app->keys, REST_QUARANTINE,
		 str_of(rec->id), x->req.body, &rec->body, e)) == ERR_OK)
		code = tenancy_record_event(x->app->lanes, a, rec, until, e);
	arena_free(a);
	x->db_ms += clock_mono_ms() - began;
	return (code == ERR_OK || code == ERR_UNCERTAIN ? code : ERR_TEMPORARY);
}

/* Keep what cannot be given to anybody where only the operator looks. */
static enum err_code
quarantine(struct exchange *x, const struct vapi_filing *f, struct err *e)
{
	struct tenancy_record rec;
	enum err_code code;

	if ((code = vapi_filing_record(x->arena, f, x->req.body, &rec, e)) !=
		ERR_OK ||
	    (code = id_new(rec.id, e)) != ERR_OK ||
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

/* Vapi was to delete a call, and still has it. */
static void
tell_not_deleted(const struct exchange *x, const struct vapi_message *m)
{
	struct log_line line;

	log_begin(&line, LOG_LEVEL_WARN, "call_not_deleted");
	log_text(&line, "id", x->req.id);
	if (id_is_vapi(m->event.vapi_call_id))
		log_str(&line, "vapi_call", m->event.vapi_call_id);
	log_text(&line, "remedy", "delete it again at Vapi");
	log_end(&line);
}

/* Nothing to store: acknowledged, or declined in the shape it asks for. */
static enum err_code
decline(struct exchange *x, const struct vapi_message *m, struct err *e)
{
	if (str_is(m->event.type, "call.delete.failed"))
		tell_not_deleted(x, m);
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

/* The two that nobody else tells us again. */
static bool
is_kept_kind(enum vapi_message_kind kind)
{
	return (kind == VAPI_MESSAGE_STATUS || kind == VAPI_MESSAGE_REPORT);
}

/* Into the spool, as it came. */
static bool
keep(struct exchange *x, const struct vapi_message *m)
{
	if (!is_kept_kind(m->kind) ||
	    !spooling_keep(x, VAPI_FILING_KIND, x->req.body))
		return (false);
	metrics_message(x->app->metrics, METRICS_EVENT_SPOOLED);
	acknowledge(x);
	return (true);
}

/* While the database is known to be away, a message does not wait for it. */
static bool
keep_at_once(struct exchange *x)
{
	struct vapi_message m;

	if (!spooling_comes_first(x) ||
	    vapi_message_read(x->arena, x->req.body, &m, NULL) != ERR_OK ||
	    !keep(x, &m))
		return (false);
	metrics_message_type(x->app->metrics, m.type);
	return (true);
}

/* What was filed, or has to be answered otherwise. */
static enum err_code
conclude(struct exchange *x, const struct vapi_filing *f, struct err *e)
{
	metrics_message_type(x->app->metrics, f->message.type);
	if (str_is(f->reason, "bad_metadata"))
		return (quarantine_owner(x, f, e));
	if (str_is(f->verdict, "quarantined"))
		return (quarantine(x, f, e));
	if (f->verdict.p != NULL)
		return (applied(x, f));
	if (f->message.kind == VAPI_MESSAGE_REQUEST)
		return (vapi_request_assistant(x, &f->message, e));
	return (decline(x, &f->message, e));
}

enum err_code
vapi_webhook(struct exchange *x, struct err *e)
{
	const struct vapi_filing_job job = { .lanes = x->app->lanes,
		.keys = &x->app->keys,
		.body = x->req.body,
		.most_ms = spooling_patience_ms(x, DB_MS) };
	struct vapi_filing f;
	enum err_code code;

	if (keep_at_once(x))
		return (ERR_OK);
	code = vapi_filing_apply(x->arena, &job, &f, e);
	x->db_ms += f.db_ms;
	if (f.asked)
		spooling_answered(x);
	if (code == ERR_OK)
		code = conclude(x, &f, e);
	if ((code == ERR_TEMPORARY || code == ERR_UNCERTAIN) &&
	    is_kept_kind(f.message.kind)) {
		spooling_failed(x);
		if (keep(x, &f.message)) {
			x->trouble = *e;
			return (ERR_OK);
		}
	}
	return (code);
}
