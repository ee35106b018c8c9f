/*
 * Two steps: read_text finds the digits in what was typed, whatever stands
 * between them; then they are taken as an international number, or by the
 * clinic's dialling plan. No digit is made up: one is left out, or the country
 * code is put in front.
 */
#include "config.h"

#include <string.h>

#include "tenancy/phone_plan.h"
#include "tenancy/phone_typed.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define TYPED_MAX_BYTES 256
#define DIGITS_SIZE 32
#define EXTENSION_MAX 11
#define NOWHERE ((size_t)-1)

/* What was found in a text. */
struct found {
	char digits[DIGITS_SIZE];
	size_t n;
	size_t zero_at; /* digits before a "(0)"; NOWHERE: there is none */
	bool plus;
	bool altered; /* something was left out, or put in front */
};

static bool
is_digit(char c)
{
	return (c >= '0' && c <= '9');
}

static struct str
digits_of(const struct found *f)
{
	return ((struct str){ f->digits, f->n });
}

/* Text -------------------------------------------------------------------- */

/* Bytes of the separator that s begins with; 0: it is none. */
static size_t
separator(struct str s)
{
	static const char *const marks[] = { " ", "\t", "\r", "\n", "-", ".",
		"(", ")", "/", "[", "]", "_", "~", "\xc2\xa0", "\xc2\xad",
		"\xc2\xb7", "\xe3\x80\x80", "\xe2\x88\x92", "\xe2\x80\xaf",
		"\xe2\x81\x9f", "\xef\xbb\xbf", "\xef\xbc\x8d" };

	for (size_t i = 0; i < COUNT(marks); i++)
		if (str_starts(s, marks[i]))
			return (strlen(marks[i]));
	/* U+2000 to U+2015: blanks, joiners and marks of direction, dashes. */
	if (s.n >= 3 && str_starts(s, "\xe2\x80") &&
	    (unsigned char)s.p[2] <= 0x95)
		return (3);
	/* U+2022 and U+202A to U+202E; U+2060 to U+2069. */
	if (s.n >= 3 && str_starts(s, "\xe2\x80") &&
	    ((unsigned char)s.p[2] == 0xa2 ||
		((unsigned char)s.p[2] >= 0xaa &&
		    (unsigned char)s.p[2] <= 0xae)))
		return (3);
	if (s.n >= 3 && str_starts(s, "\xe2\x81") &&
	    (unsigned char)s.p[2] >= 0xa0 && (unsigned char)s.p[2] <= 0xa9)
		return (3);
	return (0);
}

static struct str
skip_separators(struct str s)
{
	size_t n;

	while ((n = separator(s)) > 0)
		s = str_skip(s, n);
	return (s);
}

static struct str
skip_digits(struct str s)
{
	while (s.n > 0 && is_digit(s.p[0]))
		s = str_skip(s, 1);
	return (s);
}

/* Is all of s an extension: a mark for it, and some digits? */
static bool
is_extension(struct str s)
{
	static const char *const marks[] = { "extension", "extensi\xc3\xb3n",
		"extn", "ext", "ex", "x", "#", "nebenstelle", "poste",
		"interno", "int", "anexo", "durchwahl", "dw", "toestel", "tst",
		",", ";ext=" };
	struct str rest, end;

	for (size_t i = 0; i < COUNT(marks); i++) {
		size_t n = strlen(marks[i]);

		if (!str_is_nocase(str_first(s, n), marks[i]))
			continue;
		rest = str_skip(s, n);
		while (str_starts(rest, ",") || str_starts(rest, ":"))
			rest = str_skip(rest, 1);
		rest = skip_separators(rest);
		end = skip_digits(rest);
		if (rest.n > end.n && rest.n - end.n <= EXTENSION_MAX &&
		    skip_separators(end).n == 0)
			return (true);
	}
	return (false);
}

static int
hex_value(char c)
{
	if (is_digit(c))
		return (c - '0');
	if (c >= 'A' && c <= 'F')
		return (c - 'A' + 10);
	return (c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1);
}

/* "%2B" is '+', in a URI. out has room for s.n bytes. */
static struct str
decode_uri(struct str s, char *out)
{
	size_t n = 0;

	for (size_t i = 0; i < s.n; i++) {
		int high = -1, low = -1;

		if (s.p[i] == '%' && i + 2 < s.n) {
			high = hex_value(s.p[i + 1]);
			low = hex_value(s.p[i + 2]);
		}
		if (high >= 0 && low >= 0) {
			out[n++] = (char)(high << 4 | low);
			i += 2;
		} else
			out[n++] = s.p[i];
	}
	return ((struct str){ out, n });
}

static bool
add_digit(struct found *f, char c)
{
	if (f->n == sizeof(f->digits))
		return (false);
	f->digits[f->n++] = c;
	return (true);
}

/*
 * The digit or '+' that s begins with, as ASCII, also where it is a wide one
 * (U+FF0B, U+FF10 to U+FF19); '\0': it is another character. *n_r: its bytes.
 */
static char
dialled(struct str s, size_t *n_r)
{
	*n_r = 1;
	if (is_digit(s.p[0]) || s.p[0] == '+')
		return (s.p[0]);
	if (s.n < 3 || !str_starts(s, "\xef\xbc"))
		return ('\0');
	*n_r = 3;
	if ((unsigned char)s.p[2] >= 0x90 && (unsigned char)s.p[2] <= 0x99)
		return ((char)('0' + (unsigned char)s.p[2] - 0x90));
	return ((unsigned char)s.p[2] == 0x8b ? '+' : '\0');
}

/* Digits and separators, at most one '+' in front, an extension behind. */
static bool
read_digits(struct str s, struct found *f)
{
	size_t skip;
	char c;

	while (s.n > 0) {
		if (str_starts(s, "(0)")) {
			if (f->zero_at != NOWHERE)
				return (false);
			f->zero_at = f->n;
		}
		if ((skip = separator(s)) > 0) {
			s = str_skip(s, skip);
			continue;
		}
		c = dialled(s, &skip);
		if (is_digit(c)) {
			if (!add_digit(f, c))
				return (false);
			s = str_skip(s, skip);
		} else if (c == '+' && f->n == 0 && !f->plus) {
			f->plus = true;
			s = str_skip(s, skip);
		} else if (f->n > 0 && is_extension(s)) {
			f->altered = true;
			return (true);
		} else
			return (false);
	}
	return (f->n > 0);
}

/* A local number of a "tel:" is part of the number that its context begins. */
static bool
put_context(struct str context, struct found *f)
{
	struct found whole = { .zero_at = NOWHERE };

	if (f->plus)
		return (true);
	if (!read_digits(context, &whole) || !whole.plus)
		return (false);
	for (size_t i = 0; i < f->n; i++)
		if (!add_digit(&whole, f->digits[i]))
			return (false);
	*f = whole;
	f->altered = true;
	return (true);
}

/* What follows "tel:". An extension is left out, the context put in front. */
static bool
read_uri(struct str s, struct found *f)
{
	static const char context[] = "phone-context=";
	char plain[TYPED_MAX_BYTES];
	struct str part;

	s = decode_uri(s, plain);
	while (str_starts(s, "/")) /* tel://, as some write it */
		s = str_skip(s, 1);
	part = str_cut(&s, ';');
	if (!read_digits(part, f))
		return (false);
	while (s.p != NULL) {
		part = str_cut(&s, ';');
		if (str_is_nocase(str_first(part, sizeof(context) - 1),
			context)) {
			if (!put_context(str_skip(part, sizeof(context) - 1),
				f))
				return (false);
		} else if (str_is_nocase(str_first(part, 4), "ext="))
			f->altered = true;
	}
	return (true);
}

static bool
read_text(struct str text, struct found *f)
{
	*f = (struct found){ .zero_at = NOWHERE };
	text = skip_separators(text);
	if (text.n > TYPED_MAX_BYTES)
		return (false);
	if (str_is_nocase(str_first(text, 4), "tel:"))
		return (read_uri(str_skip(text, 4), f));
	if (str_is_nocase(str_first(text, 4), "tel.")) {
		text = str_skip(text, 4);
		if (str_starts(text, ":"))
			text = str_skip(text, 1);
	}
	return (read_digits(text, f));
}

/* Numbers ----------------------------------------------------------------- */

static struct phone_typed
make(struct str code, struct str number, bool altered)
{
	struct phone_typed r = { .kind = PHONE_TYPED_NONE };
	char text[DIGITS_SIZE * 2];
	size_t n = 0;

	text[n++] = '+';
	memcpy(text + n, code.p, code.n);
	n += code.n;
	memcpy(text + n, number.p, number.n);
	n += number.n;
	if (phone_parse((struct str){ text, n }, &r.number, NULL) == ERR_OK)
		r.kind = altered ? PHONE_TYPED_DERIVED : PHONE_TYPED_WHOLE;
	return (r);
}

/*
 * Digits that begin with a country code; zero_at: how many stand before "(0)".
 * That zero, and a trunk digit behind the code, go where the plan says so.
 */
static struct phone_typed
read_international(struct str digits, size_t zero_at, bool altered)
{
	const struct phone_typed none = { .kind = PHONE_TYPED_NONE };
	const struct phone_plan *plan = phone_plan_of_digits(digits);
	struct str code, rest, number;

	if (plan == NULL)
		return (
		    zero_at != NOWHERE ? none : make(STR(""), digits, altered));
	code = phone_plan_code(plan);
	rest = str_skip(digits, code.n);
	number = phone_plan_abroad(plan, rest);
	if (zero_at != NOWHERE && (zero_at != code.n || number.p == NULL))
		return (none);
	if (number.p == NULL)
		number = rest;
	return (make(code, number,
	    altered || number.n < rest.n || zero_at != NOWHERE));
}

static struct phone_typed
read_at_home(const struct phone_plan *plan, const struct found *f)
{
	struct phone_typed r = { .kind = PHONE_TYPED_NONE };
	struct str digits = digits_of(f), number;
	size_t exit = phone_plan_exit(plan, digits);
	struct str code = phone_plan_code(plan);

	if (exit > 0)
		return (read_international(str_skip(digits, exit),
		    f->zero_at == NOWHERE || f->zero_at < exit ?
			f->zero_at :
			f->zero_at - exit,
		    true));
	number = phone_plan_national(plan, digits);
	if (number.p != NULL && (f->zero_at == NOWHERE || f->zero_at == 0))
		return (make(code, number, true));
	/* The country code, and the '+' forgotten. */
	if (!str_eq(str_first(digits, code.n), code) ||
	    phone_plan_abroad(plan, str_skip(digits, code.n)).p == NULL)
		return (r);
	return (read_international(digits, f->zero_at, true));
}

struct phone_typed
phone_typed_read(struct str text, struct str country)
{
	struct phone_typed r = { .kind = PHONE_TYPED_NONE };
	const struct phone_plan *plan;
	struct found f;

	if (!read_text(text, &f))
		return (r);
	if (f.plus)
		return (
		    read_international(digits_of(&f), f.zero_at, f.altered));
	if (f.n < PHONE_TYPED_END_MIN)
		return (r);
	if ((plan = phone_plan_of(country)) != NULL)
		return (read_at_home(plan, &f));
	r.kind = PHONE_TYPED_PLUS_NEEDED;
	return (r);
}

/* Ends of numbers --------------------------------------------------------- */

/* "2026-01-31", "31.1.2026", "1/31/26": no end of a number is typed so. */
static bool
is_date(struct str s)
{
	size_t n[3] = { 0 }, part = 0;
	char mark = '\0';

	for (s = str_trim(s); s.n > 0; s = str_skip(s, 1)) {
		if (is_digit(s.p[0])) {
			n[part]++;
			continue;
		}
		if ((s.p[0] != '-' && s.p[0] != '.' && s.p[0] != '/') ||
		    (mark != '\0' && s.p[0] != mark) || part == 2)
			return (false);
		mark = s.p[0];
		part++;
	}
	if (part != 2 || n[1] < 1 || n[1] > 2)
		return (false);
	return ((n[0] == 4 && n[2] >= 1 && n[2] <= 2) ||
	    (n[0] >= 1 && n[0] <= 2 && (n[2] == 2 || n[2] == 4)));
}

bool
phone_typed_end(struct str text, char digits_r[PHONE_SIZE])
{
	struct str digits;
	struct found f;

	if (is_date(text) || !read_text(text, &f) || f.plus ||
	    f.n < PHONE_TYPED_END_MIN || f.n > PHONE_TYPED_END_MAX)
		return (false);
	digits = digits_of(&f);
	/* Of "030 12..." the zero is the trunk's; "0123" may be an end. */
	while (digits.n > 6 && digits.p[0] == '0')
		digits = str_skip(digits, 1);
	memcpy(digits_r, digits.p, digits.n);
	digits_r[digits.n] = '\0';
	return (true);
}
