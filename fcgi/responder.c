/*
 * One request is a straight pipe; each step is one function here, and the
 * first that fails jumps to the answer.
 */
#include "config.h"

#include <errno.h>
#include <malloc.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "api/api_answer.h"
#include "auth.h"
#include "base/clock.h"
#include "base/log.h"
#include "responder.h"
#include "route.h"
#include "stream.h"
#include "twilio/twilio_twiml.h"
#include "webhooks/twilio.h"

#define MIB ((size_t)1024 * 1024)
#define ARENA_MAX_BYTES (160 * MIB) /* one request, largest body included */
#define SMALL_BYTES ((int64_t)64 * 1024) /* a body that never waits */
#define STACK_BYTES (256 * 1024)

/* For memory: the web server waits 30 s, and what is stored is stored once. */
#define PARKED_MOST_MS 24000

struct responder {
	const struct app *app;
	size_t n;
	pthread_t thread[]; /* the first answers what is late */
};

/* The steps --------------------------------------------------------------- */

static enum err_code
check_type(const struct exchange *x, const struct route *route, struct err *e)
{
	bool json = str_is(x->req.content_type, "application/json");

	if (route->body == ROUTE_BODY_JSON && !json)
		return (
		    err_set(e, ERR_INPUT, "the body must be application/json"));
	if (route->body != ROUTE_BODY_FORM || json ||
	    str_is(x->req.content_type, "application/x-www-form-urlencoded"))
		return (ERR_OK);
	return (err_set(e, ERR_INPUT,
	    "the body must be application/x-www-form-urlencoded or application/json"));
}

/*
 * Memory for bodies, and for what reading them takes, is capped: where there is
 * none left this one waits, before any of it is read and without a thread. A
 * small one counts, but never waits: it may be a call. One of unknown length
 * counts as the largest. handle() gives back what is set aside.
 */
static enum err_code
read_body(struct fcgx_request *from, struct exchange *x,
    const struct route *route, struct err *e)
{
	int64_t n = x->req.content_length;

	if (route->body == ROUTE_BODY_NONE)
		return (ERR_OK);
	if (n < 0)
		n = (int64_t)route->most_bytes;
	if (!admission_take_memory(x->app->admission, n, n <= SMALL_BYTES)) {
		x->parks_bytes = n;
		return (err_set(e, ERR_TEMPORARY,
		    "no memory is free for the body"));
	}
	metrics_in_hand(x->app->metrics, 0, n);
	x->body_bytes = n;
	/* What was given back at once may be enough for another one, too. */
	if (n > SMALL_BYTES && admission_has_memory(x->app->admission, n))
		fcgx_unpark(x->app->fcgx);
	return (
	    request_read_body(from, x->arena, route->most_bytes, &x->req, e));
}

/* Too large comes before who it is; a body is read only for the proven. */
static enum err_code
check_size(const struct exchange *x, const struct route *route, struct err *e)
{
	if (route->body != ROUTE_BODY_NONE && x->req.content_length > 0 &&
	    (uint64_t)x->req.content_length > route->most_bytes)
		return (err_set(e, ERR_TOO_LARGE, "the body is over %zu bytes",
		    route->most_bytes));
	return (ERR_OK);
}

static enum err_code
serve(struct fcgx_request *from, struct exchange *x,
    const struct route **route_r, struct err *e)
{
	const struct route *route;
	char allow[ROUTE_ALLOW_SIZE], *copy;
	enum err_code code;

	if ((code = request_read(from, x->arena, &x->req, e)) != ERR_OK)
		return (code);
	if ((code = route_find(x->app->base_path, &x->req, &route, &x->path_id,
		 allow, e)) != ERR_OK) {
		if (allow[0] != '\0' &&
		    (copy = str_dup(x->arena, str_of(allow))) != NULL) {
			response_problem(&x->resp, x->arena, &x->req, 405, e);
			response_header(&x->resp, "Allow", copy);
		}
		return (code);
	}
	*route_r = route;
	if ((code = check_size(x, route, e)) != ERR_OK ||
	    (code = auth_prove_head(x, route->who, e)) != ERR_OK)
		return (code);
	if ((code = check_type(x, route, e)) != ERR_OK) {
		response_problem(&x->resp, x->arena, &x->req, 415, e);
		return (code);
	}
	if ((code = read_body(from, x, route, e)) != ERR_OK)
		return (code);
	if ((code = auth_prove_body(x, route->who, e)) != ERR_OK) {
		if (code == ERR_DENIED)
			/* An empty page: nothing to learn from it. */
			response_set(&x->resp, 403, NULL, STR(""));
		return (code);
	}
	return (route->handler(x, e));
}

static void
answer(struct fcgx_request *from, struct exchange *x, struct err *failure)
{
	bool written = false;
	struct str head;
	struct err e;

	if (x->resp.stream.produce != NULL) {
		if (failure->code == ERR_OK)
			failure->code =
			    stream_answer(from, x, &written, failure);
		if (written)
			return;
		x->resp = (struct response){ 0 };
	}
	if (failure->code != ERR_OK && x->resp.status == 0 &&
	    (x->refusal == EXCHANGE_NOT_REFUSED ||
		api_answer_refusal(x, err_http_status(failure->code), &e) !=
		    ERR_OK))
		response_problem(&x->resp, x->arena, &x->req, 0, failure);
	if (x->resp.status == 401)
		response_header(&x->resp, "WWW-Authenticate", "Bearer");
	if (response_head(x->arena, &x->req, &x->resp, &head, &e) != ERR_OK) {
		head = STR("Status: 500 Error\r\nContent-Length: 0\r\n\r\n");
		x->resp.body = STR("");
	}
	/* Who has the answer may ask the next thing at once. */
	if (x->after == NULL)
		admission_leave(x);
	if (fcgx_finish(from, head, x->resp.body, &e) != ERR_OK &&
	    failure->code == ERR_OK)
		*failure = e;
}

static void
account(const struct exchange *x, const struct route *route,
    const struct err *failure)
{
	const struct err *e = failure->code != ERR_OK ? failure : &x->trouble;
	int64_t ms = clock_mono_ms() - x->req.started_ms;
	struct log_line line;

	metrics_request(x->app->metrics, route_index(route), x->resp.status,
	    ms);
	log_begin(&line, e->code == ERR_OK ? LOG_LEVEL_INFO : LOG_LEVEL_WARN,
	    "request");
	log_text(&line, "id", x->req.id);
	log_text(&line, "route", route_name(route_index(route)));
	log_int(&line, "status", x->resp.status);
	if (x->tenant.p != NULL)
		log_str(&line, "tenant", x->tenant);
	if (x->login.p != NULL && !str_eq(x->login, x->tenant))
		log_str(&line, "login", x->login);
	if (x->actor.p != NULL && !str_eq(x->actor, x->tenant))
		log_str(&line, "actor", x->actor);
	if (x->call.p != NULL)
		log_str(&line, "call", x->call);
	if (x->caller.p != NULL)
		log_number(&line, "caller", x->caller);
	if (x->outcome != NULL)
		log_text(&line, "outcome", x->outcome);
	log_int(&line, "ms", ms);
	log_int(&line, "db_ms", x->db_ms);
	log_int(&line, "vapi_ms", x->vapi_ms);
	log_int(&line, "bytes_in", (int64_t)x->req.body.n);
	log_int(&line, "bytes_out",
	    (int64_t)x->resp.body.n + x->resp.stream.sent);
	log_failure(&line, e);
	log_end(&line);
}

/* Let the next body be read that waits for memory. */
static void
give_memory(const struct app *app, int64_t body_bytes)
{
	if (admission_give_memory(app->admission, body_bytes))
		(void)malloc_trim(0);
	fcgx_unpark(app->fcgx);
}

/* True: it was parked, and another thread may have it already. */
static bool
park(struct exchange *x, struct fcgx_request *from)
{
	int64_t bytes = x->parks_bytes;

	if (bytes == 0 || !fcgx_park(from))
		return (false);
	/* All of it may have been given back before this one was parked. */
	if (admission_has_memory(x->app->admission, bytes))
		fcgx_unpark(x->app->fcgx);
	return (true);
}

/* False: it was parked, and is not this thread's any more. */
static bool
handle(const struct app *app, struct fcgx_request *from, struct arena *a)
{
	struct exchange x = { .app = app, .arena = a };
	const struct route *route = NULL;
	struct err e = { .code = ERR_OK };
	bool parked;

	metrics_in_hand(app->metrics, 1, 0);
	e.code = serve(from, &x, &route, &e);
	parked = park(&x, from);
	if (!parked) {
		answer(from, &x, &e);
		account(&x, route, &e);
	}
	metrics_in_hand(app->metrics, -1, -x.body_bytes);
	/* What the answer did not wait for; it logs its own failures. */
	if (x.after != NULL)
		x.after(&x);
	/* Also what a stream held. */
	admission_leave(&x);
	arena_reset(a);
	if (x.body_bytes > 0)
		give_memory(app, x.body_bytes);
	return (!parked);
}

/* What has waited too long ------------------------------------------------ */

/* By the path alone, nothing is proven: the sentence for a caller, else 503. */
static enum err_code
turn_away(struct exchange *x, const struct route *route, struct err *e)
{
	int64_t waited_ms = clock_mono_ms() - x->req.started_ms;
	struct str twiml;
	struct err late;

	x->outcome = "late";
	(void)err_set(&late, ERR_TEMPORARY, "no thread was free within %lld ms",
	    (long long)waited_ms);
	if (route == NULL || route->handler != twilio_voice) {
		*e = late;
		return (e->code);
	}
	x->trouble = late;
	if (twilio_twiml_say(x->arena,
		str_of(x->app->settings.unavailable_sentence), STR_NONE, NULL,
		&twiml, e) != ERR_OK)
		return (e->code);
	response_set(&x->resp, 200, "text/xml", twiml);
	return (ERR_OK);
}

/*
 * By its path. True: it was answered; false: it may wait longer, and was put
 * back.
 */
static bool
handle_late(const struct app *app, struct fcgx_request *from, struct arena *a)
{
	struct exchange x = { .app = app, .arena = a };
	const struct route *route = NULL;
	char allow[ROUTE_ALLOW_SIZE];
	struct err e = { .code = ERR_OK };

	if (request_read(from, a, &x.req, &e) != ERR_OK ||
	    route_find(app->base_path, &x.req, &route, &x.path_id, allow, &e) !=
		ERR_OK)
		route = NULL;
	if (route != NULL && route->handler == twilio_voice &&
	    clock_mono_ms() - x.req.started_ms <
		app->settings.arrival_most_ms) {
		fcgx_put_back(from);
		return (false);
	}
	e.code = turn_away(&x, route, &e);
	metrics_in_hand(app->metrics, 1, 0);
	answer(from, &x, &e);
	account(&x, route, &e);
	metrics_in_hand(app->metrics, -1, 0);
	return (true);
}

/* The threads ------------------------------------------------------------- */

static void
thread_failed(void)
{
	struct err e;

	(void)err_set(&e, ERR_TEMPORARY, "no memory for a thread");
	log_error(LOG_LEVEL_ERROR, "thread_failed", &e);
}

/* One thread's work: requests from accept_one, until there are no more. */
static void
answer_all(const struct app *app,
    struct fcgx_request *(*accept_one)(struct fcgx *),
    bool (
	*handle_one)(const struct app *, struct fcgx_request *, struct arena *))
{
	struct arena *a = arena_new(ARENA_MAX_BYTES);
	struct fcgx_request *from;

	if (a == NULL) {
		thread_failed();
		return;
	}
	while ((from = accept_one(app->fcgx)) != NULL) {
		if (handle_one(app, from, a))
			fcgx_release(from);
		arena_reset(a);
	}
	arena_free(a);
}

static void *
run(void *arg)
{
	struct responder *r = arg;

	answer_all(r->app, fcgx_accept, handle);
	return (NULL);
}

static void *
run_late(void *arg)
{
	struct responder *r = arg;

	answer_all(r->app, fcgx_accept_late, handle_late);
	return (NULL);
}

static int
start_threads(struct responder *r, size_t n)
{
	pthread_attr_t attr;
	int failed = 0;

	if (pthread_attr_init(&attr) != 0)
		return (ENOMEM);
	/* Thousands of threads: the default of 8 MiB each is for few. */
	(void)pthread_attr_setstacksize(&attr, STACK_BYTES);
	while (r->n < n && failed == 0)
		if ((failed = pthread_create(&r->thread[r->n], &attr,
			 r->n == 0 ? run_late : run, r)) == 0)
			r->n++;
	pthread_attr_destroy(&attr);
	return (failed);
}

enum err_code
responder_start(const struct app *app, size_t n, struct responder **r_r,
    struct err *e)
{
	const struct queue_limits limits = { .most = n,
		.unread_ms = app->settings.assistant_request_most_ms <
			app->settings.arrival_most_ms ?
		    app->settings.assistant_request_most_ms :
		    app->settings.arrival_most_ms,
		.read_ms = app->settings.arrival_most_ms,
		.parked_ms = PARKED_MOST_MS };
	struct responder *r;
	int failed;

	if ((r = calloc(1, sizeof(*r) + (n + 1) * sizeof(r->thread[0]))) ==
	    NULL)
		return (err_set(e, ERR_TEMPORARY, "no memory"));
	r->app = app;
	if (fcgx_start(app->fcgx, &limits, e) != ERR_OK) {
		free(r);
		return (e->code);
	}
	if ((failed = start_threads(r, n + 1)) != 0) {
		(void)err_set(e, ERR_TEMPORARY,
		    "thread %zu of %zu cannot be started: %s", r->n + 1, n + 1,
		    strerror(failed));
		fcgx_stop(app->fcgx);
		responder_join(r);
		return (ERR_TEMPORARY);
	}
	*r_r = r;
	return (ERR_OK);
}

void
responder_join(struct responder *r)
{
	for (size_t i = 0; i < r->n; i++)
		pthread_join(r->thread[i], NULL);
	free(r);
}
