/* id: our UUIDs are version 7 and in order of time; shapes are exact. */
#include "config.h"

#include "base/clock.h"
#include "io/id.h"
#include "tap.h"

#define HEX32 "0123456789abcdefABCDEF0123456789"

static const char *const uuids[] = {
	"0190163d-8694-739b-aea5-966c26f8ad91",
	"0190163D-8694-739B-AEA5-966C26F8AD91",
};

static const char *const no_uuids[] = {
	"",
	"0190163d-8694-739b-aea5-966c26f8ad9",
	"0190163d-8694-739b-aea5-966c26f8ad911",
	"0190163d_8694-739b-aea5-966c26f8ad91",
	"0190163d-8694-739b-aea5-966c26f8ad9g",
	"{190163d-8694-739b-aea5-966c26f8ad9}",
	"0190163d8694739baea5966c26f8ad910000",
};

static void
test_new(void)
{
	char a[ID_SIZE], b[ID_SIZE];
	int64_t from = clock_wall_ms(), ms, to;
	char hex[13];
	struct err e;

	is_int(id_new(a, &e), ERR_OK, "one");
	to = clock_wall_ms();
	clock_sleep_ms(2);
	is_int(id_new(b, &e), ERR_OK, "another");
	ok(id_is_uuid(str_of(a)) && strcmp(a, b) < 0, "in order of time");
	ok(a[14] == '7' && strchr("89ab", a[19]) != NULL,
	    "version 7, variant of the RFC");
	(void)snprintf(hex, sizeof(hex), "%.8s%.4s", a, a + 9);
	ms = (int64_t)strtoull(hex, NULL, 16);
	ok(ms >= from && ms <= to, "the time is in front");
	ok(strcmp(a + 15, b + 15) != 0, "the rest is random");
}

static void
test_uuid(void)
{
	size_t i;

	for (i = 0; i < sizeof(uuids) / sizeof(uuids[0]); i++)
		ok(id_is_uuid(str_of(uuids[i])), "%s", uuids[i]);
	for (i = 0; i < sizeof(no_uuids) / sizeof(no_uuids[0]); i++)
		ok(!id_is_uuid(str_of(no_uuids[i])), "not %s", no_uuids[i]);
	ok(!id_is_uuid(STR_NONE), "no value is none");
}

static void
test_shapes(void)
{
	ok(id_is_user(STR("user_2abC-9")) && id_is_user(STR(HEX32 HEX32)),
	    "users");
	ok(!id_is_user(STR("")) && !id_is_user(STR(HEX32 HEX32 "x")) &&
		!id_is_user(STR("a b")) && !id_is_user(STR("a.b")) &&
		!id_is_user(STR("a\0")) && !id_is_user(STR("\xc3\xa9")) &&
		!id_is_user(STR("a\n")),
	    "no users");
	ok(id_is_call_sid(STR("CA" HEX32)), "a CallSid");
	ok(!id_is_call_sid(STR("CA" HEX32 "0")) && !id_is_call_sid(STR("CA")) &&
		!id_is_call_sid(STR("ca" HEX32)) &&
		!id_is_call_sid(STR("CAg123456789abcdefABCDEF0123456789")),
	    "no CallSids");
	ok(id_is_vapi(STR("019b-x.y_Z")) && !id_is_vapi(STR("")) &&
		!id_is_vapi(STR("a/b")) && !id_is_vapi(STR(HEX32 HEX32 "x")),
	    "ids of Vapi");
}

int
main(void)
{
	test_new();
	test_uuid();
	test_shapes();
	return (done());
}
