/* fcgx: what was let go for memory passes its turn on when it was given up. */
#include "config.h"

#include <pthread.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/clock.h"
#include "fastcgi/fcgx.h"
#include "tap.h"

#define NEVER_MS (INT64_C(1) << 50)

static char folder[] = "/tmp/cwfcgx.XXXXXX";
static struct sockaddr_un at = { .sun_family = AF_UNIX };

static void
must(bool done)
{
	if (!done)
		exit(1);
}

/* A web server's side of one request, its head alone. */
static int
ask(void)
{
	static const unsigned char head[] = { 1, 1, 0, 1, 0, 8, 0,
		0,			  /* begin */
		0, 1, 0, 0, 0, 0, 0, 0,	  /* a responder's */
		1, 4, 0, 1, 0, 0, 0, 0 }; /* no parameters */
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	must(fd >= 0 &&
	    connect(fd, (const struct sockaddr *)&at, sizeof(at)) == 0 &&
	    write(fd, head, sizeof(head)) == (ssize_t)sizeof(head));
	return (fd);
}

static void *
take(void *f)
{
	return (fcgx_accept(f));
}

static void
test_given_up(struct fcgx *f)
{
	struct fcgx_request *first, *second;
	struct fcgx_counts n = { 0 };
	int gone = ask(), stays;
	void *got = NULL;
	pthread_t thread;

	first = fcgx_accept(f);
	stays = ask();
	second = fcgx_accept(f);
	ok(first != NULL && second != NULL && fcgx_park(first) &&
		fcgx_park(second),
	    "two are parked");
	must(close(gone) == 0 && pthread_create(&thread, NULL, take, f) == 0);
	fcgx_unpark(f);
	WAIT_UNTIL((fcgx_count(f, &n), n.abandoned > 0));
	is_int((int64_t)n.queue.parked, 0,
	    "the first was given up: the second is let go");
	fcgx_stop(f);
	pthread_join(thread, &got);
	ok(got == second, "and is taken");
	if (got != NULL)
		fcgx_release(got);
	close(stays);
}

int
main(void)
{
	static const struct queue_limits patient = { .most = 4,
		.unread_ms = NEVER_MS,
		.read_ms = NEVER_MS,
		.parked_ms = NEVER_MS };
	char where[sizeof(at.sun_path) + 8];
	struct fcgx *f;
	struct err e;

	must(mkdtemp(folder) != NULL);
	(void)snprintf(at.sun_path, sizeof(at.sun_path), "%s/s", folder);
	(void)snprintf(where, sizeof(where), "unix:%s", at.sun_path);
	must(fcgx_open_listen(where, &f, &e) == ERR_OK &&
	    fcgx_start(f, &patient, &e) == ERR_OK);
	test_given_up(f);
	fcgx_close(f);
	(void)rmdir(folder);
	return (done());
}
