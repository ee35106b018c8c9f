/*
 * A curl multi handle on one thread, driven by epoll (multi_socket), so that
 * thousands of waiting requests cost little. Callers put a transfer on the
 * hand-over list and sleep on its own semaphore until it is done; curl's
 * timeout is the caller's deadline, so every transfer ends.
 *
 * http.lock guards the hand-over list, the idle handles and the stop flag;
 * http.stopped is told when that is set.
 *
 * One attempt is one attempt: curl repeats a POST by itself when a kept
 * connection closes under it. The body therefore comes from a read function
 * whose seek function refuses, so that a second sending is impossible; what
 * has no body to send and is no GET takes a new connection.
 */
#include "config.h"

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <curl/curl.h>

#include "base/clock.h"
#include "io/http.h"
#include "io/http_address.h"

#define CONNECT_MS 3000L
#define CONNECTION_AGE_S 50L /* older kept connections are not used again */
#define EVENTS 64
#define IDLE_MAX 64		 /* handles kept for the next requests */
#define SEND_BUFFER_BYTES 16384L /* curl's least; its 64 KiB cost more */

struct transfer {
	struct transfer *next, *prev;
	CURL *easy;
	const struct http_request *request;
	struct curl_slist *headers;
	size_t sent; /* bytes of the body handed to curl */
	bool read_called;
	char *body;
	size_t n, size;
	bool too_large;
	bool out_of_reach;
	CURLcode result;
	sem_t done;
};

struct http {
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t stopped;
	struct transfer *handed_over;
	CURL *idle[IDLE_MAX];
	size_t n_idle;
	bool stop;
	int epoll_fd, wake_fd;
	/* the thread alone */
	CURLM *multi;
	struct transfer *in_hand;
	int64_t timer_ms; /* monotonic; -1: none */
};

/* curl's callbacks -------------------------------------------------------- */

static size_t
on_read(char *p, size_t size, size_t n, void *ctx)
{
	struct transfer *t = ctx;
	size_t left = t->request->body.n - t->sent;
	size_t room = size * n;

	t->read_called = true;
	if (left > room)
		left = room;
	if (left > 0)
		memcpy(p, t->request->body.p + t->sent, left);
	t->sent += left;
	return (left);
}

static int
on_seek(void *ctx, curl_off_t offset, int origin)
{
	(void)ctx, (void)offset, (void)origin;
	return (CURL_SEEKFUNC_FAIL);
}

static size_t
on_write(char *p, size_t size, size_t n, void *ctx)
{
	struct transfer *t = ctx;
	size_t bytes = size * n, want = t->n + bytes + 1;
	char *grown;

	if (bytes > t->request->answer_max_bytes - t->n) {
		t->too_large = true;
		return (0);
	}
	if (want > t->size) {
		if (want < t->size * 2)
			want = t->size * 2;
		if ((grown = realloc(t->body, want)) == NULL)
			return (0);
		t->body = grown;
		t->size = want;
	}
	memcpy(t->body + t->n, p, bytes);
	t->n += bytes;
	t->body[t->n] = '\0';
	return (bytes);
}

/* The address is known, whoever named it, and nothing was sent to it yet. */
static curl_socket_t
on_open(void *ctx, curlsocktype purpose, struct curl_sockaddr *to)
{
	struct transfer *t = ctx;
	enum http_reach reach = t->request->reach;

	(void)purpose;
	if ((reach == HTTP_REACH_PUBLIC && !http_address_public(&to->addr)) ||
	    (reach == HTTP_REACH_LOOPBACK &&
		!http_address_loopback(&to->addr))) {
		t->out_of_reach = true;
		return (CURL_SOCKET_BAD);
	}
	return (socket(to->family, to->socktype | SOCK_CLOEXEC, to->protocol));
}

static int
on_socket(CURL *easy, curl_socket_t fd, int what, void *ctx, void *known)
{
	struct http *h = ctx;
	struct epoll_event ev = { .data.fd = fd };

	(void)easy;
	if (what == CURL_POLL_REMOVE) {
		(void)epoll_ctl(h->epoll_fd, EPOLL_CTL_DEL, fd, NULL);
		return (0);
	}
	if (what & CURL_POLL_IN)
		ev.events |= EPOLLIN;
	if (what & CURL_POLL_OUT)
		ev.events |= EPOLLOUT;
	if (epoll_ctl(h->epoll_fd,
		known != NULL ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, fd, &ev) != 0)
		return (-1);
	(void)curl_multi_assign(h->multi, fd, h);
	return (0);
}

static int
on_timer(CURLM *multi, long timeout_ms, void *ctx)
{
	struct http *h = ctx;

	(void)multi;
	h->timer_ms = timeout_ms < 0 ? -1 : clock_mono_ms() + timeout_ms;
	return (0);
}

/* The thread -------------------------------------------------------------- */

/* The transfer is its caller's again, and may be gone, once this is called. */
static void
finish(struct transfer *t, CURLcode result)
{
	int failed;

	t->result = result;
	failed = sem_post(&t->done);
	assert(failed == 0);
}

static bool
begin(struct http *h, struct transfer *t)
{
	if (curl_multi_add_handle(h->multi, t->easy) != CURLM_OK)
		return (false);
	t->prev = NULL;
	t->next = h->in_hand;
	if (t->next != NULL)
		t->next->prev = t;
	h->in_hand = t;
	return (true);
}

static void
end(struct http *h, struct transfer *t, CURLcode result)
{
	(void)curl_multi_remove_handle(h->multi, t->easy);
	if (t->next != NULL)
		t->next->prev = t->prev;
	*(t->prev != NULL ? &t->prev->next : &h->in_hand) = t->next;
	finish(t, result);
}

static void
collect_done(struct http *h)
{
	struct transfer *t;
	CURLMsg *msg;
	CURLcode result;
	int left;

	while ((msg = curl_multi_info_read(h->multi, &left)) != NULL) {
		if (msg->msg != CURLMSG_DONE)
			continue;
		result = msg->data.result;
		t = NULL;
		(void)curl_easy_getinfo(msg->easy_handle, CURLINFO_PRIVATE,
		    (char **)&t);
		end(h, t, result);
	}
}

static bool
take_over(struct http *h)
{
	struct transfer *t, *next;
	bool stop;

	pthread_mutex_lock(&h->lock);
	t = h->handed_over;
	h->handed_over = NULL;
	stop = h->stop;
	pthread_mutex_unlock(&h->lock);
	for (; t != NULL; t = next) {
		next = t->next;
		if (stop)
			finish(t, CURLE_ABORTED_BY_CALLBACK);
		else if (!begin(h, t))
			finish(t, CURLE_FAILED_INIT);
	}
	while (stop && h->in_hand != NULL)
		end(h, h->in_hand, CURLE_ABORTED_BY_CALLBACK);
	return (!stop);
}

static int
timeout_of(const struct http *h)
{
	int64_t left;

	if (h->timer_ms < 0)
		return (-1);
	left = h->timer_ms - clock_mono_ms();
	return (left <= 0 ? 0 : left > 60000 ? 60000 : (int)left);
}

static void
serve(struct http *h, const struct epoll_event *ev)
{
	int running, what = 0;

	/* The list is looked at after every round; each write is an event. */
	if (ev->data.fd == h->wake_fd)
		return;
	if (ev->events & EPOLLIN)
		what |= CURL_CSELECT_IN;
	if (ev->events & EPOLLOUT)
		what |= CURL_CSELECT_OUT;
	if (ev->events & (EPOLLERR | EPOLLHUP))
		what |= CURL_CSELECT_ERR;
	(void)curl_multi_socket_action(h->multi, ev->data.fd, what, &running);
}

static void *
run(void *arg)
{
	struct epoll_event ev[EVENTS];
	struct http *h = arg;
	int i, n, running;

	do {
		n = epoll_wait(h->epoll_fd, ev, EVENTS, timeout_of(h));
		for (i = 0; i < n; i++)
			serve(h, &ev[i]);
		if (h->timer_ms >= 0 && clock_mono_ms() >= h->timer_ms) {
			h->timer_ms = -1;
			(void)curl_multi_socket_action(h->multi,
			    CURL_SOCKET_TIMEOUT, 0, &running);
		}
		collect_done(h);
	} while (take_over(h));
	return (NULL);
}

/* Start and stop ---------------------------------------------------------- */

static pthread_once_t curl_once = PTHREAD_ONCE_INIT;

static void
init_curl(void)
{
	(void)curl_global_init(CURL_GLOBAL_DEFAULT);
}

static void
http_free(struct http *h)
{
	while (h->n_idle > 0)
		curl_easy_cleanup(h->idle[--h->n_idle]);
	if (h->multi != NULL)
		curl_multi_cleanup(h->multi);
	if (h->epoll_fd >= 0)
		close(h->epoll_fd);
	if (h->wake_fd >= 0)
		close(h->wake_fd);
	pthread_cond_destroy(&h->stopped);
	pthread_mutex_destroy(&h->lock);
	free(h);
}

static bool
multi_init(struct http *h)
{
	struct epoll_event ev = { .events = EPOLLIN | EPOLLET };

	ev.data.fd = h->wake_fd;
	return (h->epoll_fd >= 0 && h->wake_fd >= 0 &&
	    epoll_ctl(h->epoll_fd, EPOLL_CTL_ADD, h->wake_fd, &ev) == 0 &&
	    (h->multi = curl_multi_init()) != NULL &&
	    curl_multi_setopt(h->multi, CURLMOPT_SOCKETFUNCTION, on_socket) ==
		CURLM_OK &&
	    curl_multi_setopt(h->multi, CURLMOPT_SOCKETDATA, h) == CURLM_OK &&
	    curl_multi_setopt(h->multi, CURLMOPT_TIMERFUNCTION, on_timer) ==
		CURLM_OK &&
	    curl_multi_setopt(h->multi, CURLMOPT_TIMERDATA, h) == CURLM_OK &&
	    curl_multi_setopt(h->multi, CURLMOPT_PIPELINING,
		CURLPIPE_MULTIPLEX) == CURLM_OK);
}

enum err_code
http_start(struct http **h_r, struct err *e)
{
	struct http *h;

	(void)pthread_once(&curl_once, init_curl);
	if ((h = calloc(1, sizeof(*h))) == NULL)
		return (err_set(e, ERR_TEMPORARY, "no memory"));
	pthread_mutex_init(&h->lock, NULL);
	pthread_cond_init(&h->stopped, NULL);
	h->timer_ms = -1;
	h->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	h->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (!multi_init(h) || pthread_create(&h->thread, NULL, run, h) != 0) {
		http_free(h);
		return (err_set(e, ERR_TEMPORARY,
		    "outgoing requests cannot be started"));
	}
	*h_r = h;
	return (ERR_OK);
}

static void
wake(struct http *h)
{
	const uint64_t one = 1;

	/* It can only fail when the count is full, and then it is awake. */
	if (write(h->wake_fd, &one, sizeof(one)) < 0)
		return;
}

void
http_abort(struct http *h)
{
	pthread_mutex_lock(&h->lock);
	h->stop = true;
	pthread_cond_broadcast(&h->stopped);
	pthread_mutex_unlock(&h->lock);
	wake(h);
}

void
http_pause(struct http *h, int64_t until_ms)
{
	const struct timespec until = clock_timespec(until_ms);
	int late = 0;

	pthread_mutex_lock(&h->lock);
	while (!h->stop && late == 0)
		late = pthread_cond_clockwait(&h->stopped, &h->lock,
		    CLOCK_MONOTONIC, &until);
	pthread_mutex_unlock(&h->lock);
}

void
http_stop(struct http *h)
{
	if (h == NULL)
		return;
	http_abort(h);
	pthread_join(h->thread, NULL);
	http_free(h);
}

/* One request ------------------------------------------------------------- */

static bool
set_headers(struct transfer *t)
{
	struct curl_slist *grown;
	const char *const *h = t->request->headers;

	/* Without this curl asks before it sends a large body, and waits. */
	if ((t->headers = curl_slist_append(NULL, "Expect:")) == NULL)
		return (false);
	for (size_t i = 0; i < HTTP_HEADERS_MAX && h[i] != NULL; i++) {
		if ((grown = curl_slist_append(t->headers, h[i])) == NULL)
			return (false);
		t->headers = grown;
	}
	return (curl_easy_setopt(t->easy, CURLOPT_HTTPHEADER, t->headers) ==
	    CURLE_OK);
}

#define SET(option, value)                                                     \
	(curl_easy_setopt(t->easy, (option), (value)) == CURLE_OK)

static bool
set_body(struct transfer *t)
{
	/* Without a body there is nothing that could refuse a repetition. */
	if (t->request->body.n == 0 && strcmp(t->request->method, "GET") != 0 &&
	    !SET(CURLOPT_FRESH_CONNECT, 1L))
		return (false);
	if (t->request->body.p == NULL)
		return (SET(CURLOPT_HTTPGET, 1L) &&
		    SET(CURLOPT_CUSTOMREQUEST, t->request->method));
	return (SET(CURLOPT_POST, 1L) &&
	    SET(CURLOPT_CUSTOMREQUEST, t->request->method) &&
	    SET(CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)t->request->body.n) &&
	    SET(CURLOPT_READFUNCTION, on_read) && SET(CURLOPT_READDATA, t) &&
	    SET(CURLOPT_UPLOAD_BUFFERSIZE, SEND_BUFFER_BYTES) &&
	    SET(CURLOPT_SEEKFUNCTION, on_seek) && SET(CURLOPT_SEEKDATA, t));
}

static bool
set_options(struct transfer *t, long left_ms)
{
	bool tls = strncasecmp(t->request->url, "https:", 6) == 0;

	return (SET(CURLOPT_URL, t->request->url) &&
	    SET(CURLOPT_PRIVATE, (void *)t) &&
	    SET(CURLOPT_PROTOCOLS_STR, tls ? "https" : "http") &&
	    SET(CURLOPT_FOLLOWLOCATION, 0L) && SET(CURLOPT_PROXY, "") &&
	    SET(CURLOPT_NOSIGNAL, 1L) && SET(CURLOPT_TIMEOUT_MS, left_ms) &&
	    SET(CURLOPT_CONNECTTIMEOUT_MS,
		left_ms < CONNECT_MS ? left_ms : CONNECT_MS) &&
	    SET(CURLOPT_MAXAGE_CONN, CONNECTION_AGE_S) &&
	    SET(CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_2TLS) &&
	    SET(CURLOPT_PIPEWAIT, tls ? 1L : 0L) &&
	    SET(CURLOPT_OPENSOCKETFUNCTION, on_open) &&
	    SET(CURLOPT_OPENSOCKETDATA, t) &&
	    SET(CURLOPT_WRITEFUNCTION, on_write) && SET(CURLOPT_WRITEDATA, t) &&
	    SET(CURLOPT_USERAGENT, PACKAGE_NAME "/" PACKAGE_VERSION) &&
	    set_body(t) && set_headers(t));
}

/*
 * May something of the request have been acted upon? With a body, not before
 * curl asked for it; without one, not before the request was about to be sent.
 * That time is told by libcurl 8.22 where nothing connected, too.
 */
static bool
may_be_sent(const struct transfer *t)
{
	curl_off_t on_wire = 0;

	if (t->result == CURLE_COULDNT_RESOLVE_HOST ||
	    t->result == CURLE_COULDNT_CONNECT)
		return (false);
	if (t->request->body.n > 0)
		return (t->read_called);
	(void)curl_easy_getinfo(t->easy, CURLINFO_PRETRANSFER_TIME_T, &on_wire);
	return (on_wire > 0);
}

static enum err_code
explain(const struct transfer *t, struct err *e)
{
	const char *why = curl_easy_strerror(t->result);

	if (t->too_large)
		return (
		    err_set(e, ERR_TOO_LARGE, "the answer is over %zu bytes",
			t->request->answer_max_bytes));
	if (t->out_of_reach)
		return (err_set(e, ERR_TEMPORARY,
		    "not sent: the host's address is not one to go to"));
	if (may_be_sent(t))
		return (err_set(e, ERR_UNCERTAIN, "no whole answer: %s", why));
	return (err_set(e, ERR_TEMPORARY, "not sent: %s", why));
}

/* Text of the answer, when it fits; else "". */
static void
keep(char *place, size_t size, const char *text)
{
	size_t n = text == NULL ? size : strlen(text);

	place[0] = '\0';
	if (n < size)
		memcpy(place, text, n + 1);
}

static const char *
text_of(const struct transfer *t, CURLINFO what)
{
	const char *text = NULL;

	if (curl_easy_getinfo(t->easy, what, &text) != CURLE_OK)
		return (NULL);
	return (text);
}

static const char *
header_of(const struct transfer *t, const char *name)
{
	struct curl_header *header;

	if (curl_easy_header(t->easy, name, 0, CURLH_HEADER, -1, &header) !=
	    CURLHE_OK)
		return (NULL);
	return (header->value);
}

static enum err_code
read_answer(struct arena *a, const struct transfer *t,
    struct http_answer *answer, struct err *e)
{
	curl_off_t retry_after = 0;
	struct buf b;
	long status = 0;

	(void)curl_easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &status);
	answer->status = (int)status;
	keep(answer->content_type, sizeof(answer->content_type),
	    text_of(t, CURLINFO_CONTENT_TYPE));
	keep(answer->location, sizeof(answer->location),
	    text_of(t, CURLINFO_REDIRECT_URL));
	keep(answer->content_range, sizeof(answer->content_range),
	    header_of(t, "Content-Range"));
	answer->retry_after_s = -1;
	if (curl_easy_getinfo(t->easy, CURLINFO_RETRY_AFTER, &retry_after) ==
		CURLE_OK &&
	    retry_after > 0)
		answer->retry_after_s = retry_after;
	buf_init(&b, a);
	buf_add(&b, (struct str){ t->body == NULL ? "" : t->body, t->n });
	return (buf_done(&b, &answer->body, e));
}

/* A handle is reset before it is kept: nothing of a request stays in it. */
static CURL *
take_handle(struct http *h)
{
	CURL *easy = NULL;

	pthread_mutex_lock(&h->lock);
	if (h->n_idle > 0)
		easy = h->idle[--h->n_idle];
	pthread_mutex_unlock(&h->lock);
	return (easy != NULL ? easy : curl_easy_init());
}

/*
 * One whose transfer failed is thrown away: in libcurl 8.14.1 a refused
 * repetition fails every later transfer of its handle, reset or not.
 */
static void
keep_handle(struct http *h, CURL *easy, CURLcode result)
{
	if (easy == NULL)
		return;
	if (result == CURLE_OK) {
		curl_easy_reset(easy);
		pthread_mutex_lock(&h->lock);
		if (h->n_idle < IDLE_MAX) {
			h->idle[h->n_idle++] = easy;
			easy = NULL;
		}
		pthread_mutex_unlock(&h->lock);
	}
	curl_easy_cleanup(easy);
}

static void
wait_done(struct http *h, struct transfer *t)
{
	bool first, stop;

	pthread_mutex_lock(&h->lock);
	stop = h->stop;
	first = h->handed_over == NULL;
	if (!stop) {
		t->next = h->handed_over;
		h->handed_over = t;
	}
	pthread_mutex_unlock(&h->lock);
	if (stop) {
		t->result = CURLE_ABORTED_BY_CALLBACK;
		return;
	}
	/* Where others stand already, the thread has been told. */
	if (first)
		wake(h);
	while (sem_wait(&t->done) != 0)
		assert(errno == EINTR);
}

enum err_code
http_do(struct http *h, struct arena *a, const struct http_request *request,
    struct http_answer *answer, struct err *e)
{
	struct transfer t = { .request = request, .result = CURLE_FAILED_INIT };
	int64_t left_ms = request->deadline_ms - clock_mono_ms();
	enum err_code code;
	int failed;

	memset(answer, 0, sizeof(*answer));
	if (left_ms <= 0)
		return (err_set(e, ERR_TEMPORARY, "not sent: no time left"));
	failed = sem_init(&t.done, 0, 0);
	assert(failed == 0);
	if ((t.easy = take_handle(h)) == NULL ||
	    !set_options(&t, (long)left_ms)) {
		code = err_set(e, ERR_BUG, "not sent: curl refused an option");
		goto out;
	}
	wait_done(h, &t);
	answer->timed_out = t.result == CURLE_OPERATION_TIMEDOUT;
	code = t.result == CURLE_OK ? read_answer(a, &t, answer, e) :
				      explain(&t, e);
out:
	keep_handle(h, t.easy, t.result);
	curl_slist_free_all(t.headers);
	free(t.body);
	(void)sem_destroy(&t.done);
	return (code);
}
