/*
 * callward spool: what waits in the responder's STATE_DIR for the database, and
 * a drain by hand, for a host whose responder is gone. Works with the
 * responder's settings alone; run it as the responder's user, or as root.
 */
#include "config.h"

#include <pthread.h>
#include <stdio.h>

#include "commands.h"
#include "inbox.h"
#include "io/db_lane.h"
#include "io/spool.h"
#include "vapi/spooled.h"

#define LANES 2
#define WORKERS 4

struct job {
	struct settings settings;
	struct keyring keys;
	struct spool *spool;
	pthread_mutex_t lock; /* of what follows, and of stdout */
	size_t applied, left;
};

static enum err_code
open_spool(struct cli *c, const char *path, struct job *j, struct err *e)
{
	struct settings *s = &j->settings;
	struct spool_options o;
	enum err_code code;

	if ((code = inbox_load(c, path, s, &j->keys, e)) != ERR_OK)
		return (code);
	o = spool_options_of(s);
	o.as_root = true;
	return (spool_open(&o, &j->spool, e));
}

static void
close_spool(struct job *j)
{
	spool_close(j->spool);
	keyring_wipe(&j->keys);
}

/* One option, and what is to be done with the spool. */
static int
run(struct cli *c, int argc, char **argv,
    enum err_code (*act)(struct job *, struct err *e))
{
	const char *path = NULL;
	const struct cli_option options[] = {
		{ "responder", &path, NULL, true },
		{ 0 },
	};
	struct job j = { .spool = NULL };
	struct err e = { 0 };
	enum err_code code;
	int exit;

	if (!cli_options(c, argc, argv, options, NULL, &exit))
		return (exit);
	if ((code = open_spool(c, path, &j, &e)) == ERR_OK)
		code = act(&j, &e);
	close_spool(&j);
	return (cli_finish(c, code, &e));
}

static enum err_code
status(struct job *j, struct err *e)
{
	char oldest[CLOCK_RFC3339_SIZE] = "-";
	struct spool_counts n;
	enum err_code code;
	struct err why;

	spool_count(j->spool, &n);
	if (n.oldest_ms > 0)
		clock_format_rfc3339(n.oldest_ms, oldest);
	(void)printf("folder\t%s/spool\n",
	    spool_options_of(&j->settings).state_dir);
	(void)printf("records\t%lld\n", (long long)(n.files - n.strangers));
	(void)printf("bytes\t%lld\n", (long long)n.bytes);
	(void)printf("oldest\t%s\n", oldest);
	(void)printf("other files\t%lld\n", (long long)n.strangers);
	code = spool_lock(j->spool, &why);
	if (code != ERR_OK && code != ERR_CONFLICT) {
		*e = why;
		return (code);
	}
	(void)printf("responder\t%s\n",
	    code == ERR_CONFLICT ? "running" : "not running");
	return (spooled_check_keys(j->spool, &j->keys, e));
}

static void
tell(void *ctx, enum drain_event event, const struct spool_name *name,
    const struct err *why)
{
	struct job *j = ctx;

	pthread_mutex_lock(&j->lock);
	if (event == DRAIN_APPLIED) {
		j->applied++;
	} else if (name != NULL) {
		j->left++;
		(void)printf("%s\t%s\n", name->text, why->text);
	}
	pthread_mutex_unlock(&j->lock);
}

static enum err_code
empty(struct job *j, struct err *e)
{
	const struct settings *s = &j->settings;
	struct db_lanes_options o = { .url = s->database_url,
		.lanes = LANES,
		.prepared = s->prepared,
		.role = STATEMENT_INTAKE,
		.self_check = true };
	struct drain_options d = { .spool = j->spool,
		.keys = &j->keys,
		.kinds = spooled_kinds,
		.workers = WORKERS,
		.most_ms = CLI_DEADLINE_MS,
		.tell = tell,
		.ctx = j };
	enum err_code code;

	if ((code = db_lanes_start(&o, &d.lanes, e)) != ERR_OK)
		return (code);
	code = drain_once(&d, e);
	db_lanes_stop(d.lanes);
	(void)printf("%zu applied, %zu left\n", j->applied, j->left);
	if (code == ERR_OK && j->left > 0)
		return (err_set(e, ERR_CONFLICT, "%zu records were not applied",
		    j->left));
	return (code);
}

static enum err_code
drain(struct job *j, struct err *e)
{
	enum err_code code = spool_lock(j->spool, e);

	if (code == ERR_CONFLICT)
		return (err_set(e, code,
		    "a responder is running that empties this spool by itself"));
	if (code != ERR_OK)
		return (code);
	(void)pthread_mutex_init(&j->lock, NULL);
	code = empty(j, e);
	(void)pthread_mutex_destroy(&j->lock);
	return (code);
}

int
spool_status_run(struct cli *c, int argc, char **argv)
{
	return (run(c, argc, argv, status));
}

int
spool_drain_run(struct cli *c, int argc, char **argv)
{
	return (run(c, argc, argv, drain));
}
