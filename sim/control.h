/*
 * What a test says to the simulator and asks of it. No key is needed: the
 * simulator is for loopback.
 */
#ifndef CALLWARD_SIM_CONTROL_H
#define CALLWARD_SIM_CONTROL_H

#include "err.h"
#include "visit.h"

/* The plan in force; a PUT answers with the new one. */
enum err_code control_get_plan(struct visit *, struct err *e) MUST_CHECK;
enum err_code control_put_plan(struct visit *, struct err *e) MUST_CHECK;

/*
 * {"total":n,"data":[…]}: each POST /call as {at, id, status, request}, each
 * attempt of a message as {at, call_id, type, call_status, attempt, bytes,
 * status, error, ms}; the newest ?limit= (default 1000), oldest first, of
 * call ?id=.
 */
enum err_code control_calls(struct visit *, struct err *e) MUST_CHECK;
enum err_code control_callbacks(struct visit *, struct err *e) MUST_CHECK;

/* The bodies of all messages that call {} has or could have, not sent. */
enum err_code control_messages(struct visit *, struct err *e) MUST_CHECK;

enum err_code control_reset(struct visit *, struct err *e) MUST_CHECK;

#endif
