/*
 * phone_typed: tests/data/typed-numbers.tsv, what may be the end of a number,
 * and that nothing past a slice is read. The same rows are tried over the API
 * and with the command (tests/whole).
 */
#include "config.h"

#include "tenancy/phone_typed.h"
#include "tap.h"

static const char *const kinds[] = {
	[PHONE_TYPED_NONE] = "error",
	[PHONE_TYPED_WHOLE] = "typed",
	[PHONE_TYPED_DERIVED] = "asks",
	[PHONE_TYPED_PLUS_NEEDED] = "plus",
};

static void
test_vectors(void)
{
	char line[400], name[480];
	FILE *f = open_data("typed-numbers.tsv");
	struct str row[4];
	int rows = 0;

	while (read_row(f, line, sizeof(line), row, 4) == 4) {
		bool is_number = str_starts(row[2], "+");
		struct phone_typed t = phone_typed_read(row[1], row[0]);

		rows++;
		(void)snprintf(name, sizeof(name), "%s: \"%s\"", row[0].p,
		    row[1].p);
		is_str(str_of(kinds[t.kind]), is_number ? row[3].p : row[2].p,
		    name);
		is_str(str_of(t.number.text), is_number ? row[2].p : "",
		    "its number");
	}
	(void)fclose(f);
	ok(rows > 350, "all of them were read");
}

static const struct {
	const char *typed;
	const char *digits; /* NULL: no end of a number */
} ends[] = {
	{ "7786", "7786" },
	{ "0123", "0123" },
	{ "481-7786", "4817786" },
	{ "(481) 77 86", "4817786" },
	{ "481\xe2\x80\x93"
	  "7786",
	    "4817786" },
	{ " 7786 ", "7786" },
	{ "030 123456", "30123456" },
	{ "020 7946 0018", "2079460018" },
	{ "123456789012345", "123456789012345" },
	{ "1234567890123456", NULL },
	{ "778", NULL },
	{ "+1555", NULL },
	{ "", NULL },
	{ "7786 and more", NULL },
	{ "room 7786", NULL },
	{ "2026-01-31", NULL },
	{ "31.1.2026", NULL },
	{ "1/31/26", NULL },
	{ "12:30", NULL },
	{ "anonymous", NULL },
	{ "77%86", NULL },
};

static void
test_ends(void)
{
	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		char digits[PHONE_SIZE] = "none";
		bool found = phone_typed_end(str_of(ends[i].typed), digits);

		ok(found == (ends[i].digits != NULL), "an end: \"%s\"",
		    ends[i].typed);
		is_str(str_of(digits),
		    ends[i].digits != NULL ? ends[i].digits : "none",
		    "its digits");
	}
}

static void
test_bounds(void)
{
	static const char cut[] = "tel:+15551111111%2B";
	char large[600];
	struct phone_typed t;
	int wrong = 0;

	t = phone_typed_read((struct str){ cut, sizeof(cut) - 4 }, STR_NONE);
	is_str(str_of(t.number.text), "+15551111111", "nothing past its end");
	t = phone_typed_read((struct str){ cut, sizeof(cut) - 3 }, STR_NONE);
	is_int(t.kind, PHONE_TYPED_NONE, "a lone percent sign");
	memset(large, '1', sizeof(large));
	large[0] = '+';
	for (size_t n = 0; n <= sizeof(large); n++) {
		t = phone_typed_read((struct str){ large, n }, STR("US"));
		wrong += (t.kind == PHONE_TYPED_WHOLE) != (n >= 7 && n <= 16);
	}
	is_int(wrong, 0, "6 to 15 digits are a number, and no others");
	memset(large, '-', sizeof(large));
	is_int(phone_typed_read((struct str){ large, sizeof(large) }, STR("US"))
		   .kind,
	    PHONE_TYPED_NONE, "separators alone");
	memcpy(large, "tel:", 4);
	is_int(phone_typed_read((struct str){ large, sizeof(large) }, STR("US"))
		   .kind,
	    PHONE_TYPED_NONE, "a long address");
	is_int(phone_typed_read(STR("+1555111\0"
				    "1111"),
		   STR("US"))
		   .kind,
	    PHONE_TYPED_NONE, "a NUL inside");
}

int
main(void)
{
	test_vectors();
	test_ends();
	test_bounds();
	return (done());
}
