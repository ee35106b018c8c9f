/*
 * How a number is read is lib/tenancy/phone_typed.c's.
 */
#include "config.h"

#include "api/api_answer.h"
#include "api/api_phone.h"

enum err_code
api_country(struct exchange *x, struct str *country_r, struct err *e)
{
	const struct db_result *r;
	struct db_values v;
	enum err_code code;

	db_values_init(&v, x->arena, STATEMENT_TENANT_COUNTRY);
	if ((code = api_run(x, &v, false, &r, e)) != ERR_OK)
		return (code);
	*country_r = db_str(r, 0, TENANT_COUNTRY_COUNTRY);
	return (ERR_OK);
}

/* phone_typed_read, in the clinic's country where it is needed. */
static enum err_code
read_typed(struct exchange *x, struct str typed, struct phone_typed *typed_r,
    struct err *e)
{
	struct str country;
	enum err_code code;

	*typed_r = phone_typed_read(typed, STR_NONE);
	if (typed_r->kind != PHONE_TYPED_PLUS_NEEDED)
		return (ERR_OK);
	if ((code = api_country(x, &country, e)) == ERR_OK)
		*typed_r = phone_typed_read(typed, country);
	return (code);
}

/*
 * *found_r: E.164; the digits that may be the end of a number; STR_NONE where
 * it is neither.
 */
static enum err_code
find_number(struct exchange *x, struct str typed, struct str *found_r,
    struct err *e)
{
	char end[PHONE_SIZE] = "";
	struct phone_typed read;
	enum err_code code;
	char *copy;

	*found_r = STR_NONE;
	if ((code = read_typed(x, typed, &read, e)) != ERR_OK)
		return (code);
	if (read.number.text[0] == '\0' && !phone_typed_end(typed, end))
		return (ERR_OK);
	copy =
	    str_dup(x->arena, str_of(end[0] != '\0' ? end : read.number.text));
	if (copy == NULL)
		return (err_set(e, ERR_TOO_LARGE, "no memory"));
	*found_r = str_of(copy);
	return (ERR_OK);
}

enum err_code
api_phone_search(struct exchange *x, struct str *number, struct str *words,
    struct err *e)
{
	struct str found;
	enum err_code code;

	if (number->p != NULL) {
		if ((code = find_number(x, *number, &found, e)) != ERR_OK)
			return (code);
		if (found.p != NULL)
			*number = found;
	}
	if (words->p == NULL)
		return (ERR_OK);
	if ((code = find_number(x, *words, &found, e)) != ERR_OK)
		return (code);
	if (found.p != NULL && !str_starts(found, "+"))
		*words = found;
	else if (found.p != NULL && number->p == NULL) {
		*number = found;
		*words = STR_NONE;
	}
	return (ERR_OK);
}
