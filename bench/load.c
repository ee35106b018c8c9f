/*
 * bench-load: many callers at once. Posts what Twilio or Vapi would, webhooks
 * of calls that arrive or reports of calls that have ended, or any other
 * request again and again, over kept connections to the web server, and counts
 * what is answered as expected. One thread, epoll; what it sends is made before
 * the clock starts, so that it takes little of the processor it shares with
 * what is measured.
 *
 * Without a rate a client sends the next one as soon as its last was answered.
 * With one the moments are planned before the start, at random as calls come
 * (the same ones in each run), and a request's time counts from its planned
 * moment: one that finds no free client, since answers are late, waits in that
 * time.
 */
#include "config.h"

#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include "load.h"

#define CLIENTS_MAX 4096
#define LAST_CHUNK "\r\n0\r\n\r\n"
#define RATE_MAX 100000
#define REQUESTS_MAX 10000000
#define PER_SECOND_MAX 12000 /* requests prepared for each second */
#define KEPT_BYTES 8192	     /* of an answer, from its beginning on */
#define ANSWER_MAX_BYTES ((int64_t)64 * 1024 * 1024)
#define LATE_US 1000	     /* a request is counted that is sent later */
#define REQUESTS_MOST_S 3600 /* where their number ends the run */
#define SILENCE_MOST_S 20    /* without any answer, while some are due */

extern char **environ;

struct client {
	int fd;
	int64_t began_us;
	size_t got;
	char *out;
	char in[KEPT_BYTES];
	char last[sizeof(LAST_CHUNK) - 1]; /* bytes, wherever it is now */
};

struct bench {
	struct options o;
	struct sockaddr_in server;
	struct requests q;
	size_t next;
	struct client *clients;
	size_t waiting; /* clients with a request on its way */
	int epoll_fd;
	/* with a rate: when each is due, from began_us on, and who is free */
	int64_t *due_us;
	struct client **free;
	size_t n_free, late;
	int timer_fd;
	uint32_t *took_us;
	size_t answers, errors;
	int64_t began_us, end_us, last_us;
	int64_t cpu_us; /* of our own, while it ran */
};

static int64_t
now_us(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return ((int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000);
}

/* Processor time of this process so far. */
static int64_t
spent_us(void)
{
	struct rusage r;

	(void)getrusage(RUSAGE_SELF, &r);
	return ((int64_t)(r.ru_utime.tv_sec + r.ru_stime.tv_sec) * 1000000 +
	    r.ru_utime.tv_usec + r.ru_stime.tv_usec);
}

void
die(const char *what, const char *why)
{
	fprintf(stderr, "bench-load: %s: %s\n", what, why);
	exit(1);
}

void *
need(size_t n, size_t size)
{
	void *p = calloc(n, size);

	if (p == NULL)
		die("memory", "there is not enough");
	return (p);
}

/* Preparing --------------------------------------------------------------- */

size_t
requests_wanted(const struct options *o)
{
	if (o->requests > 0)
		return ((size_t)o->requests);
	if (o->rate > 0)
		return ((size_t)(o->seconds * o->rate));
	return ((size_t)(o->seconds * PER_SECOND_MAX + o->clients));
}

void
add_place(struct requests *q, const char *before, size_t from, size_t n)
{
	const char *at = memmem(q->text, q->n, before, strlen(before));

	if (at == NULL)
		die("request", before);
	q->places[q->n_places++] =
	    (struct place){ (size_t)(at - q->text) + strlen(before), from, n };
}

static int
by_moment(const void *left, const void *right)
{
	const int64_t *a = left, *b = right;

	return ((*a > *b) - (*a < *b));
}

/* Independent moments, all equally likely: as calls of many callers come. */
static void
plan(struct bench *b)
{
	const int64_t all_us = (int64_t)b->q.n_tickets * 1000000 / b->o.rate;
	uint64_t state = 1;

	b->due_us = need(b->q.n_tickets, sizeof(*b->due_us));
	b->free = need((size_t)b->o.clients, sizeof(*b->free));
	for (size_t i = 0; i < b->q.n_tickets; i++) {
		state = state * 6364136223846793005U + 1442695040888963407U;
		b->due_us[i] = (int64_t)((state >> 24) % (uint64_t)all_us);
	}
	qsort(b->due_us, b->q.n_tickets, sizeof(*b->due_us), by_moment);
}

static void
make_requests(struct bench *b, const struct settings *s)
{
	if (b->o.reports_path != NULL)
		prepare_reports(&b->o, s, &b->q);
	else if (b->o.request_path != NULL)
		prepare_request(&b->o, &b->q);
	else
		prepare_webhooks(&b->o, s, &b->q);
	if (b->o.requests > 0 && b->q.n_tickets > (size_t)b->o.requests)
		b->q.n_tickets = (size_t)b->o.requests;
	if (b->o.rate > 0)
		plan(b);
	else if (b->q.n_tickets < (size_t)b->o.clients)
		die("requests", "there are fewer than clients");
}

static void
prepare(struct bench *b)
{
	struct arena *a = arena_new((size_t)4 * 1024 * 1024);
	struct settings s;
	int64_t port;
	struct err e;

	if (a == NULL ||
	    settings_load(a, SETTINGS_RESPONDER, b->o.settings_path, environ,
		&s, &e) != ERR_OK)
		die("settings", a == NULL ? "no memory" : e.text);
	if (!str_starts(str_of(s.public_url), "http://127.0.0.1:") ||
	    str_parse_int(str_skip(str_of(s.public_url),
			      strlen("http://127.0.0.1:")),
		1, 65535, &port, NULL) != ERR_OK)
		die("PUBLIC_URL", "http://127.0.0.1:PORT is wanted here");
	b->server = (struct sockaddr_in){ .sin_family = AF_INET,
		.sin_port = htons((uint16_t)port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	make_requests(b, &s);
	arena_free(a);
	b->took_us = need(b->q.n_tickets, sizeof(*b->took_us));
	b->clients = need((size_t)b->o.clients, sizeof(*b->clients));
	for (int64_t i = 0; i < b->o.clients; i++)
		b->clients[i].out = need(1, b->q.n);
}

/* Running ----------------------------------------------------------------- */

static void
open_client(struct bench *b, struct client *c)
{
	struct epoll_event ev = { .events = EPOLLIN, .data.ptr = c };
	const int one = 1;

	c->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (c->fd < 0 ||
	    connect(c->fd, (struct sockaddr *)&b->server, sizeof(b->server)) !=
		0 ||
	    setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one)) !=
		0 ||
	    epoll_ctl(b->epoll_fd, EPOLL_CTL_ADD, c->fd, &ev) != 0)
		die("connection", strerror(errno));
}

/* The socket waits until it has taken the whole request. */
static void
post_next(struct bench *b, struct client *c, int64_t began_us)
{
	const struct requests *q = &b->q;
	const char *ticket = q->tickets + b->next++ * q->ticket_bytes;

	memcpy(c->out, q->text, q->n);
	for (size_t i = 0; i < q->n_places; i++)
		memcpy(c->out + q->places[i].at, ticket + q->places[i].from,
		    q->places[i].n);
	c->got = 0;
	c->began_us = began_us;
	b->waiting++;
	if (send(c->fd, c->out, q->n, MSG_NOSIGNAL) != (ssize_t)q->n)
		die("send", strerror(errno));
}

/* What is due goes to free clients; the timer is set for the next. */
static void
post_due(struct bench *b)
{
	const int64_t now = now_us();
	struct itimerspec when = { 0 };
	int64_t due;

	while (b->next < b->q.n_tickets) {
		due = b->began_us + b->due_us[b->next];
		if (due > now) {
			when.it_value.tv_sec = due / 1000000;
			when.it_value.tv_nsec = due % 1000000 * 1000;
			break;
		}
		if (b->n_free == 0)
			break;
		b->late += now > due + LATE_US;
		post_next(b, b->free[--b->n_free], due);
	}
	if (timerfd_settime(b->timer_fd, TFD_TIMER_ABSTIME, &when, NULL) != 0)
		die("timer", strerror(errno));
}

/* The value of a header; STR_NONE where there is none. */
static struct str
header(const char *head, size_t n, const char *name)
{
	const char *at = memmem(head, n, name, strlen(name));
	struct str rest;

	if (at == NULL)
		return (STR_NONE);
	at += strlen(name);
	rest = (struct str){ at, (size_t)(head + n - at) };
	return (str_first(rest, str_find(rest, '\r')));
}

/* Is the whole answer there? Then also what is kept of its body. */
static bool
is_whole(const struct client *c, struct str *body_r)
{
	const size_t kept = c->got < KEPT_BYTES ? c->got : KEPT_BYTES;
	const char *end;
	int64_t length;
	struct str text;
	size_t n;

	if ((end = memmem(c->in, kept, "\r\n\r\n", 4)) == NULL) {
		if (kept == KEPT_BYTES)
			die("answer", "its head does not end");
		return (false);
	}
	end += 4;
	n = (size_t)(end - c->in);
	*body_r = (struct str){ end, kept - n };
	text = header(c->in, n, "\r\nContent-Length: ");
	if (text.p == NULL && c->got > n &&
	    header(c->in, n, "\r\nTransfer-Encoding: ").p != NULL)
		return (memcmp(c->last, LAST_CHUNK, sizeof(c->last)) == 0);
	if (text.p == NULL)
		return (false);
	if (str_parse_int(text, 0, ANSWER_MAX_BYTES, &length, NULL) != ERR_OK)
		die("answer", "its Content-Length is no number");
	return (c->got >= n + (size_t)length);
}

static bool
is_expected(const struct bench *b, const struct client *c, struct str body)
{
	char line[32];

	(void)snprintf(line, sizeof(line), "HTTP/1.1 %d ", (int)b->o.status);
	return (str_starts((struct str){ c->in,
			       c->got < KEPT_BYTES ? c->got : KEPT_BYTES },
		    line) &&
	    memmem(body.p, body.n, b->o.expect, strlen(b->o.expect)) != NULL);
}

static void
take_answer(struct bench *b, struct client *c, struct str body)
{
	int64_t now = now_us();

	if (is_expected(b, c, body))
		b->took_us[b->answers++] = (uint32_t)(now - c->began_us);
	else if (b->errors++ == 0)
		fprintf(stderr, "bench-load: unexpected answer: %.*s\n",
		    (int)(c->got < KEPT_BYTES ? c->got : KEPT_BYTES), c->in);
	b->last_us = now;
	b->waiting--;
	if (b->o.rate > 0) {
		b->free[b->n_free++] = c;
		post_due(b);
	} else if (now < b->end_us && b->next < b->q.n_tickets) {
		post_next(b, c, now_us());
	}
}

/* The last bytes of the answer, in however many pieces they came. */
static void
remember_last(struct client *c, const char *piece, size_t n)
{
	const size_t room = sizeof(c->last);

	if (n < room) {
		memmove(c->last, c->last + n, room - n);
		memcpy(c->last + room - n, piece, n);
	} else {
		memcpy(c->last, piece + n - room, room);
	}
}

static void
serve(struct bench *b, struct client *c)
{
	char rest[KEPT_BYTES];
	const bool kept = c->got < KEPT_BYTES;
	char *to = kept ? c->in + c->got : rest;
	struct str body;
	ssize_t n;

	n = recv(c->fd, to, kept ? KEPT_BYTES - c->got : sizeof(rest),
	    MSG_DONTWAIT);
	if (n < 0 && errno == EAGAIN)
		return;
	if (n <= 0)
		die("connection",
		    n == 0 ? "closed by the server" : strerror(errno));
	remember_last(c, to, (size_t)n);
	c->got += (size_t)n;
	if (is_whole(c, &body))
		take_answer(b, c, body);
}

/* Without a rate each client sends at once; with one all are free at first. */
static void
begin(struct bench *b)
{
	struct epoll_event ev = { .events = EPOLLIN };
	const int64_t most_s =
	    b->o.requests > 0 ? REQUESTS_MOST_S : b->o.seconds;

	b->began_us = b->last_us = now_us();
	b->end_us = b->began_us + most_s * 1000000;
	if (b->o.rate == 0) {
		for (int64_t i = 0; i < b->o.clients; i++)
			post_next(b, &b->clients[i], now_us());
		return;
	}
	if ((b->timer_fd = timerfd_create(CLOCK_MONOTONIC,
		 TFD_CLOEXEC | TFD_NONBLOCK)) < 0 ||
	    epoll_ctl(b->epoll_fd, EPOLL_CTL_ADD, b->timer_fd, &ev) != 0)
		die("timer", strerror(errno));
	for (int64_t i = 0; i < b->o.clients; i++)
		b->free[b->n_free++] = &b->clients[i];
	post_due(b);
}

static void
ring(struct bench *b)
{
	uint64_t times;

	if (read(b->timer_fd, &times, sizeof(times)) > 0)
		post_due(b);
}

static bool
is_over(const struct bench *b)
{
	return (
	    b->waiting == 0 && (b->o.rate == 0 || b->next == b->q.n_tickets));
}

static int64_t
run(struct bench *b)
{
	struct epoll_event ev[64];

	if ((b->epoll_fd = epoll_create1(EPOLL_CLOEXEC)) < 0)
		die("epoll", strerror(errno));
	for (int64_t i = 0; i < b->o.clients; i++)
		open_client(b, &b->clients[i]);
	b->cpu_us = -spent_us();
	begin(b);
	while (!is_over(b)) {
		int n = epoll_wait(b->epoll_fd, ev, 64, 1000);

		for (int i = 0; i < n; i++) {
			if (ev[i].data.ptr == NULL)
				ring(b);
			else
				serve(b, ev[i].data.ptr);
		}
		if (b->waiting > 0 &&
		    now_us() > b->last_us + SILENCE_MOST_S * 1000000)
			die("answers", "some never came");
	}
	b->cpu_us += spent_us();
	return (b->last_us - b->began_us);
}

static int
by_time(const void *left, const void *right)
{
	const uint32_t *a = left, *b = right;

	return ((*a > *b) - (*a < *b));
}

static double
quantile_ms(const struct bench *b, double q)
{
	if (b->answers == 0)
		return (0);
	return (b->took_us[(size_t)(q * (double)(b->answers - 1))] / 1000.0);
}

static void
report(struct bench *b, int64_t took_us)
{
	qsort(b->took_us, b->answers, sizeof(*b->took_us), by_time);
	printf(
	    "answers=%zu errors=%zu seconds=%.3f per_second=%.0f p50_ms=%.2f p99_ms=%.2f p999_ms=%.2f max_ms=%.2f late=%zu cpu_us=%.0f\n",
	    b->answers, b->errors, (double)took_us / 1e6,
	    (double)b->answers * 1e6 / (double)took_us, quantile_ms(b, 0.5),
	    quantile_ms(b, 0.99), quantile_ms(b, 0.999), quantile_ms(b, 1),
	    b->late,
	    (double)b->cpu_us / (double)(b->answers > 0 ? b->answers : 1));
}

static int64_t
number_option(const char *name, const char *text, int64_t max)
{
	int64_t n;

	if (str_parse_int(str_of(text), 1, max, &n, NULL) != ERR_OK)
		die(name, "a number of 1 or more is wanted");
	return (n);
}

static void
parse_options(int argc, char **argv, struct options *o)
{
	static const struct option names[] = {
		{ "config", required_argument, NULL, 'c' },
		{ "clients", required_argument, NULL, 'n' },
		{ "seconds", required_argument, NULL, 's' },
		{ "numbers", required_argument, NULL, 'm' },
		{ "line", required_argument, NULL, 'l' },
		{ "expect", required_argument, NULL, 'e' },
		{ "reports", required_argument, NULL, 'r' },
		{ "updates", no_argument, NULL, 'u' },
		{ "request", required_argument, NULL, 'f' },
		{ "requests", required_argument, NULL, 'k' },
		{ "rate", required_argument, NULL, 'a' },
		{ "status", required_argument, NULL, 't' }, { NULL, 0, NULL, 0 }
	};
	int c;

	while ((c = getopt_long(argc, argv, "c:", names, NULL)) != -1) {
		switch (c) {
		case 'c':
			o->settings_path = optarg;
			break;
		case 'l':
			o->line = optarg;
			break;
		case 'e':
			o->expect = optarg;
			break;
		case 'r':
			o->reports_path = optarg;
			break;
		case 'u':
			o->updates = true;
			break;
		case 'f':
			o->request_path = optarg;
			break;
		case 'k':
			o->requests =
			    number_option("--requests", optarg, REQUESTS_MAX);
			break;
		case 'a':
			o->rate = number_option("--rate", optarg, RATE_MAX);
			break;
		case 't':
			o->status = number_option("--status", optarg, 599);
			break;
		case 'n':
			o->clients =
			    number_option("--clients", optarg, CLIENTS_MAX);
			break;
		case 's':
			o->seconds = number_option("--seconds", optarg, 3600);
			break;
		case 'm':
			o->numbers =
			    number_option("--numbers", optarg, 9999999);
			break;
		default:
			exit(2);
		}
	}
}

int
main(int argc, char **argv)
{
	struct bench b = { .o = { .clients = 32,
			       .seconds = 10,
			       .numbers = 1000,
			       .status = 200,
			       .line = "+15559999999" } };
	int64_t took_us;

	parse_options(argc, argv, &b.o);
	if (b.o.settings_path == NULL)
		die("usage",
		    "bench-load -c callward.conf [--clients N] "
		    "[--seconds S | --requests N] [--rate PER_SECOND] "
		    "[--numbers N] [--line E164] "
		    "[--reports FILE [--updates] | --request FILE] "
		    "[--status N] [--expect TEXT]");
	if (b.o.expect == NULL && b.o.request_path != NULL)
		b.o.expect = "";
	else if (b.o.expect == NULL)
		b.o.expect =
		    b.o.reports_path != NULL ? "{}" : "<Response><Connect>";
	prepare(&b);
	took_us = run(&b);
	report(&b, took_us);
	return (b.errors > 0 ? 1 : 0);
}
