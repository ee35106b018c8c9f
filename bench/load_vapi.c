/*
 * Messages of Vapi about calls: end-of-call reports of about 100 KB, in the
 * layout of captured ones (what was said stands in each three times, as Vapi
 * sends it), or small ones, status-updates. They differ in the call that they
 * are about.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "load.h"

#define TURNS 195 /* of bot and caller: makes 100 KB */
#define TURN_WORDS 20

/* Words of which some are much more frequent than others, like real ones. */
static void
say_turn(FILE *f, int turn)
{
	uint32_t state = (uint32_t)turn;

	for (int i = 0; i < TURN_WORDS; i++) {
		uint64_t rank;

		state = state * 1664525 + 1013904223;
		rank = state >> 16;
		rank = rank * rank / 65536 * rank / 65536 * 3000 / 65536;
		fprintf(f, "%s%05x", i > 0 ? " " : "",
		    (unsigned)(rank * 40503 % 1048576));
	}
}

static void
say_artifact(FILE *f)
{
	fprintf(f, "\"artifact\":{\"transcript\":\"");
	for (int i = 0; i < TURNS; i++) {
		fprintf(f, "%s: ", i % 2 == 0 ? "AI" : "User");
		say_turn(f, i);
		fprintf(f, "\\n");
	}
	fprintf(f, "\",\"messages\":[");
	for (int i = 0; i < TURNS; i++) {
		fprintf(f, "%s{\"role\":\"%s\",\"message\":\"",
		    i > 0 ? "," : "", i % 2 == 0 ? "bot" : "user");
		say_turn(f, i);
		fprintf(f,
		    "\",\"time\":%lld,\"endTime\":%lld,"
		    "\"secondsFromStart\":%d.5,\"duration\":2500}",
		    1767225600000LL + i * 3000, 1767225602500LL + i * 3000,
		    i * 3);
	}
	fprintf(f, "],\"messagesOpenAIFormatted\":[");
	for (int i = 0; i < TURNS; i++) {
		fprintf(f, "%s{\"role\":\"%s\",\"content\":\"",
		    i > 0 ? "," : "", i % 2 == 0 ? "assistant" : "user");
		say_turn(f, i);
		fprintf(f, "\"}");
	}
	fprintf(f, "],\"recordingUrl\":\"https://storage.example/mono.wav\"}");
}

static void
say_report(FILE *f, const char *ticket, size_t n_id, size_t n_metadata)
{
	fprintf(f,
	    "{\"message\":{\"type\":\"end-of-call-report\","
	    "\"timestamp\":1767226200000,\"call\":{\"id\":\"%.*s\","
	    "\"type\":\"inboundPhoneCall\",\"assistantOverrides\":"
	    "{\"metadata\":%.*s}},"
	    "\"startedAt\":\"2026-01-01T00:00:00.000Z\","
	    "\"endedAt\":\"2026-01-01T00:09:45.000Z\","
	    "\"endedReason\":\"customer-ended-call\",\"cost\":0.8731,"
	    "\"durationSeconds\":585,\"analysis\":{"
	    "\"summary\":\"An appointment was asked for, and made.\","
	    "\"structuredData\":{\"intent\":\"booking\"},"
	    "\"successEvaluation\":\"true\"},",
	    (int)n_id, ticket, (int)n_metadata, ticket + n_id + 1);
	say_artifact(f);
	fprintf(f, "}}");
}

static void
say_update(FILE *f, const char *ticket, size_t n_id, size_t n_metadata)
{
	fprintf(f,
	    "{\"message\":{\"type\":\"status-update\","
	    "\"timestamp\":1767225601000,\"status\":\"in-progress\","
	    "\"call\":{\"id\":\"%.*s\",\"type\":\"inboundPhoneCall\","
	    "\"assistantOverrides\":{\"metadata\":%.*s}}}}",
	    (int)n_id, ticket, (int)n_metadata, ticket + n_id + 1);
}

/* The whole file; its lines are the tickets. */
static void
read_tickets(const char *path, struct requests *q)
{
	FILE *f = fopen(path, "re");
	size_t n = 0, room = 0;
	char *line = NULL, *all;
	ssize_t got;

	if (f == NULL || (got = getline(&line, &room, f)) < 3)
		die(path, "it cannot be read");
	q->ticket_bytes = (size_t)got;
	if (fseek(f, 0, SEEK_END) != 0 || ftell(f) % got != 0)
		die(path, "its lines are not of one length");
	n = (size_t)(ftell(f) / got);
	rewind(f);
	all = need(n, q->ticket_bytes);
	if (fread(all, q->ticket_bytes, n, f) != n)
		die(path, "it cannot be read");
	q->tickets = all;
	q->n_tickets = n;
	free(line);
	(void)fclose(f);
}

void
prepare_reports(const struct options *o, const struct settings *s,
    struct requests *q)
{
	const char *tab;
	char *body = NULL;
	size_t n = 0, n_id, n_metadata;
	FILE *f;

	read_tickets(o->reports_path, q);
	tab = memchr(q->tickets, '\t', q->ticket_bytes);
	if (tab == NULL)
		die(o->reports_path, "a line has no tab");
	n_id = (size_t)(tab - q->tickets);
	n_metadata = q->ticket_bytes - n_id - 2;
	if ((f = open_memstream(&body, &n)) == NULL)
		die("memory", "there is not enough");
	(o->updates ? say_update : say_report)(f, q->tickets, n_id, n_metadata);
	if (fclose(f) != 0 || (f = open_memstream(&q->text, &q->n)) == NULL)
		die("memory", "there is not enough");
	fprintf(f,
	    "POST /api/webhooks/vapi HTTP/1.1\r\n"
	    "Host: 127.0.0.1\r\n"
	    "Content-Type: application/json\r\n"
	    "X-Vapi-Secret: %s\r\n"
	    "Content-Length: %zu\r\n\r\n%s",
	    s->vapi_webhook_secret, n, body);
	if (fclose(f) != 0)
		die("memory", "there is not enough");
	free(body);
	add_place(q, "\"call\":{\"id\":\"", 0, n_id);
	add_place(q, "\"metadata\":", n_id + 1, n_metadata);
}
