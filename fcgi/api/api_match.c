/*
 * Reads If-Match and writes ETag.
 */
#include "config.h"

#include "api/api_match.h"
#include "io/json.h"

static enum err_code
malformed(struct err *e)
{
	return (err_set(e, ERR_INPUT, "If-Match is no list of entity tags"));
}

/* Take one tag, with its quotes, off the front of rest. */
static enum err_code
read_tag(struct str *rest, struct str *tag_r, struct err *e)
{
	if (str_starts(*rest, "W/"))
		*rest = str_skip(*rest, 2);
	if (!str_starts(*rest, "\""))
		return (malformed(e));
	*rest = str_skip(*rest, 1);
	*tag_r = str_first(*rest, str_find(*rest, '"'));
	if (tag_r->n == rest->n)
		return (malformed(e));
	*rest = str_trim(str_skip(*rest, tag_r->n + 1));
	return (ERR_OK);
}

enum err_code
api_match_read(const struct exchange *x, struct str *tags_r, struct err *e)
{
	struct json *tags = json_new_array(x->arena);
	struct str rest, tag;
	enum err_code code;
	size_t n = 0;

	*tags_r = STR_NONE;
	code = request_header(&x->req, "HTTP_IF_MATCH", &rest, e);
	if (code == ERR_ABSENT)
		return (ERR_OK);
	if (code != ERR_OK)
		return (malformed(e));
	rest = str_trim(rest);
	if (str_is(rest, "*"))
		return (ERR_OK);
	while (rest.n > 0) {
		/* Elements that are empty do not count (5.6.1). */
		if (str_starts(rest, ",")) {
			rest = str_trim(str_skip(rest, 1));
			continue;
		}
		if ((code = read_tag(&rest, &tag, e)) != ERR_OK)
			return (code);
		if (rest.n > 0 && !str_starts(rest, ","))
			return (malformed(e));
		/* Ours are ASCII: another one is none of them. */
		if (str_is_utf8(tag))
			json_push_str(tags, tag);
		n++;
	}
	return (n > 0 ? json_format(x->arena, tags, tags_r, e) : malformed(e));
}

enum err_code
api_match_tag(struct exchange *x, struct str tag, struct err *e)
{
	enum err_code code;
	struct str text;
	struct buf b;

	if (tag.p == NULL)
		return (ERR_OK);
	buf_init(&b, x->arena);
	buf_addc(&b, '"');
	buf_add(&b, tag);
	buf_addc(&b, '"');
	if ((code = buf_done(&b, &text, e)) != ERR_OK)
		return (code);
	response_header(&x->resp, "ETag", text.p);
	return (ERR_OK);
}
