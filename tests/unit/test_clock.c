/* clock: RFC 3339 both ways, over leap days and the ends of the range. */
#include "config.h"

#include "base/clock.h"
#include "tap.h"

static const struct {
	const char *text;
	int64_t ms;
} moments[] = {
	{ "1970-01-01T00:00:00.000Z", 0 },
	{ "1969-12-31T23:59:59.999Z", -1 },
	{ "2000-02-29T12:34:56.789Z", INT64_C(951827696789) },
	{ "1900-03-01T00:00:00.000Z", INT64_C(-2203891200000) },
	{ "2024-12-31T23:59:59.000Z", INT64_C(1735689599000) },
	{ "2026-01-01T00:00:00.000Z", INT64_C(1767225600000) },
	{ "0000-01-01T00:00:00.000Z", INT64_C(-62167219200000) },
	{ "9999-12-31T23:59:59.999Z", INT64_C(253402300799999) },
};

static const struct {
	const char *text;
	int64_t ms;
} spellings[] = {
	{ "1970-01-01t00:00:01z", 1000 },
	{ "1970-01-01T01:00:00+01:00", 0 },
	{ "1969-12-31T16:00:00-08:00", 0 },
	{ "1970-01-01T00:00:00-00:00", 0 },
	{ "1970-01-01T00:00:00.5Z", 500 },
	{ "1970-01-01T00:00:00.0019999999999Z", 1 },
	{ "2016-12-31T23:59:60Z", INT64_C(1483228800000) },
};

static const char *const refused[] = {
	"",
	"2026-01-01",
	"2026-01-01T00:00:00",
	"2026-01-01 00:00:00Z",
	"2026-02-29T00:00:00Z",
	"1900-02-29T00:00:00Z",
	"2026-13-01T00:00:00Z",
	"2026-00-01T00:00:00Z",
	"2026-01-00T00:00:00Z",
	"2026-04-31T00:00:00Z",
	"2026-01-01T24:00:00Z",
	"2026-01-01T00:60:00Z",
	"2026-01-01T00:00:61Z",
	"2026-01-01T00:00:00.Z",
	"2026-01-01T00:00:00+0100",
	"2026-01-01T00:00:00+24:00",
	"2026-01-01T00:00:00Zx",
	"26-01-01T00:00:00Z",
	"+026-01-01T00:00:00Z",
	"2026-1-01T00:00:00Z",
	" 2026-01-01T00:00:00Z",
};

static void
test_moments(void)
{
	char text[CLOCK_RFC3339_SIZE];
	int64_t ms;
	size_t i;

	for (i = 0; i < sizeof(moments) / sizeof(moments[0]); i++) {
		clock_format_rfc3339(moments[i].ms, text);
		is_str(str_of(text), moments[i].text, moments[i].text);
		ok(clock_parse_rfc3339(str_of(text), &ms, NULL) == ERR_OK &&
			ms == moments[i].ms,
		    "and back");
	}
	clock_format_rfc3339(INT64_MAX, text);
	is_str(str_of(text), "9999-12-31T23:59:59.999Z", "the far end");
	clock_format_rfc3339(INT64_MIN, text);
	is_str(str_of(text), "0000-01-01T00:00:00.000Z", "the near end");
}

static void
test_every_day(void)
{
	char text[CLOCK_RFC3339_SIZE];
	int64_t day, ms, wrong = 0;

	/* From 0000-01-01 to 9999-12-31. */
	for (day = -719528; day <= 2932896; day += 7) {
		clock_format_rfc3339(day * 86400000 + 43200000, text);
		if (clock_parse_rfc3339(str_of(text), &ms, NULL) != ERR_OK ||
		    ms != day * 86400000 + 43200000)
			wrong++;
	}
	is_int(wrong, 0, "every week of ten thousand years, there and back");
}

static void
test_parse(void)
{
	int64_t ms = 42;
	struct err e;
	size_t i;

	for (i = 0; i < sizeof(spellings) / sizeof(spellings[0]); i++)
		ok(clock_parse_rfc3339(str_of(spellings[i].text), &ms, &e) ==
			    ERR_OK &&
			ms == spellings[i].ms,
		    "%s", spellings[i].text);
	ms = 42;
	for (i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
		ok(clock_parse_rfc3339(str_of(refused[i]), &ms, &e) ==
			    ERR_INPUT &&
			ms == 42,
		    "\"%s\" is refused", refused[i]);
}

static void
test_clocks(void)
{
	int64_t from = clock_mono_ms();
	struct timespec t = clock_timespec(1234567);

	clock_sleep_ms(20);
	ok(clock_mono_ms() - from >= 20, "a sleep lasts");
	clock_sleep_ms(-5);
	ok(clock_wall_ms() > INT64_C(1767225600000), "it is after 2026 began");
	ok(t.tv_sec == 1234 && t.tv_nsec == 567000000, "as a timespec");
}

int
main(void)
{
	test_moments();
	test_every_day();
	test_parse();
	test_clocks();
	return (done());
}
