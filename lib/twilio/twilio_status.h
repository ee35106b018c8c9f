/*
 * A status callback of Twilio's: what it says of a call, and how one is filed
 * that waited in the spool. Source: Twilio, "StatusCallback parameters".
 */
#ifndef CALLWARD_TWILIO_STATUS_H
#define CALLWARD_TWILIO_STATUS_H

#include "base/arena.h"
#include "base/err.h"
#include "io/form.h"
#include "base/str.h"
#include "tenancy/drain.h"
#include "tenancy/tenancy.h"

/* ERR_INPUT: CallSid, From or CallStatus is missing or malformed. */
enum err_code twilio_status_read(const struct form *,
    struct tenancy_status *status_r, struct err *e) MUST_CHECK;

/* Of a form, what twilio_status_read looks at, as a form body. */
enum err_code twilio_status_format(struct arena *, const struct form *,
    struct str *body_r, struct err *e) MUST_CHECK;

/* What the inbox says of one that is quarantined; its id is left out. */
void twilio_status_record(const struct tenancy_status *, struct str reason,
    size_t body_bytes, struct tenancy_record *rec_r);

/* Those that waited in the spool, as records of this kind. */
#define TWILIO_STATUS_KIND "twilio-status"
drain_file twilio_status_drain;

#endif
