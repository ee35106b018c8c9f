/*
 * Owns the one table that maps a code to an HTTP status and a name.
 */
#include "config.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/err.h"

static const struct {
	int http_status;
	const char *name;
} rows[ERR_CODES] = {
	[ERR_OK] = { 200, "ok" },
	[ERR_INPUT] = { 400, "input" },
	[ERR_AUTH] = { 401, "auth" },
	[ERR_DENIED] = { 403, "denied" },
	[ERR_ABSENT] = { 404, "absent" },
	[ERR_CONFLICT] = { 409, "conflict" },
	[ERR_TOO_LARGE] = { 413, "too_large" },
	[ERR_TEMPORARY] = { 503, "temporary" },
	[ERR_UNCERTAIN] = { 503, "uncertain" },
	[ERR_BUG] = { 500, "bug" },
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
err_name(enum err_code code)
{
	return (
	    (unsigned)code < ERR_CODES ? rows[code].name : rows[ERR_BUG].name);
}
