/*
 * One lock (v->lock) guards all that is counted and said. A thread of a
 * connection never holds it while it reads or writes its socket.
 */
#include "config.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "fake_vendor.h"
#include "wait.h"

#define CONNS_MAX 512
#define HEAD_BYTES 8192
#define BODY_BYTES (1024 * 1024)
#define PATHS_MAX 16

struct conn {
	struct fake_vendor *v;
	pthread_t thread;
	int fd; /* -1: closed; under v->lock */
};

struct fake_vendor {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	pthread_t thread;
	int listen_fd, port;
	bool stop;
	char url[128];
	struct conn conn[CONNS_MAX];
	size_t n_conns;
	struct {
		char path[32];
		size_t n;
	} hits[PATHS_MAX];
	size_t gather;
	int status;
	const char *headers, *answer, *file;
	size_t file_bytes;
	bool file_lapsed;
	char *head, *body; /* of the last request, for the test */
};

struct request {
	char head[HEAD_BYTES];
	char path[32];
	char *body;
	size_t n;
};

static void
die(const char *what)
{
	printf("Bail out! fake vendor: %s\n", what);
	exit(1);
}

/* A request --------------------------------------------------------------- */

static bool
read_bytes(int fd, char *p, size_t n)
{
	ssize_t got;

	for (size_t at = 0; at < n; at += (size_t)got)
		if ((got = recv(fd, p + at, n - at, 0)) <= 0)
			return (false);
	return (true);
}

static bool
read_request(int fd, struct request *r)
{
	const char *length;
	size_t n = 0;

	while (n < 4 || memcmp(r->head + n - 4, "\r\n\r\n", 4) != 0) {
		if (n == sizeof(r->head) - 1)
			die("a head that is too long");
		if (!read_bytes(fd, r->head + n, 1))
			return (false);
		/* No method begins so: it is TLS. */
		if (r->head[n++] < 'A' && n == 1)
			return (false);
	}
	r->head[n] = '\0';
	if (sscanf(r->head, "%*s %31[^ ?]", r->path) != 1)
		die("no request line");
	length = strcasestr(r->head, "\r\nContent-Length:");
	r->n = length == NULL ? 0 : strtoul(length + 17, NULL, 10);
	if (r->n >= BODY_BYTES)
		die("a body that is too long");
	r->body[r->n] = '\0';
	return (read_bytes(fd, r->body, r->n));
}

static size_t *
hits_of(struct fake_vendor *v, const char *path)
{
	for (size_t i = 0; i < PATHS_MAX; i++) {
		if (v->hits[i].path[0] == '\0')
			(void)snprintf(v->hits[i].path, sizeof(v->hits[i].path),
			    "%s", path);
		if (strcmp(v->hits[i].path, path) == 0)
			return (&v->hits[i].n);
	}
	die("too many paths");
	return (NULL);
}

static void
note(struct fake_vendor *v, const struct request *r)
{
	pthread_mutex_lock(&v->lock);
	(*hits_of(v, r->path))++;
	memcpy(v->head, r->head, sizeof(r->head));
	memcpy(v->body, r->body, r->n + 1);
	pthread_cond_broadcast(&v->changed);
	pthread_mutex_unlock(&v->lock);
}

/* Answers ----------------------------------------------------------------- */

static bool
send_bytes(int fd, const char *p, size_t n)
{
	ssize_t sent;

	for (; n > 0; p += sent, n -= (size_t)sent)
		if ((sent = send(fd, p, n, MSG_NOSIGNAL)) <= 0)
			return (false);
	return (true);
}

static bool
send_text(int fd, const char *text)
{
	return (send_bytes(fd, text, strlen(text)));
}

static bool
send_answer(int fd, int status, const char *headers, const char *body, size_t n)
{
	char head[1024];

	(void)snprintf(head, sizeof(head),
	    "HTTP/1.1 %d Said\r\n%s"
	    "Content-Length: %zu\r\n\r\n",
	    status, headers, n);
	return (send_text(fd, head) && send_bytes(fd, body, n));
}

static bool
send_said(struct fake_vendor *v, int fd)
{
	const char *headers, *body;
	int status;

	pthread_mutex_lock(&v->lock);
	status = v->status;
	headers = v->headers;
	body = v->answer;
	pthread_mutex_unlock(&v->lock);
	return (send_answer(fd, status, headers, body, strlen(body)));
}

/* Wants "bytes=FROM-TO" where it wants a range. */
static bool
send_file(struct fake_vendor *v, int fd, const struct request *r)
{
	const char *file, *range = strcasestr(r->head, "\r\nRange: bytes=");
	unsigned long from = 0, to, n;
	char headers[128];
	bool lapsed;

	pthread_mutex_lock(&v->lock);
	file = v->file;
	n = v->file_bytes;
	lapsed = v->file_lapsed && strcmp(r->path, "/file") == 0;
	pthread_mutex_unlock(&v->lock);
	if (lapsed)
		return (send_answer(fd, 403, "", "<Error/>", 8));
	if (range == NULL || strcmp(r->path, "/plain") == 0)
		return (send_answer(fd, 200, "Content-Type: audio/wav\r\n",
		    file, n));
	if (sscanf(range, "%*[^=]=%lu-%lu", &from, &to) != 2)
		die("a range that is none");
	if (from >= n) {
		(void)snprintf(headers, sizeof(headers),
		    "Content-Range: bytes */%lu\r\n", n);
		return (send_answer(fd, 416, headers, "", 0));
	}
	if (to >= n)
		to = n - 1;
	(void)snprintf(headers, sizeof(headers),
	    "Content-Type: audio/wav\r\n"
	    "Content-Range: bytes %lu-%lu/%lu\r\n",
	    from, to, n);
	return (send_answer(fd, 206, headers, file + from, to - from + 1));
}

static void
send_endless(int fd)
{
	char piece[4096];

	memset(piece, 'x', sizeof(piece));
	if (!send_text(fd, "HTTP/1.1 200 OK\r\n\r\n"))
		return;
	while (send_bytes(fd, piece, sizeof(piece)))
		continue;
}

static void
gather(struct fake_vendor *v)
{
	pthread_mutex_lock(&v->lock);
	while (*hits_of(v, "/gather") < v->gather && !v->stop)
		pthread_cond_wait(&v->changed, &v->lock);
	pthread_mutex_unlock(&v->lock);
}

/* Closed by the caller, with a reset. */
static void
prepare_reset(int fd)
{
	const struct linger now = { .l_onoff = 1 };

	(void)setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
}

/* false closes the connection. */
static bool
serve(struct fake_vendor *v, int fd, const struct request *r)
{
	char byte;

	if (strcmp(r->path, "/echo") == 0)
		return (send_answer(fd, 200,
		    "Content-Type: application/json\r\n", r->body, r->n));
	if (strcmp(r->path, "/bye") == 0)
		return (send_answer(fd, 200, "", "bye", 3) && false);
	if (strcmp(r->path, "/gather") == 0) {
		gather(v);
		return (send_answer(fd, 200, "", "all", 3));
	}
	if (strcmp(r->path, "/chunked") == 0)
		return (send_text(fd,
		    "HTTP/1.1 200 OK\r\n"
		    "Transfer-Encoding: chunked\r\n\r\n3\r\none\r\n1\r\n,\r\n"
		    "3\r\ntwo\r\n0\r\n\r\n"));
	if (strcmp(r->path, "/half") == 0)
		return (send_text(fd,
			    "HTTP/1.1 200 OK\r\n"
			    "Content-Length: 8\r\n\r\nhalf") &&
		    false);
	if (strcmp(r->path, "/file") == 0 || strcmp(r->path, "/again") == 0 ||
	    strcmp(r->path, "/plain") == 0)
		return (send_file(v, fd, r));
	if (strcmp(r->path, "/endless") == 0)
		send_endless(fd);
	else if (strcmp(r->path, "/reset") == 0)
		prepare_reset(fd);
	else if (strcmp(r->path, "/never") == 0)
		(void)read_bytes(fd, &byte, 1);
	else if (strcmp(r->path, "/drop") != 0)
		return (send_said(v, fd));
	return (false);
}

/* Connections ------------------------------------------------------------- */

static void *
run_conn(void *arg)
{
	struct request *r = calloc(1, sizeof(*r));
	struct conn *c = arg;
	int fd = c->fd;

	if (r == NULL || (r->body = calloc(1, BODY_BYTES)) == NULL)
		die("no memory");
	while (read_request(fd, r)) {
		note(c->v, r);
		if (!serve(c->v, fd, r))
			break;
	}
	free(r->body);
	free(r);
	pthread_mutex_lock(&c->v->lock);
	c->fd = -1;
	pthread_mutex_unlock(&c->v->lock);
	(void)close(fd);
	return (NULL);
}

static void *
run_listener(void *arg)
{
	struct fake_vendor *v = arg;
	struct conn *c;
	int fd;

	while ((fd = accept(v->listen_fd, NULL, NULL)) >= 0) {
		pthread_mutex_lock(&v->lock);
		if (v->stop) {
			(void)close(fd);
		} else if (v->n_conns == CONNS_MAX) {
			die("too many connections");
		} else {
			c = &v->conn[v->n_conns++];
			*c = (struct conn){ .v = v, .fd = fd };
			if (pthread_create(&c->thread, NULL, run_conn, c) != 0)
				die("no thread");
		}
		pthread_mutex_unlock(&v->lock);
	}
	return (NULL);
}

struct fake_vendor *
fake_vendor_start(void)
{
	struct sockaddr_in in = { .sin_family = AF_INET };
	struct fake_vendor *v = calloc(1, sizeof(*v));
	socklen_t n = sizeof(in);

	if (v == NULL || (v->head = calloc(1, HEAD_BYTES)) == NULL ||
	    (v->body = calloc(1, BODY_BYTES)) == NULL)
		die("no memory");
	pthread_mutex_init(&v->lock, NULL);
	pthread_cond_init(&v->changed, NULL);
	fake_vendor_answer(v, 200, "", "");
	in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	v->listen_fd = socket(AF_INET, SOCK_STREAM, 0);
	if (v->listen_fd < 0 ||
	    bind(v->listen_fd, (struct sockaddr *)&in, sizeof(in)) != 0 ||
	    getsockname(v->listen_fd, (struct sockaddr *)&in, &n) != 0 ||
	    listen(v->listen_fd, 512) != 0)
		die("no socket");
	v->port = ntohs(in.sin_port);
	if (pthread_create(&v->thread, NULL, run_listener, v) != 0)
		die("no thread");
	return (v);
}

void
fake_vendor_stop(struct fake_vendor *v)
{
	pthread_mutex_lock(&v->lock);
	v->stop = true;
	for (size_t i = 0; i < v->n_conns; i++)
		if (v->conn[i].fd >= 0)
			(void)shutdown(v->conn[i].fd, SHUT_RDWR);
	pthread_cond_broadcast(&v->changed);
	pthread_mutex_unlock(&v->lock);
	(void)shutdown(v->listen_fd, SHUT_RDWR);
	(void)pthread_join(v->thread, NULL);
	for (size_t i = 0; i < v->n_conns; i++)
		(void)pthread_join(v->conn[i].thread, NULL);
	(void)close(v->listen_fd);
	pthread_mutex_destroy(&v->lock);
	pthread_cond_destroy(&v->changed);
	free(v->head);
	free(v->body);
	free(v);
}

/* What the test says and asks --------------------------------------------- */

const char *
fake_vendor_url(struct fake_vendor *v, const char *path)
{
	(void)snprintf(v->url, sizeof(v->url), "http://127.0.0.1:%d%s", v->port,
	    path);
	return (v->url);
}

void
fake_vendor_answer(struct fake_vendor *v, int status, const char *headers,
    const char *body)
{
	pthread_mutex_lock(&v->lock);
	v->status = status;
	v->headers = headers;
	v->answer = body;
	pthread_mutex_unlock(&v->lock);
}

void
fake_vendor_file(struct fake_vendor *v, const char *bytes, size_t n,
    bool lapsed)
{
	pthread_mutex_lock(&v->lock);
	v->file = bytes;
	v->file_bytes = n;
	v->file_lapsed = lapsed;
	pthread_mutex_unlock(&v->lock);
}

void
fake_vendor_gather(struct fake_vendor *v, size_t n)
{
	pthread_mutex_lock(&v->lock);
	v->gather = n;
	pthread_mutex_unlock(&v->lock);
}

size_t
fake_vendor_hits(struct fake_vendor *v, const char *path)
{
	size_t n;

	pthread_mutex_lock(&v->lock);
	n = *hits_of(v, path);
	pthread_mutex_unlock(&v->lock);
	return (n);
}

size_t
fake_vendor_connections(struct fake_vendor *v)
{
	size_t n;

	pthread_mutex_lock(&v->lock);
	n = v->n_conns;
	pthread_mutex_unlock(&v->lock);
	return (n);
}

bool
fake_vendor_await(struct fake_vendor *v, const char *path, size_t n)
{
	WAIT_UNTIL(fake_vendor_hits(v, path) >= n);
	return (fake_vendor_hits(v, path) >= n);
}

bool
fake_vendor_unasked(struct fake_vendor *v, const char *path, enum err_code code,
    int64_t until_ms)
{
	return (code == ERR_TEMPORARY && fake_vendor_hits(v, path) == 0 &&
	    clock_mono_ms() < until_ms);
}

const char *
fake_vendor_head(struct fake_vendor *v)
{
	return (v->head);
}

const char *
fake_vendor_body(struct fake_vendor *v)
{
	return (v->body);
}
