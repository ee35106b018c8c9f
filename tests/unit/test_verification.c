/*
 * verification: digits are those of an attempt and of a key of ours, and no
 * others. The vectors were made by another program (Python's hmac).
 */
#include "config.h"

#include "tap.h"
#include "verification.h"

#define KEY1 "k1:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
#define KEY2 "k2:AQECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
#define ID "0190163d-8694-739b-aea5-966c26f8ad91"
#define OTHER "0190163d-8694-739b-aea5-966c26f8ad92"

static struct metadata_keys
keys_of(const char *setting)
{
	struct metadata_keys keys;
	struct err e = { 0 };

	if (metadata_keys_parse(setting, &keys, &e) != ERR_OK)
		ok(false, "keys: %s", e.text);
	return (keys);
}

static const char *
made(const char *setting, enum verification_secret what, const char *id)
{
	static char digits[VERIFICATION_DIGITS_SIZE];
	struct metadata_keys keys = keys_of(setting);

	if (verification_make(&keys, what, str_of(id), digits, NULL) != ERR_OK)
		return ("(none)");
	return (digits);
}

static bool
right(const char *setting, enum verification_secret what, const char *id,
    const char *digits)
{
	struct metadata_keys keys = keys_of(setting);
	bool is_right = true;

	if (verification_check(&keys, what, str_of(id), str_of(digits),
		&is_right, NULL) != ERR_OK)
		return (false);
	return (is_right);
}

static void
test_make(void)
{
	struct metadata_keys none = { 0 };
	char digits[VERIFICATION_DIGITS_SIZE];

	is_str(str_of(made(KEY1, VERIFICATION_CODE, ID)), "584285", "a code");
	is_str(str_of(made(KEY1, VERIFICATION_TONES, ID)), "91307744",
	    "its tones");
	is_str(str_of(made(KEY2, VERIFICATION_TONES, ID)), "02659306",
	    "zeros in front");
	is_str(str_of(made(KEY2 "," KEY1, VERIFICATION_CODE, ID)), "802512",
	    "the newest key makes");
	is_str(str_of(made(KEY1, VERIFICATION_CODE,
		   "0190163D-8694-739B-AEA5-966C26F8AD91")),
	    "584285", "an id in any case");
	is_str(str_of(made(KEY1, VERIFICATION_CODE, "1")), "(none)",
	    "no id, no code");
	is_int(verification_make(&none, VERIFICATION_CODE, STR(ID), digits,
		   NULL),
	    ERR_BUG, "no key, no code");
}

static void
test_code(void)
{
	ok(right(KEY1, VERIFICATION_CODE, ID, "584285"), "the right code");
	ok(right(KEY2 "," KEY1, VERIFICATION_CODE, ID, "584285"),
	    "any key checks");
	ok(!right(KEY2, VERIFICATION_CODE, ID, "584285"), "but a foreign one");
	ok(!right(KEY1, VERIFICATION_CODE, OTHER, "584285"),
	    "of another attempt");
	ok(!right(KEY1, VERIFICATION_CODE, ID, "584286"), "one digit off");
	ok(!right(KEY1, VERIFICATION_CODE, ID, "845285"),
	    "a code is not turned");
	ok(!right(KEY1, VERIFICATION_CODE, ID, "58428"), "too short");
	ok(!right(KEY1, VERIFICATION_CODE, ID, "5842850"), "too long");
	ok(!right(KEY1, VERIFICATION_CODE, ID, ""), "empty");
	ok(!right(KEY1, VERIFICATION_CODE, "1", "584285"), "no id");
	ok(!right(KEY1, VERIFICATION_TONES, ID, "584285"),
	    "a code is no tones");
}

static void
test_tones(void)
{
	char turned[VERIFICATION_DIGITS_SIZE];
	const char *tones = "91307744";
	int turns = 0;

	for (size_t i = 0; i < VERIFICATION_TONES_DIGITS; i++) {
		(void)snprintf(turned, sizeof(turned), "%s%.*s", tones + i,
		    (int)i, tones);
		turns += right(KEY1, VERIFICATION_TONES, ID, turned);
	}
	is_int(turns, VERIFICATION_TONES_DIGITS,
	    "who listens from the middle on hears them too");
	ok(right(KEY2 "," KEY1, VERIFICATION_TONES, ID, tones),
	    "any key checks");
	ok(!right(KEY1, VERIFICATION_TONES, ID, "44770319"), "not backwards");
	ok(!right(KEY1, VERIFICATION_TONES, ID, "9130774"), "not a part");
	ok(!right(KEY1, VERIFICATION_TONES, OTHER, tones),
	    "of another attempt");
}

int
main(void)
{
	test_make();
	test_code();
	test_tones();
	return (done());
}
