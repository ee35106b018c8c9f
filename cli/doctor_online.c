/*
 * What only the network can tell: whether PUBLIC_URL leads here and lets long
 * reports through, and whether Vapi knows the key and the ids that are
 * stored. Nothing is changed at Vapi.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "doctor.h"
#include "io/id.h"
#include "io/json.h"
#include "vapi/vapi_ask.h"

#define ONLINE_MS 15000
#define ANSWER_MAX_BYTES ((size_t)1024 * 1024)
#define LONG_BYTES ((size_t)15 * 1024 * 1024)

static enum err_code
get(struct doctor *d, const char *path, struct http_answer *answer_r,
    struct err *e)
{
	struct http_request req = { .method = "GET",
		.answer_max_bytes = ANSWER_MAX_BYTES };
	struct str url;
	struct buf b;
	enum err_code code;

	buf_init(&b, d->cli->arena);
	buf_addf(&b, "%s%s", d->settings.public_url, path);
	if ((code = buf_done(&b, &url, e)) != ERR_OK)
		return (code);
	req.url = url.p;
	req.deadline_ms = clock_mono_ms() + ONLINE_MS;
	return (http_do(d->http, d->cli->arena, &req, answer_r, e));
}

static void
check_health(struct doctor *d)
{
	static const struct {
		const char *path;
		const char *remedy;
	} pages[] = {
		{ "/healthz",
		    "start the responder, and let the web server pass everything under PUBLIC_URL to it" },
		{ "/readyz",
		    "see the responder's log: it does not reach its database, or must not use it" },
	};
	struct http_answer answer;
	struct err e = { 0 };

	for (size_t i = 0; i < sizeof(pages) / sizeof(pages[0]); i++)
		if (get(d, pages[i].path, &answer, &e) != ERR_OK)
			doctor_fail(d, "public url", pages[i].remedy,
			    "%s%s: %s", d->settings.public_url, pages[i].path,
			    e.text);
		else if (answer.status != 200 ||
		    strstr(answer.body.p, "\"status\"") == NULL)
			doctor_fail(d, "public url", pages[i].remedy,
			    "%s%s answers %d%s", d->settings.public_url,
			    pages[i].path, answer.status,
			    answer.status == 200 ?
				", but not Callward's words" :
				"");
		else
			doctor_ok(d, "public url", "%s%s answers",
			    d->settings.public_url, pages[i].path);
}

/*
 * Reports can be long, and a web server that stops them loses them. One
 * without a credential is refused by the responder, and leaves nothing.
 */
static void
check_body_limit(struct doctor *d)
{
	struct http_request req = { .method = "POST",
		.headers = { "Content-Type: application/json" },
		.answer_max_bytes = ANSWER_MAX_BYTES };
	struct http_answer answer;
	struct err e = { 0 };
	struct str url;
	struct buf b;
	char *body = malloc(LONG_BYTES);

	buf_init(&b, d->cli->arena);
	buf_addf(&b, "%s/api/webhooks/vapi", d->settings.public_url);
	if (body == NULL || buf_done(&b, &url, &e) != ERR_OK) {
		doctor_fail(d, "long reports", "try again", "no memory");
		goto out;
	}
	memset(body, ' ', LONG_BYTES);
	req.url = url.p;
	req.body = (struct str){ body, LONG_BYTES };
	req.deadline_ms = clock_mono_ms() + 4 * (int64_t)ONLINE_MS;
	if (http_do(d->http, d->cli->arena, &req, &answer, &e) != ERR_OK)
		doctor_fail(d, "long reports", "see the web server's log",
		    "15 MiB were not answered: %s", e.text);
	else if (answer.status == 413)
		doctor_fail(d, "long reports",
		    "nginx: client_max_body_size 17m; lighttpd: server.max-request-size = 17408",
		    "the web server refuses 15 MiB");
	else if (answer.status != 401)
		doctor_fail(d, "long reports", "see the web server's log",
		    "15 MiB without a credential are answered with %d, not 401",
		    answer.status);
	else
		doctor_ok(d, "long reports", "15 MiB reach the responder");
out:
	free(body);
}

void
doctor_public_url(struct doctor *d)
{
	check_health(d);
	check_body_limit(d);
}

/* Vapi -------------------------------------------------------------------- */

static enum err_code
ask_vapi(struct doctor *d, const char *kind, struct str id,
    struct http_answer *answer_r, struct err *e)
{
	struct vapi_question q = { .api_url = d->settings.vapi_api_url,
		.api_key = d->settings.vapi_api_key,
		.deadline_ms = clock_mono_ms() + ONLINE_MS,
		.answer_max_bytes = ANSWER_MAX_BYTES };
	struct buf b;
	enum err_code code;

	if (!id_is_vapi(id))
		return (err_set(e, ERR_INPUT, "the id is malformed"));
	buf_init(&b, d->cli->arena);
	buf_addf(&b, "/%s/%.*s", kind, (int)id.n, id.p);
	if ((code = buf_done(&b, &q.path, e)) != ERR_OK)
		return (code);
	return (vapi_ask(d->http, d->cli->arena, &q, answer_r, e));
}

/* Does Vapi's number with the line's id have the line's digits? */
static void
compare_number(struct doctor *d, struct str line, struct str body)
{
	const struct json *root = NULL;
	struct str number = STR_NONE;

	if (json_parse_lenient(d->cli->arena, body, &root, NULL) == ERR_OK)
		number = json_str(json_get(root, "number"));
	if (number.p != NULL && !str_eq(number, line))
		doctor_fail(d, "vapi line",
		    "callward line add with the id of the right one",
		    "%.*s has the id of Vapi's number %.*s", (int)line.n,
		    line.p, (int)number.n, number.p);
	else
		doctor_ok(d, "vapi line", "%.*s", (int)line.n, line.p);
}

/*
 * One id. what  the line's number, or the assistant's tenant and name
 * False: the key is refused, so that no other id need be asked for.
 */
static bool
check_id(struct doctor *d, const char *kind, struct str id, struct str what)
{
	bool line = strcmp(kind, "phone-number") == 0;
	const char *name = line ? "vapi line" : "vapi assistant";
	struct http_answer answer;
	struct err e = { 0 };

	if (ask_vapi(d, kind, id, &answer, &e) != ERR_OK) {
		doctor_fail(d, name, "check VAPI_API_URL and the network",
		    "%.*s: %s", (int)what.n, what.p, e.text);
		return (true);
	}
	if (answer.status == 401 || answer.status == 403) {
		doctor_fail(d, "vapi key",
		    "set VAPI_API_KEY to the private key of the organisation",
		    "refused with %d", answer.status);
		return (false);
	}
	if (answer.status != 200)
		doctor_fail(d, name,
		    line ?
			"callward line add with Vapi's id of the number" :
			"callward assistant add, or number add, with Vapi's id of the assistant",
		    "%.*s: Vapi answers %d for its id", (int)what.n, what.p,
		    answer.status);
	else if (line)
		compare_number(d, what, answer.body);
	else
		doctor_ok(d, name, "%.*s", (int)what.n, what.p);
	return (true);
}

/* Ids of Vapi's that a statement lists, and what each is called here. */
struct ids {
	const char *kind;
	const char *role;
	enum statement statement;
	size_t id_col, name_col;
};

static bool
check_list(struct doctor *d, const struct ids *ids)
{
	const struct db_result *r;
	struct err e = { 0 };
	struct db_values v;
	bool go_on = true;

	db_values_init(&v, d->cli->arena, ids->statement);
	if (doctor_list(d, ids->role, &v, &r, &e) != ERR_OK) {
		doctor_fail(d, "vapi",
		    "see operator.conf, and run 'callward migrate'",
		    "the ids cannot be read: %s", e.text);
		return (false);
	}
	for (size_t row = 0; go_on && row < db_rows(r); row++)
		if (db_str(r, row, ids->id_col).p != NULL)
			go_on =
			    check_id(d, ids->kind, db_str(r, row, ids->id_col),
				db_str(r, row, ids->name_col));
	return (go_on);
}

static const struct ids lines = { .kind = "phone-number",
	.role = "callward_owner",
	.statement = STATEMENT_OPERATOR_LINE_LIST,
	.id_col = OPERATOR_LINE_LIST_VAPI_PHONE_NUMBER_ID,
	.name_col = OPERATOR_LINE_LIST_PHONE_NUMBER };
static const struct ids assistants = { .kind = "assistant",
	.role = "callward_resolver",
	.statement = STATEMENT_OPERATOR_ASSISTANT_LIST,
	.id_col = OPERATOR_ASSISTANT_LIST_VAPI_ASSISTANT_ID,
	.name_col = OPERATOR_ASSISTANT_LIST_USER_ID };
static const struct ids numbers = { .kind = "assistant",
	.role = "callward_resolver",
	.statement = STATEMENT_OPERATOR_NUMBER_LIST,
	.id_col = OPERATOR_NUMBER_LIST_VAPI_ASSISTANT_ID,
	.name_col = OPERATOR_NUMBER_LIST_PHONE_NUMBER };

void
doctor_vapi(struct doctor *d)
{
	if (!doctor_connect(d)) {
		doctor_fail(d, "vapi", "see operator.conf",
		    "the stored ids cannot be read");
		return;
	}
	(void)(check_list(d, &lines) && check_list(d, &assistants) &&
	    check_list(d, &numbers));
}
