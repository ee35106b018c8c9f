/*
 * Plain arrays of atomics. Relaxed order is enough: each counter stands for
 * itself.
 * Source: Prometheus text exposition format 0.0.4.
 */
#include "config.h"

#include <stdatomic.h>
#include <stdlib.h>

#include "metrics.h"

#define STATUS_CLASSES 6 /* 0: other, 1xx .. 5xx */

static const int64_t bounds_ms[] = { 1, 2, 5, 10, 25, 50, 100, 250, 500, 1000,
	2500, 5000, 10000 };
#define BOUNDS (sizeof(bounds_ms) / sizeof(bounds_ms[0]))

struct histogram {
	atomic_uint_fast64_t bucket[BOUNDS + 1];
	atomic_uint_fast64_t sum_ms;
	atomic_uint_fast64_t n;
};

struct metrics {
	const char *(*name_of)(size_t route);
	atomic_uint_fast64_t request[METRICS_ROUTES_MAX][STATUS_CLASSES];
	struct histogram request_time[METRICS_ROUTES_MAX];
	atomic_uint_fast64_t call[TENANCY_VERDICTS];
	atomic_uint_fast64_t session[ERR_CODES];
	struct histogram session_time;
	atomic_uint_fast64_t message[METRICS_EVENTS];
	atomic_uint_fast64_t message_type[VAPI_TYPES];
	atomic_int_fast64_t requests_in_hand;
	atomic_int_fast64_t bytes_in_hand;
};

static const char *const event_names[METRICS_EVENTS] = { "accepted",
	"duplicate", "stale", "quarantined", "acknowledged", "spooled" };

struct metrics *
metrics_new(const char *(*name_of)(size_t route))
{
	struct metrics *m = calloc(1, sizeof(*m));

	if (m != NULL)
		m->name_of = name_of;
	return (m);
}

void
metrics_free(struct metrics *m)
{
	free(m);
}

static void
add(atomic_uint_fast64_t *counter, uint64_t n)
{
	atomic_fetch_add_explicit(counter, n, memory_order_relaxed);
}

static uint64_t
get(const atomic_uint_fast64_t *counter)
{
	return (atomic_load_explicit(counter, memory_order_relaxed));
}

static void
observe(struct histogram *h, int64_t ms)
{
	size_t i = 0;

	while (i < BOUNDS && ms > bounds_ms[i])
		i++;
	add(&h->bucket[i], 1);
	add(&h->sum_ms, ms > 0 ? (uint64_t)ms : 0);
	add(&h->n, 1);
}

void
metrics_request(struct metrics *m, size_t route, int status, int64_t ms)
{
	if (route >= METRICS_ROUTES_MAX)
		route = METRICS_ROUTES_MAX - 1;
	add(&m->request[route]
		       [status >= 100 && status < 600 ? status / 100 : 0],
	    1);
	observe(&m->request_time[route], ms);
}

void
metrics_call(struct metrics *m, enum tenancy_verdict v)
{
	add(&m->call[v], 1);
}

void
metrics_session(struct metrics *m, enum err_code code, int64_t ms)
{
	add(&m->session[code], 1);
	observe(&m->session_time, ms);
}

void
metrics_message_type(struct metrics *m, size_t type)
{
	add(&m->message_type[type], 1);
}

void
metrics_message(struct metrics *m, enum metrics_event ev)
{
	add(&m->message[ev], 1);
}

void
metrics_in_hand(struct metrics *m, int64_t requests, int64_t bytes)
{
	atomic_fetch_add(&m->requests_in_hand, requests);
	atomic_fetch_add(&m->bytes_in_hand, bytes);
}

int64_t
metrics_bytes_in_hand(struct metrics *m)
{
	return (atomic_load(&m->bytes_in_hand));
}

static void
head(struct buf *b, const char *name, const char *type, const char *help)
{
	buf_addf(b, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

/* label: "" or 'name="value"'. */
static void
write_histogram(struct buf *b, const char *name, const char *label,
    const struct histogram *h)
{
	const char *comma = label[0] == '\0' ? "" : ",";
	uint64_t sum = 0;

	for (size_t i = 0; i < BOUNDS; i++) {
		sum += get(&h->bucket[i]);
		buf_addf(b, "%s_bucket{%s%sle=\"%g\"} %llu\n", name, label,
		    comma, (double)bounds_ms[i] / 1000,
		    (unsigned long long)sum);
	}
	buf_addf(b, "%s_bucket{%s%sle=\"+Inf\"} %llu\n", name, label, comma,
	    (unsigned long long)get(&h->n));
	buf_addf(b, "%s_sum{%s} %g\n%s_count{%s} %llu\n", name, label,
	    (double)get(&h->sum_ms) / 1000, name, label,
	    (unsigned long long)get(&h->n));
}

static void
write_requests(struct metrics *m, struct buf *b)
{
	char label[64];

	head(b, "callward_requests_total", "counter",
	    "Requests answered, by route and class of status.");
	for (size_t r = 0; r < METRICS_ROUTES_MAX; r++)
		for (int c = 0; c < STATUS_CLASSES; c++)
			if (get(&m->request[r][c]) > 0)
				buf_addf(b,
				    "callward_requests_total{route="
				    "\"%s\",status=\"%dxx\"} %llu\n",
				    m->name_of(r), c,
				    (unsigned long long)get(&m->request[r][c]));
	head(b, "callward_request_seconds", "histogram",
	    "Time from accept to answer.");
	for (size_t r = 0; r < METRICS_ROUTES_MAX; r++) {
		if (get(&m->request_time[r].n) == 0)
			continue;
		(void)snprintf(label, sizeof(label), "route=\"%s\"",
		    m->name_of(r));
		write_histogram(b, "callward_request_seconds", label,
		    &m->request_time[r]);
	}
}

/*
 * What is in hand is read first: who sees there only the request that asks
 * sees every other one counted below.
 */
static void
write_in_hand(struct metrics *m, struct buf *b)
{
	head(b, "callward_requests_in_hand", "gauge", "Requests being served.");
	buf_addf(b, "callward_requests_in_hand %lld\n",
	    (long long)atomic_load(&m->requests_in_hand));
	head(b, "callward_body_bytes_in_hand", "gauge",
	    "Bytes of bodies being served.");
	buf_addf(b, "callward_body_bytes_in_hand %lld\n",
	    (long long)atomic_load(&m->bytes_in_hand));
}

static void
write_messages(struct metrics *m, struct buf *b)
{
	head(b, "callward_messages_total", "counter",
	    "Server messages of Vapi, by verdict.");
	for (int v = 0; v < METRICS_EVENTS; v++)
		buf_addf(b, "callward_messages_total{verdict=\"%s\"} %llu\n",
		    event_names[v], (unsigned long long)get(&m->message[v]));
	head(b, "callward_message_types_total", "counter",
	    "Server messages of Vapi, by type.");
	for (size_t t = 0; t < VAPI_TYPES; t++) {
		buf_adds(b, "callward_message_types_total{type=\"");
		/* One of the names has quotes in it. */
		for (const char *p = vapi_type_name(t); *p != '\0'; p++) {
			if (*p == '"')
				buf_addc(b, '\\');
			buf_addc(b, *p);
		}
		buf_addf(b, "\"} %llu\n",
		    (unsigned long long)get(&m->message_type[t]));
	}
}

void
metrics_write(struct metrics *m, struct buf *b)
{
	write_in_hand(m, b);
	write_requests(m, b);
	head(b, "callward_calls_total", "counter",
	    "Calls that arrived, by verdict.");
	for (int v = TENANCY_NEW; v < TENANCY_VERDICTS; v++)
		buf_addf(b, "callward_calls_total{verdict=\"%s\"} %llu\n",
		    tenancy_verdict_name((enum tenancy_verdict)v),
		    (unsigned long long)get(&m->call[v]));
	head(b, "callward_sessions_total", "counter",
	    "Sessions asked of Vapi, by outcome.");
	for (int c = 0; c < ERR_CODES; c++)
		buf_addf(b, "callward_sessions_total{outcome=\"%s\"} %llu\n",
		    err_name((enum err_code)c),
		    (unsigned long long)get(&m->session[c]));
	head(b, "callward_session_seconds", "histogram",
	    "Time that Vapi took to answer.");
	write_histogram(b, "callward_session_seconds", "", &m->session_time);
	write_messages(m, b);
}
