/*
 * Each kind of field is one function: it writes the value's one form, or
 * complains of what is wrong with it.
 */
#include "config.h"

#include <string.h>

#include "api/api_body.h"
#include "api/api_phone.h"
#include "io/id.h"

/* What stands around the field that is being read. */
struct place {
	struct arena *arena;
	const struct api_field *field;
	struct json *out;
	struct complaints *complaints;
	const char *told_as; /* the field's name in complaints */
	struct str country;  /* whose dialling plan reads API_PHONE */
};

typedef void read_kind(struct place *, const struct json *value);

static struct json *
refuse(const struct place *at, enum api_problem problem)
{
	return (complain(at->complaints, at->told_as, problem));
}

/* Text -------------------------------------------------------------------- */

/*
 * Characters of a text that is UTF-8; -1: one of them cannot be shown as it is.
 * A newline and a tab may stand there.
 */
static int64_t
count_characters(struct str s)
{
	int64_t n = 0;

	for (; s.n > 0; s = str_skip(s, str_utf8_length(s)), n++)
		if (str_unprintable(s) > 0 && s.p[0] != '\n' && s.p[0] != '\t')
			return (-1);
	return (n);
}

/* Nothing is seen of it: blanks, signs that only steer others, fillers. */
static bool
is_invisible(uint32_t c)
{
	static const struct {
		uint32_t first, last;
	} ranges[] = { { 0x0020, 0x0020 }, { 0x00a0, 0x00a0 },
		{ 0x00ad, 0x00ad }, { 0x034f, 0x034f }, { 0x061c, 0x061c },
		{ 0x115f, 0x1160 }, { 0x1680, 0x1680 }, { 0x17b4, 0x17b5 },
		{ 0x180b, 0x180f }, { 0x2000, 0x200f }, { 0x2028, 0x202f },
		{ 0x205f, 0x206f }, { 0x2800, 0x2800 }, { 0x3000, 0x3000 },
		{ 0x3164, 0x3164 }, { 0xfe00, 0xfe0f }, { 0xfeff, 0xfeff },
		{ 0xffa0, 0xffa0 }, { 0xe0000, 0xe0fff } };

	for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++)
		if (c >= ranges[i].first && c <= ranges[i].last)
			return (true);
	return (c == '\t' || c == '\n' || c == '\r');
}

/* The first character of a text that is UTF-8 and not empty. */
static uint32_t
first_character(struct str s)
{
	static const unsigned char masks[] = { 0, 0x7f, 0x1f, 0x0f, 0x07 };
	size_t n = str_utf8_length(s);
	uint32_t c = (unsigned char)s.p[0] & masks[n];

	for (size_t i = 1; i < n; i++)
		c = c << 6 | ((unsigned char)s.p[i] & 0x3f);
	return (c);
}

/*
 * Without the blanks around it; "" when nothing can be seen. What steers
 * other characters may stand at the end of a text.
 */
static struct str
trim_text(struct str s)
{
	struct str rest = s;

	while (rest.n > 0 && is_invisible(first_character(rest)))
		rest = str_skip(rest, str_utf8_length(rest));
	return (rest.n == 0 ? STR("") : str_trim_lines(s));
}

/* "\r\n", as some forms send it, is one newline. */
static struct str
plain_lines(struct arena *a, struct str s)
{
	char *copy = str_dup(a, s);
	size_t n = 0;

	if (copy == NULL)
		return (s);
	for (size_t i = 0; i < s.n; i++)
		if (!(s.p[i] == '\r' && i + 1 < s.n && s.p[i + 1] == '\n'))
			copy[n++] = s.p[i];
	return ((struct str){ copy, n });
}

/* Bring a text to its one form; false: it was complained about. */
static bool
check_text(struct place *at, struct str *text)
{
	const struct api_field *f = at->field;
	int64_t n;

	*text = plain_lines(at->arena, trim_text(*text));
	n = count_characters(*text);
	if (n < 0)
		(void)refuse(at, PROBLEM_UNPRINTABLE);
	else if (n > f->max)
		json_add_number(refuse(at, PROBLEM_TOO_LONG), "n",
		    (double)f->max);
	else if (n < f->min)
		json_add_number(refuse(at, PROBLEM_TOO_SHORT), "n",
		    (double)f->min);
	else
		return (true);
	return (false);
}

static void
read_text(struct place *at, const struct json *value)
{
	struct str text = json_str(value);

	if (!json_is_string(value))
		(void)refuse(at, PROBLEM_NOT_TEXT);
	else if (check_text(at, &text))
		json_add_str(at->out, at->field->name, text);
}

static void
read_texts(struct place *at, const struct json *value)
{
	const struct json *item;
	struct json *list;
	size_t n = 0;

	if (!json_is_array(value)) {
		(void)refuse(at, PROBLEM_NOT_TEXTS);
		return;
	}
	list = json_add_array(at->out, at->field->name);
	for (item = json_first(value); item != NULL; item = json_next(item)) {
		struct str text = json_str(item);

		if (!json_is_string(item)) {
			(void)refuse(at, PROBLEM_NOT_TEXTS);
			return;
		}
		if (trim_text(text).n == 0)
			continue;
		if (!check_text(at, &text))
			return;
		json_push_str(list, text);
		if (++n > API_TEXTS_MAX) {
			json_add_number(refuse(at, PROBLEM_TOO_MANY_TEXTS), "n",
			    API_TEXTS_MAX);
			return;
		}
	}
}

/* Text of one form -------------------------------------------------------- */

static bool
is_digits(struct str s, size_t from, size_t n)
{
	if (s.n < from + n)
		return (false);
	for (size_t i = from; i < from + n; i++)
		if (s.p[i] < '0' || s.p[i] > '9')
			return (false);
	return (true);
}

static int
two_digits(struct str s, size_t from)
{
	return ((s.p[from] - '0') * 10 + s.p[from + 1] - '0');
}

static bool
is_time(struct str s)
{
	int hour, minute;

	if (s.n != 5 || !is_digits(s, 0, 2) || s.p[2] != ':' ||
	    !is_digits(s, 3, 2))
		return (false);
	hour = two_digits(s, 0);
	minute = two_digits(s, 3);
	return ((hour < 24 && minute < 60) || (hour == 24 && minute == 0));
}

bool
api_is_date(struct str s)
{
	static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30,
		31 };
	int year, month, most;

	if (s.n != 10 || !is_digits(s, 0, 4) || s.p[4] != '-' ||
	    !is_digits(s, 5, 2) || s.p[7] != '-' || !is_digits(s, 8, 2))
		return (false);
	year = two_digits(s, 0) * 100 + two_digits(s, 2);
	month = two_digits(s, 5);
	if (year < 1 || month < 1 || month > 12)
		return (false);
	most = days[month - 1];
	if (month == 2 && year % 4 == 0 && (year % 100 != 0 || year % 400 == 0))
		most = 29;
	return (two_digits(s, 8) >= 1 && two_digits(s, 8) <= most);
}

/* A day in somebody's calendar. */
static bool
is_day(struct str s)
{
	return (api_is_date(s) && two_digits(s, 0) >= 19);
}

/* Only characters of these classes, 1..most of them. */
static bool
is_made_of(struct str s, const char *others, bool upper, size_t most)
{
	if (s.n == 0 || s.n > most)
		return (false);
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];

		if (!(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9') &&
		    !(upper && c >= 'A' && c <= 'Z') &&
		    (c == '\0' || strchr(others, c) == NULL))
			return (false);
	}
	return (true);
}

static bool
is_letter(char c)
{
	return ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'));
}

static bool
is_slug(struct str s)
{
	return (s.n >= 2 && s.p[0] >= 'a' && s.p[0] <= 'z' &&
	    is_made_of(s, "_", false, 50));
}

static bool
is_timezone(struct str s)
{
	return (is_made_of(s, "_+-/", true, 64) && is_letter(s.p[0]));
}

/* Two or three letters, then parts of 2..8 letters and digits. */
static bool
is_language(struct str s)
{
	struct str part = str_cut(&s, '-');

	if (part.n < 2 || part.n > 3)
		return (false);
	for (size_t i = 0; i < part.n; i++)
		if (!is_letter(part.p[i]))
			return (false);
	for (int n = 0; s.p != NULL; n++) {
		part = str_cut(&s, '-');
		if (part.n < 2 || !is_made_of(part, "", true, 8) || n == 4)
			return (false);
	}
	return (true);
}

typedef bool is_form(struct str);

static void
read_form(struct place *at, const struct json *value, is_form *fits,
    enum api_problem otherwise)
{
	struct str text = str_trim_lines(json_str(value));

	if (!json_is_string(value) || !fits(text))
		(void)refuse(at, otherwise);
	else
		json_add_str(at->out, at->field->name, text);
}

static void
read_uuid(struct place *at, const struct json *value)
{
	read_form(at, value, id_is_uuid, PROBLEM_NOT_AN_ID);
}

static void
read_date(struct place *at, const struct json *value)
{
	read_form(at, value, is_day, PROBLEM_NOT_A_DATE);
}

static void
read_time(struct place *at, const struct json *value)
{
	read_form(at, value, is_time, PROBLEM_NOT_A_TIME);
}

static void
read_slug(struct place *at, const struct json *value)
{
	read_form(at, value, is_slug, PROBLEM_NOT_A_SLUG);
}

static void
read_timezone(struct place *at, const struct json *value)
{
	read_form(at, value, is_timezone, PROBLEM_NOT_A_TIME_ZONE);
}

static void
read_language(struct place *at, const struct json *value)
{
	read_form(at, value, is_language, PROBLEM_NOT_A_LANGUAGE);
}

static bool
is_country(struct str s)
{
	return (s.n == 2 && s.p[0] >= 'A' && s.p[0] <= 'Z' && s.p[1] >= 'A' &&
	    s.p[1] <= 'Z');
}

static void
read_country(struct place *at, const struct json *value)
{
	read_form(at, value, is_country, PROBLEM_NOT_A_COUNTRY);
}

static void
read_phone(struct place *at, const struct json *value)
{
	struct phone_typed typed = { .kind = PHONE_TYPED_NONE };
	struct str number;

	if (json_is_string(value))
		typed = phone_typed_read(json_str(value), at->country);
	number = str_of(typed.number.text);
	if (typed.kind == PHONE_TYPED_NONE)
		(void)refuse(at, PROBLEM_NOT_A_PHONE_NUMBER);
	else if (typed.kind == PHONE_TYPED_PLUS_NEEDED)
		(void)refuse(at, PROBLEM_PLUS_NEEDED);
	else if (phone_is_withheld(number))
		(void)refuse(at, PROBLEM_WITHHELD_NUMBER);
	else if (typed.kind == PHONE_TYPED_DERIVED)
		json_add_str(refuse(at, PROBLEM_CONFIRM_NUMBER), "number",
		    number);
	else
		json_add_str(at->out, at->field->name, number);
}

/* The rest ---------------------------------------------------------------- */

static void
read_bool(struct place *at, const struct json *value)
{
	if (!json_is_bool(value))
		(void)refuse(at, PROBLEM_NOT_BOOLEAN);
	else
		json_add_bool(at->out, at->field->name,
		    json_bool(value, false));
}

/* A whole number from min to max, which is added; false: it is none. */
static bool
add_int(struct place *at, const struct json *value)
{
	const struct api_field *f = at->field;
	double n = json_number(value, 0.5);

	if (n < (double)f->min || n > (double)f->max || (double)(int64_t)n != n)
		return (false);
	json_add_number(at->out, f->name, n);
	return (true);
}

static void
read_int(struct place *at, const struct json *value)
{
	struct json *params;

	if (add_int(at, value))
		return;
	params = refuse(at, PROBLEM_OUT_OF_RANGE);
	json_add_number(params, "from", (double)at->field->min);
	json_add_number(params, "to", (double)at->field->max);
}

static void
read_weekday(struct place *at, const struct json *value)
{
	if (!add_int(at, value))
		(void)refuse(at, PROBLEM_NOT_A_WEEKDAY);
}

static void
read_object(struct place *at, const struct json *value)
{
	struct str text;

	if (!json_is_object(value))
		(void)refuse(at, PROBLEM_NOT_AN_OBJECT);
	else if (json_format(at->arena, value, &text, NULL) != ERR_OK ||
	    text.n > (uint64_t)at->field->max)
		(void)refuse(at, PROBLEM_TOO_LARGE);
	else
		json_add_copy(at->out, at->field->name, value);
}

/* One of words; they are told where it is none. */
static void
read_word(struct place *at, const struct json *value)
{
	const struct api_field *f = at->field;

	if (str_is_one_of(json_str(value), f->words))
		json_add_str(at->out, f->name, json_str(value));
	else
		complain_words(at->complaints, at->told_as, f->words);
}

static read_kind *const readers[] = {
	[API_TEXT] = read_text,
	[API_PHONE] = read_phone,
	[API_BOOL] = read_bool,
	[API_INT] = read_int,
	[API_WEEKDAY] = read_weekday,
	[API_ENUM] = read_word,
	[API_UUID] = read_uuid,
	[API_DATE] = read_date,
	[API_TIME] = read_time,
	[API_TEXTS] = read_texts,
	[API_OBJECT] = read_object,
	[API_SLUG] = read_slug,
	[API_TIMEZONE] = read_timezone,
	[API_LANGUAGE] = read_language,
	[API_COUNTRY] = read_country,
};

static const struct api_field *
find_field(struct str name, const struct api_field *fields, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (str_is(name, fields[i].name))
			return (&fields[i]);
	return (NULL);
}

/* "data[3]." and "open_time". */
static const char *
full_name(struct arena *a, const char *prefix, struct str name)
{
	struct str text;
	struct buf b;

	buf_init(&b, a);
	buf_adds(&b, prefix);
	buf_add(&b, name);
	return (buf_done(&b, &text, NULL) == ERR_OK ? text.p : "");
}

/* Is there a number that cannot be read without the clinic's country? */
static bool
wants_country(const struct json *object, const struct api_field *fields,
    size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (fields[i].kind == API_PHONE &&
		    phone_typed_read(json_str(json_get(object, fields[i].name)),
			STR_NONE)
			    .kind == PHONE_TYPED_PLUS_NEEDED)
			return (true);
	return (false);
}

static void
read_field(struct place *at, const struct json *value)
{
	const struct api_field *f = at->field;

	if (!json_is_null(value) &&
	    !(json_is_string(value) && trim_text(json_str(value)).n == 0))
		readers[f->kind](at, value);
	else if (f->flags & API_NULLABLE)
		json_add_null(at->out, f->name);
	else if (f->kind == API_TEXT && f->min == 0 && json_is_string(value))
		json_add_str(at->out, f->name, STR(""));
	else
		(void)refuse(at, PROBLEM_REQUIRED);
}

enum err_code
api_body_parse(struct exchange *x, const struct json **root_r, struct err *e)
{
	enum err_code code;

	if ((code = json_parse(x->arena, x->req.body, root_r, e)) != ERR_OK)
		return (code);
	if (!json_is_object(*root_r))
		return (err_set(e, ERR_INPUT, "the body must be an object"));
	return (ERR_OK);
}

static void
check_object(struct place *at, const struct json *object,
    const struct api_field *fields, size_t n, bool create, const char *prefix)
{
	const struct json *value;

	for (value = json_first(object); value != NULL;
	     value = json_next(value)) {
		at->told_as = full_name(at->arena, prefix, json_name(value));
		at->field = find_field(json_name(value), fields, n);
		if (at->field == NULL)
			(void)refuse(at, PROBLEM_UNKNOWN_FIELD);
		else
			read_field(at, value);
	}
	for (size_t i = 0; create && i < n; i++)
		if ((fields[i].flags & API_REQUIRED) &&
		    json_get(object, fields[i].name) == NULL)
			(void)complain(at->complaints,
			    full_name(at->arena, prefix,
				str_of(fields[i].name)),
			    PROBLEM_REQUIRED);
}

void
api_body_check(struct arena *a, const struct json *object,
    const struct api_field *fields, size_t n, bool create, const char *prefix,
    struct complaints *c, struct json *out)
{
	struct place at = { .arena = a, .out = out, .complaints = c };

	if (json_is_object(object))
		check_object(&at, object, fields, n, create, prefix);
	else
		(void)complain(c,
		    full_name(a, "",
			str_first(str_of(prefix), strlen(prefix) - 1)),
		    PROBLEM_NOT_AN_OBJECT);
}

enum err_code
api_body_read(struct exchange *x, const struct api_field *fields, size_t n,
    bool create, struct complaints *c, struct str *json_r, struct err *e)
{
	struct place at = { .arena = x->arena,
		.out = json_new_object(x->arena),
		.complaints = c,
		.country = STR_NONE };
	const struct json *root;
	enum err_code code;

	if ((code = api_body_parse(x, &root, e)) != ERR_OK)
		return (code);
	if (wants_country(root, fields, n) &&
	    (code = api_country(x, &at.country, e)) != ERR_OK)
		return (code);
	check_object(&at, root, fields, n, create, "");
	return (json_format(x->arena, at.out, json_r, e));
}

enum err_code
api_body_take(struct exchange *x, const struct api_field *fields, size_t n,
    bool create, struct str *json_r, struct err *e)
{
	struct complaints c;
	enum err_code code;

	complaints_init(&c, x->arena);
	if ((code = api_body_read(x, fields, n, create, &c, json_r, e)) !=
		ERR_OK ||
	    !c.any)
		return (code);
	*json_r = STR_NONE;
	return (answer_complaints(x, &c, e));
}

enum err_code
api_body_write(struct exchange *x, const struct api_field *fields, size_t n,
    bool create, enum statement statement, struct err *e)
{
	struct db_values v;
	struct str body;
	enum err_code code;

	if ((code = api_body_take(x, fields, n, create, &body, e)) != ERR_OK ||
	    body.p == NULL)
		return (code);
	db_values_init(&v, x->arena, statement);
	if (x->path_id.p != NULL)
		db_give(&v, "id", x->path_id);
	db_give(&v, "body", body);
	return (api_answer_write(x, &v, create ? 201 : 200, e));
}
