/*
 * Links are signed with a key of this process. The file is 16-bit PCM of
 * 8 kHz, as long as the call; only the bytes asked for are made.
 * Source: RFC 9110 section 14 for ranges; Vapi, retrieving call artifacts.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "recording.h"
#include "script.h"

#define RATE 8000
#define HEAD_BYTES 44

struct wav {
	bool stereo;
	int64_t bytes; /* of the whole file */
	unsigned char head[HEAD_BYTES];
};

static enum err_code
name_of(struct arena *arena, const char *id, bool stereo, struct str *name_r,
    struct err *e)
{
	struct buf b;

	buf_init(&b, arena);
	buf_addf(&b, "%s%s.wav", id, stereo ? "-stereo" : "");
	return (buf_done(&b, name_r, e));
}

enum err_code
recording_url(const struct sim *sim, struct arena *arena, const char *id,
    bool stereo, struct str *url_r, struct err *e)
{
	struct str name;
	struct buf b;
	enum err_code c;

	if ((c = name_of(arena, id, stereo, &name, e)) != ERR_OK)
		return (c);
	buf_init(&b, arena);
	buf_addf(&b, "%s/recordings/%s", sim->settings.sim_vapi_url, name.p);
	return (buf_done(&b, url_r, e));
}

static enum err_code
token_of(const struct sim *sim, struct arena *arena, struct str name,
    struct str expires, struct str *token_r, struct err *e)
{
	struct crypt_digest digest;
	struct str what;
	struct buf b;
	enum err_code c;

	buf_init(&b, arena);
	buf_add(&b, name);
	buf_addc(&b, '?');
	buf_add(&b, expires);
	if ((c = buf_done(&b, &what, e)) != ERR_OK)
		return (c);
	c = crypt_hmac(CRYPT_SHA256,
	    (struct str){ (const char *)sim->key, sizeof(sim->key) }, what,
	    &digest, e);
	if (c != ERR_OK)
		return (c);
	return (crypt_hex(arena,
	    (struct str){ (const char *)digest.p, digest.n }, token_r, e));
}

enum err_code
recording_link(const struct sim *sim, struct arena *arena, const char *id,
    bool stereo, int64_t ttl_ms, struct str *url_r, struct err *e)
{
	struct str name, url, token;
	char expires[24];
	struct buf b;
	enum err_code c;

	(void)snprintf(expires, sizeof(expires), "%lld",
	    (long long)(clock_wall_ms() + ttl_ms));
	if ((c = name_of(arena, id, stereo, &name, e)) != ERR_OK ||
	    (c = recording_url(sim, arena, id, stereo, &url, e)) != ERR_OK ||
	    (c = token_of(sim, arena, name, str_of(expires), &token, e)) !=
		ERR_OK)
		return (c);
	buf_init(&b, arena);
	buf_addf(&b, "%s?token=%s&expires=%s", url.p, token.p, expires);
	return (buf_done(&b, url_r, e));
}

static void
put32(unsigned char *p, uint32_t v)
{
	for (int i = 0; i < 4; i++)
		p[i] = (unsigned char)(v >> 8 * i);
}

static void
wav_init(struct wav *w, bool stereo, int64_t duration_ms)
{
	uint32_t frame = stereo ? 4 : 2;
	uint32_t data = (uint32_t)(duration_ms * RATE / 1000) * frame;

	w->stereo = stereo;
	w->bytes = HEAD_BYTES + (int64_t)data;
	memcpy(w->head, "RIFF\0\0\0\0WAVEfmt \20\0\0\0\1\0", 22);
	put32(w->head + 4, HEAD_BYTES - 8 + data);
	put32(w->head + 22, stereo ? 2 : 1);
	put32(w->head + 24, RATE);
	put32(w->head + 28, RATE * frame);
	put32(w->head + 32, frame | 16u << 16);
	memcpy(w->head + 36, "data", 4);
	put32(w->head + 40, data);
}

/* A triangle of 250 Hz; the right channel has it an octave higher. */
static int
sample(int64_t frame, bool right)
{
	int period = right ? 16 : 32;
	int at = (int)(frame % period);

	return ((at < period / 2 ? at : period - at) * 8000 / period - 2000);
}

static unsigned char
wav_byte(const struct wav *w, int64_t at)
{
	int64_t i = (at - HEAD_BYTES) / 2;
	int v;

	if (at < HEAD_BYTES)
		return (w->head[at]);
	v = w->stereo ? sample(i / 2, i % 2 == 1) : sample(i, false);
	return ((unsigned char)((unsigned)v >> (at % 2 == 0 ? 0 : 8)));
}

/*
 * One range of bytes. ERR_ABSENT: none was asked for, or in a form that may
 * be ignored; ERR_INPUT: it lies outside of the file.
 */
static enum err_code
read_range(const struct request *req, int64_t bytes, int64_t *from_r,
    int64_t *to_r, struct err *e)
{
	struct str rest, first;
	int64_t from = 0, to = bytes - 1;

	if (request_header(req, "HTTP_RANGE", &rest, e) != ERR_OK ||
	    !str_starts(rest, "bytes="))
		return (ERR_ABSENT);
	rest = str_skip(rest, 6);
	first = str_cut(&rest, '-');
	if (rest.p == NULL || (first.n == 0 && rest.n == 0))
		return (ERR_ABSENT);
	if (rest.n > 0 && str_parse_int(rest, 0, INT64_MAX, &to, e) != ERR_OK)
		return (ERR_ABSENT);
	if (first.n > 0 &&
	    str_parse_int(first, 0, INT64_MAX, &from, e) != ERR_OK)
		return (ERR_ABSENT);
	if (first.n == 0) {
		from = to < bytes ? bytes - to : 0;
		to = to == 0 ? -1 : bytes - 1;
	} else if (from > to && rest.n > 0) {
		return (ERR_ABSENT);
	}
	if (from >= bytes || to < from)
		return (err_set(e, ERR_INPUT, "range is outside of the file"));
	*from_r = from;
	*to_r = to < bytes ? to : bytes - 1;
	return (ERR_OK);
}

static enum err_code
add_content_range(struct visit *v, int64_t from, int64_t to, int64_t bytes,
    struct err *e)
{
	struct buf b;
	struct str text;
	enum err_code c;

	buf_init(&b, v->arena);
	if (from <= to)
		buf_addf(&b, "bytes %lld-%lld/%lld", (long long)from,
		    (long long)to, (long long)bytes);
	else
		buf_addf(&b, "bytes */%lld", (long long)bytes);
	if ((c = buf_done(&b, &text, e)) == ERR_OK)
		response_header(v->resp, "Content-Range", text.p);
	return (c);
}

static enum err_code
answer_wav(struct visit *v, const struct wav *w, struct err *e)
{
	int64_t from = 0, to = w->bytes - 1;
	enum err_code c, range = read_range(v->req, w->bytes, &from, &to, e);
	char *body;

	response_header(v->resp, "Accept-Ranges", "bytes");
	if (range == ERR_INPUT) {
		response_set(v->resp, 416, NULL, STR(""));
		return (add_content_range(v, 1, 0, w->bytes, e));
	}
	if ((body = arena_alloc(v->arena, (size_t)(to - from + 1))) == NULL)
		return (err_set(e, ERR_TOO_LARGE, "recording is too large"));
	for (int64_t i = from; i <= to; i++)
		body[i - from] = (char)wav_byte(w, i);
	response_set(v->resp, range == ERR_OK ? 206 : 200, "audio/wav",
	    (struct str){ body, (size_t)(to - from + 1) });
	c = ERR_OK;
	if (range == ERR_OK)
		c = add_content_range(v, from, to, w->bytes, e);
	return (c);
}

/* Does the query open this file, now? */
static bool
link_opens(struct visit *v, struct str name)
{
	struct str expires = visit_query(v, "expires"), token;
	int64_t until_ms;
	struct err e;

	return (str_parse_int(expires, 0, INT64_MAX, &until_ms, &e) == ERR_OK &&
	    clock_wall_ms() < until_ms &&
	    token_of(v->sim, v->arena, name, expires, &token, &e) == ERR_OK &&
	    crypt_equal(token, visit_query(v, "token")));
}

enum err_code
recording_get(struct visit *v, struct err *e)
{
	struct store_call call;
	struct str id = v->id;
	struct wav w;
	bool stereo;
	enum err_code c;

	if (!link_opens(v, v->id)) {
		response_set(v->resp, 403, "application/xml",
		    STR("<?xml version=\"1.0\" encoding=\"UTF-8\"?>"
			"<Error><Code>AccessDenied</Code></Error>"));
		return (ERR_OK);
	}
	id = str_first(id, 36);
	stereo = str_is(str_skip(v->id, 36), "-stereo.wav");
	c = store_get(v->sim->store, id, v->arena, &call, e);
	if (c == ERR_ABSENT)
		return (visit_refuse(v, 404, STR("Not Found"), e));
	if (c != ERR_OK)
		return (c);
	wav_init(&w, stereo, script_duration_ms(call.seed));
	return (answer_wav(v, &w, e));
}
