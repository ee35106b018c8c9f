/*
 * What a test says to the simulator and asks of it. No key is needed: the
 * simulator is for loopback.
 */
#ifndef CALLWARD_SIM_CONTROL_H
#define CALLWARD_SIM_CONTROL_H

#include "base/err.h"
#include "visit.h"

/* The plan in force; a PUT answers with the new one. */
enum err_code control_get_plan(struct visit *, struct err *e) MUST_CHECK;
enum err_code control_put_plan(struct visit *, struct err *e) MUST_CHECK;

/*
 * {"total":n,"data":[…]}: each POST /call as {at, id, status, request}, each
 * attempt of a message as {at, call_id, type, call_status, attempt, bytes,
 * status, error, ms}, each chat as it was answered; the newest ?limit=
 * (default 1000), oldest first, of call or chat ?id=.
 */
enum err_code control_calls(struct visit *, struct err *e) MUST_CHECK;
enum err_code control_chats(struct visit *, struct err *e) MUST_CHECK;
enum err_code control_callbacks(struct visit *, struct err *e) MUST_CHECK;

/* The bodies of all messages that call {} has or could have, not sent. */
enum err_code control_messages(struct visit *, struct err *e) MUST_CHECK;

/*
 * Telephones as struct telephone describes them, and what was heard at them.
 * A PUT says all of one; what it leaves out returns to its default.
 */
enum err_code control_phones(struct visit *, struct err *e) MUST_CHECK;
enum err_code control_get_phone(struct visit *, struct err *e) MUST_CHECK;
enum err_code control_put_phone(struct visit *, struct err *e) MUST_CHECK;

/*
 * What happens in calls at Twilio, as {at, call_sid, direction, event,
 * value}; ?limit= and ?id=, a CallSid, as above.
 */
enum err_code control_legs(struct visit *, struct err *e) MUST_CHECK;

enum err_code control_reset(struct visit *, struct err *e) MUST_CHECK;

#endif
