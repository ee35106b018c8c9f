/*
 * stream: which pieces are asked for and written, and when an answer is cut.
 * The web server is a list of what it was given, and the monotonic clock is
 * ours (the linker wraps it), so that minutes pass at once.
 */
#include "config.h"

#include "base/clock.h"
#include "stream.h"
#include "tap.h"

struct fcgx_request {
	char got[4096];
	size_t n;
	size_t gone_after; /* writes that are taken; then it has gone away */
	size_t writes, largest, total;
	bool stopping, finished, cut;
};

static struct arena *arena;
static int64_t now_ms = 1000;

int64_t __wrap_clock_mono_ms(void);

int64_t
__wrap_clock_mono_ms(void)
{
	return (now_ms);
}

/* The web server ---------------------------------------------------------- */

bool
fcgx_stopping(const struct fcgx_request *r)
{
	return (r->stopping);
}

enum err_code
fcgx_write(struct fcgx_request *r, struct str part, struct err *e)
{
	if (r->gone_after-- == 0)
		return (err_set(e, ERR_TEMPORARY, "the web server went away"));
	r->writes++;
	r->total += part.n;
	if (part.n > r->largest)
		r->largest = part.n;
	if (part.n < sizeof(r->got) - r->n) {
		memcpy(r->got + r->n, part.p, part.n);
		r->n += part.n;
	}
	return (ERR_OK);
}

enum err_code
fcgx_finish(struct fcgx_request *r, struct str head, struct str body,
    struct err *e)
{
	(void)head, (void)body, (void)e;
	r->finished = true;
	return (ERR_OK);
}

void
fcgx_cut(struct fcgx_request *r)
{
	r->cut = true;
}

/* A body ------------------------------------------------------------------ */

struct body {
	const char *const *piece; /* up to NULL; "!" fails */
	size_t asked;
	int64_t takes_ms; /* each of them */
	int64_t left_ms;  /* what the last one had */
};

static enum err_code
produce(void *ctx, struct arena *a, int64_t deadline_ms, struct str *piece_r,
    struct err *e)
{
	struct body *b = ctx;
	const char *piece = b->piece[b->asked];

	b->left_ms = deadline_ms - now_ms;
	now_ms += b->takes_ms;
	ok(arena_used(a) == 0, "piece %zu has memory of its own", b->asked);
	if (piece == NULL) {
		*piece_r = STR("");
		return (ERR_OK);
	}
	b->asked++;
	if (strcmp(piece, "!") == 0)
		return (err_set(e, ERR_UNCERTAIN, "no more"));
	if ((piece_r->p = str_dup(a, str_of(piece))) == NULL)
		return (err_set(e, ERR_TOO_LARGE, "no room"));
	piece_r->n = strlen(piece);
	return (ERR_OK);
}

static const struct {
	const char *name;
	const char *piece[4];
	int64_t length;
	size_t gone_after;
	enum err_code want;
	bool written, finished;
	const char *body; /* what the web server has of it */
} cases[] = {
	{ "of known length", { "ab", "cd" }, 4, 99, ERR_OK, true, true,
	    "abcd" },
	{ "of no length told", { "ab", "cd" }, -1, 99, ERR_OK, true, true,
	    "abcd" },
	{ "nothing at all", { NULL }, 0, 99, ERR_OK, true, true, "" },
	{ "nothing, not told", { NULL }, -1, 99, ERR_OK, true, true, "" },
	{ "which fails at once", { "!" }, 4, 99, ERR_UNCERTAIN, false, false,
	    NULL },
	{ "which ends at once", { NULL }, 4, 99, ERR_TEMPORARY, false, false,
	    NULL },
	{ "which fails later", { "ab", "!" }, 4, 99, ERR_UNCERTAIN, true, false,
	    "ab" },
	{ "which fails later, of no length told", { "ab", "!" }, -1, 99,
	    ERR_UNCERTAIN, true, false, "ab" },
	{ "which ends early", { "ab" }, 4, 99, ERR_TEMPORARY, true, false,
	    "ab" },
	{ "which is longer than told", { "ab", "cde" }, 4, 99, ERR_BUG, true,
	    false, "ab" },
	{ "for a client that has gone", { "ab", "cd" }, 4, 2, ERR_TEMPORARY,
	    true, false, "ab" },
	{ "for one that took no head", { "ab", "cd" }, 4, 0, ERR_TEMPORARY,
	    true, false, NULL },
};

static void
test_cases(const struct app *app)
{
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct fcgx_request to = { .gone_after = cases[i].gone_after };
		struct body body = { .piece = cases[i].piece };
		struct exchange x = { .app = app,
			.arena = arena,
			.place.held = true };
		const char *got, *name = cases[i].name;
		struct err e = { 0 };
		bool written;

		memcpy(x.req.id, "id", 3);
		response_stream(&x.resp, 200, "text/plain", cases[i].length,
		    produce, &body);
		ok(stream_answer(&to, &x, &written, &e) == cases[i].want,
		    "a body %s: %s", name, err_name(cases[i].want));
		ok(written == cases[i].written, "written or not");
		ok(to.finished == cases[i].finished, "finished or not");
		ok(to.cut == (written && !to.finished), "cut or not");
		got = strstr(to.got, "\r\n\r\n");
		is_str(str_of(got == NULL ? NULL : got + 4), cases[i].body,
		    "what was written");
		ok(cases[i].body == NULL ||
			x.resp.stream.sent == (int64_t)strlen(cases[i].body),
		    "what was counted");
		ok((strstr(to.got, "Content-Length: 4\r\n") != NULL) ==
			(got != NULL && cases[i].length == 4),
		    "the length is told where it is known");
		ok(cases[i].finished || !written ||
			str_starts(str_of(e.text), "cut after "),
		    "told: %s", e.text);
	}
}

/* A large piece is no reason to hold the thread past its time. */
static void
test_slices(const struct app *app)
{
	static char large[300001];
	const char *piece[] = { large, NULL };
	struct fcgx_request to = { .gone_after = 99 };
	struct body body = { .piece = piece };
	struct exchange x = { .app = app, .arena = arena, .place.held = true };
	struct err e = { 0 };
	bool written;

	memset(large, 'x', sizeof(large) - 1);
	memcpy(x.req.id, "id", 3);
	response_stream(&x.resp, 200, "text/plain", -1, produce, &body);
	is_int(stream_answer(&to, &x, &written, &e), ERR_OK, "a large piece");
	is_int(x.resp.stream.sent, sizeof(large) - 1, "comes whole");
	ok(to.total > sizeof(large) - 1 && to.writes == 6 &&
		to.largest == 65536,
	    "in %zu writes of at most %zu", to.writes, to.largest);
	to = (struct fcgx_request){ .gone_after = 3 };
	body.asked = 0;
	x.resp.stream.sent = 0;
	is_int(stream_answer(&to, &x, &written, &e), ERR_TEMPORARY,
	    "a client that goes in its middle");
	is_int(x.resp.stream.sent, 2 * 65536, "had so much of it");
	ok(to.cut, "and is cut off");
}

/* A thread is held ten minutes, and five seconds once a stop was asked for. */
static const struct {
	const char *name;
	const char *piece[4];
	bool stopping;
	int64_t takes_ms;
	enum err_code want;
	bool written;
	size_t asked;
	int64_t left_ms; /* as produce was asked last, the end included */
} times[] = {
	{ "in time", { "ab", "cd" }, false, 290000, ERR_OK, true, 2, 15000 },
	{ "too late at its end", { "ab", "cd" }, false, 595000, ERR_TEMPORARY,
	    true, 2, 5000 },
	{ "too late", { "ab", "cd" }, false, 600000, ERR_TEMPORARY, true, 1,
	    15000 },
	{ "at a stop", { "ab", "cd" }, true, 2000, ERR_OK, true, 2, 1000 },
	{ "too late after a stop", { "ab", "cd" }, true, 5000, ERR_TEMPORARY,
	    true, 1, 5000 },
	{ "which fails at a stop", { "!" }, true, 5000, ERR_TEMPORARY, false, 1,
	    5000 },
};

static void
test_times(const struct app *app)
{
	for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
		struct fcgx_request to = { .gone_after = 99,
			.stopping = times[i].stopping };
		struct body body = { .piece = times[i].piece,
			.takes_ms = times[i].takes_ms };
		struct exchange x = { .app = app,
			.arena = arena,
			.place.held = true };
		struct err e = { 0 };
		bool written;

		memcpy(x.req.id, "id", 3);
		response_stream(&x.resp, 200, "text/plain", -1, produce, &body);
		is_int(stream_answer(&to, &x, &written, &e), times[i].want,
		    times[i].name);
		is_int(e.code, times[i].want, "the log says so too");
		ok(written == times[i].written, "written or not");
		is_int((int64_t)body.asked, (int64_t)times[i].asked,
		    "pieces that were made");
		is_int(body.left_ms, times[i].left_ms, "what the last had");
		ok(times[i].want == ERR_OK ||
			strstr(e.text, "no time left") != NULL,
		    "told: %s", e.text);
	}
}

int
main(void)
{
	struct app app = { .settings = { .threads = 8 } };

	if ((arena = arena_new((size_t)1 << 20)) == NULL)
		return (1);
	test_cases(&app);
	test_slices(&app);
	test_times(&app);
	arena_free(arena);
	return (done());
}
