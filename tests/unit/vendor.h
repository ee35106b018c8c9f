/*
 * What is asked of everything that asks a vendor: what its answers mean, that
 * silence and what does not end are known as such, and that no secret is told.
 * One stand-in for a program, and the HTTP that speaks to it. Secrets here are
 * called "hidden", and people's numbers end in 1111.
 */
#ifndef CALLWARD_VENDOR_H
#define CALLWARD_VENDOR_H

#include "base/arena.h"
#include "base/clock.h"
#include "fake_vendor.h"
#include "io/http.h"
#include "tap.h"

#define LONG_MS 30000

static struct arena *arena;
static struct fake_vendor *vendor;
static struct http *http;

/* Ask once, at this address, with so much time for it. */
typedef enum err_code vendor_ask(const char *api_url, int64_t in_ms,
    struct err *e);

struct vendor_answer {
	int status;
	const char *answer;
	enum err_code want;
	const char *says; /* what the operator has to know */
};

static void
vendor_begin(void)
{
	if ((arena = arena_new((size_t)16 << 20)) == NULL ||
	    http_start(&http, NULL) != ERR_OK)
		exit(1);
	vendor = fake_vendor_start();
}

/* What main returns. */
static int
vendor_end(void)
{
	http_stop(http);
	fake_vendor_stop(vendor);
	arena_free(arena);
	return (done());
}

/* An address that lives on; the vendor does what its path says. */
static const char *
vendor_url(const char *path)
{
	return (str_dup(arena, str_of(fake_vendor_url(vendor, path))));
}

static void
vendor_answers(const struct vendor_answer *row, const char *path,
    vendor_ask *ask)
{
	struct err e = { 0 };

	fake_vendor_answer(vendor, row->status, "", row->answer);
	is_int(ask(vendor_url(path), LONG_MS, &e), row->want, row->answer);
	is_int(e.code, row->want, "the log says so too");
	ok(strstr(e.text, row->says) != NULL &&
		strstr(e.text, "1111") == NULL &&
		strstr(e.text, "hidden") == NULL,
	    "%d, %s: %s", row->status, row->says, e.text);
}

/* who: the first word of what is told. */
static void
vendor_is_silent(const char *who, vendor_ask *ask)
{
	int64_t until = clock_mono_ms() + LONG_MS;
	enum err_code code;
	struct err e = { 0 };

	do
		code = ask(vendor_url("/never?"), 1000, &e);
	while (fake_vendor_unasked(vendor, "/never", code, until));
	is_int(code, ERR_UNCERTAIN, "no answer in time");
	(void)fake_vendor_await(vendor, "/never", 1);
	is_int((int64_t)fake_vendor_hits(vendor, "/never"), 1,
	    "asked once for all that");
	is_int(ask(vendor_url("/endless?"), LONG_MS, &e), ERR_UNCERTAIN,
	    "an answer that does not end");
	is_int(ask(vendor_url("/answer?"), 0, &e), ERR_TEMPORARY,
	    "no time to ask");
	is_int(ask("http://127.0.0.1:1", LONG_MS, &e), ERR_TEMPORARY,
	    "nobody there");
	ok(str_starts(str_of(e.text), who) && strstr(e.text, "hidden") == NULL,
	    "told: %s", e.text);
}

#endif
