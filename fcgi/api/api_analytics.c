/*
 * The figures of a clinic's owner. Which days are asked for, and whether they
 * are sane, depends on the zone: the statement says. Days that are over and
 * were not counted yet are counted after the answer, so that the next one
 * costs less (callward.count_day); a failure there changes no figure.
 */
#include "config.h"

#include "api/api.h"
#include "api/api_answer.h"
#include "api/api_query.h"
#include "base/clock.h"
#include "base/log.h"

#define TZ_MAX_BYTES 64
#define DAYS_MOST 400
#define DAYS_DEFAULT 30
/*
 * After one answer nothing more is begun then, since a stop waits for what was;
 * the next answer goes on.
 */
#define COUNT_MS 1000

/* The days that are to be counted, from since to until, exclusive. */
struct uncounted {
	struct str since;
	struct str until;
};

static enum err_code
count_some(struct exchange *x, struct uncounted *u, struct err *e)
{
	const struct db_result *r;
	struct db_values v;

	statement_tenant_count_days(&v, x->arena,
	    &(struct statement_tenant_count_days){ .since = u->since,
		.until = u->until });
	if (api_run(x, &v, true, &r, e) != ERR_OK)
		return (e->code);
	u->since = db_str(r, 0, TENANT_COUNT_DAYS_LEFT_SINCE);
	return (ERR_OK);
}

static void
tell(const struct exchange *x, const struct err *e)
{
	struct log_line line;

	log_begin(&line, LOG_LEVEL_WARN, "days_not_counted");
	log_text(&line, "id", x->req.id);
	log_str(&line, "tenant", x->tenant);
	log_failure(&line, e);
	log_end(&line);
}

static void
count_days(struct exchange *x)
{
	int64_t until_ms = clock_mono_ms() + COUNT_MS;
	struct uncounted *u = x->after_ctx;
	struct err e;

	while (u->since.p != NULL && clock_mono_ms() < until_ms)
		if (count_some(x, u, &e) != ERR_OK) {
			tell(x, &e);
			return;
		}
}

/* So many days that end with the last; another first day excludes it. */
static int64_t
query_days(struct api_query *q, const struct api_span *s)
{
	int64_t days = api_query_number(q, "days", DAYS_MOST, 0);
	const char *other = NULL;

	if (s->from.p != NULL)
		other = "from";
	else if (s->until.p != NULL)
		other = "until";
	else if (s->since.p != NULL)
		other = "since";
	if (days == 0)
		return (DAYS_DEFAULT);
	if (other != NULL)
		api_query_alone(q, "days", other);
	return (days);
}

enum err_code
api_analytics(struct exchange *x, struct err *e)
{
	const struct db_result *r;
	struct uncounted *u;
	struct db_values v;
	struct api_query q;
	struct api_span s;
	struct str tz, since;
	int64_t days;

	if (api_query_init(&q, x, e) != ERR_OK)
		return (e->code);
	api_query_span(&q, &s);
	tz = api_query_text(&q, "tz", TZ_MAX_BYTES);
	days = query_days(&q, &s);
	if (q.complaints.any)
		return (answer_complaints(x, &q.complaints, e));
	statement_tenant_analytics(&v, x->arena,
	    &(struct statement_tenant_analytics){ .since = s.since,
		.until = s.until,
		.tz = tz,
		.first_day = s.from,
		.last_day = s.to,
		.days = DB_NUMBER(days) });
	if (api_run(x, &v, false, &r, e) != ERR_OK)
		return (e->code);
	since = db_str(r, 0, TENANT_ANALYTICS_COUNT_SINCE);
	if (since.p != NULL) {
		if ((u = arena_alloc(x->arena, sizeof(*u))) == NULL)
			return (err_set(e, ERR_TOO_LARGE, "no memory"));
		*u = (struct uncounted){ .since = since,
			.until = db_str(r, 0, TENANT_ANALYTICS_COUNT_UNTIL) };
		x->after = count_days;
		x->after_ctx = u;
	}
	return (api_answer_outcome(x, r, 200, e));
}
