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

#define VAPI_REPORT_TEXT_BYTES ((size_t)4 * 1024 * 1024)
#define VAPI_REPORT_TREE_BYTES ((size_t)256 * 1024)
#define VAPI_REPORT_TURNS_BYTES ((size_t)16 * 1024 * 1024)
#define VAPI_REPORT_TURNS 5000

/*
 * Fill in times, texts, turns and figures of the event. Kept are at most
 * VAPI_REPORT_TEXT_BYTES a text, VAPI_REPORT_TREE_BYTES each of analysis and
 * structured data, VAPI_REPORT_TURNS turns; event->details names what is over.
 *
 * ERR_INPUT: a value that is kept is no JSON; ERR_TOO_LARGE as json_raw_text.
 */
enum err_code vapi_report_read(struct arena *, const struct vapi_raw_message *,
    struct tenancy_event *ev, struct err *e) MUST_CHECK;

#endif
