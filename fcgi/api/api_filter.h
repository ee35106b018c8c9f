/*
 * What the list of calls and its export are narrowed by. Each filter is one
 * row of a table (api_filter.c) and goes to the database under its name, in
 * one object that callward.asked_filter reads.
 */
#ifndef CALLWARD_API_FILTER_H
#define CALLWARD_API_FILTER_H

#include "api/api_query.h"

struct api_filters {
	struct str asked; /* those that were given: {"status":"busy"} */
	struct str json;  /* the same as the database takes them */
	struct str names; /* of those, each followed by a space */
	bool searches;	  /* for words or a person's number */
};

/*
 * What is wrong with one of them is complained about in q, and it counts as
 * not given. number and q are read as people type numbers; what is searched
 * for becomes terms (api_search.h). All is kept in q's arena. Errors:
 * ERR_TOO_LARGE, and those of api_country and api_search_add.
 */
enum err_code api_filters_read(struct exchange *, struct api_query *q,
    struct api_filters *filters_r, struct err *e) MUST_CHECK;

#endif
