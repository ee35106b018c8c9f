/*
 * vapi_turns: what was said comes out as it was sent where anybody can read
 * that, and written anew where not; the transcript is made if asked for.
 */
#include "config.h"

#include "io/json.h"
#include "tap.h"
#include "vapi/vapi_turns.h"

#define BAD "\xef\xbf\xbd"

static struct arena *arena;

static const struct {
	const char *sent, *messages, *transcript;
} lists[] = {
	{ "[{\"role\":\"bot\",\"message\":\"Caf\\u00e9 \\/ \\\"x\\\"\"}]",
	    "[{\"role\":\"bot\",\"message\":\"Caf\\u00e9 \\/ \\\"x\\\"\"}]",
	    "AI: Caf\xc3\xa9 / \"x\"\n" },
	{ "[{\"message\":\"a\\u0000b\",\"role\":\"user\"}]",
	    "[{\"role\":\"user\",\"message\":\"a" BAD "b\"}]",
	    "User: a" BAD "b\n" },
	{ "[{\"role\":\"bot\",\"message\":\"\\ud83d \\q \xff\"}]",
	    "[{\"role\":\"bot\",\"message\":\"" BAD " " BAD " " BAD "\"}]",
	    "AI: " BAD " " BAD " " BAD "\n" },
	{ "[{\"role\":\"bot\",\"message\":\"a\tb\"}]",
	    "[{\"role\":\"bot\",\"message\":\"a\\tb\"}]", "AI: a\tb\n" },
	/* the first place that holds something, whatever stood before it */
	{ "[{\"role\":\"bot\",\"message\":\"\",\"content\":7,\"text\":\"x\"}]",
	    "[{\"role\":\"bot\",\"message\":\"x\"}]", "AI: x\n" },
	{ "[{\"role\":\"assistant\",\"content\":\"x\",\"time\":12.50,"
	  "\"secondsFromStart\":0.0e7,\"endTime\":1}]",
	    "[{\"role\":\"assistant\",\"message\":\"x\","
	    "\"secondsFromStart\":0,\"time\":12.50}]",
	    "AI: x\n" },
	{ "[{\"role\":\"user\",\"text\":\"x\",\"time\":1e999}, 7 ,null,"
	  "{\"role\":\"system\",\"message\":\"no\"},[{}],\"{\",{},"
	  "{\"role\":\"bot\",\"message\":\"y\"}]",
	    "[{\"role\":\"user\",\"message\":\"x\"},"
	    "{\"role\":\"bot\",\"message\":\"y\"}]",
	    "User: x\nAI: y\n" },
	{ "[{\"role\":\"bot\",\"message\":\"\"}]", NULL, NULL },
	{ "[]", NULL, NULL },
	{ "{\"role\":\"bot\",\"message\":\"x\"}", NULL, NULL },
};

static void
test_lists(void)
{
	const struct json *root;
	struct vapi_turns turns;
	struct err e = { 0 };

	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
		is_int(vapi_turns_read(arena, str_of(lists[i].sent), true,
			   &turns, &e),
		    ERR_OK, lists[i].sent);
		is_str(turns.messages, lists[i].messages, "what is kept");
		is_str(turns.transcript, lists[i].transcript, "its lines");
		ok(turns.messages.p == NULL ||
			json_parse(arena, turns.messages, &root, &e) == ERR_OK,
		    "strict JSON: %s", e.text);
		ok(!turns.over && !turns.transcript_over, "all of it");
		is_int(vapi_turns_read(arena, str_of(lists[i].sent), false,
			   &turns, &e),
		    ERR_OK, "the same without lines");
		is_str(turns.messages, lists[i].messages, "is the same");
		ok(turns.transcript.n == 0, "but for the lines");
	}
}

static void
test_faults(void)
{
	struct vapi_turns turns;
	struct err e = { 0 };

	is_int(vapi_turns_read(arena,
		   STR("[{\"role\":\"bot\",\"message\":nul}]"), false, &turns,
		   &e),
	    ERR_INPUT, "a word that is none where something is read");
	is_int(vapi_turns_read(arena, STR("[{\"role\":\"bot\",\"x\":nul}]"),
		   false, &turns, &e),
	    ERR_OK, "and where nothing is");
}

int
main(void)
{
	if ((arena = arena_new(1 << 20)) == NULL)
		return (1);
	test_lists();
	test_faults();
	arena_free(arena);
	return (done());
}
