/*
 * Text from outside is a slice that need not end in NUL; text that is built
 * grows in an arena. Knows bytes only: no locale, no character set but ASCII.
 */
#ifndef CALLWARD_STR_H
#define CALLWARD_STR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"

struct str {
	const char *p; /* NULL means: there is no value */
	size_t n;
};

#define STR(literal) ((struct str){ (literal), sizeof(literal) - 1 })
#define STR_NONE ((struct str){ NULL, 0 })

/* The bytes of s up to its NUL; STR_NONE for NULL. */
struct str str_of(const char *s);

char str_lower(char); /* ASCII; any other byte is itself */

bool str_eq(struct str a, struct str b); /* NULL equals NULL only */
bool str_is(struct str a, const char *b);
bool str_is_nocase(struct str a, const char *b);     /* ASCII */
bool str_is_one_of(struct str a, const char *words); /* of "a|b|c" */
bool str_starts(struct str s, const char *prefix);
bool str_holds(struct str s, const char *part);
bool str_has_nul(struct str s);
bool str_is_utf8(struct str s); /* RFC 3629; NUL bytes are allowed */

/* Bytes of the first character, 0 when it is no UTF-8 or there is none. */
size_t str_utf8_length(struct str s);

/*
 * Bytes at the front of s that must not be shown as they are; 0: its first
 * character may be, or there is none. A control, C1 included: a terminal may
 * obey it. U+2028 and U+2029: a reader may begin a line there. What turns the
 * direction of others (U+202A to U+202E, U+2066 to U+2069): a line reads as
 * another. A byte that is no UTF-8. Marks and joiners (U+200C to U+200F) are
 * part of names.
 */
size_t str_unprintable(struct str s);

/*
 * How many bytes at the front of s are printable ASCII and neither '"' nor
 * '\\': those that JSON never has to escape.
 */
size_t str_plain(struct str s);

/* Index of the first c, or s.n. */
size_t str_find(struct str s, char c);

/* s without its first n bytes (all of them when there are fewer). */
struct str str_skip(struct str s, size_t n);
struct str str_first(struct str s, size_t n);

/* Spaces and tabs off both ends. */
struct str str_trim(struct str s);

/* The same, and line ends. */
struct str str_trim_lines(struct str s);

/*
 * Cut *rest at the first c: the part before it is returned, *rest becomes what
 * follows. When there is no c, all of it is returned and *rest has no value.
 */
struct str str_cut(struct str *rest, char c);

/* A copy that ends in NUL, in the arena; NULL past the ceiling. */
char *str_dup(struct arena *, struct str s) MUST_CHECK;

/*
 * Decimal digits only, no sign, no space, within min..max; otherwise
 * ERR_INPUT and *v_r unchanged.
 */
enum err_code str_parse_int(struct str s, int64_t min, int64_t max,
    int64_t *v_r, struct err *e) MUST_CHECK;

/* FNV-1a, for choosing a lane or a slot; not for anything secret. */
uint64_t str_hash(struct str s);

/*
 * A text that grows. Running out of memory is remembered and told once, by
 * buf_done; until then every call is harmless.
 */
struct buf {
	struct arena *arena;
	char *p;
	size_t n;
	size_t size;
	bool failed;
};

void buf_init(struct buf *, struct arena *);
/* About n bytes more will be added: make room for them at once. */
void buf_reserve(struct buf *, size_t n);
void buf_add(struct buf *, struct str);
void buf_adds(struct buf *, const char *);
void buf_addc(struct buf *, char);
void buf_addf(struct buf *, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* The text, ending in NUL (not counted), good until the arena's reset. */
enum err_code buf_done(struct buf *, struct str *text_r,
    struct err *e) MUST_CHECK;

#endif
