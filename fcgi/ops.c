/*
 * Health, readiness and metrics. Nothing here tells more than words and
 * counts.
 */
#include "config.h"

#include "base/clock.h"
#include "base/log.h"
#include "io/json.h"
#include "ops.h"
#include "spooling.h"
#include "tenancy/indexer.h"
#include "tenancy/tenancy.h"
#include "write_proof.h"

#define READY_MS 2000

enum err_code
ops_health(struct exchange *x, struct err *e)
{
	(void)e;
	response_set(&x->resp, 200, "application/json",
	    STR("{\"status\":\"ok\"}"));
	response_header(&x->resp, "Cache-Control", "no-store");
	return (ERR_OK);
}

enum err_code
ops_ready(struct exchange *x, struct err *e)
{
	struct json *o = json_new_object(x->arena);
	struct spooling_counts waiting;
	int64_t version, began = clock_mono_ms();
	struct str body, database = STR_NONE;
	enum err_code code, up;
	bool same = true;

	up = tenancy_ping(x->app->lanes, x->arena, began + READY_MS, &version,
	    &x->trouble);
	x->db_ms = clock_mono_ms() - began;
	if (up == ERR_OK && version < SCHEMA_VERSION)
		up = err_set(&x->trouble, ERR_CONFLICT,
		    "the database is at version %lld, the program at %d",
		    (long long)version, SCHEMA_VERSION);
	if (up == ERR_OK &&
	    (up = write_proof_ask(x->app->write_proof, x->app->lanes, x->arena,
		 began + READY_MS, &x->trouble)) != ERR_OK)
		database = STR("takes no writes");
	if (up == ERR_OK)
		up = tenancy_functions(x->app->lanes, x->arena,
		    began + READY_MS, &same, &x->trouble);
	json_add_str(o, "status",
	    up == ERR_OK ? STR("ok") : STR("unavailable"));
	json_add_str(o, "database",
	    database.p != NULL	   ? database :
		up == ERR_OK	   ? STR("ok") :
		up == ERR_CONFLICT ? STR("older version") :
				     STR("away"));
	spooling_count(x->app->spooling, &waiting);
	json_add_number(o, "spool", (double)waiting.records);
	if (!same)
		json_add_str(o, "functions", STR("other"));
	if ((code = json_format(x->arena, o, &body, e)) != ERR_OK)
		return (code);
	response_set(&x->resp, up == ERR_OK ? 200 : 503, "application/json",
	    body);
	response_header(&x->resp, "Cache-Control", "no-store");
	return (ERR_OK);
}

/* Of a moment of the wall clock; 0: there is none. */
static uint64_t
age_s(int64_t since_ms)
{
	int64_t now = clock_wall_ms();

	return (since_ms == 0 || now < since_ms ?
		0 :
		(uint64_t)(now - since_ms) / 1000);
}

struct count {
	const char *name;
	const char *type;
	const char *help;
	uint64_t value;
};

static void
write_rows(const struct count *rows, size_t n, struct buf *b)
{
	for (size_t i = 0; i < n; i++)
		buf_addf(b,
		    "# HELP callward_%s %s\n# TYPE callward_%s %s\n"
		    "callward_%s %llu\n",
		    rows[i].name, rows[i].help, rows[i].name, rows[i].type,
		    rows[i].name, (unsigned long long)rows[i].value);
}

static void
write_words(const struct app *app, struct buf *b)
{
	struct indexer_counts words;

	indexer_count(app->indexer, &words);
	const struct count rows[] = {
		{ "words_waiting", "gauge",
		    "Calls that wait for their words; no more than 100,000.",
		    words.waiting },
		{ "words_oldest_seconds", "gauge",
		    "How long the first of them has waited.",
		    words.oldest_ms / 1000 },
		{ "words_indexed_total", "counter",
		    "Calls that got their words from this process.",
		    words.indexed },
		{ "words_failed_total", "counter",
		    "Times that a call could not get them.", words.failed },
	};

	write_rows(rows, sizeof(rows) / sizeof(rows[0]), b);
}

static void
write_counts(const struct app *app, struct buf *b)
{
	struct admission_counts admitted;
	struct vapi_breaker_counts breaker;
	struct fcgx_counts accepted;
	struct spooling_counts kept;
	struct db_lanes_counts n;

	db_lanes_count(app->lanes, &n);
	admission_count(app->admission, &admitted);
	fcgx_count(app->fcgx, &accepted);
	vapi_breaker_count(app->breaker, &breaker);
	spooling_count(app->spooling, &kept);
	const struct count rows[] = {
		{ "flights_total", "counter", "Flights sent.", n.flights },
		{ "flight_statements_total", "counter",
		    "Statements sent in flights.", n.statements },
		{ "flight_singles_total", "counter",
		    "Statements sent again one by one.", n.singles },
		{ "database_connects_total", "counter", "Connections made.",
		    n.reconnects },
		{ "database_renewals_total", "counter",
		    "Connections that a new one took the place of.",
		    db_renewer_count(app->renewer) },
		{ "lane_waiting", "gauge", "Statements waiting.", n.waiting },
		{ "lanes_away", "gauge",
		    "Lanes that could not connect the last time.", n.away },
		{ "dashboard_in_hand", "gauge",
		    "Threads that serve the dashboard.", admitted.in_hand },
		{ "dashboard_refused_total", "counter",
		    "Requests refused because too much was in hand.",
		    admitted.refused },
		{ "threads_held", "gauge",
		    "Threads that stream an answer or work on after one.",
		    admitted.held },
		{ "vapi_waiting", "gauge", "Calls that wait for Vapi.",
		    admitted.asking },
		{ "vapi_waiting_refused_total", "counter",
		    "Calls for which too many waited for Vapi.",
		    admitted.asking_refused },
		{ "vapi_breaker_assistants", "gauge",
		    "Assistants that Vapi is not asked for.",
		    breaker.open_assistants },
		{ "vapi_breaker_all", "gauge",
		    "1 while Vapi is not asked for any of them.",
		    breaker.open_all },
		{ "vapi_breaker_opened_total", "counter",
		    "Times that Vapi was found not to answer.",
		    breaker.opened },
		{ "vapi_breaker_refused_total", "counter",
		    "Calls for which Vapi was not asked.", breaker.refused },
		{ "log_dropped_total", "counter",
		    "Lines that the log did not take in time.", log_dropped() },
		{ "requests_waiting", "gauge",
		    "Requests that were accepted and have no thread.",
		    accepted.queue.waiting },
		{ "requests_parked", "gauge",
		    "Requests that wait for memory for their bodies.",
		    accepted.queue.parked },
		{ "body_memory_bytes", "gauge",
		    "Memory set aside for bodies and for reading them.",
		    admitted.memory },
		{ "requests_abandoned_total", "counter",
		    "Requests that the web server gave up while they waited.",
		    accepted.abandoned },
		{ "spool_records", "gauge", "Messages waiting in the spool.",
		    (uint64_t)kept.records },
		{ "spool_bytes", "gauge", "What the spool takes.",
		    (uint64_t)kept.bytes },
		{ "spool_oldest_seconds", "gauge",
		    "How long the oldest has waited.", age_s(kept.oldest_ms) },
		{ "spool_kept_total", "counter", "Messages put there.",
		    kept.kept },
		{ "spool_refused_total", "counter",
		    "Messages that the spool could not take.", kept.refused },
		{ "spool_applied_total", "counter", "Messages filed from it.",
		    kept.applied },
		{ "spool_tries_total", "counter",
		    "Times that the database would not have one.", kept.tried },
		{ "spool_parked_total", "counter",
		    "Messages moved on to quarantine.", kept.parked },
		{ "spool_bad_total", "counter",
		    "Files that are no record, or do not open.", kept.bad },
	};

	write_rows(rows, sizeof(rows) / sizeof(rows[0]), b);
	write_words(app, b);
}

enum err_code
ops_metrics(struct exchange *x, struct err *e)
{
	struct str body;
	struct buf b;
	enum err_code code;

	buf_init(&b, x->arena);
	metrics_write(x->app->metrics, &b);
	write_counts(x->app, &b);
	if ((code = buf_done(&b, &body, e)) != ERR_OK)
		return (code);
	response_set(&x->resp, 200, "text/plain; version=0.0.4", body);
	return (ERR_OK);
}
