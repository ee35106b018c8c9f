/*
 * TwiML as text: the documents are so few and so small that they are written,
 * not built. Every outside value passes the escaper.
 */
#include "config.h"

#include <string.h>
#include <strings.h>

#include "twilio/twilio_twiml.h"

#define PROLOG "<?xml version=\"1.0\" encoding=\"UTF-8\"?>"

struct str
twilio_twiml_reject(void)
{
	return (STR(PROLOG "<Response><Reject reason=\"rejected\"/>"
			   "</Response>"));
}

/*
 * What <Say> speaks with its standard voices; of a language's accents the
 * first is for those that are not here.
 */
static const char *const spoken[] = { "en-US", "en-AU", "en-CA", "en-GB",
	"en-IN", "es-MX", "es-ES", "ca-ES", "da-DK", "de-DE", "fi-FI", "fr-FR",
	"fr-CA", "it-IT", "ja-JP", "ko-KR", "nb-NO", "nl-NL", "pl-PL", "pt-BR",
	"pt-PT", "ru-RU", "sv-SE", "zh-CN", "zh-HK", "zh-TW" };

#define PRIMARY 2 /* letters in front of the accent */

/* NULL: not spoken. */
static const char *
spoken_language(struct str wanted)
{
	const char *nearest = NULL;

	if (wanted.n < PRIMARY ||
	    (wanted.n > PRIMARY && wanted.p[PRIMARY] != '-'))
		return (NULL);
	for (size_t i = 0; i < sizeof(spoken) / sizeof(spoken[0]); i++) {
		if (strlen(spoken[i]) == wanted.n &&
		    strncasecmp(spoken[i], wanted.p, wanted.n) == 0)
			return (spoken[i]);
		if (nearest == NULL &&
		    strncasecmp(spoken[i], wanted.p, PRIMARY) == 0)
			nearest = spoken[i];
	}
	return (nearest);
}

enum err_code
twilio_twiml_say(struct arena *a, struct str sentence, struct str language,
    const struct phone *number, struct str *twiml_r, struct err *e)
{
	const char *accent = spoken_language(language);
	struct buf b;

	buf_init(&b, a);
	buf_adds(&b, PROLOG "<Response>");
	if (sentence.p != NULL) {
		if (accent != NULL)
			buf_addf(&b, "<Say language=\"%s\">", accent);
		else
			buf_adds(&b, "<Say>");
		twilio_twiml_escape(&b, sentence);
		buf_adds(&b, "</Say>");
	}
	if (number != NULL) {
		buf_adds(&b, "<Dial>");
		twilio_twiml_escape(&b, str_of(number->text));
		buf_adds(&b, "</Dial>");
	} else
		buf_adds(&b, "<Hangup/>");
	buf_adds(&b, "</Response>");
	return (buf_done(&b, twiml_r, e));
}

static bool
holds_nocase(struct str text, const char *what)
{
	size_t n = strlen(what);

	for (; text.n >= n; text = str_skip(text, 1))
		if (strncasecmp(text.p, what, n) == 0)
			return (true);
	return (false);
}

enum err_code
twilio_twiml_check(struct str text, struct err *e)
{
	struct str s = text;

	if (text.n > TWILIO_TWIML_BYTES_MAX)
		return (err_set(e, ERR_INPUT, "twiml is over %d bytes",
		    TWILIO_TWIML_BYTES_MAX));
	if (str_has_nul(text) || !str_is_utf8(text))
		return (
		    err_set(e, ERR_INPUT, "twiml is not UTF-8 without NUL"));
	while (s.n > 0 && strchr(" \t\r\n", s.p[0]) != NULL)
		s = str_skip(s, 1);
	if (s.n == 0 || s.p[0] != '<')
		return (err_set(e, ERR_INPUT, "twiml does not begin with '<'"));
	if (!str_holds(s, "<Response"))
		return (err_set(e, ERR_INPUT, "twiml has no <Response>"));
	if (holds_nocase(s, "<!DOCTYPE") || holds_nocase(s, "<!ENTITY"))
		return (err_set(e, ERR_INPUT, "twiml has a document type"));
	return (ERR_OK);
}

/* Characters that XML 1.0 does not have, even escaped. */
static bool
is_no_xml(struct str s, size_t length)
{
	return (length == 0 ||
	    ((unsigned char)s.p[0] < 0x20 && s.p[0] != '\t' && s.p[0] != '\n' &&
		s.p[0] != '\r') ||
	    (length == 3 && memcmp(s.p, "\xef\xbf\xbe", 3) == 0) ||
	    (length == 3 && memcmp(s.p, "\xef\xbf\xbf", 3) == 0));
}

void
twilio_twiml_escape(struct buf *b, struct str text)
{
	size_t n;

	for (; text.n > 0; text = str_skip(text, n == 0 ? 1 : n)) {
		n = str_utf8_length(text);
		if (is_no_xml(text, n))
			buf_adds(b, "\xef\xbf\xbd");
		else if (text.p[0] == '&')
			buf_adds(b, "&amp;");
		else if (text.p[0] == '<')
			buf_adds(b, "&lt;");
		else if (text.p[0] == '>')
			buf_adds(b, "&gt;");
		else if (text.p[0] == '"')
			buf_adds(b, "&quot;");
		else if (text.p[0] == '\'')
			buf_adds(b, "&apos;");
		else
			buf_add(b, str_first(text, n));
	}
}
