/*
 * A report that comes again is recognized by the values that are stored, not by
 * how they were sent, nor by the address of a recording.
 */
#include "config.h"

#include "io/crypt.h"
#include "tap.h"
#include "vapi/vapi_digest.h"
#include "vapi/vapi_message.h"

#define CALL "\"call\":{\"id\":\"0b4f1f0a-7c1e-4d7c-9a3e-5c3d8e1f2a3b\"}"
#define TIMES                                                                  \
	"\"startedAt\":\"2026-01-01T00:00:00.000Z\","                          \
	"\"endedAt\":\"2026-01-01T00:01:00.000Z\""
#define SAID                                                                   \
	"\"artifact\":{\"transcript\":\"AI: Hello\\n\",\"messages\":["         \
	"{\"role\":\"bot\",\"message\":\"Hello\",\"time\":1}],"                \
	"\"recordingUrl\":\"https://r.example/1?signed=1\"}"
#define ANALYSIS "\"analysis\":{\"summary\":\"short\"}"
#define REPORT(members)                                                        \
	"{\"message\":{\"type\":\"end-of-call-report\"," members "}}"
#define WHOLE                                                                  \
	REPORT(CALL "," TIMES ",\"endedReason\":\"customer-ended-call\"," SAID \
		    "," ANALYSIS)

/*
 * The digest of this body. If it differs, the reader makes other values of the
 * same body than before: raise VAPI_DIGEST_VERSION, and write the new digest
 * here.
 */
#define OF_WHOLE "01c9c96fb01fdf186dcb9ae9187e56b71c"

static struct arena *arena;

/* In hex; "" for what has none. */
static struct str
digest_of(const char *body)
{
	struct vapi_message m;
	struct str hex = STR("");
	struct err e = { 0 };

	ok(vapi_message_read(arena, str_of(body), &m, &e) == ERR_OK,
	    "it can be read: %s", e.text);
	if (m.event.report_digest.p == NULL)
		return (STR(""));
	ok(m.event.report_digest.n == VAPI_DIGEST_BYTES &&
		m.event.report_digest.p[0] == VAPI_DIGEST_VERSION,
	    "its version is in front");
	if (crypt_hex(arena, m.event.report_digest, &hex, &e) != ERR_OK)
		ok(false, "%s", e.text);
	return (hex);
}

static const struct {
	const char *body, *why;
} same[] = {
	{ REPORT(ANALYSIS "," SAID ", " TIMES
			  ",\"endedReason\":\"customer-ended-call\"," CALL),
	    "in another order" },
	{ REPORT(CALL "," TIMES ",\"endedReason\":\"customer-ended-call\","
		      "\"artifact\":{\"transcript\":\"AI: Hello\\n\","
		      "\"messages\":[{\"role\":\"bot\",\"message\":\"Hello\","
		      "\"time\":1,\"endTime\":2}],\"recordingUrl\":"
		      "\"https://r.example/1?signed=2\"}," ANALYSIS
		      ",\"timestamp\":7"),
	    "an address that was signed anew, and what is not kept" },
};

static const struct {
	const char *body, *why;
} other[] = {
	{ REPORT(CALL "," TIMES ",\"endedReason\":\"silence-timed-out\"," SAID
		      "," ANALYSIS),
	    "another reason" },
	{ REPORT(CALL ",\"startedAt\":\"2026-01-01T00:00:00.000Z\","
		      "\"endedReason\":\"customer-ended-call\"," SAID
		      "," ANALYSIS),
	    "a time less" },
	{ REPORT(CALL "," TIMES ",\"endedReason\":\"customer-ended-call\","
		      "\"artifact\":{\"transcript\":\"AI: Hello\\n\","
		      "\"messages\":[{\"role\":\"bot\",\"message\":\"Hello\","
		      "\"time\":1}]}," ANALYSIS),
	    "no address at all" },
	{ REPORT(CALL
	      "," TIMES ",\"endedReason\":\"customer-ended-call\","
	      "\"artifact\":{\"transcript\":\"AI: Hello!\\n\","
	      "\"messages\":[{\"role\":\"bot\",\"message\":\"Hello\","
	      "\"time\":1}],\"recordingUrl\":\"https://r.example\"}," ANALYSIS),
	    "another transcript" },
	{ REPORT(CALL
	      "," TIMES ",\"endedReason\":\"customer-ended-call\","
	      "\"artifact\":{\"transcript\":\"AI: Hello\\n\","
	      "\"messages\":[{\"role\":\"user\",\"message\":\"Hello\","
	      "\"time\":1}],\"recordingUrl\":\"https://r.example\"}," ANALYSIS),
	    "another turn" },
	{ REPORT(CALL "," TIMES ",\"endedReason\":\"customer-ended-call\"," SAID
		      ",\"analysis\":{\"summary\":\"short\",\"x\":1}"),
	    "another analysis" },
	{ REPORT(CALL "," TIMES ",\"endedReason\":\"customer-ended-call\"," SAID
		      "," ANALYSIS ",\"cost\":1"),
	    "a cost" },
	{ REPORT("\"call\":{\"id\":\"another-call\"}," TIMES
		 ",\"endedReason\":\"customer-ended-call\"," SAID "," ANALYSIS),
	    "another call" },
};

int
main(void)
{
	struct str whole;

	if ((arena = arena_new(1 << 20)) == NULL)
		return (1);
	whole = digest_of(WHOLE);
	is_str(whole, OF_WHOLE, "what a known report is known by");
	for (size_t i = 0; i < sizeof(same) / sizeof(same[0]); i++)
		is_str(digest_of(same[i].body), OF_WHOLE, same[i].why);
	for (size_t i = 0; i < sizeof(other) / sizeof(other[0]); i++)
		ok(!str_eq(digest_of(other[i].body), whole), "%s",
		    other[i].why);
	is_str(digest_of("{\"message\":{\"type\":\"status-update\","
			 "\"status\":\"ended\"," CALL "}}"),
	    "", "a status-update has none");
	arena_free(arena);
	return (done());
}
