/*
 * What cannot be given to anybody is a verdict here, not an error: whoever
 * called keeps it apart, or leaves it there.
 */
#include "config.h"

#include <string.h>

#include "base/clock.h"
#include "io/crypt.h"
#include "vapi/vapi_filing.h"

static enum err_code
quarantine(struct vapi_filing *f, struct str reason)
{
	f->verdict = STR("quarantined");
	f->reason = reason;
	return (ERR_OK);
}

/* SHA-256 of a body, as the inbox keeps it. */
static enum err_code
digest(struct arena *a, struct str body, struct str *sha256_r, struct err *e)
{
	struct crypt_digest d;
	enum err_code code;
	char *copy;

	if ((code = crypt_digest(CRYPT_SHA256, body, &d, e)) != ERR_OK)
		return (code);
	if ((copy = arena_strndup(a, (const char *)d.p, d.n)) == NULL)
		return (err_set(e, ERR_TOO_LARGE, "no memory"));
	*sha256_r = (struct str){ copy, d.n };
	return (ERR_OK);
}

static enum err_code
apply(struct arena *a, const struct vapi_filing_job *job, struct vapi_filing *f,
    struct err *e)
{
	struct tenancy_event *ev = &f->message.event;
	int64_t began = clock_mono_ms();
	struct tenancy_applied applied;
	enum err_code code;

	ev->body_bytes = job->body.n;
	ev->line = job->line;
	ev->received_ms = job->received_ms;
	/* By it the line is known; of what is filed live nobody asks for it. */
	if (job->line.p != NULL &&
	    (code = digest(a, job->body, &ev->body_sha256, e)) != ERR_OK)
		return (code);
	code = tenancy_apply_event(job->lanes, a, ev, began + job->most_ms,
	    &applied, e);
	f->db_ms = clock_mono_ms() - began;
	f->asked = code == ERR_OK || code == ERR_INPUT || code == ERR_CONFLICT;
	if (code == ERR_TOO_LARGE) {
		f->why = *e;
		return (quarantine(f, STR("too_large")));
	}
	if (code == ERR_INPUT || code == ERR_CONFLICT) {
		/* For good: sending it again is no use. */
		f->why = *e;
		return (quarantine(f, STR("refused_by_database")));
	}
	if (code != ERR_OK)
		return (code == ERR_UNCERTAIN ? code : ERR_TEMPORARY);
	if (str_is(applied.reason, "unknown_call") && f->message.unsealed)
		applied.reason = STR("unsealed_metadata");
	f->verdict = applied.verdict;
	f->reason = applied.reason;
	f->user_id = applied.user_id;
	f->call_id = applied.call_id;
	return (ERR_OK);
}

enum err_code
vapi_filing_apply(struct arena *a, const struct vapi_filing_job *job,
    struct vapi_filing *f, struct err *e)
{
	struct vapi_message *m = &f->message;
	struct metadata owner;
	enum err_code code;

	memset(f, 0, sizeof(*f));
	code = vapi_message_read(a, job->body, m, &f->why);
	if (code != ERR_OK)
		return (quarantine(f,
		    code == ERR_INPUT ? STR("unreadable_json") :
					STR("too_large")));
	code = vapi_message_owner(a, job->keys, m, &owner, &m->event.metadata,
	    &f->why);
	if (code == ERR_DENIED)
		return (quarantine(f, STR("bad_metadata")));
	if (code == ERR_TOO_LARGE)
		return (quarantine(f, STR("too_large")));
	if (code != ERR_OK && code != ERR_ABSENT) {
		*e = f->why;
		return (code);
	}
	if (m->kind == VAPI_MESSAGE_REQUEST || m->kind == VAPI_MESSAGE_OTHER)
		return (ERR_OK);
	/* Only the older shape may leave out which call it is about. */
	if (m->event.vapi_call_id.p == NULL && !m->flat)
		return (quarantine(f, STR("no_call_id")));
	f->why.text[0] = '\0';
	m->event.owner = code == ERR_OK ? &owner : NULL;
	code = apply(a, job, f, e);
	m->event.owner = NULL;
	return (code);
}

enum err_code
vapi_filing_record(struct arena *a, const struct vapi_filing *f,
    struct str body, struct tenancy_record *rec, struct err *e)
{
	const struct tenancy_event *ev = &f->message.event;

	*rec = (struct tenancy_record){ .provider = "vapi",
		.event_type = ev->type,
		.provider_call_id = ev->vapi_call_id,
		.twilio_call_sid = ev->twilio_call_sid,
		.verdict = "quarantined",
		.reason = f->reason,
		.body_sha256 = ev->body_sha256,
		.body_bytes = body.n };
	/* That a status-update was the end: such a call is over. */
	if (f->message.kind == VAPI_MESSAGE_STATUS &&
	    str_is(f->message.status_text, "ended"))
		rec->details = STR("{\"status\":\"ended\"}");
	return (rec->body_sha256.p != NULL ?
		ERR_OK :
		digest(a, body, &rec->body_sha256, e));
}

enum err_code
vapi_filing_drain(struct arena *a, const struct drain_job *job,
    struct drain_filed *filed, struct err *e)
{
	const struct vapi_filing_job filing = { .lanes = job->lanes,
		.keys = job->keys,
		.body = job->body,
		.received_ms = job->received_ms,
		.most_ms = job->most_ms };
	struct vapi_filing f;
	enum err_code code;

	if ((code = vapi_filing_apply(a, &filing, &f, e)) != ERR_OK)
		return (code);
	filed->verdict = f.verdict;
	filed->asked = f.asked;
	return (vapi_filing_record(a, &f, job->body, &filed->record, e));
}
