/*
 * A JSON body read by a table: one row a field, each value brought to one form
 * (trimmed text, E.164) or complained about. What comes out holds the fields
 * that were there, by their names, and nothing else; it goes to the database
 * as one jsonb. Knows shapes and lengths, not what is stored.
 */
#ifndef CALLWARD_API_BODY_H
#define CALLWARD_API_BODY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "api/api_answer.h"
#include "io/json.h"

#define API_TEXTS_MAX 20

/* min and max are characters where nothing else is said. */
enum api_kind {
	API_TEXT = 1, /* trimmed; of controls only newline and tab */
	API_PHONE,    /* as people write it; E.164, or it is asked for */
	API_BOOL,
	API_INT, /* min..max */
	API_UUID,
	API_DATE,     /* YYYY-MM-DD, of the calendar, since 1900 */
	API_TIME,     /* HH:MM, 24:00 too */
	API_TEXTS,    /* at most API_TEXTS_MAX of API_TEXT; empty ones go */
	API_WEEKDAY,  /* 0, Sunday, to 6; min and max are these */
	API_ENUM,     /* one of words */
	API_OBJECT,   /* kept as it is, at most max bytes */
	API_SLUG,     /* ^[a-z][a-z0-9_]{1,49}$ */
	API_TIMEZONE, /* the shape of an IANA name */
	API_LANGUAGE, /* the shape of a BCP 47 tag, such as es-MX */
	API_COUNTRY   /* the shape of an ISO 3166 code, such as GB */
};

#define API_REQUIRED 1u /* must be there on create; never null */
#define API_NULLABLE 2u /* null, or empty text, clears it */

struct api_field {
	const char *name;
	enum api_kind kind;
	int64_t min, max;
	unsigned flags;
	const char *words; /* of API_ENUM: "a|b|c" */
};

/* YYYY-MM-DD, a day of the calendar, which has no year 0000. */
bool api_is_date(struct str);

/*
 * The root of the body, an object. ERR_INPUT, whose text may be told: no JSON,
 * or no object.
 */
enum err_code api_body_parse(struct exchange *, const struct json **root_r,
    struct err *e) MUST_CHECK;

/*
 * Check one object and add its fields to out.
 *
 * create  true: fields that are API_REQUIRED must be there
 * prefix  before each field's name in complaints: "", "data[3]."
 * object  anything: what is no object is one complaint
 */
void api_body_check(struct arena *, const struct json *object,
    const struct api_field *, size_t n, bool create, const char *prefix,
    struct complaints *, struct json *out);

/*
 * The whole body: api_body_parse, api_body_check, and json_r the text of what
 * came out, to bind as jsonb when nothing was complained about. Numbers are
 * read by the dialling plan of the clinic's country, which is asked for then.
 */
enum err_code api_body_read(struct exchange *, const struct api_field *,
    size_t n, bool create, struct complaints *, struct str *json_r,
    struct err *e) MUST_CHECK;

/* The same, and answers complaints, if there are any: STR_NONE then. */
enum err_code api_body_take(struct exchange *, const struct api_field *,
    size_t n, bool create, struct str *json_r, struct err *e) MUST_CHECK;

/*
 * A whole write: take the body, run the statement with it as parameter body
 * (and with id, where the path has one), and answer: 201 if it creates, else
 * 200.
 */
enum err_code api_body_write(struct exchange *, const struct api_field *,
    size_t n, bool create, enum statement, struct err *e) MUST_CHECK;

#endif
