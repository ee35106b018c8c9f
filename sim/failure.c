/*
 * One row a failure; what a row leaves empty it does not have.
 */
#include "config.h"

#include "failure.h"

#define PAGE                                                                   \
	"<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n"            \
	"<body><h1>502 Bad Gateway</h1></body>\r\n</html>\r\n"

struct row {
	const char *name;
	int status;	   /* 0: late, and 201 */
	const char *title; /* "error" of the body */
	const char *message;
	bool list;	  /* message is a list of one */
	const char *page; /* HTML in the place of JSON */
	const char *retry_after;
	const char *twiml; /* of a late one */
};

static const struct row rows[FAILURES] = {
	[FAILURE_NONE] = { .name = "none" },
	[FAILURE_VALIDATION] = { .name = "validation",
	    .status = 400,
	    .title = "Bad Request",
	    .message = "Couldn't Get Assistant. "
		       "`assistantId` 6d1f0c6e does not exist." },
	[FAILURE_VALIDATION_LIST] = { .name = "validation-list",
	    .status = 400,
	    .title = "Bad Request",
	    .list = true,
	    .message = "assistantId must be a UUID" },
	[FAILURE_KEY] = { .name = "key",
	    .status = 401,
	    .title = "Unauthorized",
	    .message =
		"Invalid Key. Hot tip, you may be using the private key instead of the public key, or vice versa." },
	[FAILURE_BILLING] = { .name = "billing",
	    .status = 402,
	    .title = "Payment Required",
	    .message =
		"Wallet Balance is too low. Purchase more credits or upgrade your plan." },
	[FAILURE_NOT_FOUND] = { .name = "not-found",
	    .status = 404,
	    .title = "Not Found",
	    .message = "Cannot POST /call" },
	[FAILURE_RATE] = { .name = "rate-limit",
	    .status = 429,
	    .title = "Too Many Requests",
	    .message = "Rate limit exceeded.",
	    .retry_after = "7" },
	[FAILURE_CONCURRENCY] = { .name = "over-concurrency",
	    .status = 400,
	    .title = "Bad Request",
	    .message =
		"Over Concurrency Limit. Please upgrade your plan or wait for calls to end." },
	[FAILURE_BLOCKED] = { .name = "concurrency-blocked" },
	[FAILURE_SERVER] = { .name = "server-error",
	    .status = 500,
	    .title = "Internal Server Error",
	    .message = "Internal server error" },
	[FAILURE_HTML] = { .name = "html-error", .status = 502, .page = PAGE },
	[FAILURE_UNAVAILABLE] = { .name = "unavailable",
	    .status = 503,
	    .title = "Service Unavailable",
	    .message = "Service unavailable",
	    .retry_after = "2" },
	[FAILURE_HTML_OK] = { .name = "html", .status = 200, .page = PAGE },
	[FAILURE_NO_TWIML] = { .name = "no-twiml" },
	[FAILURE_EMPTY_TWIML] = { .name = "empty-twiml", .twiml = "" },
	[FAILURE_BAD_TWIML] = { .name = "bad-twiml",
	    .twiml = "<Resp><Connect>" },
};

const char *
failure_name(enum failure f)
{
	return (rows[f].name);
}

enum failure
failure_find(struct str word)
{
	for (int f = FAILURE_NONE + 1; f < FAILURES; f++)
		if (str_is(word, rows[f].name))
			return ((enum failure)f);
	return (FAILURE_NONE);
}

bool
failure_is_late(enum failure f)
{
	return (f != FAILURE_NONE && rows[f].status == 0);
}

enum err_code
failure_answer(struct arena *arena, enum failure f, struct response *resp,
    struct err *e)
{
	const struct row *row = &rows[f];
	struct json *o = json_new_object(arena);
	struct str body;
	enum err_code c;

	if (row->retry_after != NULL)
		response_header(resp, "Retry-After", row->retry_after);
	if (row->page != NULL) {
		response_set(resp, row->status, "text/html", str_of(row->page));
		return (ERR_OK);
	}
	if (row->list)
		json_push_str(json_add_array(o, "message"),
		    str_of(row->message));
	else
		json_add_str(o, "message", str_of(row->message));
	json_add_str(o, "error", str_of(row->title));
	json_add_number(o, "statusCode", row->status);
	if ((c = json_format(arena, o, &body, e)) == ERR_OK)
		response_set(resp, row->status,
		    "application/json; charset=utf-8", body);
	return (c);
}

void
failure_write_details(enum failure f, struct json *object)
{
	struct json *o;

	if (f == FAILURE_BLOCKED) {
		o = json_add_object(object, "subscriptionLimits");
		json_add_bool(o, "concurrencyBlocked", true);
		json_add_number(o, "concurrencyLimit", 10);
		json_add_number(o, "remainingConcurrentCalls", 0);
	} else if (rows[f].twiml != NULL) {
		o = json_add_object(object, "phoneCallProviderDetails");
		json_add_str(o, "twiml", str_of(rows[f].twiml));
	}
}
