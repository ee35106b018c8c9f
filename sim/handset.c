/*
 * One request to /sim/phones of SIM_VAPI_URL.
 */
#include "config.h"

#include <stdio.h>

#include "base/clock.h"
#include "handset.h"
#include "io/http.h"
#include "io/json.h"
#include "tenancy/phone_typed.h"

#define ARENA_BYTES (8u << 20)
#define ANSWER_BYTES_MAX (1u << 20)
#define DEADLINE_MS 10000
#define DAY_MS 86400000

static const struct {
	const char *name;
	bool number;
} members[HANDSET_MEMBERS] = {
	[HANDSET_ANSWERS] = { "answers", false },
	[HANDSET_ANSWER_MS] = { "answer_ms", true },
	[HANDSET_KEYS] = { "keys", false },
	[HANDSET_KEY_MS] = { "key_ms", true },
	[HANDSET_HANG_UP_MS] = { "hang_up_ms", true },
	[HANDSET_FORWARDS] = { "forwards", false },
	[HANDSET_FORWARD_MS] = { "forward_ms", true },
	[HANDSET_TO] = { "to", false },
	[HANDSET_CARRIER] = { "carrier", false },
};

/* body_r has no value when nothing is to be changed. */
static enum err_code
write_body(struct arena *arena, const struct handset *h, struct str *body_r,
    struct err *e)
{
	struct json *o = json_new_object(arena);
	bool given = false;
	int64_t n;
	enum err_code c;

	for (size_t i = 0; i < HANDSET_MEMBERS; i++) {
		struct str value = str_of(h->value[i]);

		if (value.p == NULL)
			continue;
		given = true;
		if (!members[i].number) {
			json_add_str(o, members[i].name, value);
			continue;
		}
		if ((c = str_parse_int(value, 0, DAY_MS, &n, e)) != ERR_OK) {
			err_prefix(e, "%s", members[i].name);
			return (c);
		}
		json_add_number(o, members[i].name, (double)n);
	}
	*body_r = STR_NONE;
	return (given ? json_format(arena, o, body_r, e) : ERR_OK);
}

static void
print(const struct json *o, const char *const *names, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const struct json *v = json_get(o, names[i]);
		struct str s = json_str(v);

		if (json_is_number(v))
			(void)printf(" %s=%lld", names[i],
			    (long long)json_number(v, 0));
		else if (s.p != NULL && str_find(s, ' ') < s.n)
			(void)printf(" %s=\"%.*s\"", names[i], (int)s.n, s.p);
		else if (s.p != NULL)
			(void)printf(" %s=%.*s", names[i], (int)s.n, s.p);
	}
	(void)printf("\n");
}

static void
tell(const struct json *telephone)
{
	static const char *const words[] = { "at", "call_sid", "from", "words",
		"tones" };
	struct str number = json_str(json_get(telephone, "number"));
	const char *names[HANDSET_MEMBERS];

	for (size_t i = 0; i < HANDSET_MEMBERS; i++)
		names[i] = members[i].name;
	(void)printf("%.*s", (int)number.n, number.p);
	print(telephone, names, HANDSET_MEMBERS);
	for (const struct json *h = json_first(json_get(telephone, "heard"));
	     h != NULL; h = json_next(h)) {
		(void)printf("heard");
		print(h, words, sizeof(words) / sizeof(words[0]));
	}
}

static enum err_code
ask(struct http *http, struct arena *arena, const char *url, struct str body,
    struct err *e)
{
	const struct http_request request = {
		.method = body.p != NULL ? "PUT" : "GET",
		.url = url,
		.headers = { "Content-Type: application/json" },
		.body = body,
		.deadline_ms = clock_mono_ms() + DEADLINE_MS,
		.answer_max_bytes = ANSWER_BYTES_MAX,
	};
	const struct json *answer;
	struct http_answer http_answer;
	struct str why;
	enum err_code c;

	if ((c = http_do(http, arena, &request, &http_answer, e)) != ERR_OK ||
	    (c = json_parse(arena, http_answer.body, &answer, e)) != ERR_OK)
		return (c);
	if (http_answer.status != 200) {
		why = json_str(json_get(answer, "error"));
		return (err_set(e, ERR_INPUT, "%.*s", (int)why.n,
		    why.p != NULL ? why.p : ""));
	}
	tell(answer);
	return (ERR_OK);
}

enum err_code
handset_run(const struct settings *settings, const struct handset *h,
    struct err *e)
{
	struct arena *arena = arena_new(ARENA_BYTES);
	struct http *http = NULL;
	struct phone_typed typed;
	struct str body, url;
	struct buf b;
	enum err_code c;

	if (arena == NULL)
		return (err_set(e, ERR_TEMPORARY, "no memory"));
	typed = phone_typed_read(str_of(h->number), STR_NONE);
	if (typed.kind != PHONE_TYPED_WHOLE) {
		c = err_set(e, ERR_INPUT,
		    "the number is not '+' and 6 to 15 digits");
		goto out;
	}
	if ((c = write_body(arena, h, &body, e)) != ERR_OK)
		goto out;
	buf_init(&b, arena);
	buf_addf(&b, "%s/sim/phones/%s", settings->sim_vapi_url,
	    typed.number.text);
	if ((c = buf_done(&b, &url, e)) == ERR_OK &&
	    (c = http_start(&http, e)) == ERR_OK)
		c = ask(http, arena, url.p, body, e);
out:
	http_stop(http);
	arena_free(arena);
	return (c);
}
