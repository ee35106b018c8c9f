/*
 * Vapi signs what it sends by the same rule by which we check it; the time is
 * the sender's, which the plan may put wrong.
 */
#include "config.h"

#include <inttypes.h>

#include "base/clock.h"
#include "post.h"

#define ANSWER_BYTES_MAX (1 << 20)

static enum err_code
header(struct arena *arena, const char *name, struct str value,
    const char **text_r, struct err *e)
{
	struct str text;
	struct buf b;
	enum err_code c;

	buf_init(&b, arena);
	buf_addf(&b, "%s: ", name);
	buf_add(&b, value);
	if ((c = buf_done(&b, &text, e)) == ERR_OK)
		*text_r = text.p;
	return (c);
}

static enum err_code
sign(struct sim *sim, struct arena *arena, const struct plan *plan,
    struct http_request *request, struct err *e)
{
	const struct settings *s = &sim->settings;
	int64_t ms = clock_wall_ms() + plan->timestamp_skew_ms;
	struct vapi_signed in = { .method = STR("POST"),
		.url = str_of(request->url),
		.body = request->body };
	struct str signature;
	struct buf b;
	enum err_code c;

	buf_init(&b, arena);
	buf_addf(&b, "%" PRId64, plan->timestamp_ms ? ms : ms / 1000);
	if ((c = buf_done(&b, &in.timestamp, e)) != ERR_OK ||
	    (c = vapi_signature_make(arena, &sim->rule, &in, &signature, e)) !=
		ERR_OK ||
	    (c = header(arena, s->vapi_hmac_header, signature,
		 &request->headers[2], e)) != ERR_OK ||
	    !sim->rule.timed)
		return (c);
	return (header(arena, s->vapi_hmac_timestamp_header, in.timestamp,
	    &request->headers[3], e));
}

enum err_code
post_message(struct sim *sim, struct arena *arena, const struct plan *plan,
    struct str body, struct http_answer *answer_r, struct err *e)
{
	struct http_request request = {
		.method = "POST",
		.url = sim->settings.sim_callback_url,
		/* A kept connection may be closed under a message: lost. */
		.headers = { "Content-Type: application/json",
		    "Connection: close" },
		.body = body,
		.deadline_ms = clock_mono_ms() + plan->timeout_ms,
		.answer_max_bytes = ANSWER_BYTES_MAX,
	};
	enum err_code c;

	if (sim->settings.vapi_hmac_secret[0] != '\0')
		c = sign(sim, arena, plan, &request, e);
	else
		c = header(arena, "X-Vapi-Secret",
		    str_of(sim->settings.sim_vapi_secret), &request.headers[2],
		    e);
	return (
	    c == ERR_OK ? http_do(sim->http, arena, &request, answer_r, e) : c);
}
