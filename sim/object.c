/*
 * Built from the request as it came and the script of the call's seed.
 */
#include "config.h"

#include <string.h>

#include "base/clock.h"
#include "object.h"
#include "plant.h"
#include "recording.h"

#define PRESIGNED_MS (30 * 60 * 1000)
#define PROMPT "You answer the telephone of a practice. Be brief and kind."

static const char *
status_text(enum store_status s)
{
	return (s == STORE_QUEUED      ? "queued" :
		s == STORE_IN_PROGRESS ? "in-progress" :
					 "ended");
}

/* "wss://HOST" of SIM_VAPI_URL, as TwiML needs it. */
static void
add_wss(struct buf *b, const struct sim *sim)
{
	struct str url = str_of(sim->settings.sim_vapi_url);

	buf_adds(b, "wss");
	buf_add(b, str_skip(url, str_find(url, ':')));
}

static enum err_code
add_details(const struct sim *sim, struct arena *arena,
    const struct store_call *call, struct json *object, struct err *e)
{
	struct json *details;
	struct str twiml;
	struct buf b;
	enum err_code c;

	buf_init(&b, arena);
	buf_adds(&b,
	    "<?xml version=\"1.0\" encoding=\"UTF-8\"?><Response>"
	    "<Connect><Stream url=\"");
	add_wss(&b, sim);
	buf_addf(&b,
	    "/stream/%s\"><Parameter name=\"callId\" value=\"%s\"/>"
	    "</Stream></Connect></Response>",
	    call->id, call->id);
	if ((c = buf_done(&b, &twiml, e)) != ERR_OK)
		return (c);
	details = json_add_object(object, "phoneCallProviderDetails");
	json_add_str(details, "twiml", twiml);
	return (ERR_OK);
}

static enum err_code
add_monitor(const struct sim *sim, struct arena *arena,
    const struct store_call *call, struct json *object, struct err *e)
{
	struct json *monitor;
	struct str listen, control;
	struct buf b;
	enum err_code c;

	buf_init(&b, arena);
	add_wss(&b, sim);
	buf_addf(&b, "/%s/listen", call->id);
	if ((c = buf_done(&b, &listen, e)) != ERR_OK)
		return (c);
	buf_init(&b, arena);
	buf_addf(&b, "%s/%s/control", sim->settings.sim_vapi_url, call->id);
	if ((c = buf_done(&b, &control, e)) != ERR_OK)
		return (c);
	monitor = json_add_object(object, "monitor");
	json_add_str(monitor, "listenUrl", listen);
	json_add_str(monitor, "controlUrl", control);
	return (ERR_OK);
}

static void
add_state(const struct store_call *call, enum object_view view,
    struct json *object)
{
	bool full = view == OBJECT_FULL;

	json_add_time(object, "createdAt", call->created_ms);
	json_add_time(object, "updatedAt",
	    full ? call->updated_ms : call->created_ms);
	json_add_str(object, "status",
	    str_of(full			   ? status_text(call->status) :
		    view == OBJECT_RINGING ? "ringing" :
					     "queued"));
	if (view == OBJECT_RINGING || (full && call->call_sid[0] != '\0'))
		json_add_str(object, "phoneCallProviderId",
		    str_of(call->call_sid));
	if (!full)
		return;
	if (call->started_ms != 0)
		json_add_time(object, "startedAt", call->started_ms);
	if (call->status == STORE_ENDED) {
		json_add_time(object, "endedAt", call->ended_ms);
		json_add_str(object, "endedReason", str_of(call->ended_reason));
	}
}

/* What was asked for; the bypass flag is no member of a call. */
static enum err_code
copy_members(struct arena *arena, const struct json *from, bool bare,
    struct json *object, struct err *e)
{
	for (const struct json *m = json_first(from); m != NULL;
	     m = json_next(m)) {
		const char *name = str_dup(arena, json_name(m));
		enum err_code c = ERR_OK;

		if (name == NULL)
			return (err_set(e, ERR_TOO_LARGE, "call is too large"));
		if (bare && strcmp(name, "assistantOverrides") == 0)
			c = copy_members(arena, m, true,
			    json_add_object(object, name), e);
		else if (strcmp(name, "phoneCallProviderBypassEnabled") != 0 &&
		    !(bare && strcmp(name, "metadata") == 0))
			json_add_copy(object, name, m);
		if (c != ERR_OK)
			return (c);
	}
	return (ERR_OK);
}

enum err_code
object_call(const struct sim *sim, struct arena *arena,
    const struct store_call *call, enum object_view view, struct json *object,
    struct err *e)
{
	const struct json *request;
	enum err_code c;

	if ((c = json_parse(arena, call->request, &request, e)) != ERR_OK)
		return (c);
	json_add_str(object, "id", str_of(call->id));
	json_add_str(object, "orgId", STR(OBJECT_ORG_ID));
	json_add_str(object, "type",
	    call->bypass ? STR("inboundPhoneCall") : STR("outboundPhoneCall"));
	add_state(call, view, object);
	json_add_str(object, "phoneCallProvider", STR("twilio"));
	json_add_str(object, "phoneCallTransport", STR("pstn"));
	if ((c = copy_members(arena, request, view == OBJECT_BARE, object,
		 e)) != ERR_OK)
		return (c);
	if (view == OBJECT_NEW && call->bypass &&
	    (c = add_details(sim, arena, call, object, e)) != ERR_OK)
		return (c);
	if ((c = add_monitor(sim, arena, call, object, e)) != ERR_OK)
		return (c);
	if (view == OBJECT_FULL && call->status == STORE_ENDED)
		return (object_outcome(sim, arena, call, "", object, e));
	json_add_number(object, "cost", 0);
	return (ERR_OK);
}

static void
add_said(struct json *list, const struct store_call *call,
    const struct script_turn *turn)
{
	struct json *o = json_push_object(list);

	json_add_str(o, "role", turn->user ? STR("user") : STR("bot"));
	json_add_str(o, "message", turn->text);
	json_add_number(o, "time", (double)(call->started_ms + turn->from_ms));
	json_add_number(o, "endTime", (double)(call->started_ms + turn->to_ms));
	json_add_number(o, "secondsFromStart", (double)turn->from_ms / 1000);
	json_add_number(o, "duration", (double)(turn->to_ms - turn->from_ms));
	if (!turn->user)
		json_add_str(o, "source", STR(""));
}

static void
add_messages(const struct store_call *call, const struct script *s,
    const char *canary, struct json *object)
{
	struct json *list = json_add_array(object, "messages"), *o;

	if (call->started_ms == 0)
		return;
	o = json_push_object(list);
	json_add_str(o, "role", STR("system"));
	json_add_str(o, "message", STR(PROMPT));
	json_add_number(o, "time", (double)call->started_ms);
	json_add_number(o, "secondsFromStart", 0);
	for (size_t i = 0; i < s->n; i++)
		add_said(list, call, &s->turns[i]);
	plant_messages(list, canary);
}

static void
add_openai(const struct store_call *call, const struct script *s,
    struct json *object)
{
	struct json *list = json_add_array(object, "messagesOpenAIFormatted");
	struct json *o;

	if (call->started_ms == 0)
		return;
	o = json_push_object(list);
	json_add_str(o, "role", STR("system"));
	json_add_str(o, "content", STR(PROMPT));
	for (size_t i = 0; i < s->n; i++) {
		o = json_push_object(list);
		json_add_str(o, "role",
		    s->turns[i].user ? STR("user") : STR("assistant"));
		json_add_str(o, "content", s->turns[i].text);
	}
}

void
object_conversation(const struct store_call *call, const struct script *s,
    const char *canary, struct json *object)
{
	add_messages(call, s, canary, object);
	add_openai(call, s, object);
}

static enum err_code
transcript_of(struct arena *arena, const struct store_call *call,
    const struct script *s, struct str *text_r, struct err *e)
{
	struct buf b;

	buf_init(&b, arena);
	for (size_t i = 0; i < s->n && call->started_ms != 0; i++) {
		buf_adds(&b, s->turns[i].user ? "User: " : "AI: ");
		buf_add(&b, s->turns[i].text);
		buf_addc(&b, '\n');
	}
	return (buf_done(&b, text_r, e));
}

static void
add_cost(const struct store_call *call, const struct script *s,
    struct json *object)
{
	double on = call->started_ms != 0 ? 1 : 0;
	struct json *o;

	json_add_number(object, "cost", on * s->total);
	o = json_add_object(object, "costBreakdown");
	json_add_number(o, "stt", on * s->stt);
	json_add_number(o, "llm", on * s->llm);
	json_add_number(o, "tts", on * s->tts);
	json_add_number(o, "vapi", on * s->vapi);
	json_add_number(o, "transport", on * s->transport);
	json_add_number(o, "total", on * s->total);
	(void)json_add_array(object, "costs");
}

static void
add_analysis(const struct store_call *call, const struct script *s,
    struct json *object)
{
	struct json *o = json_add_object(object, "analysis"), *data;

	if (call->started_ms == 0)
		return;
	json_add_str(o, "summary", s->summary);
	data = json_add_object(o, "structuredData");
	json_add_str(data, "patient_name", str_of(s->name));
	json_add_str(data, "reason", str_of(s->reason));
	json_add_str(data, "day", s->booked ? str_of(s->day) : STR_NONE);
	json_add_bool(data, "booked", s->booked);
	json_add_str(o, "successEvaluation",
	    s->booked ? STR("true") : STR("false"));
}

static enum err_code
add_recording(const struct sim *sim, struct arena *arena,
    const struct store_call *call, struct json *object, struct json *artifact,
    struct err *e)
{
	struct str mono, stereo, mono_link, stereo_link;
	struct json *recording;
	enum err_code c;

	if ((c = recording_url(sim, arena, call->id, false, &mono, e)) !=
		ERR_OK ||
	    (c = recording_url(sim, arena, call->id, true, &stereo, e)) !=
		ERR_OK ||
	    (c = recording_link(sim, arena, call->id, false, PRESIGNED_MS,
		 &mono_link, e)) != ERR_OK ||
	    (c = recording_link(sim, arena, call->id, true, PRESIGNED_MS,
		 &stereo_link, e)) != ERR_OK)
		return (c);
	json_add_str(object, "recordingUrl", mono);
	json_add_str(object, "stereoRecordingUrl", stereo);
	json_add_str(artifact, "recordingUrl", mono);
	json_add_str(artifact, "stereoRecordingUrl", stereo);
	recording = json_add_object(artifact, "recording");
	json_add_str(recording, "stereoUrl", stereo);
	json_add_str(json_add_object(recording, "mono"), "combinedUrl", mono);
	json_add_str(artifact, "presignedMonoUrl", mono_link);
	json_add_str(artifact, "presignedStereoUrl", stereo_link);
	json_add_time(artifact, "presignedUrlsExpiresAt",
	    clock_wall_ms() + PRESIGNED_MS);
	return (ERR_OK);
}

enum err_code
object_outcome(const struct sim *sim, struct arena *arena,
    const struct store_call *call, const char *canary, struct json *object,
    struct err *e)
{
	struct json *artifact;
	struct script script, *s = &script;
	struct str transcript;
	enum err_code c;

	if ((c = script_make(arena, call->seed, call->report_bytes, s, e)) !=
		ERR_OK ||
	    (c = transcript_of(arena, call, s, &transcript, e)) != ERR_OK)
		return (c);
	add_cost(call, s, object);
	add_analysis(call, s, object);
	json_add_str(object, "summary",
	    call->started_ms != 0 ? s->summary : STR(""));
	json_add_str(object, "transcript", transcript);
	add_messages(call, s, canary, object);
	artifact = json_add_object(object, "artifact");
	object_conversation(call, s, canary, artifact);
	json_add_str(artifact, "transcript", transcript);
	plant_artifact(artifact, canary);
	(void)json_add_object(artifact, "structuredOutputs");
	if (call->started_ms != 0)
		c = add_recording(sim, arena, call, object, artifact, e);
	return (c);
}
