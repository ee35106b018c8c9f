/*
 * Asks for the link, reads through it, and asks once more when it has lapsed.
 */
#include "config.h"

#include <string.h>

#include "vapi/vapi_ask.h"
#include "vapi/vapi_recording.h"

#define LINK_MAX_BYTES ((size_t)64 * 1024) /* of an answer that is none */
#define EXTRA_BYTES ((size_t)64 * 1024)	   /* of an error's page */

/* A range and what became of it. */
struct reading {
	struct vapi_recording *rec;
	struct arena *arena;
	int64_t from, to; /* to -1: no range is asked for */
	int64_t deadline_ms;
	size_t most_bytes;
	struct http_answer answer;
};

/* The link ---------------------------------------------------------------- */

/* What an answer without a link means, and what can be done about it. */
static enum err_code
no_link(int status, struct err *e)
{
	switch (status) {
	case 401:
	case 403:
		return (err_set(e, ERR_DENIED,
		    "vapi answered %d: check VAPI_API_KEY", status));
	case 404:
	case 410:
		return (err_set(e, ERR_ABSENT,
		    "vapi answered %d: it has no such recording", status));
	default:
		return (err_set(e,
		    status >= 500 ? ERR_UNCERTAIN : ERR_TEMPORARY,
		    "vapi answered %d to a question for a recording", status));
	}
}

static bool
is_plain(const char *url)
{
	return (strncmp(url, "http://", 7) == 0);
}

/*
 * Is it an address to go to? VAPI_API_URL is plain on loopback only, and then
 * so may the link be. A name before the host is there to deceive.
 */
static enum err_code
check_link(const struct vapi_recording *rec, const char *link, struct err *e)
{
	struct str rest = str_of(link), host;

	for (const char *p = link; *p != '\0'; p++)
		if (*p <= ' ' || *p > '~')
			return (err_set(e, ERR_TEMPORARY,
			    "vapi's link to the recording is malformed"));
	if (!str_starts(rest, "https://") &&
	    !(is_plain(link) && is_plain(rec->api_url)))
		return (err_set(e, ERR_TEMPORARY,
		    "vapi's link to the recording is not https"));
	rest = str_skip(rest, str_find(rest, ':') + 3);
	host = str_first(rest, str_find(rest, '/'));
	if (host.n == 0 || str_find(host, '@') < host.n)
		return (err_set(e, ERR_TEMPORARY,
		    "vapi's link to the recording names no honest host"));
	return (ERR_OK);
}

const char *
vapi_recording_which(struct str told)
{
	static const char *const known[] = { "mono", "stereo", "customer",
		"assistant" };

	for (size_t i = 1; i < sizeof(known) / sizeof(known[0]); i++)
		if (str_is(told, known[i]))
			return (known[i]);
	return (known[0]);
}

static enum err_code
ask_one(struct vapi_recording *rec, const char *which, int64_t deadline_ms,
    struct err *e)
{
	struct vapi_question q = { .api_url = rec->api_url,
		.api_key = rec->api_key,
		.deadline_ms = deadline_ms,
		.answer_max_bytes = LINK_MAX_BYTES };
	struct http_answer answer;
	struct buf b;
	enum err_code code;

	buf_init(&b, rec->arena);
	buf_addf(&b, "/call/%.*s/%s-recording", (int)rec->call_id.n,
	    rec->call_id.p, which);
	if ((code = buf_done(&b, &q.path, e)) != ERR_OK ||
	    (code = vapi_ask(rec->http, rec->arena, &q, &answer, e)) != ERR_OK)
		return (code);
	if (answer.status < 300 || answer.status > 399 ||
	    answer.location[0] == '\0')
		return (no_link(answer.status, e));
	if ((code = check_link(rec, answer.location, e)) != ERR_OK)
		return (code);
	if ((rec->link = str_dup(rec->arena, str_of(answer.location))) == NULL)
		return (err_set(e, ERR_TOO_LARGE, "no room for a link"));
	return (ERR_OK);
}

static enum err_code
ask_link(struct vapi_recording *rec, int64_t deadline_ms, struct err *e)
{
	const char *which = rec->which != NULL ? rec->which : "mono";
	bool whole = strcmp(which, "mono") == 0 || strcmp(which, "stereo") == 0;
	enum err_code code =
	    ask_one(rec, whole ? which : "mono", deadline_ms, e);

	return (code == ERR_ABSENT && !whole ?
		ask_one(rec, which, deadline_ms, e) :
		code);
}

/* The file ---------------------------------------------------------------- */

static enum err_code
fetch(struct reading *r, struct err *e)
{
	const struct vapi_recording *rec = r->rec;
	struct http_request out = { .method = "GET",
		.url = rec->link,
		.deadline_ms = r->deadline_ms,
		.answer_max_bytes = r->most_bytes };
	struct str range;
	struct buf b;
	enum err_code code;

	if (is_plain(rec->link))
		out.reach = HTTP_REACH_LOOPBACK;
	else if (!is_plain(rec->api_url))
		out.reach = HTTP_REACH_PUBLIC;
	if (r->to >= 0) {
		buf_init(&b, r->arena);
		buf_addf(&b, "Range: bytes=%lld-%lld", (long long)r->from,
		    (long long)r->to);
		if ((code = buf_done(&b, &range, e)) != ERR_OK)
			return (code);
		out.headers[0] = range.p;
	}
	if ((code = http_do(rec->http, r->arena, &out, &r->answer, e)) !=
		ERR_OK &&
	    code != ERR_TOO_LARGE)
		err_prefix(e, "recording");
	return (code);
}

/*
 * Through the link, or through a new one: they live for minutes, and a
 * listener may have paused.
 */
static enum err_code
fetch_linked(struct reading *r, struct err *e)
{
	struct vapi_recording *rec = r->rec;
	bool fresh = false;
	enum err_code code;
	int status;

	for (;;) {
		if (rec->link == NULL) {
			if ((code = ask_link(rec, r->deadline_ms, e)) != ERR_OK)
				return (code);
			fresh = true;
		}
		if ((code = fetch(r, e)) != ERR_OK)
			return (code);
		status = r->answer.status;
		if (status == 200 || status == 206 || status == 416)
			return (ERR_OK);
		rec->link = NULL;
		if (fresh || status >= 500)
			break;
	}
	if (status == 404 || status == 410)
		return (err_set(e, ERR_ABSENT,
		    "the recording is gone from vapi's storage (%d)", status));
	return (err_set(e, status >= 500 ? ERR_UNCERTAIN : ERR_TEMPORARY,
	    "vapi's storage answered %d to a fresh link", status));
}

/* "bytes 0-99/1234", "bytes * /1234" without the space: first is -1 then */
static bool
parse_content_range(const char *text, int64_t *first_r, int64_t *last_r,
    int64_t *bytes_r)
{
	struct str rest = str_of(text), range, first;

	if (!str_starts(rest, "bytes "))
		return (false);
	rest = str_skip(rest, 6);
	range = str_cut(&rest, '/');
	if (rest.p == NULL ||
	    str_parse_int(rest, 0, INT64_MAX, bytes_r, NULL) != ERR_OK)
		return (false);
	*first_r = *last_r = -1;
	if (str_is(range, "*"))
		return (true);
	first = str_cut(&range, '-');
	return (range.p != NULL &&
	    str_parse_int(first, 0, *bytes_r, first_r, NULL) == ERR_OK &&
	    str_parse_int(range, *first_r, *bytes_r - 1, last_r, NULL) ==
		ERR_OK);
}

static enum err_code
note_bytes(struct vapi_recording *rec, int64_t bytes, struct err *e)
{
	if (bytes == 0)
		return (err_set(e, ERR_ABSENT, "the recording is empty"));
	if (rec->bytes != 0 && rec->bytes != bytes)
		return (err_set(e, ERR_CONFLICT,
		    "the recording changed while it was read"));
	rec->bytes = bytes;
	return (ERR_OK);
}

static enum err_code
past_end(struct err *e)
{
	return (err_set(e, ERR_INPUT, "the range is past the recording's end"));
}

/* What was asked for, out of a file that is here whole. */
static enum err_code
slice(const struct reading *r, struct str *bytes_r, struct err *e)
{
	struct str whole = r->rec->whole;

	if ((uint64_t)r->from >= whole.n)
		return (past_end(e));
	*bytes_r = str_first(str_skip(whole, (size_t)r->from),
	    (size_t)(r->to - r->from + 1));
	return (ERR_OK);
}

/* The whole file, though a range was asked for; it was small enough. */
static enum err_code
take_answer(struct reading *r, struct str *bytes_r, struct err *e)
{
	struct vapi_recording *rec = r->rec;
	enum err_code code;

	if ((code = note_bytes(rec, (int64_t)r->answer.body.n, e)) != ERR_OK)
		return (code);
	rec->whole = r->answer.body;
	if (r->arena != rec->arena &&
	    (rec->whole.p = str_dup(rec->arena, rec->whole)) == NULL)
		return (err_set(e, ERR_TOO_LARGE, "no room for a recording"));
	return (slice(r, bytes_r, e));
}

static enum err_code
read_part(struct reading *r, struct str *bytes_r, struct err *e)
{
	int64_t first, last, bytes;
	enum err_code code;

	if (!parse_content_range(r->answer.content_range, &first, &last,
		&bytes))
		return (err_set(e, ERR_UNCERTAIN,
		    "vapi's storage answered %d without a sane Content-Range",
		    r->answer.status));
	if ((code = note_bytes(r->rec, bytes, e)) != ERR_OK)
		return (code);
	if (r->answer.status == 416)
		return (past_end(e));
	if (first != r->from ||
	    last != (r->to < bytes - 1 ? r->to : bytes - 1) ||
	    (int64_t)r->answer.body.n != last - first + 1)
		return (err_set(e, ERR_UNCERTAIN,
		    "vapi's storage answered another range than was asked for"));
	*bytes_r = r->answer.body;
	return (ERR_OK);
}

enum err_code
vapi_recording_read(struct vapi_recording *rec, struct arena *arena,
    int64_t from, int64_t to, int64_t deadline_ms, struct str *bytes_r,
    struct err *e)
{
	struct reading r = { .rec = rec,
		.arena = arena,
		.from = from,
		.to = to,
		.deadline_ms = deadline_ms,
		.most_bytes = (size_t)(to - from + 1) + EXTRA_BYTES };
	enum err_code code;

	if (rec->whole.p != NULL)
		return (slice(&r, bytes_r, e));
	if ((code = fetch_linked(&r, e)) != ERR_OK)
		return (code);
	if (rec->content_type[0] == '\0' && r.answer.status != 416)
		memcpy(rec->content_type, r.answer.content_type,
		    sizeof(rec->content_type));
	return (r.answer.status == 200 ? take_answer(&r, bytes_r, e) :
					 read_part(&r, bytes_r, e));
}

enum err_code
vapi_recording_take(struct vapi_recording *rec, int64_t deadline_ms,
    struct err *e)
{
	struct reading r = { .rec = rec,
		.arena = rec->arena,
		.to = -1,
		.deadline_ms = deadline_ms,
		.most_bytes = VAPI_RECORDING_WHOLE_BYTES };
	struct str first;
	enum err_code code;

	if ((code = fetch_linked(&r, e)) != ERR_OK)
		return (code);
	if (r.answer.status != 200)
		return (err_set(e, ERR_UNCERTAIN,
		    "vapi's storage answered %d where no range was asked for",
		    r.answer.status));
	memcpy(rec->content_type, r.answer.content_type,
	    sizeof(rec->content_type));
	r.to = 0;
	return (take_answer(&r, &first, e));
}
