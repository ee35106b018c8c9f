/*
 * The first piece is made before the head is written, so that what fails at
 * once is answered as any failure.
 */
#include "config.h"

#include <assert.h>

#include "base/clock.h"
#include "stream.h"

#define PIECE_MAX_BYTES ((size_t)8 * 1024 * 1024)
#define PIECE_MS 15000
#define ANSWER_MS ((int64_t)10 * 60 * 1000) /* a thread is not held longer */
#define STOP_MS 5000
#define SLICE_BYTES ((size_t)64 * 1024) /* the clock is read after each */

struct stream {
	struct fcgx_request *to;
	struct response *resp;
	struct arena *arena; /* of the piece in hand */
	int64_t until_ms;
};

/* Is there time left for this answer? */
static enum err_code
check_time(struct stream *s, int64_t now, struct err *e)
{
	if (fcgx_stopping(s->to) && s->until_ms > now + STOP_MS)
		s->until_ms = now + STOP_MS;
	if (now >= s->until_ms)
		return (err_set(e, ERR_TEMPORARY, "no time left"));
	return (ERR_OK);
}

/* The next piece; one without bytes when all of it was written. */
static enum err_code
next_piece(struct stream *s, struct str *piece_r, struct err *e)
{
	int64_t now = clock_mono_ms(), deadline_ms = now + PIECE_MS;
	int64_t length = s->resp->stream.length, sent = s->resp->stream.sent;

	*piece_r = STR("");
	if (sent == length)
		return (ERR_OK);
	if (check_time(s, now, e) != ERR_OK)
		return (e->code);
	if (deadline_ms > s->until_ms)
		deadline_ms = s->until_ms;
	arena_reset(s->arena);
	if (s->resp->stream.produce(s->resp->stream.ctx, s->arena, deadline_ms,
		piece_r, e) != ERR_OK) {
		(void)check_time(s, clock_mono_ms(), e); /* the better reason */
		return (e->code);
	}
	if (length >= 0 && (int64_t)piece_r->n > length - sent)
		return (err_set(e, ERR_BUG, "the body is longer than told"));
	if (length >= 0 && piece_r->n == 0)
		return (err_set(e, ERR_TEMPORARY, "the body ended early"));
	return (ERR_OK);
}

/* By slices: who takes a little now and then has no longer for it. */
static enum err_code
write_piece(struct stream *s, struct str piece, struct err *e)
{
	enum err_code code = ERR_OK;

	while (code == ERR_OK && piece.n > 0) {
		struct str slice = str_first(piece, SLICE_BYTES);

		if ((code = fcgx_write(s->to, slice, e)) != ERR_OK)
			break;
		s->resp->stream.sent += (int64_t)slice.n;
		piece = str_skip(piece, slice.n);
		if (piece.n > 0)
			code = check_time(s, clock_mono_ms(), e);
	}
	return (code);
}

static enum err_code
write_pieces(struct stream *s, struct str piece, struct err *e)
{
	enum err_code code = ERR_OK;

	while (code == ERR_OK && piece.n > 0) {
		if ((code = write_piece(s, piece, e)) != ERR_OK)
			break;
		code = next_piece(s, &piece, e);
	}
	return (code);
}

static enum err_code
write_all(struct stream *s, struct exchange *x, bool *written_r, struct err *e)
{
	struct str piece, head;
	enum err_code code;

	if ((code = next_piece(s, &piece, e)) != ERR_OK ||
	    (code = response_head(x->arena, &x->req, &x->resp, &head, e)) !=
		ERR_OK)
		return (code);
	*written_r = true;
	if ((code = fcgx_write(s->to, head, e)) == ERR_OK &&
	    (code = write_pieces(s, piece, e)) == ERR_OK)
		return (fcgx_finish(s->to, STR(""), STR(""), e));
	err_prefix(e, "cut after %lld bytes", (long long)s->resp->stream.sent);
	fcgx_cut(s->to);
	return (code);
}

enum err_code
stream_answer(struct fcgx_request *to, struct exchange *x, bool *written_r,
    struct err *e)
{
	struct stream s = { .to = to,
		.resp = &x->resp,
		.until_ms = clock_mono_ms() + ANSWER_MS };
	enum err_code code;

	assert(x->place.held);
	*written_r = false;
	if ((s.arena = arena_new(PIECE_MAX_BYTES)) == NULL)
		return (err_set(e, ERR_TEMPORARY, "no memory"));
	code = write_all(&s, x, written_r, e);
	arena_free(s.arena);
	return (code);
}
