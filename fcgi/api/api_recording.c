/*
 * What was asked for is read ahead up to the first piece, so that the head
 * says how long the file is and every failure has a status of its own; the
 * rest is read piece by piece while it is written.
 */
#include "config.h"

#include <string.h>

#include "api/api_answer.h"
#include "api/api_recording.h"
#include "base/clock.h"
#include "io/id.h"
#include "vapi/vapi_recording.h"

#define FIRST_MS 20000 /* before the web server gives up */
/* Of the memory for bodies the half is left to the webhooks. */
#define WHOLE_IN_HAND_MAX (2 * VAPI_RECORDING_WHOLE_BYTES)

/* What the client asks for. */
struct range {
	bool given;
	int64_t from; /* -1: the last `to` bytes */
	int64_t to;   /* INT64_MAX: the end */
};

/* A recording on its way. */
struct play {
	struct exchange *x;
	struct vapi_recording rec;
	struct str ahead; /* the first piece, read before the head */
	int64_t at, to;	  /* the next byte and the last */
};

/* What is asked ----------------------------------------------------------- */

/*
 * One range of bytes. Several, other units and what is malformed are ignored,
 * as is a range of a version that we cannot know (If-Range).
 */
static struct range
read_range(const struct request *req)
{
	const struct range all = { false, 0, INT64_MAX };
	struct range r = { true, 0, INT64_MAX };
	struct str rest, first;

	if (request_header(req, "HTTP_IF_RANGE", &rest, NULL) != ERR_ABSENT ||
	    request_header(req, "HTTP_RANGE", &rest, NULL) != ERR_OK ||
	    !str_starts(rest, "bytes="))
		return (all);
	rest = str_trim(str_skip(rest, 6));
	first = str_cut(&rest, '-');
	if (rest.p == NULL || (first.n == 0 && rest.n == 0))
		return (all);
	if ((first.n > 0 &&
		str_parse_int(first, 0, INT64_MAX - 1, &r.from, NULL) !=
		    ERR_OK) ||
	    (rest.n > 0 &&
		str_parse_int(rest, 0, INT64_MAX - 1, &r.to, NULL) != ERR_OK) ||
	    (first.n > 0 && r.to < r.from))
		return (all);
	if (first.n == 0)
		r.from = -1;
	return (r);
}

/* What is refused --------------------------------------------------------- */

/* The log has the reason, the clinic what it can do. */
static enum err_code
refuse(struct exchange *x, int status, enum api_problem problem,
    const struct err *why, struct err *e)
{
	enum err_code code = api_answer_problem(x, status, problem, e);

	if (why != NULL)
		x->trouble = *why;
	return (code);
}

static enum err_code
refuse_range(struct play *p, struct err *e)
{
	struct str text;
	struct buf b;
	enum err_code code;

	buf_init(&b, p->x->arena);
	buf_addf(&b, "bytes */%lld", (long long)p->rec.bytes);
	if ((code = buf_done(&b, &text, e)) != ERR_OK ||
	    (code = api_answer_problem(p->x, 416, PROBLEM_RECORDING_RANGE,
		 e)) != ERR_OK)
		return (code);
	response_header(&p->x->resp, "Content-Range", text.p);
	return (ERR_OK);
}

static enum err_code
refuse_failure(struct play *p, const struct err *why, struct err *e)
{
	switch (why->code) {
	case ERR_INPUT:
		return (refuse_range(p, e));
	case ERR_ABSENT:
		return (refuse(p->x, 410, PROBLEM_RECORDING_EXPIRED, why, e));
	case ERR_DENIED:
		return (refuse(p->x, 503, PROBLEM_RECORDING_DENIED, why, e));
	case ERR_TOO_LARGE:
		return (refuse(p->x, 503, PROBLEM_RECORDING_TOO_LARGE, why, e));
	default:
		return (refuse(p->x, 503, PROBLEM_RECORDING_FAILED, why, e));
	}
}

/* What is read ------------------------------------------------------------ */

static void
give_back(void *metrics)
{
	metrics_in_hand(metrics, 0, -VAPI_RECORDING_WHOLE_BYTES);
}

/* Take all of a file that cannot be read in ranges, while there is room. */
static enum err_code
take_whole(struct play *p, int64_t deadline_ms, struct err *e)
{
	struct metrics *m = p->x->app->metrics;
	enum err_code code;

	metrics_in_hand(m, 0, VAPI_RECORDING_WHOLE_BYTES);
	if ((code = arena_tie(p->x->arena, give_back, m, e)) != ERR_OK)
		return (code);
	if (metrics_bytes_in_hand(m) > WHOLE_IN_HAND_MAX)
		return (err_set(e, ERR_TEMPORARY,
		    "too many recordings without ranges in hand"));
	return (vapi_recording_take(&p->rec, deadline_ms, e));
}

static enum err_code
read_bytes(struct play *p, struct arena *a, int64_t from, int64_t to,
    int64_t deadline_ms, struct str *bytes_r, struct err *e)
{
	int64_t began = clock_mono_ms();
	enum err_code code;

	if (to - from >= VAPI_RECORDING_PIECE_BYTES)
		to = from + VAPI_RECORDING_PIECE_BYTES - 1;
	code =
	    vapi_recording_read(&p->rec, a, from, to, deadline_ms, bytes_r, e);
	if (code == ERR_TOO_LARGE &&
	    (code = take_whole(p, deadline_ms, e)) == ERR_OK)
		code = vapi_recording_read(&p->rec, a, from, to, deadline_ms,
		    bytes_r, e);
	p->x->vapi_ms += clock_mono_ms() - began;
	return (code);
}

/* Read the first piece, and know by it where the rest begins and ends. */
static enum err_code
read_ahead(struct play *p, const struct range *r, struct err *e)
{
	int64_t deadline_ms = p->x->req.started_ms + FIRST_MS;
	struct arena *a = p->x->arena;
	enum err_code code;

	p->at = r->from;
	if (r->from < 0) {
		/* How many there are is told with any of them. */
		if ((code = read_bytes(p, a, 0, 0, deadline_ms, &p->ahead,
			 e)) != ERR_OK)
			return (code);
		if (r->to == 0)
			return (err_set(e, ERR_INPUT, "the last no bytes"));
		p->at = r->to < p->rec.bytes ? p->rec.bytes - r->to : 0;
	}
	p->to = r->from < 0 ? INT64_MAX - 1 : r->to;
	if ((code = read_bytes(p, a, p->at, p->to, deadline_ms, &p->ahead,
		 e)) != ERR_OK)
		return (code);
	if (p->to >= p->rec.bytes)
		p->to = p->rec.bytes - 1;
	return (ERR_OK);
}

static enum err_code
produce(void *ctx, struct arena *a, int64_t deadline_ms, struct str *piece_r,
    struct err *e)
{
	struct play *p = ctx;
	enum err_code code;

	if (p->ahead.p != NULL) {
		*piece_r = p->ahead;
		p->ahead = STR_NONE;
	} else if ((code = read_bytes(p, a, p->at, p->to, deadline_ms, piece_r,
			e)) != ERR_OK) {
		return (code);
	}
	p->at += (int64_t)piece_r->n;
	return (ERR_OK);
}

/* What is answered -------------------------------------------------------- */

/* Audio, without parameters; anything else is bytes. */
static enum err_code
content_type(const struct play *p, const char **type_r, struct err *e)
{
	struct str rest = str_of(p->rec.content_type);
	struct str type = str_trim(str_cut(&rest, ';'));

	*type_r = "application/octet-stream";
	if (!str_starts(type, "audio/") || type.n == 6)
		return (ERR_OK);
	for (size_t i = 6; i < type.n; i++)
		if (strchr("abcdefghijklmnopqrstuvwxyz0123456789.+-",
			type.p[i]) == NULL)
			return (ERR_OK);
	if ((*type_r = str_dup(p->x->arena, type)) == NULL)
		return (err_set(e, ERR_TOO_LARGE, "no room for a type"));
	return (ERR_OK);
}

static enum err_code
answer(struct play *p, bool ranged, struct err *e)
{
	struct response *resp = &p->x->resp;
	const char *type;
	struct str text;
	struct buf b;
	enum err_code code;

	if ((code = content_type(p, &type, e)) != ERR_OK)
		return (code);
	buf_init(&b, p->x->arena);
	buf_addf(&b, "bytes %lld-%lld/%lld", (long long)p->at, (long long)p->to,
	    (long long)p->rec.bytes);
	if ((code = buf_done(&b, &text, e)) != ERR_OK)
		return (code);
	response_stream(resp, ranged ? 206 : 200, type, p->to - p->at + 1,
	    produce, p);
	if (ranged)
		response_header(resp, "Content-Range", text.p);
	response_header(resp, "Accept-Ranges", "bytes");
	response_header(resp, "Cache-Control", "private, no-store");
	response_header(resp, "Content-Disposition", "inline");
	return (ERR_OK);
}

/* STR_NONE: there is no recording of it. */
static enum err_code
find(struct exchange *x, struct str *call_id_r, struct str *which_r,
    struct err *e)
{
	const struct db_result *result;
	struct db_values v;
	enum err_code code;

	if ((code = api_check_id(x, e)) != ERR_OK)
		return (code);
	statement_tenant_recording(&v, x->arena,
	    &(struct statement_tenant_recording){ .id = x->path_id,
		.actor = x->actor });
	if ((code = api_run(x, &v, true, &result, e)) != ERR_OK)
		return (code);
	if (db_rows(result) == 0)
		return (err_set(e, ERR_ABSENT, "no such thing of this tenant"));
	x->call = x->path_id;
	*call_id_r = STR_NONE;
	*which_r = db_str(result, 0, TENANT_RECORDING_RECORDING);
	if (which_r->p != NULL) {
		*call_id_r = db_str(result, 0, TENANT_RECORDING_VAPI_CALL_ID);
		api_note(x, STR("play_recording"), x->path_id);
	}
	return (ERR_OK);
}

enum err_code
api_recording(struct exchange *x, struct err *e)
{
	struct range range = read_range(&x->req);
	struct play *p = arena_alloc(x->arena, sizeof(*p));
	struct str call_id, which;
	struct err why;
	enum err_code code;

	if (p == NULL)
		return (err_set(e, ERR_TOO_LARGE, "no room for a recording"));
	if (!x->owner && !x->app->settings.desk_recordings) {
		x->refusal = EXCHANGE_OWNER_ONLY;
		return (err_set(e, ERR_DENIED,
		    "recordings are for the clinic's owner: DESK_RECORDINGS"));
	}
	if ((code = admission_hold(x, e)) != ERR_OK ||
	    (code = find(x, &call_id, &which, e)) != ERR_OK)
		return (code);
	/* It becomes a segment of an address. */
	if (!id_is_vapi(call_id) || call_id.p[0] == '.')
		return (refuse(x, 404, PROBLEM_NO_RECORDING, NULL, e));
	*p = (struct play){ .x = x,
		.rec = { .http = x->app->http,
		    .arena = x->arena,
		    .api_url = x->app->settings.vapi_api_url,
		    .api_key = x->app->settings.vapi_api_key,
		    .call_id = call_id,
		    .which = vapi_recording_which(which) } };
	if (read_ahead(p, &range, &why) != ERR_OK)
		return (refuse_failure(p, &why, e));
	return (answer(p, range.given, e));
}
