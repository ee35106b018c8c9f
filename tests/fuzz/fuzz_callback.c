/*
 * A server message: read, its owner looked for, and replied to. What is taken
 * over for the database is of the form that the database expects.
 */
#include "config.h"

#include <assert.h>

#include "fuzz.h"
#include "io/id.h"
#include "vapi/vapi_message.h"
#include "vapi/vapi_reply.h"

#define KEYS "k1:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="

static void
check_json(struct arena *a, struct str text)
{
	const struct json *root;

	if (text.p != NULL)
		assert(json_parse(a, text, &root, NULL) == ERR_OK);
}

static void
check_text(struct str text)
{
	assert(text.p == NULL || (str_is_utf8(text) && !str_has_nul(text)));
}

static void
check_event(struct arena *a, const struct tenancy_event *ev)
{
	assert(ev->vapi_call_id.p == NULL || id_is_vapi(ev->vapi_call_id));
	assert(ev->twilio_call_sid.p == NULL ||
	    id_is_call_sid(ev->twilio_call_sid));
	check_text(ev->type);
	check_text(ev->ended_reason);
	check_text(ev->transcript);
	check_text(ev->summary);
	check_json(a, ev->messages);
	check_json(a, ev->analysis);
	check_json(a, ev->structured_data);
	check_json(a, ev->told);
	assert((int)ev->status >= 0 && (int)ev->status < CALL_STATUSES);
}

static void
check_reply(struct arena *a, const struct vapi_message *m)
{
	struct tenancy_arrival in;
	struct str reply;
	enum err_code code;

	code =
	    vapi_reply_decline(a, m->event.type, m->tool_calls, &reply, NULL);
	assert(code == ERR_OK || code == ERR_TOO_LARGE);
	if (code == ERR_OK)
		check_json(a, reply);
	code = vapi_message_arrival(m, &in, NULL);
	assert(code == ERR_OK || code == ERR_INPUT);
	if (code != ERR_OK)
		return;
	check_text(in.from);
	check_text(in.to);
}

static void
check_owner(struct arena *a, struct vapi_message *m)
{
	struct keyring keys;
	struct metadata owner;
	struct str text;
	enum err_code code;

	code = keyring_parse(KEYS, &keys, NULL);
	assert(code == ERR_OK);
	code = vapi_message_owner(a, &keys, m, &owner, &text, NULL);
	if (code == ERR_OK) {
		assert(id_is_user(owner.user_id));
		check_json(a, text);
	} else
		assert(code == ERR_ABSENT || code == ERR_DENIED);
}

/* What JSON is strictly is JSON leniently, and comes out the same. */
static void
check_trees(struct arena *a, struct str input)
{
	const struct json *root, *again;
	struct str text, other;
	enum err_code code;

	if (json_parse(a, input, &root, NULL) != ERR_OK) {
		code = json_parse_lenient(a, input, &again, NULL);
		assert(code == ERR_OK || code == ERR_INPUT ||
		    code == ERR_TOO_LARGE);
		return;
	}
	code = json_format(a, root, &text, NULL);
	assert(code == ERR_OK);
	check_json(a, text);
	code = json_parse_lenient(a, input, &again, NULL);
	assert(code == ERR_OK);
	code = json_format(a, again, &other, NULL);
	assert(code == ERR_OK && str_eq(text, other));
}

/* Any bytes make a JSON text; a NUL makes one that we would not read. */
static void
check_quote(struct arena *a, struct str input)
{
	const struct json *root;
	struct str text;
	enum err_code code;
	struct buf b;

	buf_init(&b, a);
	json_quote(&b, input);
	code = buf_done(&b, &text, NULL);
	assert(code == ERR_OK);
	if (str_has_nul(input))
		return;
	code = json_parse(a, text, &root, NULL);
	assert(code == ERR_OK && json_is_string(root));
	assert(!str_is_utf8(input) || str_eq(json_str(root), input));
}

bool
fuzz_one(struct arena *a, struct str input)
{
	struct vapi_message m;
	enum err_code code;

	check_quote(a, input);
	check_trees(a, input);
	code = vapi_message_read(a, input, &m, NULL);
	assert(code == ERR_OK || code == ERR_INPUT || code == ERR_TOO_LARGE);
	check_event(a, &m.event);
	if (code != ERR_OK)
		return (false);
	check_owner(a, &m);
	check_reply(a, &m);
	return (m.kind != VAPI_MESSAGE_OTHER);
}
