/*
 * The time zones of clinics: does the database know the same rules of them as
 * this machine does? A clinic's days, hours and periods are reckoned by the
 * database's. The machine's are libc's, asked with TZ set: the command has one
 * thread while this runs.
 */
#include "config.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "doctor.h"

#define ZONES_MAX 32 /* more are counted */
#define CLINICS_MAX 2000
#define ZONE_MAX 64 /* of a name: longer ones cannot be set */
#define ZONE_BYTES (ZONE_MAX + sizeof("TZ=:"))
#define HOUR_S INT64_C(3600)
#define HOURS 8784 /* a year */
#define ZONEINFO "/usr/share/zoneinfo"
#define NAME "zone"
#define REMEDY                                                                 \
	"update tzdata on the database's host and on this one; sessions of "   \
	"the responder have the new rules within CONNECTION_MAX_AGE"
#define REMEDY_OWN                                                             \
	"update tzdata on both hosts, then restart PostgreSQL: the zone is "   \
	"its own (TimeZone or log_timezone), whose rules it reads at its "     \
	"start alone"

struct zones {
	struct str name[ZONES_MAX];
	size_t n, more;	    /* more: clinics that are not looked at */
	const char *folder; /* of this machine's rules */
	/* "TZ=...", a part of the environment meanwhile */
	char setting[ZONE_BYTES];
};

/* Which zones ------------------------------------------------------------- */

static void
add_name(struct zones *z, struct str name)
{
	if (name.p == NULL || name.n > ZONE_MAX || str_is(name, "UTC"))
		return;
	for (size_t i = 0; i < z->n; i++)
		if (str_eq(z->name[i], name))
			return;
	if (z->n < ZONES_MAX)
		z->name[z->n++] = name;
	else
		z->more++;
}

static enum err_code
add_zone(struct doctor *d, struct zones *z, struct str user, struct err *e)
{
	const struct db_result *r;
	struct db_values v;
	enum err_code code;

	db_values_init(&v, d->cli->arena, STATEMENT_OPERATOR_CLINIC_ZONE);
	if ((code = cli_act(d->cli, "callward_writer", user.p, e)) != ERR_OK ||
	    (code = cli_run(d->cli, &v, &r, e)) != ERR_OK)
		return (code);
	for (size_t row = 0; row < db_rows(r); row++)
		add_name(z, db_str(r, row, OPERATOR_CLINIC_ZONE_TIMEZONE));
	return (ERR_OK);
}

/* Of those who have a number: no other clinic has calls. */
static enum err_code
read_zones(struct doctor *d, struct zones *z, struct err *e)
{
	struct str user, before = STR_NONE;
	const struct db_result *r;
	struct db_values v;
	enum err_code code;
	size_t clinics = 0;

	db_values_init(&v, d->cli->arena, STATEMENT_OPERATOR_NUMBER_LIST);
	if ((code = cli_begin(d->cli, "callward_resolver", NULL, e)) !=
		ERR_OK ||
	    (code = cli_run(d->cli, &v, &r, e)) != ERR_OK)
		return (code);
	for (size_t row = 0; row < db_rows(r); row++) {
		user = db_str(r, row, OPERATOR_NUMBER_LIST_USER_ID);
		if (before.p != NULL && str_eq(user, before))
			continue;
		before = user;
		if (clinics++ >= CLINICS_MAX)
			z->more++;
		else if ((code = add_zone(d, z, user, e)) != ERR_OK)
			return (code);
	}
	return (cli_commit(d->cli, e));
}

static enum err_code
list_zones(struct doctor *d, struct zones *z, struct err *e)
{
	enum err_code code = read_zones(d, z, e);

	if (code != ERR_OK)
		doctor_disconnect(d);
	return (code);
}

/* This machine's rules ---------------------------------------------------- */

/* It becomes a path below the folder, and names nothing else. */
static bool
is_there(const struct zones *z, struct str name)
{
	char path[PATH_MAX];
	struct stat st;

	for (size_t i = 0; i < name.n; i++)
		if (strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwx"
			   "yz0123456789_+-/",
			name.p[i]) == NULL)
			return (false);
	(void)snprintf(path, sizeof(path), "%s/%.*s", z->folder, (int)name.n,
	    name.p);
	return (
	    name.p[0] != '/' && stat(path, &st) == 0 && S_ISREG(st.st_mode));
}

/* What libc goes by from now on. */
static void
use_zone(struct zones *z, struct str name)
{
	(void)snprintf(z->setting, sizeof(z->setting), "TZ=:%.*s", (int)name.n,
	    name.p);
	if (putenv(z->setting) == 0)
		tzset();
}

static int64_t
ahead_here(int64_t at)
{
	time_t t = (time_t)at;
	struct tm tm = { 0 };

	return (localtime_r(&t, &tm) == NULL ? 0 : tm.tm_gmtoff);
}

/* Comparing --------------------------------------------------------------- */

/* "+01:00" */
static const char *
format_ahead(int64_t ahead, char text[16])
{
	int minutes = (int)(ahead < 0 ? -ahead : ahead) / 60;

	(void)snprintf(text, 16, "%c%02d:%02d", ahead < 0 ? '-' : '+',
	    minutes / 60 % 100, minutes % 60);
	return (text);
}

/* When two clocks begin to differ, and how far each is ahead of UTC then. */
struct difference {
	int64_t at, there, here;
	bool now; /* not later */
	bool own; /* it is a zone of the server's own */
};

static void
tell_difference(struct doctor *d, struct str name, const struct difference *f)
{
	char since[CLOCK_RFC3339_SIZE], a[16], b[16];

	clock_format_rfc3339(f->at * 1000, since);
	doctor_warn(d, NAME, f->own ? REMEDY_OWN : REMEDY,
	    "%.*s: the database and this host differ %s%.10s (UTC%s there, UTC%s here): one of the two has older rules",
	    (int)name.n, name.p, f->now ? "now, " : "from ", since,
	    format_ahead(f->there, a), format_ahead(f->here, b));
}

static void
compare(struct doctor *d, struct str name, const struct db_result *r,
    int64_t from)
{
	int64_t there = 0, here, at;
	size_t row = 0;
	char text[16];

	for (int64_t i = 0; i <= HOURS; i++) {
		at = from + i * HOUR_S;
		if (row < db_rows(r) &&
		    db_int(r, row, OPERATOR_ZONE_CHANGES_AT) == at)
			there = db_int(r, row++, OPERATOR_ZONE_CHANGES_AHEAD);
		here = ahead_here(at);
		if (here == there)
			continue;
		tell_difference(d, name,
		    &(struct difference){ .at = at,
			.there = there,
			.here = here,
			.now = i == 0,
			.own = db_bool(r, 0, OPERATOR_ZONE_CHANGES_OWN) });
		return;
	}
	doctor_ok(d, NAME,
	    "%.*s, UTC%s now: the database and this host agree for a year",
	    (int)name.n, name.p, format_ahead(ahead_here(from), text));
}

static void
compare_zone(struct doctor *d, struct db *db, struct zones *z, struct str name)
{
	int64_t from = clock_wall_ms() / 1000 / HOUR_S * HOUR_S;
	const struct db_result *r;
	struct err e = { 0 };
	struct db_values v;
	enum err_code code;

	statement_operator_zone_changes(&v, d->cli->arena,
	    &(struct statement_operator_zone_changes){ .zone = name,
		.from = DB_NUMBER(from),
		.hours = DB_NUMBER(HOURS) });
	code = db_run(db, d->cli->arena, &v, clock_mono_ms() + CLI_DEADLINE_MS,
	    &r, &e);
	if (code == ERR_INPUT)
		doctor_warn(d, NAME, REMEDY,
		    "%.*s: the database does not know it any more, and takes UTC in its place",
		    (int)name.n, name.p);
	else if (code != ERR_OK)
		doctor_fail(d, NAME, "try again", "%.*s: %s", (int)name.n,
		    name.p, e.text);
	else if (!is_there(z, name))
		doctor_warn(d, NAME, REMEDY, "%.*s: this host does not know it",
		    (int)name.n, name.p);
	else {
		use_zone(z, name);
		compare(d, name, r, from);
	}
}

/* As a session has them that the responder begins now. */
static void
compare_all(struct doctor *d, struct zones *z)
{
	struct err e = { 0 };
	struct db *db = NULL;

	if (db_open(d->settings.database_url, "callward doctor",
		clock_mono_ms() + CLI_DEADLINE_MS, &db, &e) != ERR_OK) {
		doctor_skip(d, NAME, "not looked at (%s)", e.text);
		return;
	}
	for (size_t i = 0; i < z->n; i++)
		compare_zone(d, db, z, z->name[i]);
	db_close(db);
	/* The setting is a part of the environment no longer than this. */
	(void)unsetenv("TZ");
	tzset();
}

void
doctor_zones(struct doctor *d)
{
	const char *folder = getenv("TZDIR"); /* as libc */
	struct zones z = { .folder = folder == NULL ? ZONEINFO : folder };
	struct err e = { 0 };
	struct stat st;
	enum err_code code;

	if (d->cli->db == NULL)
		doctor_skip(d, NAME, "not looked at, see operator.conf");
	else if ((code = list_zones(d, &z, &e)) == ERR_DENIED)
		doctor_skip(d, NAME,
		    "not looked at, since this login may not read them");
	else if (code != ERR_OK)
		doctor_fail(d, NAME,
		    "see operator.conf, and run 'callward migrate'",
		    "they cannot be read: %s", e.text);
	else if (z.n == 0)
		doctor_ok(d, NAME, "no clinic has another than UTC");
	else if (stat(z.folder, &st) != 0)
		doctor_skip(d, NAME,
		    "%zu in use, not compared: this host has no tzdata (%s is not there)",
		    z.n, z.folder);
	else
		compare_all(d, &z);
	if (z.more > 0)
		doctor_skip(d, NAME,
		    "those of %zu more clinics were not compared", z.more);
}
