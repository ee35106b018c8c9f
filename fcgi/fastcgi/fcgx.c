/*
 * libfcgi behind struct fcgx. What is known of version 2.4.2 and minded here:
 * FCGX_Init replaces signal dispositions (main.c sets its own afterwards);
 * FCGX_OpenSocket can end the process and knows no IPv6 (we bind ourselves);
 * a blocked accept does not wake up at a stop, and it waits for the first
 * bytes while nobody else can accept (a thread of ours accepts, behind poll,
 * and hands over the connection); a kept connection would hold a thread (we
 * close after each answer).
 */
#include "config.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <fcgiapp.h>

#include "base/clock.h"
#include "fastcgi/fcgx.h"
#include "base/log.h"

#define BACKLOG 1024
#define SILENCE_S 30 /* a peer that stops sending or taking */
/* What has waited too long has sent all of its head, or never will. */
#define LATE_SILENCE_US 200000
/* Such an answer fits into what a new connection takes at once. */
#define SMALL_ANSWER_BYTES 4096
#define CUT_MS 2000 /* for the last bytes of an answer that is cut */
/* The longest record that the library may have left half written, and more. */
#define CUT_BYTES (8192 + 8)

struct fcgx {
	int listen_fd;
	int stop_fd; /* readable for ever once a stop was asked */
	pthread_t acceptor;
	struct queue *queue; /* NULL: not started */
	atomic_uint_fast64_t abandoned;
	atomic_bool stopping;
	bool ours; /* we made the listener */
	char path[sizeof(((struct sockaddr_un *)0)
			     ->sun_path)]; /* "" unless we made a file */
};

struct fcgx_request {
	struct queue_item item; /* first: the queue knows this alone */
	struct fcgx *f;
	struct timeval silence; /* how long to wait for the peer */
	bool read;		/* its parameters */
	FCGX_Request r;
};

/* The listener ------------------------------------------------------------ */

static enum err_code
fcgx_new(int listen_fd, struct fcgx **f_r, struct err *e)
{
	struct fcgx *f;
	int flags;

	if (FCGX_Init() != 0)
		return (err_set(e, ERR_BUG, "FastCGI cannot be started"));
	if ((f = calloc(1, sizeof(*f))) == NULL)
		return (err_set(e, ERR_TEMPORARY, "no memory"));
	f->listen_fd = listen_fd;
	f->stop_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	flags = fcntl(listen_fd, F_GETFL);
	if (f->stop_fd < 0 || flags < 0 ||
	    fcntl(listen_fd, F_SETFL, flags | O_NONBLOCK) != 0) {
		(void)err_set(e, ERR_TEMPORARY, "listener: %s",
		    strerror(errno));
		fcgx_close(f);
		return (ERR_TEMPORARY);
	}
	*f_r = f;
	return (ERR_OK);
}

enum err_code
fcgx_open_inherited(struct fcgx **f_r, struct err *e)
{
	socklen_t n = sizeof(int);
	int listening = 0;

	if (getsockopt(0, SOL_SOCKET, SO_ACCEPTCONN, &listening, &n) != 0 ||
	    !listening)
		return (err_set(e, ERR_INPUT,
		    "fd 0 is no listening socket: start this under spawn-fcgi, lighttpd or systemd, or give --listen unix:PATH or --listen HOST:PORT"));
	return (fcgx_new(0, f_r, e));
}

/* A socket file that nobody listens on is left over from before. */
static bool
is_left_over(const struct sockaddr_un *sa)
{
	struct stat st;
	bool refused;
	int fd;

	if (lstat(sa->sun_path, &st) != 0 || !S_ISSOCK(st.st_mode))
		return (false);
	if ((fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) < 0)
		return (false);
	refused = connect(fd, (const struct sockaddr *)sa, sizeof(*sa)) != 0 &&
	    errno == ECONNREFUSED;
	close(fd);
	return (refused);
}

static enum err_code
listen_unix(const char *path, int *fd_r, struct err *e)
{
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	mode_t old;
	int fd, failed;

	if (path[0] == '\0' || strlen(path) >= sizeof(sa.sun_path))
		return (
		    err_set(e, ERR_INPUT, "a socket path has 1 to %zu bytes",
			sizeof(sa.sun_path) - 1));
	memcpy(sa.sun_path, path, strlen(path) + 1);
	if (is_left_over(&sa))
		(void)unlink(path);
	if ((fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) < 0)
		return (
		    err_set(e, ERR_TEMPORARY, "socket: %s", strerror(errno)));
	old = umask(0117); /* 0660: the web server's group may write */
	failed = bind(fd, (struct sockaddr *)&sa, sizeof(sa)) != 0 ||
	    listen(fd, BACKLOG) != 0;
	(void)umask(old);
	if (failed) {
		(void)err_set(e, ERR_INPUT, "cannot listen on %s: %s", path,
		    strerror(errno));
		close(fd);
		return (ERR_INPUT);
	}
	*fd_r = fd;
	return (ERR_OK);
}

/* FastCGI has no proof of who speaks: only near addresses may. */
static bool
is_near(const struct sockaddr *sa)
{
	const struct sockaddr_in6 *in6 = (const void *)sa;
	const struct sockaddr_in *in = (const void *)sa;
	uint32_t v4;

	if (sa->sa_family == AF_INET6)
		return (IN6_IS_ADDR_LOOPBACK(&in6->sin6_addr) ||
		    (in6->sin6_addr.s6_addr[0] & 0xfe) == 0xfc);
	v4 = ntohl(in->sin_addr.s_addr);
	return (v4 >> 24 == 127 || v4 >> 24 == 10 || v4 >> 20 == 0xac1 ||
	    v4 >> 16 == 0xc0a8);
}

static enum err_code
listen_tcp(const char *where, int *fd_r, struct err *e)
{
	const struct addrinfo hints = { .ai_socktype = SOCK_STREAM,
		.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE };
	struct addrinfo *ai = NULL;
	const char *colon = strrchr(where, ':');
	char host[64] = "";
	size_t n;
	int fd = -1, one = 1;
	int64_t port; /* getaddrinfo would cut 65537 down to 1 */
	enum err_code code;

	n = colon == NULL ? 0 : (size_t)(colon - where);
	if (n >= 2 && where[0] == '[' && where[n - 1] == ']') {
		where++;
		n -= 2;
	}
	if (n > 0 && n < sizeof(host))
		memcpy(host, where, n);
	if (host[0] == '\0' ||
	    str_parse_int(str_of(colon + 1), 1, 65535, &port, NULL) != ERR_OK ||
	    getaddrinfo(host, colon + 1, &hints, &ai) != 0)
		return (err_set(e, ERR_INPUT,
		    "--listen takes unix:PATH or HOST:PORT with a numeric host"));
	if (!is_near(ai->ai_addr)) {
		code = err_set(e, ERR_INPUT,
		    "--listen: only a loopback or private address, FastCGI proves nobody");
		goto out;
	}
	fd = socket(ai->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) != 0 ||
	    bind(fd, ai->ai_addr, ai->ai_addrlen) != 0 ||
	    listen(fd, BACKLOG) != 0) {
		code =
		    err_set(e, ERR_INPUT, "cannot listen: %s", strerror(errno));
		goto out;
	}
	*fd_r = fd;
	fd = -1;
	code = ERR_OK;
out:
	if (fd >= 0)
		close(fd);
	freeaddrinfo(ai);
	return (code);
}

enum err_code
fcgx_open_listen(const char *where, struct fcgx **f_r, struct err *e)
{
	const bool is_path = strncmp(where, "unix:", 5) == 0;
	enum err_code code;
	int fd = -1;

	code = is_path ? listen_unix(where + 5, &fd, e) :
			 listen_tcp(where, &fd, e);
	if (code != ERR_OK)
		return (code);
	if ((code = fcgx_new(fd, f_r, e)) != ERR_OK) {
		close(fd);
		return (code);
	}
	(*f_r)->ours = true;
	if (is_path)
		memcpy((*f_r)->path, where + 5, strlen(where + 5) + 1);
	return (ERR_OK);
}

void
fcgx_close(struct fcgx *f)
{
	if (f == NULL)
		return;
	if (f->queue != NULL) {
		fcgx_stop(f);
		pthread_join(f->acceptor, NULL);
		queue_free(f->queue);
	}
	if (f->path[0] != '\0')
		(void)unlink(f->path);
	if (f->ours)
		close(f->listen_fd);
	if (f->stop_fd >= 0)
		close(f->stop_fd);
	free(f);
}

void
fcgx_stop(struct fcgx *f)
{
	const uint64_t one = 1;

	atomic_store(&f->stopping, true);
	/* It can only fail when it is readable already. */
	if (write(f->stop_fd, &one, sizeof(one)) < 0)
		return;
}

/* Accepting --------------------------------------------------------------- */

static struct fcgx_request *
request_of(struct queue_item *item)
{
	return ((struct fcgx_request *)item);
}

static void
request_close(struct fcgx_request *r)
{
	close(r->r.ipcFd);
	r->r.ipcFd = -1;
	fcgx_release(r);
}

/* A connection as it came; false: there is no memory for it. */
static bool
push_connection(struct fcgx *f, int fd)
{
	struct fcgx_request *r;

	if ((r = calloc(1, sizeof(*r))) == NULL)
		return (false);
	r->f = f;
	r->item.arrived_ms = clock_mono_ms();
	/* Without a listener: the library never accepts by itself. */
	if (FCGX_InitRequest(&r->r, -1, 0) != 0) {
		free(r);
		return (false);
	}
	r->r.ipcFd = fd;
	queue_push(f->queue, &r->item);
	return (true);
}

/*
 * Wait for a connection; -1: a stop was asked for, or there was none. Another
 * process on the same listener may have been quicker.
 */
static int
next_connection(struct fcgx *f)
{
	struct pollfd fds[] = { { .fd = f->listen_fd, .events = POLLIN },
		{ .fd = f->stop_fd, .events = POLLIN } };
	struct err e;
	int fd;

	if (poll(fds, 2, -1) < 1 || fds[1].revents != 0)
		return (-1);
	fd = accept4(f->listen_fd, NULL, NULL, SOCK_CLOEXEC);
	if (fd < 0 && errno != EAGAIN && errno != EINTR &&
	    errno != ECONNABORTED) {
		(void)err_set(&e, ERR_TEMPORARY, "accept: %s", strerror(errno));
		log_error(LOG_LEVEL_ERROR, "accept_failed", &e);
		clock_sleep_ms(100);
	}
	return (fd);
}

/* What is not accepted waits in the kernel's backlog. */
static void *
accept_all(void *arg)
{
	struct fcgx *f = arg;
	int fd;

	while (!atomic_load(&f->stopping) && queue_wait_for_room(f->queue))
		if ((fd = next_connection(f)) >= 0 && !push_connection(f, fd))
			close(fd);
	queue_close(f->queue);
	return (NULL);
}

enum err_code
fcgx_start(struct fcgx *f, const struct queue_limits *limits, struct err *e)
{
	if ((f->queue = queue_new(limits)) == NULL)
		return (err_set(e, ERR_TEMPORARY, "no memory"));
	if (pthread_create(&f->acceptor, NULL, accept_all, f) == 0)
		return (ERR_OK);
	queue_free(f->queue);
	f->queue = NULL;
	return (err_set(e, ERR_TEMPORARY, "the accepting thread cannot start"));
}

/* Requests ---------------------------------------------------------------- */

/*
 * Given up by the web server while it waited, here or in the kernel: its client
 * was answered, and would be served for nobody.
 */
static bool
is_abandoned(const struct fcgx_request *r)
{
	struct pollfd fd = { .fd = r->r.ipcFd };

	return (
	    poll(&fd, 1, 0) == 1 && (fd.revents & (POLLHUP | POLLERR)) != 0);
}

/* Never wait for longer than the silence when receiving, or sending. */
static bool
bound(struct fcgx_request *r, int option)
{
	return (setsockopt(r->r.ipcFd, SOL_SOCKET, option, &r->silence,
		    sizeof(r->silence)) == 0);
}

/* Read its parameters; silence: how long to wait for the next bytes of them. */
static bool
read_head(struct fcgx_request *r, struct timeval silence)
{
	r->silence = silence;
	if (!bound(r, SO_RCVTIMEO))
		return (false);
	if (r->read)
		return (true);
	/* Marked as kept, or else the library closes it first. */
	r->r.keepConnection = 1;
	r->read = FCGX_Accept_r(&r->r) == 0;
	return (r->read);
}

/* The request that is to be served; NULL: its connection is of no use. */
static struct fcgx_request *
ready(struct fcgx_request *r, struct timeval silence)
{
	if (is_abandoned(r)) {
		/* If it was let go, what that was for is another one's. */
		if (r->read)
			queue_unpark(r->f->queue);
		atomic_fetch_add(&r->f->abandoned, 1);
		request_close(r);
		return (NULL);
	}
	if (read_head(r, silence))
		return (r);
	fcgx_release(r);
	return (NULL);
}

struct fcgx_request *
fcgx_accept(struct fcgx *f)
{
	const struct timeval silence = { .tv_sec = SILENCE_S };
	struct fcgx_request *r = NULL;
	struct queue_item *item;

	while (r == NULL && (item = queue_take(f->queue)) != NULL)
		r = ready(request_of(item), silence);
	return (r);
}

struct fcgx_request *
fcgx_accept_late(struct fcgx *f)
{
	const struct timeval silence = { .tv_usec = LATE_SILENCE_US };
	struct fcgx_request *r = NULL;
	struct queue_item *item;

	while (r == NULL && (item = queue_take_late(f->queue)) != NULL)
		r = ready(request_of(item), silence);
	return (r);
}

void
fcgx_put_back(struct fcgx_request *r)
{
	queue_put_back(r->f->queue, &r->item);
}

bool
fcgx_park(struct fcgx_request *r)
{
	return (queue_park(r->f->queue, &r->item));
}

void
fcgx_unpark(struct fcgx *f)
{
	queue_unpark(f->queue);
}

void
fcgx_release(struct fcgx_request *r)
{
	FCGX_Free(&r->r, 1);
	free(r);
}

int64_t
fcgx_arrived_ms(const struct fcgx_request *r)
{
	return (r->item.arrived_ms);
}

void
fcgx_count(struct fcgx *f, struct fcgx_counts *counts)
{
	queue_count(f->queue, &counts->queue);
	counts->abandoned = atomic_load(&f->abandoned);
}

const char *const *
fcgx_params(const struct fcgx_request *r)
{
	return ((const char *const *)r->r.envp);
}

enum err_code
fcgx_read(struct fcgx_request *r, struct arena *a, size_t n, struct str *body_r,
    struct err *e)
{
	size_t got = 0;
	int part;
	char *p;

	if (n > INT32_MAX || (p = arena_room(a, n + 1)) == NULL)
		return (err_set(e, ERR_TOO_LARGE,
		    "body is over the memory of a request"));
	while (got < n) {
		part = FCGX_GetStr(p + got, (int)(n - got), r->r.in);
		if (part <= 0)
			return (err_set(e, ERR_INPUT,
			    "body ended after %zu of %zu bytes", got, n));
		got += (size_t)part;
	}
	/* Take the end of the stream too: see fcgx_finish. */
	(void)FCGX_GetChar(r->r.in);
	*body_r = (struct str){ p, n };
	return (ERR_OK);
}

enum err_code
fcgx_read_rest(struct fcgx_request *r, struct arena *a, size_t max,
    struct str *body_r, struct err *e)
{
	size_t got = 0;
	int part;
	char *p;

	/* One byte more tells a body that ends at the cap from a longer one. */
	if (max >= INT32_MAX || (p = arena_room(a, max + 1)) == NULL)
		return (err_set(e, ERR_TOO_LARGE,
		    "body is over the memory of a request"));
	while (got <= max &&
	    (part = FCGX_GetStr(p + got, (int)(max + 1 - got), r->r.in)) > 0)
		got += (size_t)part;
	if (got > max)
		return (err_set(e, ERR_TOO_LARGE, "the body is over %zu bytes",
		    max));
	if (FCGX_GetError(r->r.in) != 0)
		return (err_set(e, ERR_INPUT,
		    "the connection ended after %zu bytes of a body", got));
	*body_r = (struct str){ p, got };
	return (ERR_OK);
}

static bool
put(struct fcgx_request *r, struct str s)
{
	return (s.n == 0 ||
	    (s.n <= INT32_MAX &&
		FCGX_PutStr(s.p, (int)s.n, r->r.out) == (int)s.n));
}

bool
fcgx_stopping(const struct fcgx_request *r)
{
	return (atomic_load(&r->f->stopping));
}

static enum err_code
went_away(struct err *e)
{
	return (err_set(e, ERR_TEMPORARY, "the web server went away"));
}

enum err_code
fcgx_write(struct fcgx_request *r, struct str part, struct err *e)
{
	if (!bound(r, SO_SNDTIMEO) || !put(r, part) ||
	    FCGX_FFlush(r->r.out) != 0)
		return (went_away(e));
	return (ERR_OK);
}

/* Send all of it, or do not; the time is for all of it. */
static bool
send_all(int fd, const char *p, size_t n, int64_t until_ms)
{
	struct pollfd poll_fd = { .fd = fd, .events = POLLOUT };
	int64_t left_ms;
	ssize_t sent;

	while (n > 0) {
		sent = send(fd, p, n, MSG_NOSIGNAL | MSG_DONTWAIT);
		if (sent > 0) {
			p += sent;
			n -= (size_t)sent;
			continue;
		}
		left_ms = until_ms - clock_mono_ms();
		if ((errno != EAGAIN && errno != EINTR) || left_ms <= 0 ||
		    (poll(&poll_fd, 1, (int)left_ms) < 0 && errno != EINTR))
			return (false);
	}
	return (true);
}

/*
 * nginx takes a closed connection for the end of a body whose length it was
 * not told, whole or not; what is no record of FastCGI it takes for a failure,
 * as lighttpd takes both. So that is sent: bytes that begin no record,
 * wherever in one the library was stopped (255 is no version, and as a length
 * it is not there). Who takes nothing has filled the buffer: it is enlarged
 * for them.
 */
static void
break_off(int fd)
{
	const struct linger reset = { .l_onoff = 1 };
	char broken[CUT_BYTES];
	socklen_t n = sizeof(int);
	int room = 0;

	memset(broken, 0xff, sizeof(broken));
	/* What is told is twice what was asked for, so this doubles it. */
	if (getsockopt(fd, SOL_SOCKET, SO_SNDBUF, &room, &n) == 0)
		(void)setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &room, n);
	if (!send_all(fd, broken, sizeof(broken), clock_mono_ms() + CUT_MS))
		/* Of a TCP connection this is a failure, too. */
		(void)setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset,
		    sizeof(reset));
}

void
fcgx_cut(struct fcgx_request *r)
{
	break_off(r->r.ipcFd);
	/* What the library still holds is lost. */
	(void)FCGX_Detach(&r->r);
	FCGX_Free(&r->r, 1);
}

enum err_code
fcgx_finish(struct fcgx_request *r, struct str head, struct str body,
    struct err *e)
{
	bool ok =
	    head.n + body.n <= SMALL_ANSWER_BYTES || bound(r, SO_SNDTIMEO);

	ok = ok && put(r, head) && put(r, body);
	/*
	 * A connection that holds unread bytes must wait for the peer to close
	 * first, or the answer is lost. One that was read to its end need not.
	 */
	if (FCGX_HasSeenEOF(r->r.in) != 0)
		(void)FCGX_Detach(&r->r);
	FCGX_Finish_r(&r->r);
	/* Closes even when the web server asked to keep the connection. */
	FCGX_Free(&r->r, 1);
	return (ok ? ERR_OK : went_away(e));
}
