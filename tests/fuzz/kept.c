/*
 * What is kept of reports, for tests/fuzz/second to compare: on stdin bodies,
 * each behind its length in four bytes, the lowest first; on stdout a line of
 * JSON for each, as far as something is kept, or {"error": its number}. A
 * length of 0 is no body: it asks for the lines so far.
 */
#include "config.h"

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/arena.h"
#include "tenancy/call.h"
#include "io/json.h"
#include "vapi/vapi_message.h"

#define ARENA_BYTES ((size_t)96 * 1024 * 1024) /* as a request has */
#define LINE_BYTES (2 * ARENA_BYTES)
#define BODY_BYTES_MAX ((uint32_t)16 * 1024 * 1024)

#define FIELD(name)                                                            \
	{                                                                      \
#name, offsetof(struct tenancy_event, name)                    \
	}

struct field {
	const char *name;
	size_t offset;
};

static const struct field texts[] = { FIELD(type), FIELD(vapi_call_id),
	FIELD(twilio_call_sid), FIELD(ended_reason), FIELD(transcript),
	FIELD(summary) };
static const struct field trees[] = { FIELD(messages), FIELD(analysis),
	FIELD(structured_data), FIELD(told), FIELD(details) };

static void
add_fields(struct buf *b, const struct tenancy_event *ev)
{
	const char *base = (const char *)ev;
	size_t i;

	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		const struct str *s = (const void *)(base + texts[i].offset);

		if (s->p == NULL)
			continue;
		buf_addf(b, ",\"%s\":", texts[i].name);
		json_quote(b, *s);
	}
	for (i = 0; i < sizeof(trees) / sizeof(trees[0]); i++) {
		const struct str *s = (const void *)(base + trees[i].offset);

		if (s->p == NULL)
			continue;
		buf_addf(b, ",\"%s\":", trees[i].name);
		buf_add(b, *s);
	}
}

static void
read_body(struct arena *a, struct arena *of_line, struct str body)
{
	struct err e = { .text = "" };
	struct vapi_message m;
	enum err_code code;
	struct str line;
	struct buf b;

	code = vapi_message_read(a, body, &m, &e);
	buf_init(&b, of_line);
	if (code != ERR_OK) {
		buf_addf(&b, "{\"error\":%d,\"why\":", (int)code);
		json_quote(&b, str_of(e.text));
	} else {
		buf_addf(&b, "{\"kind\":%d,\"status\":", (int)m.kind);
		json_quote(&b, str_of(call_status_text(m.event.status)));
		add_fields(&b, &m.event);
	}
	buf_adds(&b, "}\n");
	if (buf_done(&b, &line, NULL) != ERR_OK)
		line = STR("{\"error\":-1}\n");
	if (fwrite(line.p, 1, line.n, stdout) != line.n)
		exit(1);
}

int
main(void)
{
	struct arena *a = arena_new(ARENA_BYTES);
	struct arena *of_line = arena_new(LINE_BYTES);
	unsigned char head[4];
	uint32_t n;
	char *body;

	if (a == NULL || of_line == NULL)
		return (1);
	while (fread(head, 1, sizeof(head), stdin) == sizeof(head)) {
		n = (uint32_t)head[0] | (uint32_t)head[1] << 8 |
		    (uint32_t)head[2] << 16 | (uint32_t)head[3] << 24;
		if (n == 0) {
			if (fflush(stdout) != 0)
				return (1);
			continue;
		}
		/* Exactly as much: what reads past it is seen. */
		if (n > BODY_BYTES_MAX || (body = malloc(n)) == NULL)
			return (1);
		if (fread(body, 1, n, stdin) != n)
			return (1);
		read_body(a, of_line, (struct str){ body, n });
		arena_reset(of_line);
		arena_reset(a);
		free(body);
	}
	arena_free(of_line);
	arena_free(a);
	return (0);
}
