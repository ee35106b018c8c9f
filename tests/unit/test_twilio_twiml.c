/* twilio_twiml: nothing of a caller or an operator can become markup. */
#include "config.h"

#include "tap.h"
#include "twilio/twilio_twiml.h"

#define XML "<?xml version=\"1.0\" encoding=\"UTF-8\"?>"

static struct arena *arena;

static void
test_own(void)
{
	struct phone number = { "+15551111111" };
	struct str text = STR_NONE;
	struct err e;

	is_str(twilio_twiml_reject(),
	    XML "<Response>"
		"<Reject reason=\"rejected\"/></Response>",
	    "a refusal");
	ok(twilio_twiml_say(arena, STR("Later & <soon>"), STR_NONE, NULL, &text,
	       &e) == ERR_OK,
	    "a sentence");
	is_str(text,
	    XML "<Response><Say>Later &amp; &lt;soon&gt;</Say>"
		"<Hangup/></Response>",
	    "and the end");
	ok(twilio_twiml_say(arena, STR("Later"), STR_NONE, &number, &text,
	       &e) == ERR_OK,
	    "a sentence");
	is_str(text,
	    XML "<Response><Say>Later</Say>"
		"<Dial>+15551111111</Dial></Response>",
	    "and a number");
	is_int(twilio_twiml_check(text, &e), ERR_OK, "ours would be passed on");
	ok(twilio_twiml_say(arena, STR_NONE, STR("es"), &number, &text, &e) ==
		ERR_OK,
	    "no sentence");
	is_str(text, XML "<Response><Dial>+15551111111</Dial></Response>",
	    "the number at once");
	is_int(twilio_twiml_check(twilio_twiml_reject(), &e), ERR_OK,
	    "all of ours");
}

static void
test_language(void)
{
	static const char *const words[][2] = { { "en-GB", "en-GB" },
		{ "ES-es", "es-ES" }, { "es", "es-MX" }, { "es-AR", "es-MX" },
		{ "fr-Latn-CA", "fr-FR" }, { "tlh", NULL }, { "xx", NULL },
		{ "e", NULL }, { "", NULL }, { "es\"/>", NULL } };
	struct str text, want;
	struct err e;
	struct buf b;

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		buf_init(&b, arena);
		buf_adds(&b, XML "<Response><Say");
		if (words[i][1] != NULL)
			buf_addf(&b, " language=\"%s\"", words[i][1]);
		buf_adds(&b, ">Hola</Say><Hangup/></Response>");
		if (buf_done(&b, &want, &e) != ERR_OK ||
		    twilio_twiml_say(arena, STR("Hola"), str_of(words[i][0]),
			NULL, &text, &e) != ERR_OK)
			text = STR_NONE;
		is_str(text, want.p, words[i][0]);
	}
}

static void
test_escape(void)
{
	struct str text = STR_NONE;
	struct buf b;

	buf_init(&b, arena);
	twilio_twiml_escape(&b,
	    STR("<a b=\"c\" d='e'>&amp;\x01\0\xff\n"
		"\xc3\xa9\xef\xbf\xbf"));
	ok(buf_done(&b, &text, NULL) == ERR_OK, "escaped");
	is_str(text,
	    "&lt;a b=&quot;c&quot; d=&apos;e&apos;&gt;&amp;amp;"
	    "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\n\xc3\xa9\xef\xbf\xbd",
	    "no markup, nothing that XML cannot hold");
}

static const char *const good[] = { "<Response/>",
	" \r\n\t<Response></Response>", XML "<Response><Connect/></Response>",
	"<!-- x --><Response>\xc3\xa9</Response>" };

static const char *const bad[] = { "", "  ", "hello", "hello <Response/>",
	"{\"a\":1}", "<html/>", "<response/>", "<Response>\xff</Response>",
	"<!DOCTYPE x><Response/>", "<!doctype x><Response/>",
	"<Response/><!ENTITY x \"y\">", "\xef\xbb\xbf<Response/>" };

static void
test_check(void)
{
	char *longer = arena_alloc(arena, TWILIO_TWIML_BYTES_MAX + 1);
	struct err e;
	size_t i;

	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		is_int(twilio_twiml_check(str_of(good[i]), &e), ERR_OK,
		    "passed on");
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ok(twilio_twiml_check(str_of(bad[i]), &e) == ERR_INPUT,
		    "refused: %zu", i);
	is_int(twilio_twiml_check(STR("<Response/>\0"), &e), ERR_INPUT,
	    "a NUL");
	is_int(twilio_twiml_check(STR_NONE, &e), ERR_INPUT, "nothing");
	if (!ok(longer != NULL, "a long one"))
		return;
	memset(longer, ' ', TWILIO_TWIML_BYTES_MAX + 1);
	memcpy(longer, "<Response/>", 11);
	is_int(twilio_twiml_check((struct str){ longer,
				      TWILIO_TWIML_BYTES_MAX },
		   &e),
	    ERR_OK, "64 KiB");
	is_int(twilio_twiml_check((struct str){ longer,
				      TWILIO_TWIML_BYTES_MAX + 1 },
		   &e),
	    ERR_INPUT, "a byte more");
}

int
main(void)
{
	if ((arena = arena_new(1 << 20)) == NULL)
		return (1);
	test_own();
	test_language();
	test_escape();
	test_check();
	arena_free(arena);
	return (done());
}
