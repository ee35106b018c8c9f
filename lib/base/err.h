/*
 * What went wrong, in the caller's hands: a code that decides what happens
 * next and a sentence for the operator's log. Knows no library and no
 * protocol; the mapping to HTTP is one table in err.c.
 */
#ifndef CALLWARD_ERR_H
#define CALLWARD_ERR_H

#define MUST_CHECK __attribute__((warn_unused_result))
#define PRINTF_LIKE(f, a) __attribute__((format(printf, f, a)))

enum err_code {
	ERR_OK = 0,
	ERR_INPUT,    /* what came from outside breaks a rule */
	ERR_AUTH,     /* nobody proved who sent it */
	ERR_DENIED,   /* proven, but not allowed */
	ERR_ABSENT,   /* looked, and it is not there */
	ERR_CONFLICT, /* disagrees with what is stored */
	ERR_TOO_LARGE,
	ERR_TEMPORARY, /* nothing was done; trying later may work */
	ERR_UNCERTAIN, /* it may have been done; ask before doing it again */
	ERR_BUG,       /* our own mistake */
	ERR_CODES
};

struct err {
	enum err_code code;
	char text[240];
};

/*
 * Fill *e and return code, so that a failure is one line:
 *     return (err_set(e, ERR_INPUT, "number is empty"));
 *
 * fmt  lower case, no full stop, naming the thing and the rule; never a
 *      secret, a body or a person's number. Cut at 239 bytes.
 * e    may be NULL when the caller wants the code alone
 */
enum err_code err_set(struct err *e, enum err_code code, const char *fmt, ...)
    PRINTF_LIKE(3, 4);

/* Put "prefix: " before the text that *e already has. */
void err_prefix(struct err *e, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* The HTTP status that answers this code; 500 for one that is unknown. */
int err_http_status(enum err_code code);

/* The name in logs and metrics, such as "absent". */
const char *err_name(enum err_code code);

#endif
