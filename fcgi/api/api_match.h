/*
 * A change on a condition: the header If-Match, and the ETag that it names.
 * What a tag is of, the statement says.
 * Source: RFC 9110, sections 8.8.3 and 13.1.1.
 */
#ifndef CALLWARD_API_MATCH_H
#define CALLWARD_API_MATCH_H

#include "exchange.h"

/*
 * The tags that the request demands, as a JSON array of texts.
 *
 * tags_r  STR_NONE: any will do, since there is no If-Match or it is "*"
 * A tag that was made weak (W/) on the way, as by a web server that packs
 * answers, is taken for the one we gave. ERR_INPUT: no list of tags, or one
 * that came more than once.
 */
enum err_code api_match_read(const struct exchange *, struct str *tags_r,
    struct err *e) MUST_CHECK;

/* Add ETag to the answer; STR_NONE: nothing. tag is ours, without quotes. */
enum err_code api_match_tag(struct exchange *, struct str tag,
    struct err *e) MUST_CHECK;

#endif
