/*
 * Test Anything Protocol for one unit program: every check prints a line, the
 * plan comes last, done() is what main returns. Data files are read from
 * $SRCDIR/tests/data.
 */
#ifndef CALLWARD_TAP_H
#define CALLWARD_TAP_H

#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "wait.h"

static int tap_run, tap_failed;

/* One check; fmt is its name. */
__attribute__((format(printf, 2, 3), unused)) static bool
ok(bool passed, const char *fmt, ...)
{
	va_list ap;

	tap_failed += passed ? 0 : 1;
	printf("%sok %d - ", passed ? "" : "not ", ++tap_run);
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	putchar('\n');
	return (passed);
}

__attribute__((unused)) static bool
is_str(struct str got, const char *want, const char *name)
{
	bool passed = ok(str_is(got, want), "%s", name);

	if (!passed)
		printf("#  got: %.*s\n# want: %s\n",
		    got.p == NULL ? 6 : (int)got.n,
		    got.p == NULL ? "(none)" : got.p,
		    want == NULL ? "(none)" : want);
	return (passed);
}

__attribute__((unused)) static bool
is_int(int64_t got, int64_t want, const char *name)
{
	bool passed = ok(got == want, "%s", name);

	if (!passed)
		printf("#  got: %lld\n# want: %lld\n", (long long)got,
		    (long long)want);
	return (passed);
}

__attribute__((unused)) static void
skip(const char *name, const char *why)
{
	printf("ok %d - %s # SKIP %s\n", ++tap_run, name, why);
}

/* A program that checked nothing has failed. */
static int
done(void)
{
	printf("1..%d\n", tap_run);
	return (tap_failed == 0 && tap_run > 0 ? 0 : 1);
}

/* Open a file of tests/data; a missing one ends the program. */
__attribute__((unused)) static FILE *
open_data(const char *name)
{
	const char *dir = getenv("SRCDIR");
	char path[4096];
	FILE *f;

	(void)snprintf(path, sizeof(path), "%s/tests/data/%s",
	    dir == NULL ? "." : dir, name);
	if ((f = fopen(path, "r")) == NULL) {
		printf("Bail out! cannot open %s\n", path);
		exit(1);
	}
	return (f);
}

/*
 * The next line that is no comment, split at tabs into at most max fields that
 * point into line. Returns their number, 0 at the end.
 */
__attribute__((unused)) static size_t
read_row(FILE *f, char *line, size_t size, struct str *fields, size_t max)
{
	struct str rest;
	size_t n = 0;

	do {
		if (fgets(line, (int)size, f) == NULL)
			return (0);
	} while (line[0] == '#');
	line[strcspn(line, "\n")] = '\0';
	for (rest = str_of(line); rest.p != NULL && n < max; n++) {
		fields[n] = str_cut(&rest, '\t');
		/* Each field may be used as text that ends in NUL. */
		line[(size_t)(fields[n].p - line) + fields[n].n] = '\0';
	}
	return (n);
}

#endif
