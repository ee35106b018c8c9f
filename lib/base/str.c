/*
 * Slices and growing texts. Every reader stays within n; every writer keeps
 * room for the NUL that buf_done promises.
 */
#include "config.h"

#include <assert.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"

#define BUF_FIRST_BYTES 256
#define PLAIN_BLOCK_BYTES 16

struct str
str_of(const char *s)
{
	return (s == NULL ? STR_NONE : (struct str){ s, strlen(s) });
}

bool
str_eq(struct str a, struct str b)
{
	if (a.p == NULL || b.p == NULL)
		return (a.p == b.p);
	return (a.n == b.n && memcmp(a.p, b.p, a.n) == 0);
}

bool
str_is(struct str a, const char *b)
{
	return (str_eq(a, str_of(b)));
}

char
str_lower(char c)
{
	return ((char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c));
}

bool
str_is_nocase(struct str a, const char *b)
{
	size_t i;

	if (a.p == NULL || b == NULL)
		return (a.p == b);
	for (i = 0; i < a.n; i++)
		if (b[i] == '\0' || str_lower(a.p[i]) != str_lower(b[i]))
			return (false);
	return (b[i] == '\0');
}

bool
str_is_one_of(struct str a, const char *words)
{
	struct str rest = str_of(words);

	while (rest.p != NULL)
		if (str_eq(a, str_cut(&rest, '|')))
			return (true);
	return (false);
}

bool
str_starts(struct str s, const char *prefix)
{
	size_t n = strlen(prefix);

	return (s.p != NULL && s.n >= n && memcmp(s.p, prefix, n) == 0);
}

bool
str_holds(struct str s, const char *part)
{
	return (s.p != NULL && memmem(s.p, s.n, part, strlen(part)) != NULL);
}

bool
str_has_nul(struct str s)
{
	return (s.n > 0 && memchr(s.p, '\0', s.n) != NULL);
}

/* Bytes of the character that p begins with, 0 when it is no UTF-8. */
static size_t
utf8_length(const unsigned char *p, size_t n)
{
	unsigned char low = 0x80, high = 0xbf;
	size_t i, want;

	if (p[0] < 0x80)
		return (1);
	if (p[0] < 0xc2 || p[0] > 0xf4)
		return (0);
	want = p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : 4;
	if (n < want)
		return (0);
	/* The second byte rules out long forms, surrogates, over 10FFFF. */
	if (p[0] == 0xe0)
		low = 0xa0;
	else if (p[0] == 0xf0)
		low = 0x90;
	else if (p[0] == 0xed)
		high = 0x9f;
	else if (p[0] == 0xf4)
		high = 0x8f;
	if (p[1] < low || p[1] > high)
		return (0);
	for (i = 2; i < want; i++)
		if ((p[i] & 0xc0) != 0x80)
			return (0);
	return (want);
}

size_t
str_utf8_length(struct str s)
{
	return (s.n == 0 ? 0 : utf8_length((const unsigned char *)s.p, s.n));
}

size_t
str_unprintable(struct str s)
{
	const unsigned char *p = (const unsigned char *)s.p;
	size_t n = str_utf8_length(s);
	bool found = false;

	if (n == 0)
		return (s.n > 0 ? 1 : 0);
	if (n == 1)
		found = p[0] < 0x20 || p[0] == 0x7f;
	else if (n == 2)
		found = p[0] == 0xc2 && p[1] < 0xa0;
	else if (n == 3 && p[0] == 0xe2)
		found = (p[1] == 0x80 && p[2] >= 0xa8 && p[2] <= 0xae) ||
		    (p[1] == 0x81 && p[2] >= 0xa6 && p[2] <= 0xa9);
	return (found ? n : 0);
}

bool
str_is_utf8(struct str s)
{
	size_t n;

	while (s.n > 0) {
		if ((n = str_utf8_length(s)) == 0)
			return (false);
		s = str_skip(s, n);
	}
	return (true);
}

static bool
is_plain(unsigned char c)
{
	return (c >= 0x20 && c < 0x7f && c != '"' && c != '\\');
}

/* Without an early return, so that compilers can vectorize the loop. */
static bool
is_plain_block(const char *p)
{
	unsigned char all = 1;

	for (size_t i = 0; i < PLAIN_BLOCK_BYTES; i++)
		all &= is_plain((unsigned char)p[i]);
	return (all != 0);
}

size_t
str_plain(struct str s)
{
	size_t n = 0;

	while (s.n - n >= PLAIN_BLOCK_BYTES && is_plain_block(s.p + n))
		n += PLAIN_BLOCK_BYTES;
	while (n < s.n && is_plain((unsigned char)s.p[n]))
		n++;
	return (n);
}

size_t
str_find(struct str s, char c)
{
	const char *at = s.n > 0 ? memchr(s.p, c, s.n) : NULL;

	return (at == NULL ? s.n : (size_t)(at - s.p));
}

struct str
str_skip(struct str s, size_t n)
{
	if (s.p == NULL)
		return (s);
	if (n > s.n)
		n = s.n;
	return ((struct str){ s.p + n, s.n - n });
}

struct str
str_first(struct str s, size_t n)
{
	return ((struct str){ s.p, n < s.n ? n : s.n });
}

/* What stands in the set off both ends; a NUL is in none. */
static struct str
trim(struct str s, const char *set)
{
	while (s.n > 0 && s.p[0] != '\0' && strchr(set, s.p[0]) != NULL)
		s = str_skip(s, 1);
	while (s.n > 0 && s.p[s.n - 1] != '\0' &&
	    strchr(set, s.p[s.n - 1]) != NULL)
		s.n--;
	return (s);
}

struct str
str_trim(struct str s)
{
	return (trim(s, " \t"));
}

struct str
str_trim_lines(struct str s)
{
	return (trim(s, " \t\r\n"));
}

struct str
str_cut(struct str *rest, char c)
{
	size_t i = str_find(*rest, c);
	struct str head = str_first(*rest, i);

	*rest = i == rest->n ? STR_NONE : str_skip(*rest, i + 1);
	return (head);
}

char *
str_dup(struct arena *a, struct str s)
{
	return (arena_strndup(a, s.p, s.n));
}

enum err_code
str_parse_int(struct str s, int64_t min, int64_t max, int64_t *v_r,
    struct err *e)
{
	int64_t v = 0;
	size_t i;

	if (s.n == 0)
		return (err_set(e, ERR_INPUT, "a whole number is missing"));
	for (i = 0; i < s.n; i++) {
		if (s.p[i] < '0' || s.p[i] > '9')
			return (err_set(e, ERR_INPUT,
			    "not a whole number in decimal digits"));
		if (__builtin_mul_overflow(v, 10, &v) ||
		    __builtin_add_overflow(v, s.p[i] - '0', &v))
			return (err_set(e, ERR_INPUT, "number is over %" PRId64,
			    max));
	}
	if (v < min || v > max)
		return (err_set(e, ERR_INPUT,
		    "number is not within %" PRId64 "..%" PRId64, min, max));
	*v_r = v;
	return (ERR_OK);
}

uint64_t
str_hash(struct str s)
{
	uint64_t h = UINT64_C(14695981039346656037);
	size_t i;

	for (i = 0; i < s.n; i++) {
		h ^= (unsigned char)s.p[i];
		h *= UINT64_C(1099511628211);
	}
	return (h);
}

void
buf_init(struct buf *b, struct arena *a)
{
	*b = (struct buf){ .arena = a };
}

/* Make room for n more bytes and a NUL. */
static bool
buf_room(struct buf *b, size_t n)
{
	size_t size = b->size == 0 ? BUF_FIRST_BYTES : b->size;
	char *p;

	if (b->failed)
		return (false);
	if (n < b->size - b->n && b->size > 0)
		return (true);
	while (size - b->n <= n) {
		if (size > SIZE_MAX / 2) {
			b->failed = true;
			return (false);
		}
		size *= 2;
	}
	if ((p = arena_room(b->arena, size)) == NULL) {
		b->failed = true;
		return (false);
	}
	if (b->n > 0)
		memcpy(p, b->p, b->n);
	b->p = p;
	b->size = size;
	return (true);
}

void
buf_reserve(struct buf *b, size_t n)
{
	(void)buf_room(b, n);
}

void
buf_add(struct buf *b, struct str s)
{
	if (s.n == 0 || !buf_room(b, s.n))
		return;
	memcpy(b->p + b->n, s.p, s.n);
	b->n += s.n;
}

void
buf_adds(struct buf *b, const char *s)
{
	buf_add(b, str_of(s));
}

void
buf_addc(struct buf *b, char c)
{
	if (!buf_room(b, 1))
		return;
	b->p[b->n++] = c;
}

void
buf_addf(struct buf *b, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	assert(n >= 0);
	if (!buf_room(b, (size_t)n))
		return;
	va_start(ap, fmt);
	(void)vsnprintf(b->p + b->n, (size_t)n + 1, fmt, ap);
	va_end(ap);
	b->n += (size_t)n;
}

enum err_code
buf_done(struct buf *b, struct str *text_r, struct err *e)
{
	if (!buf_room(b, 0))
		return (err_set(e, ERR_TOO_LARGE,
		    "request needs more memory than its ceiling"));
	b->p[b->n] = '\0';
	*text_r = (struct str){ b->p, b->n };
	return (ERR_OK);
}
