/*
 * One row for each country code that has costly ranges: prefixes of the number
 * behind the code. "15/10": only numbers of ten digits that begin with 15.
 * Where the neighbours of a range are unused, a shorter prefix stands for all
 * of them.
 * Source: ITU-T E.164; NANPA's area codes; the national numbering plans,
 * compared with what google-libphonenumber 3.2.47 says of them.
 */
#include "config.h"

#include <string.h>

#include "tenancy/phone_cost.h"

static const struct {
	const char *code;
	const char *prefixes;
} costly[] = {
	/* The islands, the Canadian north and territories; 5xx and 600 are
	 * personal and special numbers, 700 the carriers', 710 the
	 * government's. The exchange 976 is in is_costly_exchange. */
	{ "1",
	    "242 246 264 268 284 340 345 441 473 500 521 522 523 524 525 526 527 528 529 533 544 566 577 588 600 622 633 644 649 655 658 664 "
	    "670 671 677 684 688 700 710 721 758 767 784 787 809 829 849 867 868 869 876 900 939" },
	{ "20", "90" },
	{ "212", "89" },
	{ "213", "801 802 803 804 805 806 808 809" },
	{ "216", "811 82 88" },
	{ "221", "81 88" },
	{ "227", "09" },
	{ "230", "219 30" },
	{ "231", "332" },
	{ "236", "8" },
	{ "240", "9" },
	{ "242", "8" },
	{ "248", "85" },
	{ "250", "9" },
	{ "254", "9" },
	{ "255", "84 86 9" },
	{ "256", "9" },
	{ "262", "81 82 88 89" },
	{ "264", "87" },
	{ "267", "9" },
	{ "268", "9" },
	{ "269", "8" },
	{ "27", "860 862 863 864 865 866 867 868 869 9" },
	{ "297", "90" },
	{ "298", "90" },
	{ "30", "7 801 806 81 82 85 87 90" },
	{ "31", "66 90" },
	{ "32", "70 7879 90" },
	{ "33", "81 82 83 84 85 86 88 89" },
	{ "34", "70 803 806 807 901 902" },
	{ "351", "601 607 608 62 64 68 76 808 809 88" },
	{ "352", "801 900 901 905" },
	{ "353", "15/10 1850/10 1890/10 70" },
	{ "354", "90" },
	{ "355", "7 808 9" },
	{ "356", "500 506 507 509 51 52 71" },
	{ "357", "70 801 802 803 804 805 806 807 808 809 90" },
	{ "358", "600 700" },
	{ "359", "700 90" },
	{ "36", "90 91" },
	{ "370", "700 705 808 900 902 903 909 91" },
	{ "371", "81 9" },
	{ "372", "40 70 9" },
	{ "373", "808 9" },
	{ "374", "801 802 803 804 90" },
	{ "375", "81 9" },
	{ "376", "1/6 9/6" },
	{ "378", "7" },
	{ "380", "90" },
	{ "381", "78 9" },
	{ "382", "9" },
	{ "383", "9" },
	{ "385", "60 61 64 65 69 74 75" },
	{ "386", "89 9" },
	{ "387", "81 82 9" },
	{ "389",
	    "5 801 802 803 804 805 806 807 808 809 81 82 83 84 85 86 87 88 89" },
	{ "39", "0878 1 84 89" },
	{ "40", "801 9" },
	{ "41", "74 84 87 90" },
	{ "420", "700 701 81 83 84 90 976" },
	{ "421", "85 86 87 88 89 900 9090 97 98" },
	{ "423", "9" },
	{ "43", "81 82 86 89 9" },
	{ "44", "70 760 7623 7625 7626 763 764 765 766 767 768 769 84 87 9" },
	{ "45", "90" },
	{ "46", "649 74 75 77 900 939 944 99" },
	{ "47", "810 82 88" },
	{ "48", "64 70 801" },
	{ "49", "13 164 168 169 180 700 900" },
	{ "502", "19" },
	{ "503", "9" },
	{ "506", "9" },
	{ "507", "822 855 86 877 878 886 900 981" },
	{ "508", "81 82 89" },
	{ "51", "801 802 804 805" },
	{ "52", "30 50 90" },
	{ "53", "807" },
	{ "54", "60" },
	{ "55", "30 40 4370/8 4864/8 50 90" },
	{ "56", "600" },
	{ "57", "19 90" },
	{ "58", "9" },
	{ "590", "81 82 89" },
	{ "592", "9" },
	{ "594", "81 82 89" },
	{ "596", "81 82 89" },
	{ "597", "90" },
	{ "598", "90" },
	{ "599", "6 955" },
	{ "60", "1600" },
	{ "61", "13 16 19" },
	{ "62", "804 809" },
	{ "64", "1 500 503 506 507 70 90" },
	{ "65", "19" },
	{ "66", "1900" },
	{ "670", "70 9" },
	{ "675", "270 271" },
	{ "687", "36" },
	{ "7", "803 808 809" },
	{ "81", "20 570 990" },
	{ "82", "15 16 18 50 60" },
	{ "84", "190" },
	{ "852",
	    "7100 7108 711 713 716 719 72 73 74 75 76 77 78 79 81 82 83 900" },
	{ "855", "1900/10" },
	{ "86", "160 168 40 950" },
	{ "886", "20 99" },
	{ "90", "512 592 88 89 9" },
	{ "91", "186" },
	{ "92", "1 90" },
	{ "960", "900/10" },
	{ "961", "80/8 90/8 91/8" },
	{ "962", "70 74 85 9" },
	{ "966", "9" },
	{ "968", "900" },
	{ "970", "17" },
	{ "971", "70 90" },
	{ "972", "120 121 17 19" },
	{ "973", "84 87 9" },
	{ "974", "2" },
	{ "994", "90" },
};

/* Digits of the country code that follows the '+'. */
static size_t
country_code_length(const char *digits)
{
	static const char *const two[] = { "20", "27", "30", "31", "32", "33",
		"34", "36", "39", "40", "41", "43", "44", "45", "46", "47",
		"48", "49", "51", "52", "53", "54", "55", "56", "57", "58",
		"60", "61", "62", "63", "64", "65", "66", "81", "82", "84",
		"86", "90", "91", "92", "93", "94", "95", "98" };

	if (digits[0] == '1' || digits[0] == '7')
		return (1);
	for (size_t i = 0; i < sizeof(two) / sizeof(two[0]); i++)
		if (strncmp(digits, two[i], 2) == 0)
			return (2);
	return (3);
}

/* +7 6 and +7 7. */
static bool
is_kazakh(const struct phone *number)
{
	return (number->text[1] == '7' &&
	    (number->text[2] == '6' || number->text[2] == '7'));
}

bool
phone_is_same_country(const struct phone *a, const struct phone *b)
{
	return (a->text[0] == '+' && b->text[0] == '+' &&
	    strncmp(a->text, b->text, 1 + country_code_length(a->text + 1)) ==
		0 &&
	    is_kazakh(a) == is_kazakh(b));
}

/* "15/10": a number of ten digits that begins with 15. */
static bool
begins_with(struct str number, struct str rule)
{
	struct str prefix = str_cut(&rule, '/');
	int64_t digits;

	if (!str_eq(str_first(number, prefix.n), prefix))
		return (false);
	return (rule.p == NULL ||
	    (str_parse_int(rule, 1, 15, &digits, NULL) == ERR_OK &&
		number.n == (size_t)digits));
}

/* Two of +1 in one area: the same code, or those of one place. */
static bool
is_home_area(const struct phone *number, const struct phone *line)
{
	static const char *const places[] = { "787 939", "809 829 849",
		"658 876" };
	struct str a = str_first(str_skip(str_of(number->text), 2), 3);
	struct str b = str_first(str_skip(str_of(line->text), 2), 3);
	struct str rest;
	int found;

	if (number->text[1] != '1' || line->text[1] != '1')
		return (false);
	if (str_eq(a, b))
		return (true);
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		found = 0;
		for (rest = str_of(places[i]); rest.p != NULL;) {
			struct str area = str_cut(&rest, ' ');

			found += str_eq(area, a) || str_eq(area, b);
		}
		if (found == 2)
			return (true);
	}
	return (false);
}

/* +1, any area, 976. */
static bool
is_costly_exchange(const char *digits)
{
	return (digits[0] == '1' && strlen(digits) == 11 &&
	    strncmp(digits + 4, "976", 3) == 0);
}

bool
phone_is_costly(const struct phone *number, const struct phone *line)
{
	const char *digits = number->text + 1;
	size_t n = country_code_length(digits);
	struct str rest, national = str_skip(str_of(digits), n);

	if (is_costly_exchange(digits))
		return (true);
	if (is_home_area(number, line))
		return (false);
	for (size_t i = 0; i < sizeof(costly) / sizeof(costly[0]); i++) {
		if (strlen(costly[i].code) != n ||
		    strncmp(digits, costly[i].code, n) != 0)
			continue;
		rest = str_of(costly[i].prefixes);
		while (rest.p != NULL)
			if (begins_with(national, str_cut(&rest, ' ')))
				return (true);
	}
	return (false);
}
