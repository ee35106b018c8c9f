/*
 * Owns the one table that maps a code to an HTTP status, a title and a name.
 */
#include "config.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "err.h"

static const struct {
	int http_status;
	const char *title;
	const char *name;
} rows[ERR_CODES] = {
	[ERR_OK] = { 200, "OK", "ok" },
	[ERR_INPUT] = { 400, "Bad request", "input" },
	[ERR_AUTH] = { 401, "Unauthorized", "auth" },
	[ERR_DENIED] = { 403, "Forbidden", "denied" },
	[ERR_ABSENT] = { 404, "Not found", "absent" },
	[ERR_CONFLICT] = { 409, "Conflict", "conflict" },
	[ERR_TOO_LARGE] = { 413, "Content too large", "too_large" },
	[ERR_TEMPORARY] = { 503, "Service unavailable", "temporary" },
	[ERR_UNCERTAIN] = { 503, "Service unavailable", "uncertain" },
	[ERR_BUG] = { 500, "Internal error", "bug" },
};

enum err_code
err_set(struct err *e, enum err_code code, const char *fmt, ...)
{
	va_list ap;

	if (e == NULL)
		return (code);
	e->code = code;
	va_start(ap, fmt);
	(void)vsnprintf(e->text, sizeof(e->text), fmt, ap);
	va_end(ap);
	return (code);
}

void
err_prefix(struct err *e, const char *fmt, ...)
{
	char old[sizeof(e->text)], head[sizeof(e->text)];
	va_list ap;

	if (e == NULL)
		return;
	memcpy(old, e->text, sizeof(old));
	va_start(ap, fmt);
	(void)vsnprintf(head, sizeof(head), fmt, ap);
	va_end(ap);
	(void)snprintf(e->text, sizeof(e->text), "%.100s: %.137s", head, old);
}

int
err_http_status(enum err_code code)
{
	return ((unsigned)code < ERR_CODES ? rows[code].http_status : 500);
}

const char *
err_title(enum err_code code)
{
	return ((unsigned)code < ERR_CODES ? rows[code].title :
	    rows[ERR_BUG].title);
}

const char *
err_name(enum err_code code)
{
	return ((unsigned)code < ERR_CODES ? rows[code].name :
	    rows[ERR_BUG].name);
}
