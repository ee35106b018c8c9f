/*
 * What bench-load sends: one request, and for each time it is sent a ticket,
 * bytes of which are put into their places in it. What fails ends the program.
 */
#ifndef CALLWARD_BENCH_LOAD_H
#define CALLWARD_BENCH_LOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "io/settings.h"

struct options {
	const char *settings_path, *line, *expect;
	/* One of them at most; both NULL: webhooks are sent. */
	const char *reports_path, *request_path;
	int64_t clients, seconds, numbers;
	int64_t requests; /* 0: as many as the seconds allow */
	int64_t rate;	  /* a second, planned; 0: one after the other */
	int64_t status;
	bool updates; /* status-updates instead of reports */
};

struct place {
	size_t at;   /* in the request */
	size_t from; /* in a ticket */
	size_t n;    /* bytes, which differ from ticket to ticket */
};

struct requests {
	char *text;
	size_t n;
	struct place places[4];
	size_t n_places;
	const char *tickets; /* n_tickets, each of ticket_bytes */
	size_t ticket_bytes, n_tickets;
};

void die(const char *what, const char *why) __attribute__((noreturn));

/* How many tickets to make, if there is no end to them. */
size_t requests_wanted(const struct options *o);

/* Memory that is empty. It stays as long as the process, as do requests. */
void *need(size_t n, size_t size);

/* The bytes behind this text of the request are a ticket's. */
void add_place(struct requests *, const char *before, size_t from, size_t n);

/* Webhooks of calls that arrive, a CallSid each. */
void prepare_webhooks(const struct options *o, const struct settings *,
    struct requests *);

/*
 * End-of-call reports of 100 KB, or status-updates, one for each line of the
 * file o->reports_path: a call's Vapi id, a tab and the metadata that came
 * back. All lines are of one length.
 */
void prepare_reports(const struct options *o, const struct settings *,
    struct requests *);

/*
 * The file o->request_path as it is, each time: a whole HTTP request, or what
 * looks like one.
 */
void prepare_request(const struct options *o, struct requests *);

#endif
