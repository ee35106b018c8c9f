/*
 * bench-load: many callers at once. Posts what Twilio or Vapi would, webhooks
 * of calls that arrive or reports of calls that have ended, over kept
 * connections to the web server, the next one as soon as the last was
 * answered, and counts what is answered as expected. One thread, epoll; what
 * it sends is made before the clock starts, so that it takes little of the
 * processor it shares with what is measured.
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
#include <time.h>
#include <unistd.h>

#include "load.h"

#define CLIENTS_MAX 4096
#define ANSWER_MAX_BYTES 8192
#define LAST_ANSWER_S 20 /* after the end, for what is on its way */

extern char **environ;

struct client {
	int fd;
	int64_t began_us;
	size_t got;
	char *out;
	char in[ANSWER_MAX_BYTES + 1];
};

struct bench {
	struct options o;
	struct sockaddr_in server;
	struct requests q;
	size_t next;
	struct client *clients;
	size_t waiting; /* clients with a request on its way */
	int epoll_fd;
	uint32_t *took_us;
	size_t answers, errors;
	int64_t end_us, last_us;
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

void
add_place(struct requests *q, const char *before, size_t from, size_t n)
{
	const char *at = memmem(q->text, q->n, before, strlen(before));

	if (at == NULL)
		die("request", before);
	q->places[q->n_places++] =
	    (struct place){ (size_t)(at - q->text) + strlen(before), from, n };
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
	if (b->o.reports_path != NULL)
		prepare_reports(&b->o, &s, &b->q);
	else
		prepare_webhooks(&b->o, &s, &b->q);
	arena_free(a);
	if (b->q.n_tickets < (size_t)b->o.clients)
		die("requests", "there are fewer than clients");
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
post_next(struct bench *b, struct client *c)
{
	const struct requests *q = &b->q;
	const char *ticket = q->tickets + b->next++ * q->ticket_bytes;

	memcpy(c->out, q->text, q->n);
	for (size_t i = 0; i < q->n_places; i++)
		memcpy(c->out + q->places[i].at, ticket + q->places[i].from,
		    q->places[i].n);
	c->got = 0;
	c->began_us = now_us();
	b->waiting++;
	if (send(c->fd, c->out, q->n, MSG_NOSIGNAL) != (ssize_t)q->n)
		die("send", strerror(errno));
}

/* The body, once the whole answer is there; STR_NONE until then. */
static struct str
whole_answer(const struct client *c)
{
	static const char name[] = "\r\nContent-Length: ";
	const char *end, *at;
	int64_t length;
	struct str text;

	if ((end = memmem(c->in, c->got, "\r\n\r\n", 4)) == NULL)
		return (STR_NONE);
	end += 4;
	if ((at = memmem(c->in, (size_t)(end - c->in), name,
		 sizeof(name) - 1)) == NULL)
		die("answer", "it has no Content-Length");
	at += sizeof(name) - 1;
	text = (struct str){ at, (size_t)(end - at) };
	if (str_parse_int(str_first(text, str_find(text, '\r')), 0,
		ANSWER_MAX_BYTES, &length, NULL) != ERR_OK)
		die("answer", "its Content-Length is no number");
	if (c->got < (size_t)(end - c->in) + (size_t)length)
		return (STR_NONE);
	return ((struct str){ end, (size_t)length });
}

static void
take_answer(struct bench *b, struct client *c, struct str body)
{
	int64_t now = now_us();
	bool good;

	good = str_starts((struct str){ c->in, c->got }, "HTTP/1.1 200 ") &&
	    memmem(body.p, body.n, b->o.expect, strlen(b->o.expect)) != NULL;
	if (good)
		b->took_us[b->answers++] = (uint32_t)(now - c->began_us);
	else if (b->errors++ == 0)
		fprintf(stderr, "bench-load: unexpected answer: %.*s\n",
		    (int)c->got, c->in);
	b->last_us = now;
	b->waiting--;
	if (now < b->end_us && b->next < b->q.n_tickets)
		post_next(b, c);
}

static void
serve(struct bench *b, struct client *c)
{
	struct str body;
	ssize_t n;

	n = recv(c->fd, c->in + c->got, ANSWER_MAX_BYTES - c->got,
	    MSG_DONTWAIT);
	if (n < 0 && errno == EAGAIN)
		return;
	if (n <= 0)
		die("connection",
		    n == 0 ? "closed by the server or answer too long" :
			     strerror(errno));
	c->got += (size_t)n;
	body = whole_answer(c);
	if (body.p != NULL)
		take_answer(b, c, body);
}

static int64_t
run(struct bench *b)
{
	struct epoll_event ev[64];
	int64_t began_us;

	if ((b->epoll_fd = epoll_create1(EPOLL_CLOEXEC)) < 0)
		die("epoll", strerror(errno));
	for (int64_t i = 0; i < b->o.clients; i++)
		open_client(b, &b->clients[i]);
	b->cpu_us = -spent_us();
	began_us = now_us();
	b->end_us = began_us + b->o.seconds * 1000000;
	for (int64_t i = 0; i < b->o.clients; i++)
		post_next(b, &b->clients[i]);
	while (b->waiting > 0) {
		int n = epoll_wait(b->epoll_fd, ev, 64, 1000);

		for (int i = 0; i < n; i++)
			serve(b, ev[i].data.ptr);
		if (now_us() > b->end_us + LAST_ANSWER_S * 1000000)
			die("answers", "some never came");
	}
	b->cpu_us += spent_us();
	return (b->last_us - began_us);
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
	    "answers=%zu errors=%zu seconds=%.3f per_second=%.0f p50_ms=%.2f p99_ms=%.2f cpu_us=%.0f\n",
	    b->answers, b->errors, (double)took_us / 1e6,
	    (double)b->answers * 1e6 / (double)took_us, quantile_ms(b, 0.5),
	    quantile_ms(b, 0.99),
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
	static const struct option names[] = { { "config", required_argument,
						   NULL, 'c' },
		{ "clients", required_argument, NULL, 'n' },
		{ "seconds", required_argument, NULL, 's' },
		{ "numbers", required_argument, NULL, 'm' },
		{ "line", required_argument, NULL, 'l' },
		{ "expect", required_argument, NULL, 'e' },
		{ "reports", required_argument, NULL, 'r' },
		{ NULL, 0, NULL, 0 } };
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
			       .line = "+15559999999" } };
	int64_t took_us;

	parse_options(argc, argv, &b.o);
	if (b.o.settings_path == NULL)
		die("usage",
		    "bench-load -c callward.conf [--clients N] "
		    "[--seconds S] [--numbers N] [--line E164] "
		    "[--reports FILE] [--expect TEXT]");
	if (b.o.expect == NULL)
		b.o.expect =
		    b.o.reports_path != NULL ? "{}" : "<Response><Connect>";
	prepare(&b);
	took_us = run(&b);
	report(&b, took_us);
	return (b.errors > 0 ? 1 : 0);
}
