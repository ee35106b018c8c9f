/*
 * A query read one field after the other; what is wrong with any of them is
 * told for all at once, before the database is asked. A parameter that is
 * empty counts as missing.
 */
#ifndef CALLWARD_API_QUERY_H
#define CALLWARD_API_QUERY_H

#include "api/api_answer.h"

struct api_query {
	struct form form;
	struct complaints complaints;
};

/* ERR_INPUT when it cannot be decoded. */
enum err_code api_query_init(struct api_query *, struct exchange *,
    struct err *e) MUST_CHECK;

/* STR_NONE when it is missing or was complained about; so all below. */
struct str api_query_get(struct api_query *, const char *name);
struct str api_query_text(struct api_query *, const char *name, size_t most);
struct str api_query_uuid(struct api_query *, const char *name);

/* RFC 3339, and one that the database reads too. */
struct str api_query_time(struct api_query *, const char *name);

/*
 * A time of day or a day has two kinds, which are not mixed: since and until
 * are moments, the second one excluded; from and to are local days such as
 * 2026-01-31, both included. Any of them may be missing.
 */
struct api_span {
	struct str since, until, from, to;
};
void api_query_span(struct api_query *, struct api_span *span_r);

/* Complain about name, which was given, beside another that excludes it. */
void api_query_alone(struct api_query *, const char *name, const char *other);

/* One of words, "a|b|c". */
struct str api_query_word(struct api_query *, const char *name,
    const char *words);

/* 1..most; fallback when missing or complained about. */
int64_t api_query_number(struct api_query *, const char *name, int64_t most,
    int64_t fallback);

/* "TIME_UUID": a place in a list that is sorted by both. */
void api_query_cursor(struct api_query *, struct str *at_r, struct str *id_r);

#endif
