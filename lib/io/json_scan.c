/*
 * A reader that keeps nothing: it walks the text once and says whether two
 * readers could differ about it. Depth bounds its own recursion.
 * Source: RFC 8259 for the grammar, RFC 3629 for UTF-8, RFC 7493 (I-JSON) for
 * surrogates and numbers.
 */
#include "config.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "io/json.h"
#include "io/json_scan.h"

/* cJSON copies a number into 64 bytes and misreads what is longer. */
#define NUMBER_BYTES_MAX 63

struct scan {
	const char *p;
	const char *end;
	int depth;
	size_t nodes;
	const char *rule; /* the one that broke */
	enum err_code code;
};

static bool
refuse(struct scan *s, const char *rule)
{
	s->rule = rule;
	s->code = ERR_INPUT;
	return (false);
}

static void
skip_space(struct scan *s)
{
	while (s->p < s->end &&
	    (*s->p == ' ' || *s->p == '\t' || *s->p == '\n' || *s->p == '\r'))
		s->p++;
}

static bool
next_is(const struct scan *s, char c)
{
	return (s->p < s->end && *s->p == c);
}

static bool
is_digit(const struct scan *s)
{
	return (s->p < s->end && *s->p >= '0' && *s->p <= '9');
}

static bool
scan_word(struct scan *s, const char *word)
{
	size_t n = strlen(word);

	if ((size_t)(s->end - s->p) < n || memcmp(s->p, word, n) != 0)
		return (refuse(s, "a value is expected"));
	s->p += n;
	return (true);
}

static bool
scan_digits(struct scan *s)
{
	if (!is_digit(s))
		return (refuse(s, "a digit is expected"));
	while (is_digit(s))
		s->p++;
	return (true);
}

static bool
scan_number(struct scan *s)
{
	char text[NUMBER_BYTES_MAX + 1];
	const char *from = s->p;
	size_t n;

	if (next_is(s, '-'))
		s->p++;
	if (next_is(s, '0')) {
		s->p++;
		if (is_digit(s))
			return (refuse(s, "a number begins with 0"));
	} else if (!scan_digits(s))
		return (false);
	if (next_is(s, '.')) {
		s->p++;
		if (!scan_digits(s))
			return (false);
	}
	if (next_is(s, 'e') || next_is(s, 'E')) {
		s->p++;
		if (next_is(s, '+') || next_is(s, '-'))
			s->p++;
		if (!scan_digits(s))
			return (false);
	}
	n = (size_t)(s->p - from);
	if (n > NUMBER_BYTES_MAX)
		return (refuse(s, "a number has over 63 characters"));
	memcpy(text, from, n);
	text[n] = '\0';
	if (isinf(strtod(text, NULL)))
		return (refuse(s, "a number is out of range"));
	return (true);
}

/* Four hex digits; -1 when they are not there. */
static int
scan_hex4(struct scan *s)
{
	int v = 0, i;
	char c;

	if (s->end - s->p < 4)
		return (-1);
	for (i = 0; i < 4; i++) {
		c = *s->p++;
		if (c >= '0' && c <= '9')
			v = v * 16 + (c - '0');
		else if (c >= 'a' && c <= 'f')
			v = v * 16 + (c - 'a' + 10);
		else if (c >= 'A' && c <= 'F')
			v = v * 16 + (c - 'A' + 10);
		else
			return (-1);
	}
	return (v);
}

/* What follows a backslash. */
static bool
scan_escape(struct scan *s)
{
	int v;

	if (s->p == s->end || *s->p == '\0' ||
	    strchr("\"\\/bfnrtu", *s->p) == NULL)
		return (refuse(s, "an escape is unknown"));
	if (*s->p++ != 'u')
		return (true);
	if ((v = scan_hex4(s)) == -1)
		return (refuse(s, "four hex digits are expected"));
	if (v == 0)
		return (refuse(s, "a text holds \\u0000"));
	if (v < 0xd800 || v > 0xdfff)
		return (true);
	if (v < 0xdc00 && s->end - s->p >= 6 && s->p[0] == '\\' &&
	    s->p[1] == 'u') {
		s->p += 2;
		v = scan_hex4(s);
		if (v >= 0xdc00 && v <= 0xdfff)
			return (true);
	}
	return (refuse(s, "a surrogate stands alone"));
}

static bool
scan_string(struct scan *s)
{
	size_t n;

	if (!next_is(s, '"'))
		return (refuse(s, "a text in quotes is expected"));
	s->p++;
	for (;;) {
		/* Most of most texts: a byte that needs no more looks. */
		s->p +=
		    str_plain((struct str){ s->p, (size_t)(s->end - s->p) });
		if (s->p == s->end || *s->p == '"')
			break;
		if ((unsigned char)*s->p < 0x20)
			return (refuse(s, "a text holds a control character"));
		if (*s->p == '\\') {
			s->p++;
			if (!scan_escape(s))
				return (false);
			continue;
		}
		n = str_utf8_length(
		    (struct str){ s->p, (size_t)(s->end - s->p) });
		if (n == 0)
			return (refuse(s, "a text is not UTF-8"));
		s->p += n;
	}
	if (s->p == s->end)
		return (refuse(s, "a text has no end"));
	s->p++;
	return (true);
}

static bool scan_value(struct scan *);

/* The inside of an object or array, up to its closing mark. */
static bool
scan_members(struct scan *s, char close, bool named)
{
	s->p++;
	skip_space(s);
	if (next_is(s, close)) {
		s->p++;
		return (true);
	}
	for (;;) {
		skip_space(s);
		if (named) {
			if (!scan_string(s))
				return (false);
			skip_space(s);
			if (!next_is(s, ':'))
				return (refuse(s, "a colon is expected"));
			s->p++;
		}
		if (!scan_value(s))
			return (false);
		skip_space(s);
		if (next_is(s, close)) {
			s->p++;
			return (true);
		}
		if (!next_is(s, ','))
			return (refuse(s, "a comma is expected"));
		s->p++;
	}
}

static bool
scan_container(struct scan *s)
{
	bool ok;

	if (++s->depth > JSON_DEPTH_MAX) {
		(void)refuse(s, "it is too deep");
		s->code = ERR_TOO_LARGE;
		return (false);
	}
	ok = *s->p == '{' ? scan_members(s, '}', true) :
			    scan_members(s, ']', false);
	s->depth--;
	return (ok);
}

static bool
scan_value(struct scan *s)
{
	skip_space(s);
	if (s->p == s->end)
		return (refuse(s, "a value is expected"));
	if (++s->nodes > JSON_NODES_MAX) {
		(void)refuse(s, "it has too many values");
		s->code = ERR_TOO_LARGE;
		return (false);
	}
	switch (*s->p) {
	case '{':
	case '[':
		return (scan_container(s));
	case '"':
		return (scan_string(s));
	case 't':
		return (scan_word(s, "true"));
	case 'f':
		return (scan_word(s, "false"));
	case 'n':
		return (scan_word(s, "null"));
	default:
		return (next_is(s, '-') || is_digit(s) ?
			scan_number(s) :
			refuse(s, "a value is expected"));
	}
}

enum err_code
json_scan(struct str text, size_t *nodes_r, struct err *e)
{
	struct scan s = { .p = text.p, .end = text.p };
	bool ok;

	if (text.n > 0)
		s.end += text.n;
	ok = text.n > 0 ? scan_value(&s) : refuse(&s, "it is empty");
	if (ok) {
		skip_space(&s);
		if (s.p != s.end)
			ok = refuse(&s, "bytes follow the end");
	}
	if (!ok)
		return (err_set(e, s.code, "json: %s, at byte %zu", s.rule,
		    text.n - (size_t)(s.end - s.p)));
	*nodes_r = s.nodes;
	return (ERR_OK);
}
