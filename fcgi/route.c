/*
 * The table of routes, and looking up in it.
 */
#include "config.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "api/api.h"
#include "api/api_openapi.h"
#include "api/api_resource.h"
#include "api/api_recording.h"
#include "api/api_trial.h"
#include "api/api_verification.h"
#include "webhooks/loop.h"
#include "ops.h"
#include "route.h"
#include "webhooks/twilio.h"
#include "webhooks/vapi.h"

#define KIB ((size_t)1024)
#define MIB (KIB * 1024)

static const struct route routes[] = {
	{ "twilio", "POST", "/api/webhooks/twilio", ROUTE_BODY_FORM, 64 * KIB,
	    ROUTE_TWILIO, twilio_voice },
	{ "twilio-get", "GET", "/api/webhooks/twilio", ROUTE_BODY_NONE, 0,
	    ROUTE_TWILIO, twilio_voice },
	{ "twilio-status", "POST", "/api/webhooks/twilio/status",
	    ROUTE_BODY_FORM, 64 * KIB, ROUTE_TWILIO, twilio_status },
	{ "twilio-status-get", "GET", "/api/webhooks/twilio/status",
	    ROUTE_BODY_NONE, 0, ROUTE_TWILIO, twilio_status },
	{ "loop", "POST", "/api/webhooks/twilio/loop", ROUTE_BODY_FORM,
	    64 * KIB, ROUTE_TWILIO, loop_webhook },
	{ "vapi", "POST", "/api/webhooks/vapi", ROUTE_BODY_ANY, 16 * MIB,
	    ROUTE_VAPI, vapi_webhook },
	{ "config", "GET", "/api/config", ROUTE_BODY_NONE, 0, ROUTE_ANYONE,
	    api_config },
	{ "me", "GET", "/api/me", ROUTE_BODY_NONE, 0, ROUTE_DESK, api_me },
	{ "me-change", "PATCH", "/api/me", ROUTE_BODY_JSON, 64 * KIB,
	    ROUTE_OWNER, api_me_change },
	{ "people", "GET", "/api/people", ROUTE_BODY_NONE, 0, ROUTE_DESK,
	    api_people },
	{ "person-change", "PATCH", "/api/people/me", ROUTE_BODY_JSON, 64 * KIB,
	    ROUTE_DESK, api_person_change },
	{ "subscription", "GET", "/api/subscription", ROUTE_BODY_NONE, 0,
	    ROUTE_DESK, api_subscription },
	{ "analytics", "GET", "/api/analytics", ROUTE_BODY_NONE, 0, ROUTE_OWNER,
	    api_analytics },
	{ "calls", "GET", "/api/calls", ROUTE_BODY_NONE, 0, ROUTE_DESK,
	    api_calls },
	{ "calls-csv", "GET", "/api/calls.csv", ROUTE_BODY_NONE, 0, ROUTE_OWNER,
	    api_calls_csv },
	{ "call", "GET", "/api/calls/{id}", ROUTE_BODY_NONE, 0, ROUTE_DESK,
	    api_call },
	{ "call-change", "PATCH", "/api/calls/{id}", ROUTE_BODY_JSON, 64 * KIB,
	    ROUTE_DESK, api_call_change },
	{ "recording", "GET", "/api/calls/{id}/recording", ROUTE_BODY_NONE, 0,
	    ROUTE_DESK, api_recording },
	{ "phone-numbers", "GET", "/api/phone-numbers", ROUTE_BODY_NONE, 0,
	    ROUTE_DESK, api_resource_list },
	{ "phone-number-add", "POST", "/api/phone-numbers", ROUTE_BODY_JSON,
	    64 * KIB, ROUTE_OWNER, api_resource_create },
	{ "phone-number", "GET", "/api/phone-numbers/{id}", ROUTE_BODY_NONE, 0,
	    ROUTE_DESK, api_resource_get },
	{ "phone-number-change", "PATCH", "/api/phone-numbers/{id}",
	    ROUTE_BODY_JSON, 64 * KIB, ROUTE_OWNER, api_resource_update },
	{ "phone-number-remove", "DELETE", "/api/phone-numbers/{id}",
	    ROUTE_BODY_NONE, 0, ROUTE_OWNER, api_resource_remove },
	{ "verification", "POST", "/api/phone-numbers/{id}/verification",
	    ROUTE_BODY_JSON, 64 * KIB, ROUTE_OWNER, api_verification },
	{ "assistants", "GET", "/api/assistants", ROUTE_BODY_NONE, 0,
	    ROUTE_DESK, api_resource_list },
	{ "assistant-add", "POST", "/api/assistants", ROUTE_BODY_JSON, 64 * KIB,
	    ROUTE_OWNER, api_resource_create },
	{ "assistant", "GET", "/api/assistants/{id}", ROUTE_BODY_NONE, 0,
	    ROUTE_DESK, api_resource_get },
	{ "assistant-change", "PATCH", "/api/assistants/{id}", ROUTE_BODY_JSON,
	    64 * KIB, ROUTE_OWNER, api_resource_update },
	{ "assistant-remove", "DELETE", "/api/assistants/{id}", ROUTE_BODY_NONE,
	    0, ROUTE_OWNER, api_resource_remove },
	{ "hours", "GET", "/api/working-hours", ROUTE_BODY_NONE, 0, ROUTE_DESK,
	    api_resource_list },
	{ "hours-row-add", "POST", "/api/working-hours", ROUTE_BODY_JSON,
	    64 * KIB, ROUTE_OWNER, api_resource_create },
	{ "hours-replace", "PUT", "/api/working-hours", ROUTE_BODY_JSON,
	    256 * KIB, ROUTE_OWNER, api_hours_replace },
	{ "hours-row", "GET", "/api/working-hours/{id}", ROUTE_BODY_NONE, 0,
	    ROUTE_DESK, api_resource_get },
	{ "hours-row-change", "PATCH", "/api/working-hours/{id}",
	    ROUTE_BODY_JSON, 64 * KIB, ROUTE_OWNER, api_resource_update },
	{ "hours-row-remove", "DELETE", "/api/working-hours/{id}",
	    ROUTE_BODY_NONE, 0, ROUTE_OWNER, api_resource_remove },
	{ "intents", "GET", "/api/intents", ROUTE_BODY_NONE, 0, ROUTE_DESK,
	    api_resource_list },
	{ "intent-add", "POST", "/api/intents", ROUTE_BODY_JSON, 64 * KIB,
	    ROUTE_OWNER, api_resource_create },
	{ "intent", "GET", "/api/intents/{id}", ROUTE_BODY_NONE, 0, ROUTE_DESK,
	    api_resource_get },
	{ "intent-change", "PATCH", "/api/intents/{id}", ROUTE_BODY_JSON,
	    64 * KIB, ROUTE_OWNER, api_resource_update },
	{ "intent-remove", "DELETE", "/api/intents/{id}", ROUTE_BODY_NONE, 0,
	    ROUTE_OWNER, api_resource_remove },
	{ "tests", "GET", "/api/assistant-tests", ROUTE_BODY_NONE, 0,
	    ROUTE_DESK, api_resource_list },
	{ "test-add", "POST", "/api/assistant-tests", ROUTE_BODY_JSON, 64 * KIB,
	    ROUTE_OWNER, api_resource_create },
	{ "test", "GET", "/api/assistant-tests/{id}", ROUTE_BODY_NONE, 0,
	    ROUTE_DESK, api_resource_get },
	{ "test-change", "PATCH", "/api/assistant-tests/{id}", ROUTE_BODY_JSON,
	    64 * KIB, ROUTE_OWNER, api_resource_update },
	{ "test-run", "POST", "/api/assistant-tests/{id}/run", ROUTE_BODY_NONE,
	    0, ROUTE_OWNER, api_trial_run },
	{ "test-remove", "DELETE", "/api/assistant-tests/{id}", ROUTE_BODY_NONE,
	    0, ROUTE_OWNER, api_resource_remove },
	{ "openapi", "GET", "/api/openapi.json", ROUTE_BODY_NONE, 0,
	    ROUTE_ANYONE, api_openapi },
	{ "healthz", "GET", "/healthz", ROUTE_BODY_NONE, 0, ROUTE_ANYONE,
	    ops_health },
	{ "readyz", "GET", "/readyz", ROUTE_BODY_NONE, 0, ROUTE_ANYONE,
	    ops_ready },
	{ "metrics", "GET", "/metrics", ROUTE_BODY_NONE, 0, ROUTE_LOOPBACK,
	    ops_metrics },
};
#define ROUTES (sizeof(routes) / sizeof(routes[0]))
static_assert(ROUTES < METRICS_ROUTES_MAX, "metrics has too few places");

enum err_code
route_check(struct err *e)
{
	for (size_t i = 0; i < ROUTES; i++) {
		const struct route *r = &routes[i];

		if (r->name == NULL || r->method == NULL || r->path == NULL ||
		    r->handler == NULL || r->who == ROUTE_WHO_UNSET ||
		    (r->body != ROUTE_BODY_NONE && r->most_bytes == 0))
			return (err_set(e, ERR_BUG,
			    "row %zu of the routes is not whole", i));
		/* Two counters of one name are no metrics at all. */
		for (size_t j = 0; j < i; j++)
			if (strcmp(routes[j].name, r->name) == 0)
				return (err_set(e, ERR_BUG,
				    "two routes are named %s", r->name));
	}
	return (ERR_OK);
}

/* Is it this path? An {id} takes one segment. */
static bool
path_is(struct str path, const char *pattern, struct str *id_r)
{
	struct str want = str_of(pattern), rest;
	size_t fixed = str_find(want, '{');

	*id_r = STR_NONE;
	if (fixed == want.n)
		return (str_eq(path, want));
	if (!str_eq(str_first(path, fixed), str_first(want, fixed)))
		return (false);
	rest = str_skip(path, fixed);
	*id_r = str_first(rest, str_find(rest, '/'));
	return (id_r->n > 0 &&
	    str_eq(str_skip(rest, id_r->n),
		str_skip(want, fixed + strlen("{id}"))));
}

enum err_code
route_find(struct str base, const struct request *req,
    const struct route **route_r, struct str *id_r,
    char allow_r[ROUTE_ALLOW_SIZE], struct err *e)
{
	struct str path;
	size_t n = 0;

	allow_r[0] = '\0';
	if (!str_eq(str_first(req->path, base.n), base))
		return (err_set(e, ERR_ABSENT, "no such path"));
	path = str_skip(req->path, base.n);
	for (size_t i = 0; i < ROUTES; i++) {
		if (!path_is(path, routes[i].path, id_r))
			continue;
		if (str_is(req->method, routes[i].method)) {
			*route_r = &routes[i];
			return (ERR_OK);
		}
		n += (size_t)snprintf(allow_r + n, ROUTE_ALLOW_SIZE - n, "%s%s",
		    n == 0 ? "" : ", ", routes[i].method);
		assert(n < ROUTE_ALLOW_SIZE);
	}
	if (n > 0)
		return (
		    err_set(e, ERR_INPUT, "this address takes %s", allow_r));
	return (err_set(e, ERR_ABSENT, "no such path"));
}

size_t
route_index(const struct route *r)
{
	return (r == NULL ? ROUTES : (size_t)(r - routes));
}

const char *
route_name(size_t index)
{
	return (index < ROUTES ? routes[index].name : "none");
}
