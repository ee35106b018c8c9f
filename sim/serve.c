/*
 * The table of routes and the threads before it. A thread may sleep for the
 * plan's delay; a stop ends that sleep too.
 */
#include "config.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "ask.h"
#include "chat.h"
#include "base/clock.h"
#include "control.h"
#include "fastcgi/fcgx.h"
#include "base/log.h"
#include "recording.h"
#include "fastcgi/request.h"
#include "fastcgi/response.h"
#include "rest.h"
#include "serve.h"
#include "sim.h"
#include "vapi.h"
#include "visit.h"

#define ARENA_BYTES (512u << 20) /* a ceiling, not a reservation */
#define BODY_BYTES_MAX (1u << 20)
#define STACK_BYTES (512u << 10)
#define CALLS "/2010-04-01/Accounts/{}/Calls"

typedef enum err_code handler(struct visit *, struct err *);

struct route {
	const char *method;
	const char *path; /* "{}" takes one piece */
	handler *prove;	  /* NULL: anybody */
	handler *handle;
};

static const struct route routes[] = {
	{ "POST", "/call", vapi_prove, vapi_create },
	{ "GET", "/call", vapi_prove, vapi_list },
	{ "GET", "/call/{}", vapi_prove, vapi_get },
	{ "GET", "/call/{}/mono-recording", vapi_prove, vapi_mono },
	{ "GET", "/call/{}/stereo-recording", vapi_prove, vapi_stereo },
	{ "GET", "/assistant/{}", vapi_prove, vapi_find },
	{ "GET", "/phone-number/{}", vapi_prove, vapi_find },
	{ "POST", "/chat", vapi_prove, chat_create },
	{ "GET", "/chat/{}", vapi_prove, chat_get },
	{ "GET", "/recordings/{}", NULL, recording_get },
	{ "POST", "/stream/{}", NULL, vapi_stream },
	{ "POST", CALLS ".json", rest_prove, rest_create },
	{ "GET", CALLS "/{}", rest_prove, rest_get },
	{ "GET", "/sim/plan", NULL, control_get_plan },
	{ "PUT", "/sim/plan", NULL, control_put_plan },
	{ "GET", "/sim/calls", NULL, control_calls },
	{ "GET", "/sim/calls/{}/messages", NULL, control_messages },
	{ "GET", "/sim/chats", NULL, control_chats },
	{ "GET", "/sim/callbacks", NULL, control_callbacks },
	{ "POST", "/sim/message", NULL, ask_message },
	{ "GET", "/sim/phones", NULL, control_phones },
	{ "GET", "/sim/phones/{}", NULL, control_get_phone },
	{ "PUT", "/sim/phones/{}", NULL, control_put_phone },
	{ "GET", "/sim/legs", NULL, control_legs },
	{ "POST", "/sim/reset", NULL, control_reset },
};

struct worker {
	struct sim *sim;
	struct fcgx *fcgx;
	struct arena *arena;
	pthread_t thread;
	bool started;
};

/* Does path have the form of pattern? What each "{}" took is kept in v. */
static bool
matches(const char *pattern, struct str path, struct visit *v)
{
	size_t piece;

	v->id = v->account = STR_NONE;
	for (; *pattern != '\0'; pattern++) {
		if (pattern[0] == '{' && pattern[1] == '}') {
			piece = str_find(path, '/');
			if (piece == 0)
				return (false);
			v->id = str_first(path, piece);
			if (v->account.p == NULL)
				v->account = v->id;
			path = str_skip(path, piece);
			pattern++;
		} else if (path.n > 0 && path.p[0] == *pattern) {
			path = str_skip(path, 1);
		} else {
			return (false);
		}
	}
	return (path.n == 0);
}

static enum err_code
handle(struct visit *v, struct fcgx_request *from, struct request *req,
    struct err *e)
{
	enum err_code c;

	for (size_t i = 0; i < sizeof(routes) / sizeof(routes[0]); i++) {
		const struct route *route = &routes[i];

		if (!str_is(req->method, route->method) ||
		    !matches(route->path, req->path, v))
			continue;
		if (req->content_length > 0 &&
		    (c = request_read_body(from, v->arena, BODY_BYTES_MAX, req,
			 e)) != ERR_OK)
			return (c);
		if ((c = form_decode(v->arena, req->query, &v->query, e)) !=
		    ERR_OK)
			return (c);
		if (route->prove != NULL && (c = route->prove(v, e)) != ERR_OK)
			return (c == ERR_AUTH ? ERR_OK : c);
		return (route->handle(v, e));
	}
	return (err_set(e, ERR_ABSENT, "no such page"));
}

static void
account(const struct request *req, const struct response *resp, enum err_code c,
    const struct err *e)
{
	struct log_line line;

	log_begin(&line, LOG_LEVEL_INFO, "request");
	log_text(&line, "id", req->id);
	log_str(&line, "method", req->method);
	log_str(&line, "path", req->path);
	log_int(&line, "status", resp->status);
	log_int(&line, "ms", clock_mono_ms() - req->started_ms);
	if (c != ERR_OK)
		log_text(&line, "error", e->text);
	log_end(&line);
}

static void
serve_one(struct worker *w, struct fcgx_request *from)
{
	struct request req;
	struct response resp = { 0 };
	struct visit v = { .sim = w->sim,
		.arena = w->arena,
		.req = &req,
		.resp = &resp };
	struct str head;
	struct err e = { 0 };
	enum err_code c;

	if ((c = request_read(from, w->arena, &req, &e)) == ERR_OK)
		c = handle(&v, from, &req, &e);
	if (c != ERR_OK &&
	    visit_refuse(&v, err_http_status(c), str_of(e.text), &e) != ERR_OK)
		response_set(&resp, 500, NULL, STR(""));
	account(&req, &resp, c, &e);
	if (response_head(w->arena, &req, &resp, &head, &e) != ERR_OK)
		head = STR("Status: 500 Error\r\n\r\n");
	if (fcgx_finish(from, head, resp.body, &e) != ERR_OK)
		log_error(LOG_LEVEL_WARN, "answer_lost", &e);
}

static void *
work(void *p)
{
	struct fcgx_request *from;
	struct worker *w = p;

	while ((from = fcgx_accept(w->fcgx)) != NULL) {
		serve_one(w, from);
		fcgx_release(from);
		arena_reset(w->arena);
	}
	return (NULL);
}

static enum err_code
worker_start(struct worker *w, struct sim *sim, struct fcgx *fcgx,
    struct err *e)
{
	pthread_attr_t attr;
	int failed;

	w->sim = sim;
	w->fcgx = fcgx;
	w->arena = arena_new(ARENA_BYTES);
	if (w->arena == NULL)
		return (err_set(e, ERR_TEMPORARY, "no memory for a thread"));
	(void)pthread_attr_init(&attr);
	(void)pthread_attr_setstacksize(&attr, STACK_BYTES);
	failed = pthread_create(&w->thread, &attr, work, w);
	(void)pthread_attr_destroy(&attr);
	if (failed != 0)
		return (err_set(e, ERR_TEMPORARY, "cannot start a thread: %s",
		    strerror(failed)));
	w->started = true;
	return (ERR_OK);
}

/* Threads inherit the mask: signals come to sigwait alone. */
static void
block_signals(sigset_t *set_r)
{
	(void)signal(SIGPIPE, SIG_IGN);
	(void)sigemptyset(set_r);
	(void)sigaddset(set_r, SIGTERM);
	(void)sigaddset(set_r, SIGINT);
	(void)sigaddset(set_r, SIGUSR1);
	(void)pthread_sigmask(SIG_BLOCK, set_r, NULL);
}

static void
stop(struct sim *sim, struct fcgx *fcgx, struct worker *workers, size_t n)
{
	fcgx_stop(fcgx);
	sim_stop(sim);
	for (size_t i = 0; i < n; i++) {
		if (workers[i].started)
			(void)pthread_join(workers[i].thread, NULL);
		arena_free(workers[i].arena);
	}
}

enum err_code
serve_run(const struct settings *settings, const char *listen, size_t threads,
    struct err *e)
{
	const struct queue_limits limits = { .most = threads };
	struct worker *workers = calloc(threads, sizeof(*workers));
	struct fcgx *fcgx = NULL;
	struct sim *sim = NULL;
	sigset_t set;
	int got;
	enum err_code c;

	if (workers == NULL)
		return (err_set(e, ERR_TEMPORARY, "no memory"));
	c = listen != NULL ? fcgx_open_listen(listen, &fcgx, e) :
			     fcgx_open_inherited(&fcgx, e);
	if (c != ERR_OK)
		goto out;
	block_signals(&set);
	if ((c = sim_open(settings, &sim, e)) != ERR_OK ||
	    (c = fcgx_start(fcgx, &limits, e)) != ERR_OK)
		goto out;
	for (size_t i = 0; i < threads && c == ERR_OK; i++)
		c = worker_start(&workers[i], sim, fcgx, e);
	if (c == ERR_OK)
		(void)sigwait(&set, &got);
	stop(sim, fcgx, workers, threads);
out:
	sim_close(sim);
	fcgx_close(fcgx);
	free(workers);
	return (c);
}
