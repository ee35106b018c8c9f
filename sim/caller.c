/*
 * One webhook is made and signed; each copy of it is sent on its own, with
 * the retry that Twilio makes when it could not connect. The first good
 * answer is followed, for there is only one call.
 */
#include "config.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "caller.h"
#include "base/clock.h"
#include "fetch.h"
#include "io/http.h"
#include "io/json.h"
#include "base/log.h"
#include "webhook.h"

#define ARENA_BYTES (8u << 20)
#define DURATION_S 42

struct calling {
	const struct settings *settings;
	const struct caller *caller;
	struct webhook webhook;
	bool status; /* no TwiML is asked for */
	struct http *http;
	atomic_bool followed;
};

struct copy {
	struct calling *calling;
	struct arena *arena;
	pthread_t thread;
	bool started;
	bool valid; /* TwiML came */
};

static void
tell(const struct calling *c, const struct fetch_answer *a, enum err_code code,
    const struct err *e)
{
	struct str verb =
	    a->twiml.first != NULL ? a->twiml.first->name : STR("none");

	if (code == ERR_OK)
		(void)printf("CallSid=%s status=%d verb=%.*s ms=%lld\n",
		    c->webhook.call_sid, a->http.status, (int)verb.n, verb.p,
		    (long long)a->ms);
	else
		(void)printf(
		    "CallSid=%s status=%d verb=none ms=%lld error=\"%s\"\n",
		    c->webhook.call_sid, a->http.status, (long long)a->ms,
		    e->text);
	(void)fflush(stdout);
}

/* The address at the simulated Vapi that a wss address of its host means. */
static enum err_code
stream_address(const struct calling *c, struct arena *arena, struct str wss,
    struct str *url_r, struct err *e)
{
	struct str base = str_of(c->settings->sim_vapi_url);
	struct str host = str_skip(base, str_find(base, ':'));
	struct str stream = str_skip(wss, str_find(wss, ':'));
	struct buf b;

	if (!str_starts(wss, "wss://") ||
	    !str_eq(str_first(stream, host.n), host) ||
	    !str_starts(str_skip(stream, host.n), "/"))
		return (err_set(e, ERR_INPUT,
		    "31920 the stream is not at SIM_VAPI_URL"));
	buf_init(&b, arena);
	buf_add(&b, base);
	buf_add(&b, str_skip(stream, host.n));
	return (buf_done(&b, url_r, e));
}

static enum err_code
follow(struct calling *c, struct arena *arena, struct str wss, struct err *e)
{
	struct http_request request = {
		.method = "POST",
		.headers = { "Content-Type: application/json" },
		.deadline_ms = clock_mono_ms() + FETCH_TOTAL_MS,
		.answer_max_bytes = TWIML_BYTES_MAX,
	};
	struct json *event = json_new_object(arena);
	struct http_answer answer;
	struct str url;
	enum err_code code;

	json_add_str(event, "event", STR("start"));
	json_add_str(json_add_object(event, "start"), "callSid",
	    str_of(c->webhook.call_sid));
	if ((code = stream_address(c, arena, wss, &url, e)) != ERR_OK ||
	    (code = json_format(arena, event, &request.body, e)) != ERR_OK)
		return (code);
	request.url = url.p;
	code = http_do(c->http, arena, &request, &answer, e);
	if (code == ERR_OK && answer.status != 200)
		code = err_set(e, ERR_INPUT,
		    "31920 the stream was refused with %d", answer.status);
	return (code);
}

/* Send one copy of the webhook, and once more if it did not get there. */
static void
send_copy(struct copy *copy)
{
	struct calling *c = copy->calling;
	int64_t deadline_ms = clock_mono_ms() + FETCH_TOTAL_MS;
	struct fetch_answer a;
	struct err e;
	enum err_code code = ERR_TEMPORARY;

	for (int i = 0; i < FETCH_TRIES && code == ERR_TEMPORARY; i++) {
		code = fetch_once(c->http, copy->arena, &c->webhook, !c->status,
		    deadline_ms, &a, &e);
		tell(c, &a, code, &e);
	}
	copy->valid = code == ERR_OK;
	if (code == ERR_OK && a.twiml.stream_url.p != NULL &&
	    c->caller->stream && !atomic_exchange(&c->followed, true) &&
	    follow(c, copy->arena, a.twiml.stream_url, &e) != ERR_OK)
		log_error(LOG_LEVEL_WARN, "stream_failed", &e);
}

static void *
run_copy(void *p)
{
	send_copy(p);
	return (NULL);
}

static enum err_code
send_copies(struct calling *c, struct copy *copies, struct err *e)
{
	enum err_code code = ERR_OK;

	for (size_t i = 0; i < c->caller->repeat && code == ERR_OK; i++) {
		struct copy *copy = &copies[i];

		copy->calling = c;
		if ((copy->arena = arena_new(ARENA_BYTES)) == NULL)
			code = err_set(e, ERR_TEMPORARY, "no memory");
		else if (!c->caller->parallel)
			send_copy(copy);
		else if (pthread_create(&copy->thread, NULL, run_copy, copy) !=
		    0)
			code =
			    err_set(e, ERR_TEMPORARY, "cannot start a thread");
		else
			copy->started = true;
	}
	for (size_t i = 0; i < c->caller->repeat; i++)
		if (copies[i].started)
			(void)pthread_join(copies[i].thread, NULL);
	return (code);
}

/* One webhook and all copies of it. */
static enum err_code
call_with_copies(struct calling *c, struct arena *arena,
    const struct webhook_event *event, bool *all_valid, struct err *e)
{
	struct copy *copies = calloc(c->caller->repeat, sizeof(*copies));
	enum err_code code;

	if (copies == NULL)
		return (err_set(e, ERR_TEMPORARY, "no memory"));
	c->status = event->status.p != NULL;
	code =
	    webhook_make(arena, c->settings, c->caller, event, &c->webhook, e);
	if (code == ERR_OK)
		code = send_copies(c, copies, e);
	for (size_t i = 0; i < c->caller->repeat; i++) {
		*all_valid = *all_valid && copies[i].valid;
		arena_free(copies[i].arena);
	}
	free(copies);
	return (code);
}

/*
 * When it happened among all events of a call. A number of ours is told the
 * last one only, which is then the first: 0.
 */
static int64_t
sequence_of(struct str status)
{
	static const char *const order[] = { "initiated", "ringing",
		"in-progress" };
	int64_t i = 0;

	while (i < 3 && !str_is(status, order[i]))
		i++;
	return (i);
}

static enum err_code
call_all(struct calling *c, struct arena *arena, bool *all_valid, struct err *e)
{
	struct str rest = str_of(c->caller->status);
	bool several = str_find(rest, ',') < rest.n;
	struct webhook_event event = { .duration_s = -1 };
	enum err_code code = ERR_OK;

	if (rest.p == NULL)
		return (call_with_copies(c, arena, &event, all_valid, e));
	while (code == ERR_OK && rest.p != NULL) {
		event.status = str_cut(&rest, ',');
		event.sequence = several ? sequence_of(event.status) : 0;
		event.duration_s =
		    str_is(event.status, "completed") ? DURATION_S : -1;
		code = call_with_copies(c, arena, &event, all_valid, e);
	}
	return (code);
}

enum err_code
caller_run(const struct settings *settings, const struct caller *caller,
    bool *all_valid_r, struct err *e)
{
	struct calling c = { .settings = settings, .caller = caller };
	struct arena *arena = arena_new(ARENA_BYTES);
	enum err_code code;

	if (arena == NULL)
		return (err_set(e, ERR_TEMPORARY, "no memory"));
	*all_valid_r = true;
	if ((code = http_start(&c.http, e)) == ERR_OK)
		code = call_all(&c, arena, all_valid_r, e);
	http_stop(c.http);
	arena_free(arena);
	return (code);
}
