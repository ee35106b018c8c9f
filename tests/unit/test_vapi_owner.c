/*
 * vapi_message_owner: the sealed owner is found in every place where it can
 * come back, and nothing that disagrees with it is overlooked.
 */
#include "config.h"

#include "tap.h"
#include "vapi/vapi_message.h"

#define KEY "k1:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
#define OTHER_KEY "k1:AQECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
#define CALL_ID "0190163d-8694-739b-aea5-966c26f8ad91"

static struct arena *arena;
static struct keyring keys;

/* The metadata of a user's call, sealed with a key. */
static const char *
sealed(const char *setting, const char *user_id)
{
	const struct metadata m = { .user_id = str_of(user_id),
		.caller_phone_number = STR("+15551111111"),
		.assistant_phone_number = STR("+15559999999"),
		.call_id = STR(CALL_ID) };
	struct json *object = json_new_object(arena);
	struct keyring k;
	struct str text = STR_NONE;
	struct err e = { 0 };

	if (keyring_parse(setting, &k, &e) != ERR_OK ||
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
	struct str rest = str_of(text), whole = STR_NONE;
	struct vapi_message m;
	struct err e = { 0 };
	struct buf b;

	buf_init(&b, arena);
	buf_add(&b, str_cut(&rest, '@'));
	for (; rest.p != NULL; x = y) {
		buf_adds(&b, x);
		buf_add(&b, str_cut(&rest, '@'));
	}
	if (buf_done(&b, &whole, &e) != ERR_OK ||
	    vapi_message_read(arena, whole, &m, &e) != ERR_OK)
		ok(false, "%s: %s", text, e.text);
	return (vapi_message_owner(arena, &keys, &m, owner, metadata, &e));
}

#define PLACE_OVERRIDES "\"call\":{\"assistantOverrides\":{\"metadata\":@}}"
#define PLACE_OVERRIDES_OF_MESSAGE "\"assistantOverrides\":{\"metadata\":@}"
#define PLACE_CALL "\"call\":{\"metadata\":@}"
#define PLACE_ASSISTANT "\"assistant\":{\"metadata\":@}"
#define PLACE_CALL_ASSISTANT "\"call\":{\"assistant\":{\"metadata\":@}}"
#define PLACE_MESSAGE "\"metadata\":@"

/* ours: we fill it, so that what is not sealed there is a forgery. */
static const struct {
	const char *text;
	bool ours;
} places[] = {
	{ "{\"message\":{" PLACE_OVERRIDES "}}", true },
	{ "{\"message\":{" PLACE_OVERRIDES_OF_MESSAGE "}}", true },
	{ "{\"message\":{" PLACE_CALL "}}", false },
	{ "{\"message\":{" PLACE_ASSISTANT "}}", false },
	{ "{\"message\":{" PLACE_CALL_ASSISTANT "}}", false },
	{ "{\"message\":{" PLACE_MESSAGE "}}", false },
	{ "{\"message\":{\"type\":\"hang\"},\"metadata\":@}", false },
	{ "{\"message\":{\"type\":\"assistant-request\"," PLACE_OVERRIDES "}}",
	    false },
	{ "{" PLACE_OVERRIDES "}", true },
	{ "{" PLACE_CALL "}", false },
	{ "{" PLACE_ASSISTANT "}", false },
	{ "{" PLACE_CALL_ASSISTANT "}", false },
	{ "{" PLACE_MESSAGE "}", false },
};

#define PLACES (sizeof(places) / sizeof(places[0]))

/* What is not sealed. */
static const char *const unsealed[] = { "{\"user_id\":\"user_a\"}",
	"{\"user_id\":\"user_a\",\"seal\":\"wax\"}",
	"{\"call_id\":7,\"seal\":null}", "{\"seal\":{}}", "[]", "\"x\"", "7",
	"true" };

/* In each place: what opens is the owner, what does not is refused. */
static void
test_places(void)
{
	const char *good = sealed(KEY, "user_a");
	struct metadata owner;
	struct str text = STR_NONE;

	for (size_t i = 0; i < PLACES; i++) {
		const char *place = places[i].text;

		memset(&owner, 0, sizeof(owner));
		is_int(owner_of(place, good, NULL, &owner, &text), ERR_OK,
		    place);
		is_str(owner.user_id, "user_a", "its owner");
		is_str(owner.call_id, CALL_ID, "its call");
		is_str(text, good, "its metadata");
		is_int(owner_of(place, sealed(OTHER_KEY, "user_a"), NULL,
			   &owner, &text),
		    ERR_DENIED, "sealed by somebody else");
		is_int(owner_of(place, "{\"seal\":\"v1.\"}", NULL, &owner,
			   &text),
		    ERR_DENIED, "a seal and nothing under it");
		for (size_t j = 0; j < sizeof(unsealed) / sizeof(unsealed[0]);
		     j++)
			is_int(owner_of(place, unsealed[j], NULL, &owner,
				   &text),
			    places[i].ours ? ERR_DENIED : ERR_ABSENT,
			    unsealed[j]);
		is_int(owner_of(place, "null", NULL, &owner, &text), ERR_ABSENT,
		    "null");
		is_int(owner_of(place, "{\"clinic\":\"x\"}", NULL, &owner,
			   &text),
		    ERR_ABSENT, "somebody else's names");
	}
}

/* first, second: is the first, the second of the two a place of ours? */
static const struct {
	const char *text;
	bool first, second;
} pairs[] = {
	{ "{\"message\":{" PLACE_OVERRIDES ",\"assistant\":{\"metadata\":@}}}",
	    true, false },
	{ "{\"message\":{" PLACE_OVERRIDES "," PLACE_OVERRIDES_OF_MESSAGE "}}",
	    true, true },
	{ "{\"message\":{" PLACE_CALL "," PLACE_MESSAGE "}}", false, false },
	{ "{\"message\":{" PLACE_ASSISTANT "," PLACE_CALL "}}", false, false },
	{ "{\"message\":{\"call\":{\"metadata\":@,\"assistantOverrides\":"
	  "{\"metadata\":@}}}}",
	    false, true },
	{ "{\"message\":{" PLACE_MESSAGE "},\"metadata\":@}", false, false },
	{ "{" PLACE_CALL_ASSISTANT "," PLACE_MESSAGE "}", false, false },
};

/* Two that come back: in whichever order, they have to agree. */
static void
test_two(void)
{
	const char *a = sealed(KEY, "user_a"), *b = sealed(KEY, "user_b");
	struct metadata owner;
	struct str text = STR_NONE;

	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		const char *pair = pairs[i].text;

		is_int(owner_of(pair, a, a, &owner, &text), ERR_OK,
		    "the same twice");
		is_str(owner.user_id, "user_a", "is the owner");
		is_int(owner_of(pair, a, b, &owner, &text), ERR_DENIED,
		    "two that differ");
		is_int(owner_of(pair, b, a, &owner, &text), ERR_DENIED,
		    "in the other order");
		is_int(owner_of(pair, "{\"seal\":\"v1.k1.x\"}", a, &owner,
			   &text),
		    ERR_DENIED, "one whose seal is broken");
		for (size_t j = 0; j < sizeof(unsealed) / sizeof(unsealed[0]);
		     j++) {
			is_int(owner_of(pair, a, unsealed[j], &owner, &text),
			    pairs[i].second ? ERR_DENIED : ERR_OK,
			    "one that is not sealed behind it");
			is_int(owner_of(pair, unsealed[j], a, &owner, &text),
			    pairs[i].first ? ERR_DENIED : ERR_OK,
			    "and before it");
			if (!pairs[i].first)
				is_str(owner.user_id, "user_a",
				    "does not move the call");
		}
		is_int(owner_of(pair, "{\"clinic\":\"x\"}", a, &owner, &text),
		    ERR_OK, "another's names beside ours");
		is_str(owner.user_id, "user_a", "do not matter");
		is_int(owner_of(pair, "null", "null", &owner, &text),
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
	    keyring_parse(KEY, &keys, NULL) != ERR_OK)
		return (1);
	test_places();
	test_two();
	test_elsewhere();
	keyring_wipe(&keys);
	arena_free(arena);
	return (done());
}
