/*
 * A scan over the text with a stack of open elements. Document types and
 * processing instructions are refused, as are entities beyond XML's five and
 * numbers.
 */
#include "config.h"

#include <string.h>

#include "twiml.h"

#define DEPTH_MAX 8
#define ATTRIBUTES_MAX 32

/* An element whose end has not come yet. */
struct open {
	struct twiml_element *element;
	struct twiml_element **next; /* where the one inside of it goes */
	struct buf text;
};

struct scan {
	struct arena *arena;
	struct str all;	 /* the document */
	struct str rest; /* what is not read yet */
	struct open open[DEPTH_MAX];
	size_t depth;
	bool closed; /* the root was */
	struct twiml_attribute attribute[ATTRIBUTES_MAX];
	size_t n; /* attributes of this element */
	struct twiml *twiml;
	struct err *e;
};

static const char *const verbs[] = { "Connect", "Dial", "Enqueue", "Gather",
	"Hangup", "Leave", "Pause", "Pay", "Play", "Prompt", "Record",
	"Redirect", "Refer", "Reject", "Say", "Sms", "Start", "Stop" };

static enum err_code
broken(struct scan *s, const char *rule)
{
	return (err_set(s->e, ERR_INPUT,
	    "12100 document parse failure at byte %zu: %s",
	    s->all.n - s->rest.n, rule));
}

static bool
is_space(char c)
{
	return (c == ' ' || c == '\t' || c == '\r' || c == '\n');
}

static bool
is_name(char c)
{
	return ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	    (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '.' ||
	    c == ':');
}

static bool
take(struct scan *s, const char *text)
{
	if (!str_starts(s->rest, text))
		return (false);
	s->rest = str_skip(s->rest, strlen(text));
	return (true);
}

static bool
skip_space(struct scan *s)
{
	size_t before = s->rest.n;

	while (s->rest.n > 0 && is_space(s->rest.p[0]))
		s->rest = str_skip(s->rest, 1);
	return (s->rest.n < before);
}

/* Skip to behind mark. */
static enum err_code
skip_past(struct scan *s, const char *mark)
{
	while (s->rest.n > 0) {
		if (take(s, mark))
			return (ERR_OK);
		s->rest = str_skip(s->rest, 1);
	}
	return (broken(s, "it ends in the middle"));
}

static enum err_code
read_name(struct scan *s, struct str *name_r)
{
	size_t n = 0;

	while (n < s->rest.n && is_name(s->rest.p[n]))
		n++;
	if (n == 0)
		return (broken(s, "a name is missing"));
	*name_r = str_first(s->rest, n);
	s->rest = str_skip(s->rest, n);
	return (ERR_OK);
}

/* A reference such as "&amp;", of which only ASCII is ever needed. */
static enum err_code
read_reference(struct scan *s, struct buf *out)
{
	static const struct {
		const char *name;
		char c;
	} known[] = { { "&amp;", '&' }, { "&lt;", '<' }, { "&gt;", '>' },
		{ "&quot;", '"' }, { "&apos;", '\'' }, { "&#39;", '\'' },
		{ "&#34;", '"' }, { "&#x27;", '\'' }, { "&#10;", '\n' } };

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (take(s, known[i].name)) {
			buf_addc(out, known[i].c);
			return (ERR_OK);
		}
	}
	return (broken(s, "a reference that TwiML does not know"));
}

/* Text up to the byte end, which stays; '<' has no place in it. */
static enum err_code
read_text(struct scan *s, char end, struct str *text_r)
{
	struct buf b;
	enum err_code c;

	buf_init(&b, s->arena);
	while (s->rest.n > 0 && s->rest.p[0] != end) {
		if (s->rest.p[0] == '&') {
			if ((c = read_reference(s, &b)) != ERR_OK)
				return (c);
		} else if (s->rest.p[0] == '<') {
			return (broken(s, "'<' in a value"));
		} else {
			buf_addc(&b, s->rest.p[0]);
			s->rest = str_skip(s->rest, 1);
		}
	}
	return (buf_done(&b, text_r, s->e));
}

static enum err_code
read_attribute(struct scan *s)
{
	struct twiml_attribute *a = &s->attribute[s->n];
	char quote;
	enum err_code c;

	if (s->n == ATTRIBUTES_MAX)
		return (broken(s, "too many attributes"));
	if ((c = read_name(s, &a->name)) != ERR_OK)
		return (c);
	for (size_t i = 0; i < s->n; i++)
		if (str_eq(s->attribute[i].name, a->name))
			return (broken(s, "an attribute is there twice"));
	(void)skip_space(s);
	if (!take(s, "="))
		return (broken(s, "'=' is missing"));
	(void)skip_space(s);
	quote = s->rest.n > 0 ? s->rest.p[0] : '\0';
	if (quote != '"' && quote != '\'')
		return (broken(s, "a value is not quoted"));
	s->rest = str_skip(s->rest, 1);
	if ((c = read_text(s, quote, &a->value)) != ERR_OK)
		return (c);
	if (s->rest.n == 0)
		return (broken(s, "a quote is not closed"));
	s->rest = str_skip(s->rest, 1);
	s->n++;
	return (ERR_OK);
}

static enum err_code
not_twiml(struct scan *s, const char *what, struct str name)
{
	return (err_set(s->e, ERR_INPUT, "12200 schema validation: %s <%.*s>",
	    what, (int)(name.n < 40 ? name.n : 40), name.p));
}

/* An element was opened: is it one that belongs here, and what does it say? */
static enum err_code
understand(struct scan *s, struct str name)
{
	size_t i = 0;

	if (s->depth == 0)
		return (str_is(name, "Response") ?
			ERR_OK :
			not_twiml(s, "the root is", name));
	if (s->depth == 1) {
		while (i < sizeof(verbs) / sizeof(verbs[0]) &&
		    !str_is(name, verbs[i]))
			i++;
		if (i == sizeof(verbs) / sizeof(verbs[0]))
			return (not_twiml(s, "there is no verb", name));
		return (ERR_OK);
	}
	if (!str_is(name, "Stream") ||
	    !str_is(s->open[1].element->name, "Connect"))
		return (ERR_OK);
	for (i = 0; i < s->n; i++)
		if (str_is(s->attribute[i].name, "url"))
			s->twiml->stream_url = s->attribute[i].value;
	return (s->twiml->stream_url.p != NULL ?
		ERR_OK :
		not_twiml(s, "url is missing in", name));
}

/* Put the element whose tag was read into the tree. */
static enum err_code
add_element(struct scan *s, struct str name, struct twiml_element **element_r)
{
	struct twiml_element *element = arena_alloc(s->arena, sizeof(*element));
	struct twiml_attribute *attributes =
	    arena_alloc(s->arena, (s->n + 1) * sizeof(*attributes));

	if (element == NULL || attributes == NULL)
		return (err_set(s->e, ERR_TOO_LARGE, "no memory"));
	memcpy(attributes, s->attribute, s->n * sizeof(*attributes));
	element->name = name;
	element->text = STR("");
	element->attributes = attributes;
	element->n = s->n;
	if (s->depth > 0) {
		*s->open[s->depth - 1].next = element;
		s->open[s->depth - 1].next = &element->next;
	}
	*element_r = element;
	return (ERR_OK);
}

/* After '<'. */
static enum err_code
read_open(struct scan *s)
{
	struct twiml_element *element = NULL;
	struct str name;
	enum err_code c;

	if (s->closed)
		return (broken(s, "something follows the root"));
	if (s->depth == DEPTH_MAX)
		return (broken(s, "elements are nested too deep"));
	if ((c = read_name(s, &name)) != ERR_OK)
		return (c);
	s->n = 0;
	while (skip_space(s) && !str_starts(s->rest, "/") &&
	    !str_starts(s->rest, ">")) {
		if ((c = read_attribute(s)) != ERR_OK)
			return (c);
	}
	if ((c = understand(s, name)) != ERR_OK ||
	    (c = add_element(s, name, &element)) != ERR_OK)
		return (c);
	if (take(s, "/>")) {
		s->closed = s->depth == 0;
		return (ERR_OK);
	}
	if (!take(s, ">"))
		return (broken(s, "'>' is missing"));
	s->open[s->depth].element = element;
	s->open[s->depth].next = &element->first;
	buf_init(&s->open[s->depth++].text, s->arena);
	return (ERR_OK);
}

/* After "</". */
static enum err_code
read_close(struct scan *s)
{
	struct twiml_element *element;
	struct str name;
	enum err_code c;

	if ((c = read_name(s, &name)) != ERR_OK)
		return (c);
	(void)skip_space(s);
	if (s->depth == 0 ||
	    !str_eq(name, s->open[s->depth - 1].element->name) || !take(s, ">"))
		return (broken(s, "a closing tag does not fit"));
	s->depth--;
	element = s->open[s->depth].element;
	c = buf_done(&s->open[s->depth].text, &element->text, s->e);
	element->text = str_trim_lines(element->text);
	s->closed = s->depth == 0;
	if (s->closed)
		s->twiml->first = element->first;
	return (c);
}

/* Text inside of an element, up to the next tag. */
static enum err_code
read_content(struct scan *s)
{
	struct buf *b = &s->open[s->depth - 1].text;
	struct str text = str_first(s->rest, str_find(s->rest, '<'));
	enum err_code c = ERR_OK;

	while (text.n > 0 && c == ERR_OK) {
		size_t plain = str_find(text, '&');

		buf_add(b, str_first(text, plain));
		s->rest = str_skip(s->rest, plain);
		if (plain < text.n)
			c = read_reference(s, b);
		text = str_first(s->rest, str_find(s->rest, '<'));
	}
	return (c);
}

static enum err_code
read_piece(struct scan *s)
{
	if (take(s, "<!--"))
		return (skip_past(s, "-->"));
	if (take(s, "</"))
		return (read_close(s));
	if (str_starts(s->rest, "<!") || str_starts(s->rest, "<?"))
		return (broken(s, "a declaration has no place here"));
	if (take(s, "<"))
		return (read_open(s));
	if (s->depth == 0)
		return (skip_space(s) ? ERR_OK :
					broken(s, "text outside of the root"));
	return (read_content(s));
}

enum err_code
twiml_read(struct arena *arena, struct str text, struct twiml *twiml_r,
    struct err *e)
{
	struct scan *s = arena_alloc(arena, sizeof(*s));
	enum err_code c;

	if (s == NULL)
		return (err_set(e, ERR_TOO_LARGE, "no memory"));
	memset(twiml_r, 0, sizeof(*twiml_r));
	if (text.n > TWIML_BYTES_MAX)
		return (err_set(e, ERR_INPUT, "11750 response body too large"));
	s->arena = arena;
	s->all = s->rest = text;
	s->twiml = twiml_r;
	s->e = e;
	if (!str_is_utf8(text) || str_has_nul(text))
		return (broken(s, "it is no UTF-8"));
	if (take(s, "<?xml ") && (c = skip_past(s, "?>")) != ERR_OK)
		return (c);
	while (s->rest.n > 0) {
		if ((c = read_piece(s)) != ERR_OK)
			return (c);
	}
	return (s->closed ? ERR_OK : broken(s, "it ends too early"));
}

struct str
twiml_attribute(const struct twiml_element *element, const char *name)
{
	for (size_t i = 0; i < element->n; i++)
		if (str_is(element->attributes[i].name, name))
			return (element->attributes[i].value);
	return (STR_NONE);
}
