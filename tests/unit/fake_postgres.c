/*
 * One lock (f->lock) guards the rules, the answers and the counts. A thread of
 * a connection holds it only while it looks at them or writes them down, never
 * while it reads or writes its socket; the socket's number is guarded by it
 * too, so that leave() can shut it down.
 */
#include "config.h"

#include <assert.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/clock.h"
#include "fake_postgres.h"
#include "fake_wire.h"
#include "wait.h"

#define CONNS_MAX 128
#define RULES_MAX 16
#define COLUMNS_MAX 32
#define SEEN_MAX 20000
#define NAME_BYTES 32
#define FOLDER "/tmp/cw-fake-XXXXXX"
#define SECRET "a value that is secret" /* servers quote values */

struct rule {
	enum fake_act act;
	const char *on, *state;
	int times;
};

struct answer {
	bool set;
	size_t rows;
	const char *columns[COLUMNS_MAX];
};

struct seen {
	char (*name)[NAME_BYTES];
	size_t n;
};

struct conn {
	struct fake_postgres *f;
	pthread_t thread;
	int fd; /* -1: closed; under f->lock */
};

struct fake_postgres {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	char dir[32], url[96];
	pthread_t thread;
	int listen_fd;
	bool away, named, standby;
	struct conn conn[CONNS_MAX];
	size_t n_conns, logins, largest;
	struct rule rule[RULES_MAX];
	size_t holds, released;
	struct answer answer[STATEMENTS];
	char *params[STATEMENTS];
	struct seen came, committed;
	char *order;
};

/* Rules and counts -------------------------------------------------------- */

static bool
same_name(const char *a, const char *b)
{
	return (strncmp(a, b, NAME_BYTES - 1) == 0);
}

/*
 * Use a rule up by one; false when none fits. on NULL: any will do. A copy is
 * given, because its place may be taken meanwhile. Under the lock.
 */
static bool
use_rule(struct fake_postgres *f, enum fake_act act, const char *on,
    struct rule *used)
{
	for (size_t i = 0; i < RULES_MAX; i++) {
		struct rule *r = &f->rule[i];

		if (r->act != act || r->times == 0 ||
		    (on != NULL && !same_name(r->on, on)))
			continue;
		r->times--;
		*used = *r;
		return (true);
	}
	return (false);
}

static bool
take_rule(struct fake_postgres *f, enum fake_act act, const char *on,
    struct rule *used)
{
	bool found;

	pthread_mutex_lock(&f->lock);
	found = use_rule(f, act, on, used);
	pthread_mutex_unlock(&f->lock);
	return (found);
}

/* The first rule that fits any statement of a flight. Under the lock. */
static bool
find_rule(struct fake_postgres *f, const struct wire_flight *fl,
    enum fake_act act, struct rule *used)
{
	bool found = false;

	for (size_t i = 0; !found && i < fl->n; i++)
		if (fl->item[i].type == 'E')
			found = use_rule(f, act, fl->item[i].on, used);
	if (fl->executes == 0)
		found = use_rule(f, act, "prepare", used);
	return (found);
}

static bool
flight_rule(struct fake_postgres *f, const struct wire_flight *fl,
    enum fake_act act, struct rule *used)
{
	bool found;

	pthread_mutex_lock(&f->lock);
	found = find_rule(f, fl, act, used);
	pthread_mutex_unlock(&f->lock);
	return (found);
}

static void
note(struct seen *seen, const struct wire_flight *fl)
{
	for (size_t i = 0; i < fl->n; i++)
		if (fl->item[i].type == 'E' && seen->n < SEEN_MAX)
			(void)snprintf(seen->name[seen->n++], NAME_BYTES, "%s",
			    fl->item[i].on);
}

/*
 * Returns the ticket of a flight that is to be held, else 0. It is drawn before
 * anybody can see that the flight came, so that no release comes too early.
 */
static size_t
note_arrival(struct fake_postgres *f, const struct wire_flight *fl)
{
	size_t ticket = 0;
	struct rule r;

	pthread_mutex_lock(&f->lock);
	if (find_rule(f, fl, FAKE_HOLD, &r))
		ticket = ++f->holds;
	note(&f->came, fl);
	for (size_t i = 0; i < fl->n; i++) {
		const struct wire_item *it = &fl->item[i];

		if (it->type != 'E')
			continue;
		free(f->params[it->st]);
		f->params[it->st] = strdup(it->params);
	}
	if (fl->executes > 0)
		f->named = fl->named;
	if (fl->executes > f->largest)
		f->largest = fl->executes;
	pthread_mutex_unlock(&f->lock);
	return (ticket);
}

static void
note_commit(struct fake_postgres *f, const struct wire_flight *fl)
{
	pthread_mutex_lock(&f->lock);
	note(&f->committed, fl);
	pthread_mutex_unlock(&f->lock);
}

static size_t
count(const struct seen *seen, const char *on)
{
	size_t n = 0;

	for (size_t i = 0; i < seen->n; i++)
		n += on == NULL || same_name(seen->name[i], on);
	return (n);
}

static void
hold(struct fake_postgres *f, size_t ticket)
{
	pthread_mutex_lock(&f->lock);
	while (f->released < ticket && !f->away)
		pthread_cond_wait(&f->changed, &f->lock);
	pthread_mutex_unlock(&f->lock);
}

/* Writing ----------------------------------------------------------------- */

static void
put_rows(struct fake_postgres *f, struct buf *out, const struct wire_item *it,
    size_t columns)
{
	const struct answer *answer = &f->answer[it->st];
	const struct statement_row *row = &statements[it->st];
	const char *values[COLUMNS_MAX] = { it->on };
	size_t rows = 1;
	struct rule r;

	assert(columns < COLUMNS_MAX);
	pthread_mutex_lock(&f->lock);
	if (answer->set) {
		rows = answer->rows;
		memcpy(values, answer->columns, sizeof(values));
	}
	if (row->proven) {
		values[row->columns] = rows > 0 ? "t" : NULL;
		values[row->columns + 1] = it->claims;
		rows += rows == 0;
		if (use_rule(f, FAKE_MISTAKE, it->on, &r))
			values[row->columns + 1] = r.state;
		if (use_rule(f, FAKE_FORGET, it->on, &r))
			rows = 0;
	}
	for (size_t i = 0; i < rows; i++)
		wire_put_row(out, columns, values);
	pthread_mutex_unlock(&f->lock);
	wire_put_complete(out);
}

static bool
fails(struct fake_postgres *f, struct buf *out, enum fake_act act,
    const char *on)
{
	struct rule r;

	if (!take_rule(f, act, on, &r))
		return (false);
	wire_put_error(out, "ERROR", r.state, SECRET);
	return (true);
}

static const char *
other(struct fake_postgres *f, enum fake_act act,
    const struct statement_row *row)
{
	struct rule r;

	return (take_rule(f, act, row->name, &r) ? r.state : "");
}

/* What one message is answered; false when it fails. */
static bool
put_answer(struct fake_postgres *f, struct buf *out, const struct wire_item *it,
    size_t *columns)
{
	const struct statement_row *row = &statements[it->st];

	switch (it->type) {
	case 'P':
		if (fails(f, out, FAKE_REFUSE_PARSE, row->name))
			return (false);
		wire_put_message(out, '1', NULL);
		return (true);
	case 'B':
		wire_put_message(out, '2', NULL);
		return (true);
	case 'd':
		wire_put_params(out, row, other(f, FAKE_PARAMS, row));
		/* FALLTHROUGH */
	case 'D':
		*columns =
		    wire_put_columns(out, row, other(f, FAKE_COLUMNS, row));
		return (true);
	default:
		if (fails(f, out, FAKE_FAIL, it->on))
			return (false);
		put_rows(f, out, it, *columns);
		return (true);
	}
}

/* A flight ---------------------------------------------------------------- */

/* The end of a flight that has not failed; false closes the connection. */
static bool
commit(struct fake_postgres *f, int fd, const struct wire_flight *fl,
    struct buf *out)
{
	struct rule r;

	if (flight_rule(f, fl, FAKE_FAIL_COMMIT, &r)) {
		wire_put_error(out, "ERROR", r.state, SECRET);
		wire_put_ready(out);
		return (wire_send(fd, out));
	}
	note_commit(f, fl);
	if (flight_rule(f, fl, FAKE_CUT_AT_COMMIT, &r)) {
		(void)wire_send(fd, out);
		return (false);
	}
	if (flight_rule(f, fl, FAKE_END_AT_COMMIT, &r)) {
		wire_put_error(out, "FATAL", r.state, SECRET);
		(void)wire_send(fd, out);
		return (false);
	}
	if (flight_rule(f, fl, FAKE_STALL_AT_COMMIT, &r)) {
		(void)wire_send(fd, out);
		wire_stall(fd);
		return (false);
	}
	wire_put_ready(out);
	return (wire_send(fd, out) && !flight_rule(f, fl, FAKE_CLOSE, &r));
}

/* false closes the connection. */
static bool
serve_flight(struct fake_postgres *f, int fd, const struct wire_flight *fl)
{
	struct rule r;
	struct buf out;
	size_t columns = 0, i, ticket;

	if ((ticket = note_arrival(f, fl)) > 0)
		hold(f, ticket);
	if (flight_rule(f, fl, FAKE_CUT, &r))
		return (false);
	if (flight_rule(f, fl, FAKE_STALL, &r)) {
		wire_stall(fd);
		return (false);
	}
	buf_init(&out, fl->arena);
	if (flight_rule(f, fl, FAKE_END_SESSION, &r)) {
		wire_put_error(&out, "FATAL", r.state, SECRET);
		(void)wire_send(fd, &out);
		return (false);
	}
	for (i = 0; i < fl->n; i++)
		if (!put_answer(f, &out, &fl->item[i], &columns))
			break;
	if (i == fl->n)
		return (commit(f, fd, fl, &out));
	wire_put_ready(&out);
	return (wire_send(fd, &out));
}

/* Connections ------------------------------------------------------------- */

static bool
serve_login(struct fake_postgres *f, int fd, struct arena *a)
{
	struct rule r;
	struct str body;
	struct buf out, b;
	bool refused, standby;

	if (take_rule(f, FAKE_STALL, "login", &r)) {
		wire_stall(fd);
		return (false);
	}
	if (!wire_read(fd, a, NULL, &body) ||
	    wire_take(&body, 4) != WIRE_PROTOCOL)
		return (false);
	buf_init(&out, a);
	buf_init(&b, a);
	pthread_mutex_lock(&f->lock);
	f->logins++;
	standby = f->standby;
	refused = use_rule(f, FAKE_REFUSE_LOGIN, NULL, &r);
	pthread_mutex_unlock(&f->lock);
	if (refused) {
		wire_put_error(&out, "FATAL", r.state, r.on);
		(void)wire_send(fd, &out);
		return (false);
	}
	wire_put(&b, 0, 4);
	wire_put_message(&out, 'R', &b);
	wire_put_status(&out, "client_encoding", "UTF8");
	wire_put_status(&out, "default_transaction_read_only", "off");
	wire_put_status(&out, "in_hot_standby", standby ? "on" : "off");
	wire_put_status(&out, "server_version", "15.0");
	wire_put_ready(&out);
	return (wire_send(fd, &out));
}

static void *
run_conn(void *arg)
{
	struct wire_flight *fl = calloc(1, sizeof(*fl));
	struct conn *c = arg;
	int fd = c->fd;

	if (fl == NULL || (fl->arena = arena_new(64 << 20)) == NULL)
		wire_die("no memory");
	if (serve_login(c->f, fd, fl->arena))
		while (wire_read_flight(fd, fl) && serve_flight(c->f, fd, fl))
			continue;
	arena_free(fl->arena);
	free(fl);
	pthread_mutex_lock(&c->f->lock);
	c->fd = -1;
	pthread_mutex_unlock(&c->f->lock);
	(void)close(fd);
	return (NULL);
}

/* A place for a connection, of one that is over if there is one. */
static struct conn *
place(struct fake_postgres *f)
{
	for (size_t i = 0; i < f->n_conns; i++)
		if (f->conn[i].fd < 0) {
			(void)pthread_join(f->conn[i].thread, NULL);
			return (&f->conn[i]);
		}
	return (f->n_conns < CONNS_MAX ? &f->conn[f->n_conns++] : NULL);
}

static void *
run_listener(void *arg)
{
	struct fake_postgres *f = arg;
	int fd;

	while ((fd = accept(f->listen_fd, NULL, NULL)) >= 0) {
		struct conn *c;

		pthread_mutex_lock(&f->lock);
		if (f->away || (c = place(f)) == NULL) {
			(void)close(fd);
		} else {
			*c = (struct conn){ .f = f, .fd = fd };
			if (pthread_create(&c->thread, NULL, run_conn, c) != 0)
				wire_die("no thread");
		}
		pthread_mutex_unlock(&f->lock);
	}
	return (NULL);
}

static struct sockaddr_un
address(const struct fake_postgres *f)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };

	(void)snprintf(sun.sun_path, sizeof(sun.sun_path), "%s/.s.PGSQL.5432",
	    f->dir);
	return (sun);
}

void
fake_postgres_return(struct fake_postgres *f)
{
	struct sockaddr_un sun = address(f);

	f->away = false;
	f->listen_fd = socket(AF_UNIX, SOCK_STREAM, 0);
	if (f->listen_fd < 0 ||
	    bind(f->listen_fd, (struct sockaddr *)&sun, sizeof(sun)) != 0 ||
	    listen(f->listen_fd, 64) != 0 ||
	    pthread_create(&f->thread, NULL, run_listener, f) != 0)
		wire_die("no socket");
}

void
fake_postgres_leave(struct fake_postgres *f)
{
	struct sockaddr_un sun = address(f);

	pthread_mutex_lock(&f->lock);
	f->away = true;
	for (size_t i = 0; i < f->n_conns; i++)
		if (f->conn[i].fd >= 0)
			(void)shutdown(f->conn[i].fd, SHUT_RDWR);
	pthread_cond_broadcast(&f->changed);
	pthread_mutex_unlock(&f->lock);
	(void)unlink(sun.sun_path);
	(void)shutdown(f->listen_fd, SHUT_RDWR);
	(void)pthread_join(f->thread, NULL);
	(void)close(f->listen_fd);
	for (size_t i = 0; i < f->n_conns; i++)
		(void)pthread_join(f->conn[i].thread, NULL);
	f->n_conns = 0;
}

struct fake_postgres *
fake_postgres_start(void)
{
	struct fake_postgres *f = calloc(1, sizeof(*f));

	if (f == NULL ||
	    (f->came.name = calloc(SEEN_MAX, NAME_BYTES)) == NULL ||
	    (f->committed.name = calloc(SEEN_MAX, NAME_BYTES)) == NULL)
		wire_die("no memory");
	memcpy(f->dir, FOLDER, sizeof(FOLDER));
	if (mkdtemp(f->dir) == NULL)
		wire_die("no folder");
	(void)snprintf(f->url, sizeof(f->url),
	    "host=%s port=5432 user=u dbname=d password=hidden", f->dir);
	pthread_mutex_init(&f->lock, NULL);
	pthread_cond_init(&f->changed, NULL);
	fake_postgres_return(f);
	return (f);
}

void
fake_postgres_stop(struct fake_postgres *f)
{
	fake_postgres_leave(f);
	(void)rmdir(f->dir);
	pthread_mutex_destroy(&f->lock);
	pthread_cond_destroy(&f->changed);
	for (size_t i = 0; i < STATEMENTS; i++)
		free(f->params[i]);
	free(f->came.name);
	free(f->committed.name);
	free(f->order);
	free(f);
}

/* What the test says and asks --------------------------------------------- */

const char *
fake_postgres_url(const struct fake_postgres *f)
{
	return (f->url);
}

void
fake_postgres_standby(struct fake_postgres *f, bool standby)
{
	pthread_mutex_lock(&f->lock);
	f->standby = standby;
	pthread_mutex_unlock(&f->lock);
}

void
fake_postgres_rule(struct fake_postgres *f, enum fake_act act, const char *on,
    const char *state, int times)
{
	size_t i = 0;

	pthread_mutex_lock(&f->lock);
	while (i < RULES_MAX && f->rule[i].times > 0)
		i++;
	if (i == RULES_MAX)
		wire_die("too many rules");
	f->rule[i] = (struct rule){ act, on, state, times };
	pthread_mutex_unlock(&f->lock);
}

static bool
has_rules(struct fake_postgres *f)
{
	int left = 0;

	pthread_mutex_lock(&f->lock);
	for (size_t i = 0; i < RULES_MAX; i++)
		left += f->rule[i].times;
	pthread_mutex_unlock(&f->lock);
	return (left > 0);
}

bool
fake_postgres_spent(struct fake_postgres *f)
{
	WAIT_UNTIL(!has_rules(f));
	return (!has_rules(f));
}

void
fake_postgres_release(struct fake_postgres *f)
{
	pthread_mutex_lock(&f->lock);
	f->released = f->holds;
	pthread_cond_broadcast(&f->changed);
	pthread_mutex_unlock(&f->lock);
}

void
fake_postgres_answer(struct fake_postgres *f, enum statement st, size_t rows,
    const char *const *columns)
{
	pthread_mutex_lock(&f->lock);
	f->answer[st].set = true;
	f->answer[st].rows = rows;
	for (int i = 0; rows > 0 && i < statements[st].columns; i++)
		f->answer[st].columns[i] = columns[i];
	pthread_mutex_unlock(&f->lock);
}

static size_t
locked_count(struct fake_postgres *f, const struct seen *seen, const char *on)
{
	size_t n;

	pthread_mutex_lock(&f->lock);
	n = count(seen, on);
	pthread_mutex_unlock(&f->lock);
	return (n);
}

size_t
fake_postgres_came(struct fake_postgres *f, const char *on)
{
	return (locked_count(f, &f->came, on));
}

size_t
fake_postgres_committed(struct fake_postgres *f, const char *on)
{
	return (locked_count(f, &f->committed, on));
}

bool
fake_postgres_await(struct fake_postgres *f, const char *on, size_t n)
{
	WAIT_UNTIL(fake_postgres_came(f, on) >= n);
	return (fake_postgres_came(f, on) >= n);
}

const char *
fake_postgres_order(struct fake_postgres *f)
{
	size_t size = 1, at = 0, i;

	pthread_mutex_lock(&f->lock);
	for (i = 0; i < f->committed.n; i++)
		size += strlen(f->committed.name[i]) + 1;
	free(f->order);
	if ((f->order = calloc(1, size)) == NULL)
		wire_die("no memory");
	for (i = 0; i < f->committed.n; i++)
		at += (size_t)snprintf(f->order + at, size - at, "%s%s",
		    i == 0 ? "" : " ", f->committed.name[i]);
	pthread_mutex_unlock(&f->lock);
	return (f->order);
}

static size_t
locked(struct fake_postgres *f, const size_t *what)
{
	size_t n;

	pthread_mutex_lock(&f->lock);
	n = *what;
	pthread_mutex_unlock(&f->lock);
	return (n);
}

size_t
fake_postgres_logins(struct fake_postgres *f)
{
	return (locked(f, &f->logins));
}

size_t
fake_postgres_largest(struct fake_postgres *f)
{
	return (locked(f, &f->largest));
}

bool
fake_postgres_named(struct fake_postgres *f)
{
	bool named;

	pthread_mutex_lock(&f->lock);
	named = f->named;
	pthread_mutex_unlock(&f->lock);
	return (named);
}

const char *
fake_postgres_params(struct fake_postgres *f, enum statement st)
{
	const char *text;

	pthread_mutex_lock(&f->lock);
	text = f->params[st] == NULL ? "" : f->params[st];
	pthread_mutex_unlock(&f->lock);
	return (text);
}
