/* call: every endedReason that Vapi publishes has the state we decided. */
#include "config.h"

#include "tenancy/call.h"
#include "tap.h"

static void
test_reasons(void)
{
	char line[512], name[600];
	FILE *f = open_data("vapi-ended-reasons.tsv");
	struct str row[2];
	int rows = 0;

	while (read_row(f, line, sizeof(line), row, 2) == 2) {
		rows++;
		(void)snprintf(name, sizeof(name), "%s is %s", row[0].p,
		    row[1].p);
		is_str(str_of(call_status_text(call_status_of_reason(row[0]))),
		    row[1].p, name);
	}
	(void)fclose(f);
	is_int(rows, 597, "all of them were read");
	is_int(call_status_of_reason(STR("a-reason-of-tomorrow")),
	    CALL_COMPLETED, "an unknown reason");
	is_int(call_status_of_reason(STR("customer-busy-too")), CALL_COMPLETED,
	    "a known word is matched whole");
	is_int(call_status_of_reason(STR("pipeline-error-of-tomorrow")),
	    CALL_FAILED, "a known beginning");
	is_int(call_status_of_reason(
		   STR("call.in-progress.error-configfault-of-tomorrow")),
	    CALL_FAILED, "and one of faults in the configuration");
	is_int(call_status_of_reason(STR_NONE), CALL_COMPLETED, "no reason");
}

static const struct {
	const char *status;
	const char *reason;
	enum call_status want;
} events[] = {
	{ "queued", NULL, CALL_INITIATED },
	{ "scheduled", NULL, CALL_INITIATED },
	{ "ringing", NULL, CALL_RINGING },
	{ "in-progress", NULL, CALL_IN_PROGRESS },
	{ "forwarding", NULL, CALL_FORWARDING },
	{ "ended", NULL, CALL_COMPLETED },
	{ "ended", "", CALL_COMPLETED },
	{ "ended", "customer-busy", CALL_BUSY },
	{ "ended", "assistant-not-found", CALL_FAILED },
	{ "ringing", "customer-busy", CALL_RINGING },
	{ "not-found", NULL, CALL_NONE },
	{ "Ended", NULL, CALL_NONE },
	{ "", NULL, CALL_NONE },
	{ NULL, NULL, CALL_NONE },
};

static void
test_status(void)
{
	size_t i;

	for (i = 0; i < sizeof(events) / sizeof(events[0]); i++)
		ok(call_status_of_vapi(str_of(events[i].status),
		       str_of(events[i].reason)) == events[i].want,
		    "event %zu", i);
	for (i = 0; i < CALL_STATUSES; i++)
		ok((call_status_text((enum call_status)i) != NULL) ==
			(i != CALL_NONE),
		    "status %zu has its text", i);
	ok(call_status_text((enum call_status)99) == NULL, "no such status");
}

static const struct {
	const char *word;
	enum call_status want;
} twilio_words[] = {
	{ "queued", CALL_INITIATED },
	{ "initiated", CALL_INITIATED },
	{ "ringing", CALL_RINGING },
	{ "in-progress", CALL_IN_PROGRESS },
	{ "completed", CALL_COMPLETED },
	{ "busy", CALL_BUSY },
	{ "failed", CALL_FAILED },
	{ "no-answer", CALL_NO_ANSWER },
	{ "canceled", CALL_CANCELED },
	{ "forwarding", CALL_NONE },
	{ "Completed", CALL_NONE },
	{ "", CALL_NONE },
	{ NULL, CALL_NONE },
};

static void
test_twilio(void)
{
	size_t i;

	for (i = 0; i < sizeof(twilio_words) / sizeof(twilio_words[0]); i++)
		is_int(call_status_of_twilio(str_of(twilio_words[i].word)),
		    twilio_words[i].want,
		    twilio_words[i].word == NULL ? "(none)" :
						   twilio_words[i].word);
}

int
main(void)
{
	test_reasons();
	test_twilio();
	test_status();
	return (done());
}
