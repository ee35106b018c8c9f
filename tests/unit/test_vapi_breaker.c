/* vapi_breaker: when it opens, for whom, and how it closes again. */
#include "config.h"

#include "tap.h"
#include "vapi/vapi_breaker.h"

static struct vapi_breaker *b;
static int64_t now = 1000000;

static void
begin(const char *text)
{
	struct vapi_breaker_rule rule;
	struct err e;

	vapi_breaker_free(b);
	if (vapi_breaker_rule_read(str_of(text), &rule, &e) != ERR_OK ||
	    (b = vapi_breaker_new(&rule)) == NULL)
		exit(1);
}

static bool
enter(const char *clinic, const char *assistant, struct vapi_pass *pass)
{
	struct err e;

	return (vapi_breaker_enter(b, str_of(clinic), str_of(assistant), now,
		    pass, &e) == ERR_OK);
}

/* So many calls, each as it could be made; false: one was refused. */
static bool
calls(const char *clinic, const char *assistant, int n, bool timeout)
{
	struct vapi_pass pass;

	for (; n > 0; n--) {
		if (!enter(clinic, assistant, &pass))
			return (false);
		vapi_breaker_leave(b, &pass, timeout, now);
	}
	return (true);
}

static bool
may(const char *clinic, const char *assistant)
{
	return (calls(clinic, assistant, 1, false));
}

static struct vapi_breaker_counts
counts(void)
{
	struct vapi_breaker_counts n;

	vapi_breaker_count(b, &n);
	return (n);
}

static void
test_rule(void)
{
	static const char *const bad[] = { "", "10", "10/20/10", "10/20/10/5/",
		"10/20/10/5/1", "0/20/10/5", "21/20/10/5", "10/101/10/5",
		"10/20/0/5", "10/20/10/0", "a/b/c/d", "OFF" };
	struct vapi_breaker_rule r;
	struct err e;

	ok(vapi_breaker_rule_read(STR("10/20/30/5"), &r, &e) == ERR_OK &&
		r.timeouts == 10 && r.calls == 20 && r.within_ms == 30000 &&
		r.open_ms == 5000,
	    "four numbers");
	ok(vapi_breaker_rule_read(STR("off"), &r, &e) == ERR_OK &&
		r.timeouts == 0,
	    "off");
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ok(vapi_breaker_rule_read(str_of(bad[i]), &r, &e) == ERR_INPUT,
		    "not \"%s\"", bad[i]);
}

static void
test_one(void)
{
	struct vapi_pass probe, other;

	begin("10/20/10/5");
	ok(calls("a", "x", 9, true) && may("a", "x"), "nine are not enough");
	ok(calls("a", "x", 1, true) && !may("a", "x"), "ten are");
	ok(may("a", "y") && may("b", "x"),
	    "another assistant, and another clinic's, are asked for");
	ok(counts().open_assistants == 1 && counts().open_all == 0 &&
		counts().opened == 1 && counts().refused == 1,
	    "it is counted");
	now += 4999;
	ok(!may("a", "x"), "open for five seconds");
	now += 1;
	ok(enter("a", "x", &probe) && !enter("a", "x", &other),
	    "then one call tries");
	vapi_breaker_leave(b, &probe, true, now);
	ok(!may("a", "x"), "and when it waits in vain it is open again");
	now += 5000;
	ok(may("a", "x") && may("a", "x") && counts().open_assistants == 0,
	    "an answer closes it");
	ok(calls("a", "x", 9, true) && may("a", "x"),
	    "and what was before is forgotten");
}

static void
test_window(void)
{
	begin("10/20/10/5");
	ok(calls("a", "x", 5, true) && calls("a", "x", 15, false) &&
		calls("a", "x", 9, true) && may("a", "x"),
	    "what is not among the last twenty does not count");
	begin("10/20/10/5");
	ok(calls("a", "x", 9, true), "nine");
	now += 10000;
	ok(calls("a", "x", 9, true) && may("a", "x"),
	    "nor what is ten seconds old");
	ok(calls("a", "x", 1, true) && !may("a", "x"), "but what is not is");
	begin("off");
	ok(calls("a", "x", 100, true) && may("a", "x"), "off is off");
}

static void
test_all(void)
{
	struct vapi_pass probe, other, late;

	begin("10/20/10/5");
	ok(calls("a", "1", 5, true) && calls("b", "2", 5, true) &&
		calls("b", "3", 5, true) && may("d", "9"),
	    "two clinics are not all");
	ok(enter("e", "8", &late) && calls("c", "4", 1, true) && !may("d", "9"),
	    "three are");
	is_int((int64_t)counts().open_all, 1, "and it is told");
	vapi_breaker_leave(b, &late, true, now);
	now += 5000;
	ok(enter("d", "9", &probe) && !enter("a", "1", &other),
	    "one call of one clinic tries for all");
	vapi_breaker_leave(b, &probe, false, now);
	ok(may("a", "1") && may("d", "9") && counts().open_all == 0,
	    "an answer closes it for all");
}

/* More assistants than there are places: nothing grows, nobody is kept out. */
static void
test_many(void)
{
	char name[16];

	begin("1/1/10/5");
	for (int i = 0; i < 20000; i++) {
		(void)snprintf(name, sizeof(name), "%d", i);
		if (!may("a", name))
			break;
	}
	ok(calls("a", "x", 1, true) && !may("a", "x"),
	    "after many assistants, too");
	ok(may("a", "y"), "and nobody else is refused");
}

int
main(void)
{
	test_rule();
	test_one();
	test_window();
	test_all();
	test_many();
	vapi_breaker_free(b);
	return (done());
}
