/*
 * db: an address of several hosts. One that takes the connection and says
 * nothing is passed over, and what the list means stays as libpq has it.
 *
 * Waits: for hosts that say nothing
 */
#include "config.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "io/db.h"
#include "fake_postgres.h"
#include "tap.h"

#define SOON_MS 4000
#define URL_BYTES 512

static struct fake_postgres *one, *two;
static int silent_fd, silent_port;
static struct err e;

/*
 * A socket that the kernel takes connections on, and nobody reads. A new one
 * each time, since it is remembered who was silent.
 */
static void
listen_silently(void)
{
	struct sockaddr_in in = { .sin_family = AF_INET };
	socklen_t n = sizeof(in);

	in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (silent_fd > 0)
		(void)close(silent_fd);
	silent_fd = socket(AF_INET, SOCK_STREAM, 0);
	if (bind(silent_fd, (struct sockaddr *)&in, sizeof(in)) != 0 ||
	    listen(silent_fd, 16) != 0 ||
	    getsockname(silent_fd, (struct sockaddr *)&in, &n) != 0)
		ok(false, "a silent host");
	silent_port = ntohs(in.sin_port);
}

/* The folder in "host=FOLDER port=...". */
static struct str
folder(const struct fake_postgres *f)
{
	struct str url =
	    str_skip(str_of(fake_postgres_url(f)), strlen("host="));

	return (str_first(url, str_find(url, ' ')));
}

/* Put an address together: S is the silent host, 1 and 2 are the others. */
static const char *
url_of(const char *hosts, const char *more)
{
	static char url[URL_BYTES];
	size_t at = 0;

	listen_silently();
	at += (size_t)snprintf(url, sizeof(url), "host=");
	for (const char *h = hosts; *h != '\0'; h++) {
		struct str dir = *h == 'S' ? STR("127.0.0.1") :
					     folder(*h == '1' ? one : two);

		at += (size_t)snprintf(url + at, sizeof(url) - at, "%s%.*s",
		    h == hosts ? "" : ",", (int)dir.n, dir.p);
	}
	at += (size_t)snprintf(url + at, sizeof(url) - at, " port=");
	for (const char *h = hosts; *h != '\0'; h++)
		at += (size_t)snprintf(url + at, sizeof(url) - at, "%s%d",
		    h == hosts ? "" : ",", *h == 'S' ? silent_port : 5432);
	(void)snprintf(url + at, sizeof(url) - at,
	    " user=u dbname=d password=hidden %s", more);
	return (url);
}

/* "1", "2": who was logged in to; else the error's name. */
static const char *
reached(const char *url, int64_t wait_ms)
{
	size_t before[] = { fake_postgres_logins(one),
		fake_postgres_logins(two) };
	enum err_code code;
	struct db *db = NULL;

	e.text[0] = '\0';
	code = db_open(url, "test", clock_mono_ms() + wait_ms, &db, &e);
	db_close(db);
	if (code != ERR_OK)
		return (err_name(code));
	/* The last one: libpq looks at others before it. */
	return (fake_postgres_logins(two) > before[1] ? "2" :
		fake_postgres_logins(one) > before[0] ? "1" :
							"nobody");
}

static void
test_silent_first(void)
{
	static const char *const hosts[] = { "S1", "SS1", "S1S" };

	for (size_t i = 0; i < sizeof(hosts) / sizeof(hosts[0]); i++)
		is_str(str_of(reached(url_of(hosts[i], ""), SOON_MS)), "1",
		    hosts[i]);
	is_str(str_of(reached(url_of("S1", "target_session_attrs=read-write"),
		   SOON_MS)),
	    "1", "and where it has to be read-write");
	is_str(str_of(reached(url_of("S", ""), 300)), "temporary",
	    "one that has no other is waited for");
	is_str(str_of(reached(url_of("SS", ""), 400)), "temporary",
	    "likewise if none of them speaks");
	ok(strstr(e.text, "say nothing") != NULL &&
		strstr(e.text, "hidden") == NULL,
	    "it says so: %s", e.text);
}

static void
test_forms(void)
{
	static char hosts[URL_BYTES], ports[URL_BYTES];
	char url[URL_BYTES];
	struct str dir = folder(one);
	size_t at;

	listen_silently();
	at = (size_t)snprintf(url, sizeof(url),
	    "postgresql://u:hidden@127.0.0.1:%d,", silent_port);
	for (size_t i = 0; i < dir.n; i++)
		at += (size_t)snprintf(url + at, sizeof(url) - at,
		    dir.p[i] == '/' ? "%%2F" : "%c", dir.p[i]);
	(void)snprintf(url + at, sizeof(url) - at, ":5432/d");
	is_str(str_of(reached(url, SOON_MS)), "1", "a URI");
	listen_silently();
	(void)snprintf(url, sizeof(url),
	    "host=a.example,%.*s hostaddr=127.0.0.1, port=%d,5432 user=u dbname=d",
	    (int)dir.n, dir.p, silent_port);
	is_str(str_of(reached(url, SOON_MS)), "1",
	    "a name that is given an address, and a folder that is not");
	listen_silently();
	(void)snprintf(url, sizeof(url),
	    "host=a.example,%.*s hostaddr=127.1, port=%d,5432 user=u dbname=d",
	    (int)dir.n, dir.p, silent_port);
	is_str(str_of(reached(url, SOON_MS)), "1",
	    "an address that libpq writes in another way");
	listen_silently();
	(void)snprintf(url, sizeof(url),
	    "host=localhost,%.*s port=%d,5432 user=u dbname=d", (int)dir.n,
	    dir.p, silent_port);
	is_str(str_of(reached(url, SOON_MS)), "1",
	    "a name, of which one address says nothing");
	(void)snprintf(url, sizeof(url), "host=%.*s port=5432 user=u dbname=d",
	    (int)dir.n, dir.p);
	is_str(str_of(reached(url, SOON_MS)), "1", "one host");
	listen_silently();
	(void)snprintf(hosts, sizeof(hosts), "PGHOST=127.0.0.1,%.*s",
	    (int)dir.n, dir.p);
	(void)snprintf(ports, sizeof(ports), "PGPORT=%d,5432", silent_port);
	if (putenv(hosts) != 0 || putenv(ports) != 0)
		ok(false, "an environment");
	is_str(str_of(reached("d", SOON_MS)), "1", "hosts of the environment");
	(void)unsetenv("PGHOST");
	(void)unsetenv("PGPORT");
}

/* connect_timeout is the most that one host may take. */
static void
test_timeout(void)
{
	int64_t begun = clock_mono_ms();

	is_str(str_of(reached(url_of("S1", "connect_timeout=2"), 120000)), "1",
	    "the next one after connect_timeout");
	ok(clock_mono_ms() - begun >= 2000, "not before");
	ok(clock_mono_ms() - begun < 50000,
	    "and long before half of the deadline");
	begun = clock_mono_ms();
	is_str(str_of(reached(url_of("S1", ""), 120000)), "1",
	    "without one, too, it is a matter of seconds");
	ok(clock_mono_ms() - begun < 50000, "whatever the deadline");
}

/* Found out once, it is not found out again by every connection. */
static void
test_remembered(void)
{
	static const char *const attributes[] = { "any", "read-write",
		"primary" };
	char url[URL_BYTES], more[URL_BYTES + 64];
	int64_t begun;

	(void)snprintf(url, sizeof(url), "%s", url_of("S1", ""));
	is_str(str_of(reached(url, SOON_MS)), "1", "passed over");
	for (size_t i = 0; i < 3; i++) {
		(void)snprintf(more, sizeof(more), "%s target_session_attrs=%s",
		    url, attributes[i]);
		begun = clock_mono_ms();
		is_str(str_of(reached(more, 120000)), "1", attributes[i]);
		ok(clock_mono_ms() - begun < 30000, "at once");
	}
}

static void
test_attributes(void)
{
	static const struct {
		const char *hosts, *attributes, *reached;
	} rows[] = {
		{ "12", "any", "1" },
		{ "12", "read-write", "2" },
		{ "12", "primary", "2" },
		{ "12", "standby", "1" },
		{ "21", "read-only", "1" },
		{ "21", "prefer-standby", "1" },
		{ "S21", "prefer-standby", "1" },
		{ "2S1", "prefer-standby", "1" },
		{ "S2", "prefer-standby", "2" },
		{ "2S", "prefer-standby", "2" },
		{ "S12", "read-write", "2" },
		{ "1S2", "primary", "2" },
		{ "S1", "read-write", "temporary" },
	};
	char more[64], name[96];

	fake_postgres_standby(one, true);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		size_t before = fake_postgres_logins(one);
		const char *got;

		(void)snprintf(more, sizeof(more), "target_session_attrs=%s",
		    rows[i].attributes);
		(void)snprintf(name, sizeof(name), "%s, %s", rows[i].hosts,
		    rows[i].attributes);
		got = reached(url_of(rows[i].hosts, more), SOON_MS);
		/* Of two that were logged in to, the last is kept. */
		if (strcmp(rows[i].reached, "1") == 0 &&
		    fake_postgres_logins(one) > before)
			got = strcmp(got, "2") == 0 ? "1" : got;
		is_str(str_of(got), rows[i].reached, name);
	}
	ok(strstr(e.text, "a host says nothing") != NULL,
	    "what was silent is told beside what was not: %s", e.text);
	fake_postgres_standby(one, false);
}

/* A refused login is final, as libpq has it; one that is starting is not. */
static void
test_refused(void)
{
	fake_postgres_rule(one, FAKE_REFUSE_LOGIN,
	    "password authentication failed for user \"u\"", "28P01", 1);
	is_str(str_of(reached(url_of("S12", ""), SOON_MS)), "denied",
	    "a login that is refused");
	fake_postgres_rule(one, FAKE_REFUSE_LOGIN,
	    "the database system is starting up", "57P03", 1);
	is_str(str_of(reached(url_of("S12", ""), SOON_MS)), "2",
	    "a server that is starting is passed over");
}

/* libpq before 16 does not know the option, and says so. */
static void
test_balance(void)
{
	const char *got =
	    reached(url_of("S12", "load_balance_hosts=random"), SOON_MS);

	ok(strcmp(got, "1") == 0 || strcmp(got, "2") == 0 ||
		strcmp(got, err_name(ERR_INPUT)) == 0,
	    "any of them: %s", got);
}

int
main(void)
{
	one = fake_postgres_start();
	two = fake_postgres_start();
	test_silent_first();
	test_forms();
	test_timeout();
	test_remembered();
	test_attributes();
	test_refused();
	test_balance();
	(void)close(silent_fd);
	fake_postgres_stop(one);
	fake_postgres_stop(two);
	return (done());
}
