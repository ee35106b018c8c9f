/*
 * The rules by which Twilio takes an answer or plays its error message.
 */
#include "config.h"

#include <string.h>

#include "base/clock.h"
#include "fetch.h"

static enum err_code
attempt(struct http *http, struct arena *arena, const struct webhook *w,
    int64_t deadline_ms, struct fetch_answer *a, struct err *e)
{
	struct http_request request = {
		.method = w->method,
		.url = w->url,
		.headers = {
			"User-Agent: TwilioProxy/1.1",
			w->signature_header,
			w->idempotency_header,
		},
		.body = w->body,
		.deadline_ms = deadline_ms,
		.answer_max_bytes = 2 * TWIML_BYTES_MAX,
	};
	int64_t from = clock_mono_ms();
	enum err_code c;
	size_t n = 3;

	if (w->settings_header != NULL)
		request.headers[n++] = w->settings_header;
	request.headers[n] = w->type_header;
	c = http_do(http, arena, &request, &a->http, e);
	a->ms = clock_mono_ms() - from;
	if (c == ERR_TEMPORARY || c == ERR_UNCERTAIN)
		err_prefix(e, "11205 http connection failure");
	else if (c == ERR_TOO_LARGE)
		err_prefix(e, "11750 response body too large");
	return (c);
}

/* Would Twilio read this answer as TwiML, where it asks for some? */
static enum err_code
understand(struct arena *arena, bool wants_twiml, struct fetch_answer *a,
    struct err *e)
{
	struct str all = str_of(a->http.content_type);
	struct str type = str_trim(str_cut(&all, ';'));

	if (a->http.status < 200 || a->http.status > 299)
		return (err_set(e, ERR_INPUT, "11217 http status %d",
		    a->http.status));
	if (!wants_twiml)
		return (ERR_OK);
	if (!str_is_nocase(type, "text/xml") &&
	    !str_is_nocase(type, "application/xml") &&
	    !str_is_nocase(type, "text/html") &&
	    !str_is_nocase(type, "text/plain"))
		return (err_set(e, ERR_INPUT, "12300 invalid content type"));
	return (twiml_read(arena, a->http.body, &a->twiml, e));
}

enum err_code
fetch_once(struct http *http, struct arena *arena, const struct webhook *w,
    bool wants_twiml, int64_t deadline_ms, struct fetch_answer *a,
    struct err *e)
{
	enum err_code c;

	memset(a, 0, sizeof(*a));
	c = attempt(http, arena, w, deadline_ms, a, e);
	return (c == ERR_OK ? understand(arena, wants_twiml, a, e) : c);
}
