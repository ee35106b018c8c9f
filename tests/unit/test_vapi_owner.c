/*
 * vapi_message_owner: the sealed owner is found in every place where it can
 * come back, and nothing that disagrees with it is overlooked.
 */
#include "config.h"

#include "tap.h"
#include "vapi_message.h"

#define KEY "k1:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
#define OTHER_KEY "k1:AQECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
#define CALL_ID "0190163d-8694-739b-aea5-966c26f8ad91"

static struct arena *arena;
static struct metadata_keys keys;

/* The metadata of a user's call, sealed with a key. */
static const char *
sealed(const char *setting, const char *user_id)
{
	const struct metadata m = { .user_id = str_of(user_id),
		.caller_phone_number = STR("+15551111111"),
		.assistant_phone_number = STR("+15559999999"),
		.call_id = STR(CALL_ID) };
	struct json *object = json_new_object(arena);
	struct metadata_keys k;
	struct str text = STR_NONE;
	struct err e = { 0 };

	if (metadata_keys_parse(setting, &k, &e) != ERR_OK ||
	    metadata_seal(arena, &k, &m, object, &e) != ERR_OK ||
	    json_format(arena, object, &text, &e) != ERR_OK)
		ok(false, "sealed: %s", e.text);
	return (text.p);
}

/* The owner in text, whose '@' stand for x and y in turn. */
static enum err_code
owner_of(const char *text, const char *x, const char *y, struct metadata *owner,
    struct str *metadata)
{
	const struct json *root = NULL;
	struct str rest = str_of(text), whole = STR_NONE;
	struct err e = { 0 };
	struct buf b;

	buf_init(&b, arena);
	buf_add(&b, str_cut(&rest, '@'));
	for (; rest.p != NULL; x = y) {
		buf_adds(&b, x);
		buf_add(&b, str_cut(&rest, '@'));
	}
	if (buf_done(&b, &whole, &e) != ERR_OK ||
	    json_parse(arena, whole, &root, &e) != ERR_OK)
		ok(false, "%s: %s", text, e.text);
	return (vapi_message_owner(arena, &keys, root, owner, metadata, &e));
}

#define PLACE_OVERRIDES "\"call\":{\"assistantOverrides\":{\"metadata\":@}}"
#define PLACE_CALL "\"call\":{\"metadata\":@}"
#define PLACE_ASSISTANT "\"assistant\":{\"metadata\":@}"
#define PLACE_CALL_ASSISTANT "\"call\":{\"assistant\":{\"metadata\":@}}"
#define PLACE_MESSAGE "\"metadata\":@"

static const char *const places[] = {
	"{\"message\":{" PLACE_OVERRIDES "}}",
	"{\"message\":{" PLACE_CALL "}}",
	"{\"message\":{" PLACE_ASSISTANT "}}",
	"{\"message\":{" PLACE_CALL_ASSISTANT "}}",
	"{\"message\":{" PLACE_MESSAGE "}}",
	"{\"message\":{\"type\":\"hang\"},\"metadata\":@}",
	"{" PLACE_OVERRIDES "}",
	"{" PLACE_CALL "}",
	"{" PLACE_ASSISTANT "}",
	"{" PLACE_CALL_ASSISTANT "}",
	"{" PLACE_MESSAGE "}",
};

#define PLACES (sizeof(places) / sizeof(places[0]))

/* In each place: what opens is the owner, what does not is refused. */
static void
test_places(void)
{
	const char *good = sealed(KEY, "user_a");
	struct metadata owner;
	struct str text = STR_NONE;

	for (size_t i = 0; i < PLACES; i++) {
		memset(&owner, 0, sizeof(owner));
		is_int(owner_of(places[i], good, NULL, &owner, &text), ERR_OK,
		    places[i]);
		is_str(owner.user_id, "user_a", "its owner");
		is_str(owner.call_id, CALL_ID, "its call");
		is_str(text, good, "its metadata");
		is_int(owner_of(places[i], sealed(OTHER_KEY, "user_a"), NULL,
			   &owner, &text),
		    ERR_DENIED, "sealed by somebody else");
		is_int(owner_of(places[i], "{\"user_id\":\"user_a\"}", NULL,
			   &owner, &text),
		    ERR_DENIED, "not sealed");
		is_int(owner_of(places[i], "[]", NULL, &owner, &text),
		    ERR_DENIED, "a list");
		is_int(owner_of(places[i], "\"x\"", NULL, &owner, &text),
		    ERR_DENIED, "a text");
		is_int(owner_of(places[i], "null", NULL, &owner, &text),
		    ERR_ABSENT, "null");
		is_int(owner_of(places[i], "{\"clinic\":\"x\"}", NULL, &owner,
			   &text),
		    ERR_ABSENT, "somebody else's names");
	}
}

static const char *const pairs[] = {
	"{\"message\":{" PLACE_OVERRIDES ",\"assistant\":{\"metadata\":@}}}",
	"{\"message\":{" PLACE_CALL "," PLACE_MESSAGE "}}",
	"{\"message\":{" PLACE_ASSISTANT "," PLACE_CALL "}}",
	"{\"message\":{\"call\":{\"metadata\":@,\"assistantOverrides\":"
	"{\"metadata\":@}}}}",
	"{\"message\":{" PLACE_MESSAGE "},\"metadata\":@}",
	"{" PLACE_CALL_ASSISTANT "," PLACE_MESSAGE "}",
};

/* Two that come back: in whichever order, they have to agree. */
static void
test_two(void)
{
	const char *a = sealed(KEY, "user_a"), *b = sealed(KEY, "user_b");
	struct metadata owner;
	struct str text = STR_NONE;

	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		is_int(owner_of(pairs[i], a, a, &owner, &text), ERR_OK,
		    "the same twice");
		is_str(owner.user_id, "user_a", "is the owner");
		is_int(owner_of(pairs[i], a, b, &owner, &text), ERR_DENIED,
		    "two that differ");
		is_int(owner_of(pairs[i], b, a, &owner, &text), ERR_DENIED,
		    "in the other order");
		is_int(owner_of(pairs[i], a, "{\"user_id\":\"user_b\"}", &owner,
			   &text),
		    ERR_DENIED, "one that is not sealed");
		is_int(owner_of(pairs[i], "{\"seal\":\"v1.k1.x\"}", a, &owner,
			   &text),
		    ERR_DENIED, "one whose seal is broken");
		is_int(owner_of(pairs[i], a, "7", &owner, &text), ERR_DENIED,
		    "one that is no object");
		is_int(owner_of(pairs[i], "{\"clinic\":\"x\"}", a, &owner,
			   &text),
		    ERR_OK, "another's names beside ours");
		is_str(owner.user_id, "user_a", "do not matter");
		is_int(owner_of(pairs[i], "null", "null", &owner, &text),
		    ERR_ABSENT, "none");
	}
}

/* Where nobody ever puts it, nobody looks. */
static void
test_elsewhere(void)
{
	static const char *const texts[] = {
		"{\"message\":{\"artifact\":{\"metadata\":@}}}",
		"{\"message\":{\"customer\":{\"metadata\":@}}}",
		"{\"message\":{\"Metadata\":@}}",
		"{\"message\":{\"call\":[{\"metadata\":@}]}}",
		"{\"message\":{\"call.metadata\":@}}",
	};
	const char *good = sealed(KEY, "user_a");
	struct metadata owner;
	struct str text = STR_NONE;
	size_t i;

	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		is_int(owner_of(texts[i], good, NULL, &owner, &text),
		    ERR_ABSENT, texts[i]);
}

int
main(void)
{
	if ((arena = arena_new(16 << 20)) == NULL ||
	    metadata_keys_parse(KEY, &keys, NULL) != ERR_OK)
		return (1);
	test_places();
	test_two();
	test_elsewhere();
	metadata_keys_wipe(&keys);
	arena_free(arena);
	return (done());
}
