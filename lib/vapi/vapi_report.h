/*
 * What an end-of-call-report says about a call, and how much of it is kept.
 * Serves vapi_message.c.
 */
#ifndef CALLWARD_VAPI_REPORT_H
#define CALLWARD_VAPI_REPORT_H

#include "base/arena.h"
#include "base/err.h"
#include "tenancy/tenancy.h"
#include "vapi/vapi_raw.h"

/*
 * Fill in what vapi_value.h lists. Kept are at most VAPI_REPORT_TEXT_BYTES a
 * text, VAPI_REPORT_TREE_BYTES each of analysis and structured data,
 * VAPI_REPORT_TURNS turns; event->details names what is over.
 *
 * ERR_INPUT: a value that is kept is no JSON; ERR_TOO_LARGE as json_raw_text.
 */
enum err_code vapi_report_read(struct arena *, const struct vapi_raw *,
    struct tenancy_event *ev, struct err *e) MUST_CHECK;

/*
 * The same of a status-update, which tells what is `early` in the table.
 * moment: the name of the time at which it came, or NULL. Same errors.
 */
enum err_code vapi_report_status(struct arena *, const struct vapi_raw *,
    const char *moment, struct tenancy_event *ev, struct err *e) MUST_CHECK;

#endif
