/*
 * The table alone. A value that is added here is stored, answered by the API
 * and shown by the page (HACKING, "A report value").
 * Source: Vapi, server messages and Call; the older shapes as observed in real
 * messages.
 */
#include "config.h"

#include "tenancy/tenancy.h"
#include "vapi/vapi_value.h"

#define DATA                                                                   \
	"analysis.structuredData/ structuredData/ "                            \
	"analysis.structuredDataMulti/ "
#define OUTPUTS "artifact.structuredOutputs/"
#define MONO                                                                   \
	"artifact.recordingUrl artifact.recording.mono.combinedUrl "           \
	"artifact.recording.mono.url artifact.recording recordingUrl"

/* A column of its own; a member of calls.details; a member of the event. */
#define COLUMN(name, form, places, named)                                      \
	{                                                                      \
		name, VAPI_FORM_##form, VAPI_KEPT_COLUMN, places, named, 0,    \
		    false                                                      \
	}
#define DETAIL(name, form, places, named)                                      \
	{                                                                      \
		name, VAPI_FORM_##form, VAPI_KEPT_DETAIL, places, named, 0,    \
		    false                                                      \
	}
#define EARLY(name, form, places)                                              \
	{                                                                      \
		name, VAPI_FORM_##form, VAPI_KEPT_DETAIL, places, NULL, 0,     \
		    true                                                       \
	}
#define EVENT(member, form, places, named)                                     \
	{                                                                      \
#member, VAPI_FORM_##form, VAPI_KEPT_EVENT, places, named,     \
		    offsetof(struct tenancy_event, member), false              \
	}

/* Of two rows of one name the first that tells something counts. */
const struct vapi_value vapi_values[] = {
	COLUMN("started_at", TIME, "startedAt", NULL),
	COLUMN("ended_at", TIME, "endedAt", NULL),
	COLUMN("duration_seconds", SECONDS,
	    "durationSeconds durationMs:ms durationMinutes:min duration", NULL),
	COLUMN("recording_url", ADDRESS, MONO, NULL),
	COLUMN("success_evaluation", WORD,
	    "analysis.successEvaluation " OUTPUTS, "success|successevaluation"),
	COLUMN("cost_usd", COST, "cost costBreakdown.total costs", NULL),
	DETAIL("recording", SIGN, MONO " artifact.presignedMonoUrl", "mono"),
	DETAIL("recording", SIGN,
	    "artifact.stereoRecordingUrl artifact.recording.stereoUrl "
	    "stereoRecordingUrl artifact.presignedStereoUrl",
	    "stereo"),
	DETAIL("recording", SIGN,
	    "artifact.recording.mono.customerUrl "
	    "artifact.presignedCustomerUrl",
	    "customer"),
	DETAIL("recording", SIGN,
	    "artifact.recording.mono.assistantUrl "
	    "artifact.presignedAssistantUrl",
	    "assistant"),
	DETAIL("intent", INTENT, DATA OUTPUTS, "intent"),
	DETAIL("caller_name", PERSON, DATA OUTPUTS,
	    "callername|patientname|customername"),
	EARLY("forwarded_to", TARGET, "destination"),
	DETAIL("transfers", TRANSFERS, "artifact.transfers", NULL),
	/* Where nobody sent a transcript the messages make one. */
	EVENT(transcript, TEXT, "artifact.transcript transcript", NULL),
	EVENT(messages, TURNS,
	    "artifact.messages messages artifact.transcript transcript", NULL),
	EVENT(summary, TEXT, "analysis.summary summary " OUTPUTS,
	    "summary|callsummary"),
	EVENT(analysis, TREE, "analysis", NULL),
	EVENT(structured_data, TREE,
	    "analysis.structuredData structuredData " OUTPUTS, NULL),
};

const size_t vapi_values_n = sizeof(vapi_values) / sizeof(vapi_values[0]);

bool
vapi_place_next(struct str *places, struct vapi_place *place)
{
	struct str unit;

	if (places->p == NULL || places->n == 0)
		return (false);
	unit = str_cut(places, ' ');
	place->within = unit.n > 0 && unit.p[unit.n - 1] == '/';
	if (place->within)
		unit.n--;
	place->path = str_cut(&unit, ':');
	place->unit = unit;
	return (true);
}
