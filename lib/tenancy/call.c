/*
 * The words of the providers, as tables. An endedReason is an open set: what
 * is known is matched whole first, then by its beginning, and anything else
 * ends a call as completed.
 */
#include "config.h"

#include "tenancy/call.h"

static const char *const texts[CALL_STATUSES] = {
	[CALL_INITIATED] = "initiated",
	[CALL_RINGING] = "ringing",
	[CALL_IN_PROGRESS] = "in-progress",
	[CALL_FORWARDING] = "forwarding",
	[CALL_COMPLETED] = "completed",
	[CALL_NO_ANSWER] = "no-answer",
	[CALL_BUSY] = "busy",
	[CALL_FAILED] = "failed",
	[CALL_CANCELED] = "canceled",
};

struct word {
	const char *text;
	enum call_status status;
};

static const struct word vapi_words[] = {
	{ "scheduled", CALL_INITIATED },
	{ "queued", CALL_INITIATED },
	{ "ringing", CALL_RINGING },
	{ "in-progress", CALL_IN_PROGRESS },
	{ "forwarding", CALL_FORWARDING },
};

static const struct word reasons[] = {
	/* not connected */
	{ "customer-busy", CALL_BUSY },
	{ "customer-did-not-answer", CALL_NO_ANSWER },
	{ "customer-did-not-give-microphone-permission", CALL_NO_ANSWER },
	{ "twilio-failed-to-connect-call", CALL_NO_ANSWER },
	{ "twilio-reported-customer-misdialed", CALL_NO_ANSWER },
	{ "vonage-failed-to-connect-call", CALL_NO_ANSWER },
	{ "vonage-rejected", CALL_NO_ANSWER },
	{ "phone-call-provider-bypass-enabled-but-no-call-received",
	    CALL_NO_ANSWER },
	{ "call.in-progress.error-sip-inbound-call-failed-to-connect",
	    CALL_NO_ANSWER },
	{ "call.in-progress.error-sip-outbound-call-failed-to-connect",
	    CALL_NO_ANSWER },
	{ "call.ringing.error-sip-inbound-call-failed-to-connect",
	    CALL_NO_ANSWER },
	{ "call.ringing.sip-inbound-caller-hungup-before-call-connect",
	    CALL_NO_ANSWER },
	/* configuration */
	{ "assistant-not-found", CALL_FAILED },
	{ "assistant-not-valid", CALL_FAILED },
	/* faults */
	{ "assistant-join-timed-out", CALL_FAILED },
	{ "worker-shutdown", CALL_FAILED },
	{ "phone-call-provider-closed-websocket", CALL_FAILED },
	/* deleted */
	{ "call-deleted", CALL_CANCELED },
	{ "scheduled-call-deleted", CALL_CANCELED },
};

static const struct word reason_beginnings[] = {
	/* configuration */
	{ "assistant-request-", CALL_FAILED },
	{ "call-start-error-", CALL_FAILED },
	{ "call.start.", CALL_FAILED },
	{ "call.in-progress.error-configfault-", CALL_FAILED },
	/* faults */
	{ "call.in-progress.error-vapifault-", CALL_FAILED },
	{ "call.in-progress.error-providerfault-", CALL_FAILED },
	{ "call.in-progress.error-pipeline-", CALL_FAILED },
	{ "pipeline-error-", CALL_FAILED },
};

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

const char *
call_status_text(enum call_status status)
{
	return ((unsigned)status < CALL_STATUSES ? texts[status] : NULL);
}

enum call_status
call_status_of_vapi(struct str status, struct str reason)
{
	size_t i;

	if (str_is(status, "ended"))
		return (call_status_of_reason(reason));
	for (i = 0; i < COUNT(vapi_words); i++)
		if (str_is(status, vapi_words[i].text))
			return (vapi_words[i].status);
	return (CALL_NONE);
}

enum call_status
call_status_of_twilio(struct str status)
{
	if (str_is(status, "queued"))
		return (CALL_INITIATED);
	/* All others of Twilio's words are the column's. */
	for (int i = CALL_INITIATED; i < CALL_STATUSES; i++)
		if (i != CALL_FORWARDING &&
		    str_is(status, call_status_text((enum call_status)i)))
			return ((enum call_status)i);
	return (CALL_NONE);
}

enum call_status
call_status_of_reason(struct str ended_reason)
{
	size_t i;

	for (i = 0; i < COUNT(reasons); i++)
		if (str_is(ended_reason, reasons[i].text))
			return (reasons[i].status);
	for (i = 0; i < COUNT(reason_beginnings); i++)
		if (str_starts(ended_reason, reason_beginnings[i].text))
			return (reason_beginnings[i].status);
	return (CALL_COMPLETED);
}
