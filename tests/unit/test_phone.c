/* phone: E.164 exactly, diversions, where we may dial. */
#include "config.h"

#include "tenancy/phone_diversion.h"
#include "tap.h"

static const char *const good[] = { "+15551111111", "+1234567", "+123456",
	"+123456789012345", "+442071838750" };

static const char *const bad[] = { "", "+", "+12345", "+1234567890123456",
	"+05551111111", "15551111111", "0015551111111", "+1555111111a",
	"+1 5551111111", "+1-555-111-1111", "+1 (555) 111", "anonymous",
	"Restricted", "client:bob", "sip:+15551111111@evil", " +15551111111",
	"+15551111111 ", "+15551111111\n", "++15551111111",
	"+1555111\331\24111", "+1555%111111",
	"+1234567890123456789012345678901234567890" };

static void
test_parse(void)
{
	struct phone p = { "x" };
	struct err e;
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ok(phone_parse(str_of(bad[i]), &p, &e) == ERR_INPUT &&
			p.text[0] == 'x',
		    "refused: %zu", i);
	is_int(phone_parse(STR("+1555111\0"
			       "111"),
		   &p, &e),
	    ERR_INPUT, "a NUL inside");
	is_int(phone_parse(STR_NONE, &p, &e), ERR_INPUT, "no number");
	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		is_int(phone_parse(str_of(good[i]), &p, &e), ERR_OK, good[i]);
		is_str(str_of(p.text), good[i], "as it came");
	}
	ok(phone_parse((struct str){ "+155511111119", 12 }, &p, &e) == ERR_OK,
	    "a slice");
	is_str(str_of(p.text), "+15551111111", "nothing past its end");
	ok(strstr(e.text, "555") == NULL, "no message holds the number");
}

static const struct {
	const char *header;
	const char *want; /* NULL: none */
	const char *to;	  /* NULL: +15559999999 */
} diversions[] = {
	{ "<sip:+15551111111@10.0.0.1>;reason=no-answer", "+15551111111",
	    NULL },
	{ "\"Dr. <A>, B\" <sip:+15551111111@host:5060;user=phone>;x=y",
	    "+15551111111", NULL },
	{ "\"a\\\"<\" <sips:+15551111111@host>", "+15551111111", NULL },
	{ "Bob <SIP:+15551111111@host>", "+15551111111", NULL },
	{ "<tel:+15551111111>;reason=unconditional", "+15551111111", NULL },
	{ "tel:+15551111111", "+15551111111", NULL },
	{ "tel:+1-555-777-0001", "+15557770001", NULL },
	{ "<tel:+1-555-777-0001;ext=1>;reason=no-answer", "+15557770001",
	    NULL },
	{ "<tel:+1.555.(777).0001>", "+15557770001", NULL },
	{ "sip:+15551111111;npdi@host", "+15551111111", NULL },
	{ "<sip:%2B15557770001@10.1.1.1>", "+15557770001", NULL },
	{ "<sip:%2b15557770001@10.1.1.1>;reason=unconditional", "+15557770001",
	    NULL },
	{ "+15551111111", "+15551111111", NULL },
	/* Digits alone: of the country of To, and a number there. */
	{ "<sip:15557770001@10.1.1.1;user=phone>;reason=unconditional",
	    "+15557770001", NULL },
	{ "15557770001", "+15557770001", NULL },
	{ "<sip:1-555-777-0001@10.1.1.1>", "+15557770001", NULL },
	{ "<sip:442079460018@pbx>", "+442079460018", "+441134960000" },
	{ "<sip:4930123456@pbx>", "+4930123456", "+493023125000" },
	{ "<sip:81312345678@pbx>", "+81312345678", "+81312340000" },
	{ "<sip:5557770001@10.1.1.1>", NULL, NULL },
	{ "<sip:442079460018@pbx>", NULL, NULL },
	{ "<sip:15557770001@10.1.1.1>", NULL, "+441134960000" },
	{ "<sip:15557770001@10.1.1.1>", NULL, "" },
	{ "<sip:15557770001@10.1.1.1>", NULL, "sip:line@host" },
	{ "<sip:101234@pbx>", NULL, NULL },
	{ "<sip:1001@pbx>", NULL, NULL },
	{ "<sip:811000@pbx>", NULL, "+81312340000" },
	{ "<sip:15557770001x@10.1.1.1>", NULL, NULL },
	{ "<sip:0015557770001@10.1.1.1>", NULL, NULL },
	/* The newest entry that holds a number. */
	{ " <sip:+15551111111@a>;counter=1, <sip:+15552222222@b>",
	    "+15551111111", NULL },
	{ "<sip:1001@pbx>;reason=unconditional, <sip:+15552222222@b>",
	    "+15552222222", NULL },
	{ "<sip:15557770001@a>,<sip:+15552222222@b>", "+15557770001", NULL },
	{ "\"a, b\" <sip:hunt-group@pbx>, <sip:1,2@b>, +15552222222",
	    "+15552222222", NULL },
	{ "<sip:anonymous@a>, <sip:+15552222222@b>", NULL, NULL },
	{ "<sip:+266696687@a>, <sip:+15552222222@b>", NULL, NULL },
	{ "<sip:+15551111111@host", NULL, NULL },
	{ "", NULL, NULL },
	{ ",", NULL, NULL },
	{ ",+15551111111", "+15551111111", NULL },
	{ "<>", NULL, NULL },
	{ "\"", NULL, NULL },
	{ "\"\\", NULL, NULL },
	{ "<sip:%2@a>", NULL, NULL },
	{ "<mailto:+15551111111@host>", NULL, NULL },
};

static void
test_diversion(void)
{
	struct phone p;
	struct err e;
	size_t i;

	for (i = 0; i < sizeof(diversions) / sizeof(diversions[0]); i++) {
		const char *to = diversions[i].to;

		p = (struct phone){ "none" };
		is_int(phone_parse_diversion(str_of(diversions[i].header),
			   str_of(to == NULL ? "+15559999999" : to), &p, &e),
		    diversions[i].want == NULL ? ERR_INPUT : ERR_OK,
		    diversions[i].header);
		is_str(str_of(p.text),
		    diversions[i].want == NULL ? "none" : diversions[i].want,
		    "its number");
	}
	is_int(phone_parse_diversion(STR_NONE, STR("+15559999999"), &p, &e),
	    ERR_INPUT, "no header");
}

/*
 * The shortest numbers there are; tried with the database, too
 * (tests/sql/42_numbers.sql), and with the API's description
 * (tests/whole/document.test.js).
 */
static void
test_short(void)
{
	char line[200];
	FILE *f = open_data("short-numbers.tsv");
	struct str row[2];
	struct phone p;
	struct err e;
	int rows = 0;

	while (read_row(f, line, sizeof(line), row, 2) == 2) {
		rows++;
		is_int(phone_parse(row[0], &p, &e), ERR_OK, row[0].p);
		is_str(str_of(p.text), row[0].p, "as it came");
		ok(phone_parse(str_first(row[0], 6), &p, &e) == ERR_INPUT,
		    "a digit less is none");
	}
	(void)fclose(f);
	is_int(rows, 56, "all of them were read");
}

/*
 * The same callers are tried with the database (tests/sql/41_callers.sql) and
 * with the page (tests/whole/words.test.js).
 */
static void
test_withheld(void)
{
	char line[200], name[240];
	FILE *f = open_data("callers.tsv");
	struct str row[2];
	int rows = 0;

	while (read_row(f, line, sizeof(line), row, 2) == 2) {
		rows++;
		(void)snprintf(name, sizeof(name), "withheld: \"%s\"",
		    row[0].p);
		is_str(phone_is_withheld(row[0]) ? STR("yes") : STR("no"),
		    row[1].p, name);
	}
	(void)fclose(f);
	is_int(rows, 34, "all of them were read");
	ok(phone_is_withheld(STR_NONE), "withheld: nothing was sent");
	ok(!phone_is_withheld(STR("anonymous\0")), "a NUL is no part of it");
}

static const struct {
	const char *number;
	const char *line;
	const char *prefixes;
	bool may;
} dials[] = {
	{ "+15551234567", "+15559999999", "", true },
	{ "+18005551234", "+15559999999", "", true },
	{ "+19005551234", "+15559999999", "", false },
	{ "+18765551234", "+15559999999", "", false },
	{ "+12425551234", "+15559999999", "", false },
	{ "+19395551234", "+15559999999", "", false },
	{ "+442071838750", "+15559999999", "", false },
	{ "+442071838750", "+441134960000", "", true },
	{ "+4312345678", "+441134960000", "", false },
	{ "+35312345678", "+35387654321", "", true },
	{ "+35412345678", "+35387654321", "", false },
	{ "+79161234567", "+74951234567", "", true },
	{ "+19005551234", "+441134960000", "", false },
	{ "", "+15559999999", "", false },
	{ "+15551234567", "", "", false },
	{ "+15551234567", "", "+1", true },
	{ "+19005551234", "+15559999999", "+1900", true },
	{ "+15551234567", "+15559999999", "+44", false },
	{ "+442071838750", "+15559999999", "+1,+44", true },
	{ "+442071838750", "+15559999999", "+1,+443", false },
	{ "+442071838750", "+15559999999", "+,", false },
	/* The territories, personal numbers, the carriers', the exchange. */
	{ "+16845551234", "+15559999999", "", false },
	{ "+16715551234", "+15559999999", "", false },
	{ "+16705551234", "+15559999999", "", false },
	{ "+15005551234", "+15559999999", "", false },
	{ "+15335551234", "+15559999999", "", false },
	{ "+15885551234", "+15559999999", "", false },
	{ "+17005551234", "+15559999999", "", false },
	{ "+17105551234", "+15559999999", "", false },
	{ "+18675551234", "+15559999999", "", false },
	{ "+12129761234", "+15559999999", "", false },
	{ "+19765551234", "+15559999999", "", true },
	{ "+12125559761", "+15559999999", "", true },
	{ "+12125551234", "+15559999999", "", true },
	{ "+14165551234", "+15559999999", "", true },
	{ "+16845551234", "+15559999999", "+1", true },
	/* At home there. */
	{ "+16715551234", "+16715559999", "", true },
	{ "+16719761234", "+16715559999", "", false },
	{ "+16705551234", "+16715559999", "", false },
	{ "+19395551234", "+17875559999", "", true },
	{ "+18495551234", "+18095559999", "", true },
	{ "+18765551234", "+18095559999", "", false },
	{ "+18675551234", "+18675559999", "", true },
	/* What costs more in other countries. */
	{ "+449098790000", "+441134960000", "", false },
	{ "+448712345678", "+441134960000", "", false },
	{ "+448451234567", "+441134960000", "", false },
	{ "+447012345678", "+441134960000", "", false },
	{ "+447911123456", "+441134960000", "", true },
	{ "+447624123456", "+441134960000", "", true },
	{ "+443001234567", "+441134960000", "", true },
	{ "+448001234567", "+441134960000", "", true },
	{ "+499001234567", "+4930123456", "", false },
	{ "+4918012345", "+4930123456", "", false },
	{ "+4915112345678", "+4930123456", "", true },
	{ "+498912345678", "+4930123456", "", true },
	{ "+33899123456", "+33123456789", "", false },
	{ "+33800123456", "+33123456789", "", true },
	{ "+33612345678", "+33123456789", "", true },
	{ "+34806123456", "+34912345678", "", false },
	{ "+34612345678", "+34912345678", "", true },
	{ "+528991234567", "+525512345678", "", true },
	{ "+529001234567", "+525512345678", "", false },
	{ "+5543701234", "+551112345678", "", false },
	{ "+554337012345", "+551112345678", "", true },
	{ "+61190012345", "+61212345678", "", false },
	{ "+61412345678", "+61212345678", "", true },
	/* Dublin, and a premium number that only begins alike. */
	{ "+35315201234", "+35387654321", "", true },
	{ "+3531520123456", "+35387654321", "", false },
	{ "+353700123456", "+35387654321", "", false },
	{ "+78091234567", "+74951234567", "", false },
	{ "+77271234567", "+74951234567", "", false },
	{ "+77271234567", "+77021234567", "", true },
	{ "+78001234567", "+77021234567", "", false },
	/* Nobody's, whatever is allowed. */
	{ "+266696687", "+26622123456", "", false },
	{ "+2562533", "+15559999999", "+1,+256", false },
};

static void
test_dial(void)
{
	struct phone number, line;
	size_t i;

	for (i = 0; i < sizeof(dials) / sizeof(dials[0]); i++) {
		number = line = (struct phone){ { 0 } };
		memcpy(number.text, dials[i].number, strlen(dials[i].number));
		memcpy(line.text, dials[i].line, strlen(dials[i].line));
		ok(phone_may_dial(&number, &line, dials[i].prefixes) ==
			dials[i].may,
		    "%s from %s with \"%s\": %s", dials[i].number,
		    dials[i].line, dials[i].prefixes,
		    dials[i].may ? "yes" : "no");
	}
}

static void
test_prefixes(void)
{
	static const char *const lists[] = { "+", "1", "+1,", ",+1", "+0",
		"+1 ", "+1, +44", "+1a", "+123456789012345", "++1" };
	struct err e;
	size_t i;

	for (i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
		is_int(phone_check_prefixes(lists[i], &e), ERR_INPUT, lists[i]);
	is_int(phone_check_prefixes("", &e), ERR_OK, "no prefixes");
	is_int(phone_check_prefixes("+1,+44,+12345678901234", &e), ERR_OK,
	    "a list of prefixes");
}

int
main(void)
{
	test_parse();
	test_diversion();
	test_short();
	test_withheld();
	test_dial();
	test_prefixes();
	return (done());
}
