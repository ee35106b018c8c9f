/*
 * How a connection is made. libpq goes through the hosts of an address by
 * itself, but where it does not block it never leaves one that takes the
 * connection and says nothing. So each host has a share of the deadline here,
 * and one that kept silent for it is left out of the list with which libpq
 * begins again. What the list means (target_session_attrs, its order) stays
 * libpq's to say, but that a host which was silent lately comes last.
 *
 * A host with several addresses is several; names are resolved as libpq does,
 * without a deadline.
 */
#include "config.h"

#include <netdb.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "io/db_pq.h"

#define TARGETS_MAX 32
#define HOST_MS 5000 /* where another is left, and no connect_timeout is set */
#define TARGETS_BYTES ((size_t)64 * 1024)
#define SILENT_MS 60000 /* for so long it is remembered that one was */
#define SILENT_MAX 16
#define FIXED 6 /* values that every connection is begun with */

/* Whom libpq may try, as its lists name them; "" is what it would take. */
struct target {
	struct str host, address, port;
};

struct targets {
	struct arena *arena;
	struct target target[TARGETS_MAX];
	size_t n, silent; /* left; left out */
	size_t passes;	  /* in which libpq goes through them */
	int64_t most_ms;  /* of connect_timeout; 0: not set */
	bool by_address;  /* there is a list of hostaddr */
};

/* The answers of a connection that is being made -------------------------- */

static void
on_notice(void *ctx, const PGresult *res)
{
	struct db *db = ctx;
	const char *text = PQresultErrorField(res, PG_DIAG_MESSAGE_PRIMARY);

	if (db->notice != NULL && text != NULL)
		db->notice(db->notice_ctx, text);
}

static enum err_code
late(const struct targets *t, struct err *e)
{
	return (
	    err_set(e, ERR_TEMPORARY, "no connection to the database in time%s",
		t->silent > 0 ? ": its hosts say nothing" : ""));
}

/*
 * Why the server refused a login. libpq has no SQLSTATE for that, so its
 * sentences are matched; they name a role or a database, no secret. Its own
 * complaints about a value of the address quote that value.
 */
static enum err_code
connect_error(const struct targets *t, PGconn *conn, struct err *e)
{
	const char *text = PQerrorMessage(conn);
	size_t n;

	if (strstr(text, "password authentication failed") != NULL ||
	    strstr(text, "no pg_hba.conf entry") != NULL ||
	    strstr(text, "is not permitted to log in") != NULL ||
	    strstr(text, "does not exist") != NULL ||
	    strstr(text, "no password supplied") != NULL)
		return (err_set(e, ERR_DENIED,
		    "the database refused the login: role, password, database or pg_hba.conf"));
	if (strncmp(text, "invalid ", 8) == 0)
		return (err_set(e, ERR_INPUT, "%s", DB_MALFORMED));
	for (n = 0; text[n] != '\0' && text[n] != '\n'; n++)
		;
	return (
	    err_set(e, ERR_TEMPORARY, "no connection to the database: %s%.*s",
		t->silent > 0 ? "a host says nothing; " : "", (int)n, text));
}

/* Hosts ------------------------------------------------------------------- */

static void
add_target(struct targets *t, struct str host, struct str address,
    struct str port)
{
	if (t->n < TARGETS_MAX)
		t->target[t->n++] = (struct target){ host, address, port };
}

/* One target for each address of a name; as it stands if there is none. */
static void
add_name(struct targets *t, struct str host, struct str port)
{
	const struct addrinfo hints = { .ai_socktype = SOCK_STREAM };
	struct addrinfo *found = NULL;
	char address[NI_MAXHOST];
	const char *copy, *name = str_dup(t->arena, host);
	size_t before = t->n;

	if (name != NULL && getaddrinfo(name, NULL, &hints, &found) == 0)
		for (struct addrinfo *ai = found; ai != NULL; ai = ai->ai_next)
			if (getnameinfo(ai->ai_addr, ai->ai_addrlen, address,
				sizeof(address), NULL, 0,
				NI_NUMERICHOST) == 0 &&
			    (copy = str_dup(t->arena, str_of(address))) != NULL)
				add_target(t, host, str_of(copy), port);
	if (found != NULL)
		freeaddrinfo(found);
	if (t->n == before)
		add_target(t, host, STR(""), port);
}

static struct str
option(struct arena *a, const PQconninfoOption *options, const char *name)
{
	const char *value = NULL;

	for (; options->keyword != NULL; options++)
		if (strcmp(options->keyword, name) == 0 && options->val != NULL)
			value = str_dup(a, str_of(options->val));
	return (value == NULL ? STR("") : str_of(value));
}

/* The next of a list; the last one again where it has but one. */
static struct str
next_of(struct str *list, bool one)
{
	struct str rest = *list, part = str_cut(&rest, ',');

	if (!one)
		*list = rest;
	return (part.p == NULL ? STR("") : part);
}

/*
 * Who was silent lately, so that not each of many connections has to find out
 * for itself, while a caller waits for it.
 */
static struct {
	uint64_t whom;
	int64_t until_ms;
} silent[SILENT_MAX];
static pthread_mutex_t silent_lock = PTHREAD_MUTEX_INITIALIZER;

static uint64_t
name_of(struct str host, struct str address, struct str port)
{
	return (str_hash(host) * 31 + str_hash(address) * 7 + str_hash(port));
}

static bool
was_silent(const struct target *x)
{
	uint64_t whom = name_of(x->host, x->address, x->port);
	int64_t now = clock_mono_ms();
	bool found = false;

	pthread_mutex_lock(&silent_lock);
	for (size_t i = 0; i < SILENT_MAX; i++)
		found |= silent[i].whom == whom && silent[i].until_ms > now;
	pthread_mutex_unlock(&silent_lock);
	return (found);
}

/* In the place of the oldest. */
static void
remember_silent(const struct target *x)
{
	size_t at = 0;

	pthread_mutex_lock(&silent_lock);
	for (size_t i = 1; i < SILENT_MAX; i++)
		if (silent[i].until_ms < silent[at].until_ms)
			at = i;
	silent[at].whom = name_of(x->host, x->address, x->port);
	silent[at].until_ms = clock_mono_ms() + SILENT_MS;
	pthread_mutex_unlock(&silent_lock);
}

/* Those to the end; true when that changes anything. */
static bool
put_silent_last(struct targets *t)
{
	struct target last[TARGETS_MAX];
	size_t kept = 0, n = 0;
	bool changed = false;

	for (size_t i = 0; i < t->n; i++) {
		if (was_silent(&t->target[i])) {
			last[n++] = t->target[i];
		} else {
			changed |= n > 0;
			t->target[kept++] = t->target[i];
		}
	}
	memcpy(&t->target[kept], last, n * sizeof(last[0]));
	return (changed);
}

/* Whom libpq goes through: the address, its defaults and the environment. */
static bool
read_targets(struct targets *t, PGconn *conn)
{
	PQconninfoOption *o = PQconninfo(conn);
	struct str hosts, addresses, ports, host, address, port;
	bool one_port;
	int64_t seconds = 0;

	if (o == NULL)
		return (false);
	hosts = option(t->arena, o, "host");
	addresses = option(t->arena, o, "hostaddr");
	ports = option(t->arena, o, "port");
	if (str_parse_int(option(t->arena, o, "connect_timeout"), 1, 86400,
		&seconds, NULL) == ERR_OK)
		t->most_ms = seconds * 1000;
	/* Once for a standby, and once for any. */
	t->passes = str_is(option(t->arena, o, "target_session_attrs"),
			"prefer-standby") ?
	    2 :
	    1;
	one_port = str_find(ports, ',') == ports.n;
	t->by_address = addresses.n > 0;
	PQconninfoFree(o);
	do {
		host = next_of(&hosts, false);
		address = next_of(&addresses, false);
		port = next_of(&ports, one_port);
		if (address.n > 0 || host.n == 0 || host.p[0] == '/' ||
		    host.p[0] == '@')
			add_target(t, host, address, port);
		else
			add_name(t, host, port);
	} while (t->by_address ? addresses.p != NULL : hosts.p != NULL);
	return (true);
}

/* Leave out the one that libpq is waiting for. */
static void
leave_out(struct targets *t, PGconn *conn)
{
	const char *host = PQhost(conn), *address = PQhostaddr(conn);
	const char *port = PQport(conn);
	size_t kept = 0;

	for (size_t i = 0; i < t->n; i++) {
		const struct target *x = &t->target[i];

		if ((x->host.n > 0 && !str_is(x->host, host)) ||
		    (x->address.n > 0 && !str_is(x->address, address)) ||
		    (x->port.n > 0 && !str_is(x->port, port)))
			t->target[kept++] = *x;
		else
			remember_silent(x);
	}
	/* None could only be when libpq names it in another way. */
	if (kept == t->n && kept > 0) {
		remember_silent(&t->target[0]);
		memmove(t->target, t->target + 1,
		    --kept * sizeof(t->target[0]));
	}
	t->n = kept;
	t->silent++;
	/* A list of nothing would not take the place of the address's own. */
	if (t->n == 1 && t->by_address && t->target[0].address.n == 0)
		t->target[t->n++] = t->target[0];
}

/* Connecting -------------------------------------------------------------- */

static const char *
join(const struct targets *t, size_t at)
{
	struct str text;
	struct buf b;

	buf_init(&b, t->arena);
	for (size_t i = 0; i < t->n; i++) {
		const struct target *x = &t->target[i];

		if (i > 0)
			buf_addc(&b, ',');
		buf_add(&b, at == 0 ? x->host : at == 1 ? x->address : x->port);
	}
	return (buf_done(&b, &text, NULL) == ERR_OK ? text.p : NULL);
}

/* Begin, with these targets in place of the address's own if there are any. */
static enum err_code
begin(struct db *db, const char *url, const char *app, const struct targets *t,
    struct err *e)
{
	/*
	 * A peer that vanished without a word is noticed by tcp_user_timeout
	 * (unacknowledged data) and keepalives (idle); both are ignored on a
	 * Unix socket, where the kernel tells at once.
	 */
	const char *names[FIXED + 4] = { "dbname", "fallback_application_name",
		"tcp_user_timeout", "keepalives_idle", "keepalives_interval",
		"keepalives_count", NULL };
	const char *values[FIXED + 4] = { url, app, "10000", "30", "10", "3",
		NULL };
	static const char *const lists[] = { "host", "hostaddr", "port" };

	for (size_t i = 0; t->n > 0 && i < 3; i++) {
		names[FIXED + i] = lists[i];
		if ((values[FIXED + i] = join(t, i)) == NULL)
			return (err_set(e, ERR_TEMPORARY, "no memory"));
	}
	PQfinish(db->conn);
	if ((db->conn = PQconnectStartParams(names, values, 1)) == NULL)
		return (err_set(e, ERR_TEMPORARY, "no memory"));
	(void)PQsetNoticeReceiver(db->conn, on_notice, db);
	if (PQstatus(db->conn) == CONNECTION_BAD)
		return (connect_error(t, db->conn, e));
	return (ERR_OK);
}

/* Which attempt of libpq is this? It moves on by itself when one fails. */
static uint64_t
attempt(PGconn *conn)
{
	return (name_of(str_of(PQhost(conn)), str_of(PQhostaddr(conn)),
	    str_of(PQport(conn))));
}

/* Deadline of the host being tried; moves: how many hosts were given up. */
static int64_t
share(const struct targets *t, size_t moves, int64_t deadline_ms)
{
	size_t all = t->n * t->passes;
	size_t left = all > moves ? all - moves : 1;
	int64_t now = clock_mono_ms();
	int64_t ms = (deadline_ms - now) / (int64_t)left;
	int64_t most_ms = t->most_ms > 0 ? t->most_ms : left > 1 ? HOST_MS : ms;

	return (now + (ms < most_ms ? ms : most_ms));
}

/* *silence_r: a host used up its share, and others are left. */
static enum err_code
poll_connect(struct db *db, const struct targets *t, int64_t deadline_ms,
    bool *silence_r, struct err *e)
{
	PostgresPollingStatusType want = PGRES_POLLING_WRITING;
	int64_t until_ms = share(t, 0, deadline_ms);
	uint64_t at = attempt(db->conn);
	size_t moves = 0;

	*silence_r = false;
	for (;;) {
		if (!db_wait_socket(db,
			want == PGRES_POLLING_READING ? POLLIN : POLLOUT,
			until_ms)) {
			*silence_r = t->n > 1 && clock_mono_ms() < deadline_ms;
			return (late(t, e));
		}
		want = PQconnectPoll(db->conn);
		if (want == PGRES_POLLING_OK)
			return (ERR_OK);
		if (want == PGRES_POLLING_FAILED)
			return (connect_error(t, db->conn, e));
		if (attempt(db->conn) != at) {
			at = attempt(db->conn);
			until_ms = share(t, ++moves, deadline_ms);
		}
	}
}

static enum err_code
connect_any(struct db *db, const char *url, const char *app, struct targets *t,
    int64_t deadline_ms, struct err *e)
{
	bool silence = false;
	enum err_code code;

	if ((code = begin(db, url, app, t, e)) != ERR_OK)
		return (code);
	if (!read_targets(t, db->conn))
		return (err_set(e, ERR_TEMPORARY, "no memory"));
	if (put_silent_last(t) && (code = begin(db, url, app, t, e)) != ERR_OK)
		return (code);
	for (;;) {
		code = poll_connect(db, t, deadline_ms, &silence, e);
		if (code == ERR_OK || !silence)
			break;
		leave_out(t, db->conn);
		if (t->n == 0)
			return (late(t, e));
		if ((code = begin(db, url, app, t, e)) != ERR_OK)
			return (code);
	}
	return (code);
}

enum err_code
db_open(const char *url, const char *app, int64_t deadline_ms, struct db **db_r,
    struct err *e)
{
	struct targets t = { .arena = arena_new(TARGETS_BYTES) };
	struct db *db = calloc(1, sizeof(*db));
	enum err_code code;

	if (t.arena == NULL || db == NULL)
		code = err_set(e, ERR_TEMPORARY, "no memory");
	else if ((code = db_check_address(url, e)) == ERR_OK)
		code = connect_any(db, url, app, &t, deadline_ms, e);
	if (code == ERR_OK && PQsetnonblocking(db->conn, 1) != 0)
		code = err_set(e, ERR_BUG, "libpq refused non-blocking mode");
	if (code == ERR_OK) {
		*db_r = db;
		db = NULL;
	}
	db_close(db);
	arena_free(t.arena);
	return (code);
}
