/*
 * bench-load: many callers at once. Posts signed Twilio webhooks, each with a
 * CallSid of its own, over kept connections to the web server, the next one
 * as soon as the last was answered, and counts what is answered as expected.
 * One thread, epoll; requests are signed before the clock starts, so that it
 * takes little of the processor it shares with what is measured.
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

#include "crypt.h"
#include "settings.h"
#include "twilio_form.h"
#include "twilio_signature.h"

#define CLIENTS_MAX 4096
#define PER_SECOND_MAX 12000 /* requests prepared for each second */
#define ANSWER_MAX_BYTES 8192
#define REQUEST_MAX_BYTES 4096
#define LAST_ANSWER_S 20 /* after the end, for what is on its way */
#define SID_CHARS 34
#define NUMBER_DIGITS 7
#define SIGNATURE_CHARS 28

extern char **environ;

struct options {
	const char *settings_path, *line, *expect;
	int64_t clients, seconds, numbers;
};

/* What differs between two requests. */
struct ticket {
	char sid[SID_CHARS + 1];
	char number[NUMBER_DIGITS + 1]; /* behind "+1555" */
	char signature[SIGNATURE_CHARS + 1];
};

struct client {
	int fd;
	int64_t began_us;
	size_t sent, got;
	char out[REQUEST_MAX_BYTES];
	char in[ANSWER_MAX_BYTES + 1];
};

/* A request in which a ticket's values have their places. */
struct pattern {
	char text[REQUEST_MAX_BYTES];
	size_t n, sid, from, caller, signature;
};

struct bench {
	struct options o;
	struct arena *arena;
	struct str url, token, account;
	struct sockaddr_in server;
	struct pattern pattern;
	struct ticket *tickets;
	size_t n_tickets, next;
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

static void
die(const char *what, const char *why)
{
	fprintf(stderr, "bench-load: %s: %s\n", what, why);
	exit(1);
}

static void *
need(size_t n, size_t size)
{
	void *p = calloc(n, size);

	if (p == NULL)
		die("memory", "there is not enough");
	return (p);
}

/* Preparing --------------------------------------------------------------- */

/* The parameters of a call's first webhook, as Twilio sends them. */
static void
fill_form(const struct bench *b, const struct ticket *t, char from[13],
    struct twilio_param *params, struct twilio_form *form)
{
	const struct str line = str_of(b->o.line);

	(void)snprintf(from, 13, "+1555%s", t->number);
	const struct twilio_param rows[] = {
		{ STR("AccountSid"), b->account },
		{ STR("ApiVersion"), STR("2010-04-01") },
		{ STR("CallSid"), str_of(t->sid) },
		{ STR("CallStatus"), STR("ringing") },
		{ STR("Called"), line },
		{ STR("CalledCity"), STR("") },
		{ STR("CalledCountry"), STR("US") },
		{ STR("CalledState"), STR("CA") },
		{ STR("CalledZip"), STR("") },
		{ STR("Caller"), str_of(from) },
		{ STR("CallerCity"), STR("SAN FRANCISCO") },
		{ STR("CallerCountry"), STR("US") },
		{ STR("CallerState"), STR("CA") },
		{ STR("CallerZip"), STR("94105") },
		{ STR("Direction"), STR("inbound") },
		{ STR("From"), str_of(from) },
		{ STR("FromCity"), STR("SAN FRANCISCO") },
		{ STR("FromCountry"), STR("US") },
		{ STR("FromState"), STR("CA") },
		{ STR("FromZip"), STR("94105") },
		{ STR("StirVerstat"), STR("TN-Validation-Passed-A") },
		{ STR("To"), line },
		{ STR("ToCity"), STR("") },
		{ STR("ToCountry"), STR("US") },
		{ STR("ToState"), STR("CA") },
		{ STR("ToZip"), STR("") },
	};

	memcpy(params, rows, sizeof(rows));
	*form = (struct twilio_form){ params, sizeof(rows) / sizeof(rows[0]) };
}

static void
make_ticket(struct bench *b, struct ticket *t)
{
	struct twilio_param params[TWILIO_FORM_PARAMS_MAX];
	struct twilio_form form;
	struct str signature;
	unsigned char r[20];
	struct err e;
	uint32_t n;
	char from[13];

	if (crypt_random(r, sizeof(r), &e) != ERR_OK)
		die("random", e.text);
	memcpy(&n, r + 16, sizeof(n));
	memcpy(t->sid, "CA", 2);
	for (size_t i = 0; i < 16; i++)
		(void)snprintf(t->sid + 2 + 2 * i, 3, "%02x", r[i]);
	(void)snprintf(t->number, sizeof(t->number), "%07u",
	    n % (uint32_t)b->o.numbers % 10000000);
	fill_form(b, t, from, params, &form);
	if (twilio_signature_make(b->arena, b->token, b->url, &form, &signature,
		&e) != ERR_OK)
		die("signature", e.text);
	memcpy(t->signature, signature.p, SIGNATURE_CHARS);
	arena_reset(b->arena);
}

static size_t
place_of(const struct pattern *p, const char *before)
{
	const char *at = memmem(p->text, p->n, before, strlen(before));

	if (at == NULL)
		die("request", before);
	return ((size_t)(at - p->text) + strlen(before));
}

static void
make_pattern(struct bench *b)
{
	struct twilio_param params[TWILIO_FORM_PARAMS_MAX];
	struct pattern *p = &b->pattern;
	struct twilio_form form;
	struct str body, path;
	struct buf text;
	struct err e;
	char from[13];

	path = str_skip(b->url, strlen("http://"));
	path = str_skip(path, str_find(path, '/'));
	fill_form(b, &b->tickets[0], from, params, &form);
	buf_init(&text, b->arena);
	for (size_t i = 0; i < form.n; i++)
		twilio_form_add(&text, params[i].name.p, params[i].value);
	if (buf_done(&text, &body, &e) != ERR_OK)
		die("request", e.text);
	p->n = (size_t)snprintf(p->text, sizeof(p->text),
	    "POST %s HTTP/1.1\r\n"
	    "Host: 127.0.0.1:%d\r\n"
	    "User-Agent: TwilioProxy/1.1\r\n"
	    "Accept: */*\r\n"
	    "Content-Type: application/x-www-form-urlencoded; "
	    "charset=UTF-8\r\n"
	    "X-Twilio-Signature: %s\r\n"
	    "Content-Length: %zu\r\n\r\n%s",
	    path.p, ntohs(b->server.sin_port), b->tickets[0].signature, body.n,
	    body.p);
	if (p->n >= sizeof(p->text))
		die("request", "it is too long");
	p->sid = place_of(p, "&CallSid=");
	p->from = place_of(p, "&From=%2B1555");
	p->caller = place_of(p, "&Caller=%2B1555");
	p->signature = place_of(p, "X-Twilio-Signature: ");
	arena_reset(b->arena);
}

static void
read_settings(struct bench *b)
{
	struct arena *a = arena_new((size_t)4 * 1024 * 1024);
	struct twilio_accounts accounts;
	struct settings s;
	struct str rest;
	struct buf url;
	int64_t port;
	struct err e;

	if (a == NULL ||
	    settings_load(a, SETTINGS_RESPONDER, b->o.settings_path, environ,
		&s, &e) != ERR_OK ||
	    twilio_accounts_parse(s.twilio_auth_token, &accounts, &e) != ERR_OK)
		die("settings", a == NULL ? "no memory" : e.text);
	rest = str_of(s.public_url);
	if (!str_starts(rest, "http://127.0.0.1:") ||
	    str_parse_int(str_skip(rest, strlen("http://127.0.0.1:")), 1, 65535,
		&port, NULL) != ERR_OK)
		die("PUBLIC_URL", "http://127.0.0.1:PORT is wanted here");
	b->server = (struct sockaddr_in){ .sin_family = AF_INET,
		.sin_port = htons((uint16_t)port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	buf_init(&url, a);
	buf_addf(&url, "%s/api/webhooks/twilio", s.public_url);
	if (buf_done(&url, &b->url, &e) != ERR_OK)
		die("PUBLIC_URL", e.text);
	/* Copies that stay as long as the process. */
	b->account = str_of(strdup(accounts.row[0].sid));
	b->token = str_of(strdup(accounts.row[0].token));
	b->url = str_of(strdup(b->url.p));
	arena_free(a);
}

static void
prepare(struct bench *b)
{
	if ((b->arena = arena_new((size_t)1024 * 1024)) == NULL)
		die("memory", "there is not enough");
	read_settings(b);
	b->n_tickets = (size_t)(b->o.seconds * PER_SECOND_MAX + b->o.clients);
	b->tickets = need(b->n_tickets, sizeof(*b->tickets));
	b->took_us = need(b->n_tickets, sizeof(*b->took_us));
	b->clients = need((size_t)b->o.clients, sizeof(*b->clients));
	for (size_t i = 0; i < b->n_tickets; i++)
		make_ticket(b, &b->tickets[i]);
	make_pattern(b);
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

/* A request is smaller than the socket's buffer: one send takes all of it. */
static void
post_next(struct bench *b, struct client *c)
{
	const struct pattern *p = &b->pattern;
	const struct ticket *t = &b->tickets[b->next];

	if (b->next++ == b->n_tickets)
		die("requests", "more were answered than were prepared");
	memcpy(c->out, p->text, p->n);
	memcpy(c->out + p->sid, t->sid, SID_CHARS);
	memcpy(c->out + p->from, t->number, NUMBER_DIGITS);
	memcpy(c->out + p->caller, t->number, NUMBER_DIGITS);
	memcpy(c->out + p->signature, t->signature, SIGNATURE_CHARS);
	c->got = 0;
	c->began_us = now_us();
	b->waiting++;
	if (send(c->fd, c->out, p->n, MSG_NOSIGNAL) != (ssize_t)p->n)
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
	if (now < b->end_us)
		post_next(b, c);
}

static void
serve(struct bench *b, struct client *c)
{
	struct str body;
	ssize_t n;

	n = recv(c->fd, c->in + c->got, ANSWER_MAX_BYTES - c->got,
	    MSG_DONTWAIT);
	if (n <= 0 && errno == EAGAIN)
		return;
	if (n <= 0)
		die("connection",
		    n == 0 ? "closed by the server or answer "
			     "too long" :
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
	printf("answers=%zu errors=%zu seconds=%.3f per_second=%.0f "
	       "p50_ms=%.2f p99_ms=%.2f cpu_us=%.0f\n",
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
	static const struct option names[] = {
		{ "config", required_argument, NULL, 'c' },
		{ "clients", required_argument, NULL, 'n' },
		{ "seconds", required_argument, NULL, 's' },
		{ "numbers", required_argument, NULL, 'm' },
		{ "line", required_argument, NULL, 'l' },
		{ "expect", required_argument, NULL, 'e' }, { NULL, 0, NULL, 0 }
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
			       .line = "+15559999999",
			       .expect = "<Response><Connect>" } };
	int64_t took_us;

	parse_options(argc, argv, &b.o);
	if (b.o.settings_path == NULL)
		die("usage",
		    "bench-load -c callward.conf [--clients N] "
		    "[--seconds S] [--numbers N] [--line E164] "
		    "[--expect TEXT]");
	prepare(&b);
	took_us = run(&b);
	report(&b, took_us);
	return (b.errors > 0 ? 1 : 0);
}
