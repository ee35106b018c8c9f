/*
 * vapi_webhook: decode, open the seal, apply, answer. Of a body that was
 * applied only what vapi_message took out of it is kept; one that belongs to
 * nobody is kept whole, encrypted.
 */
#include "config.h"

#include <string.h>

#include "clock.h"
#include "crypt.h"
#include "id.h"
#include "json.h"
#include "quarantine.h"
#include "tenancy.h"
#include "vapi.h"
#include "vapi_message.h"
#include "vapi_reply.h"
#include "vapi_request.h"

#define DB_MS 5000 /* Vapi waits 20 s; a large report takes its time */
#define SEAL_SPARE_BYTES ((size_t)64 * 1024)

static void
acknowledge(struct exchange *x)
{
	response_set(&x->resp, 200, "application/json", STR("{}"));
}

static enum err_code
digest_body(struct exchange *x, struct str *sha256_r, struct err *e)
{
	struct crypt_digest d;
	enum err_code code;
	char *copy;

	if ((code = crypt_digest(CRYPT_SHA256, x->req.body, &d, e)) != ERR_OK)
		return (code);
	if ((copy = arena_strndup(x->arena, (const char *)d.p, d.n)) == NULL)
		return (err_set(e, ERR_TOO_LARGE, "no memory"));
	*sha256_r = (struct str){ copy, d.n };
	return (ERR_OK);
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
	enum err_code code;

	if (a == NULL)
		return (err_set(e, ERR_TEMPORARY, "no memory"));
	if ((code = quarantine_seal(a, &x->app->keys, str_of(rec->id),
		 x->req.body, &rec->body, e)) == ERR_OK)
		code = tenancy_record_event(x->app->lanes, a, rec,
		    began + DB_MS, e);
	arena_free(a);
	x->db_ms += clock_mono_ms() - began;
	return (code == ERR_OK || code == ERR_UNCERTAIN ? code : ERR_TEMPORARY);
}

/* Keep what cannot be given to anybody where only the operator looks. */
static enum err_code
quarantine(struct exchange *x, const struct tenancy_event *ev,
    struct str reason, struct err *e)
{
	struct tenancy_record rec = { .provider = "vapi",
		.verdict = "quarantined",
		.reason = reason,
		.body_bytes = x->req.body.n };
	enum err_code code;

	if (ev != NULL) {
		rec.event_type = ev->type;
		rec.provider_call_id = ev->vapi_call_id;
		rec.twilio_call_sid = ev->twilio_call_sid;
	}
	if ((code = id_new(rec.id, e)) != ERR_OK ||
	    (code = digest_body(x, &rec.body_sha256, e)) != ERR_OK ||
	    (code = store_sealed(x, &rec, e)) != ERR_OK)
		return (code);
	x->outcome = "quarantined";
	(void)err_set(&x->trouble, ERR_DENIED, "quarantined: %.*s",
	    (int)reason.n, reason.p);
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
apply(struct exchange *x, struct vapi_message *m, struct err *e)
{
	struct tenancy_event *ev = &m->event;
	struct tenancy_applied applied;
	enum metrics_event what;
	int64_t began;
	enum err_code code;

	/* Only the older shape may leave out which call it is about. */
	if (ev->vapi_call_id.p == NULL && !m->flat)
		return (quarantine(x, ev, STR("no_call_id"), e));
	ev->body_bytes = x->req.body.n;
	if ((code = digest_body(x, &ev->body_sha256, e)) != ERR_OK)
		return (code);
	began = clock_mono_ms();
	code = tenancy_apply_event(x->app->lanes, x->arena, ev, began + DB_MS,
	    &applied, e);
	x->db_ms += clock_mono_ms() - began;
	if (code == ERR_INPUT || code == ERR_CONFLICT) {
		/* The database refuses it for good: sending again is no use. */
		x->trouble = *e;
		return (quarantine(x, ev, STR("refused_by_database"), e));
	}
	if (code != ERR_OK)
		return (code == ERR_UNCERTAIN ? code : ERR_TEMPORARY);
	if (str_is(applied.verdict, "quarantined"))
		return (quarantine(x, ev, applied.reason, e));
	x->tenant = applied.user_id;
	x->call = applied.call_id;
	what = metric_of(applied.verdict);
	x->outcome = outcome_of(what);
	metrics_message(x->app->metrics, what);
	acknowledge(x);
	return (ERR_OK);
}

/* Nothing to store: acknowledged, or declined in the shape it asks for. */
static enum err_code
decline(struct exchange *x, const struct vapi_message *m, struct err *e)
{
	struct str reply;
	enum err_code code;

	if ((code = vapi_reply_decline(x->arena, m->event.type, m->message,
		 &reply, e)) != ERR_OK)
		return (code);
	x->outcome = "acknowledged";
	metrics_message(x->app->metrics, METRICS_EVENT_ACKNOWLEDGED);
	response_set(&x->resp, 200, "application/json", reply);
	return (ERR_OK);
}

/* An owner that does not open: kept, and declined in the shape asked for. */
static enum err_code
quarantine_owner(struct exchange *x, const struct vapi_message *m,
    struct err *e)
{
	struct str reply;
	enum err_code code;

	code = quarantine(x, &m->event, STR("bad_metadata"), e);
	if (code != ERR_OK)
		return (code);
	if (m->kind == VAPI_MESSAGE_REQUEST)
		code = vapi_reply_refuse(x->arena,
		    str_of(x->app->settings.unavailable_sentence), NULL, &reply,
		    e);
	else
		code = vapi_reply_decline(x->arena, m->event.type, m->message,
		    &reply, e);
	if (code == ERR_OK)
		response_set(&x->resp, 200, "application/json", reply);
	return (code);
}

enum err_code
vapi_webhook(struct exchange *x, struct err *e)
{
	struct vapi_message m;
	struct metadata owner;
	const struct json *root;
	enum err_code code;

	if (json_parse(x->arena, x->req.body, &root, e) != ERR_OK)
		return (quarantine(x, NULL, STR("unreadable_json"), e));
	if ((code = vapi_message_read(x->arena, root, &m, e)) != ERR_OK) {
		if (code == ERR_INPUT)
			return (quarantine(x, NULL, STR("no_object"), e));
		if (code == ERR_TOO_LARGE)
			return (quarantine(x, &m.event, STR("too_large"), e));
		return (code);
	}
	code = vapi_message_owner(x->arena, &x->app->keys, root, &owner,
	    &m.event.metadata, e);
	if (code == ERR_DENIED)
		return (quarantine_owner(x, &m, e));
	if (code == ERR_TOO_LARGE)
		return (quarantine(x, &m.event, STR("too_large"), e));
	if (code != ERR_OK && code != ERR_ABSENT)
		return (code);
	if (code == ERR_OK)
		m.event.owner = &owner;
	if (m.kind == VAPI_MESSAGE_REQUEST)
		return (vapi_request_assistant(x, &m, e));
	if (m.kind == VAPI_MESSAGE_OTHER)
		return (decline(x, &m, e));
	return (apply(x, &m, e));
}
