/*
 * The table of routes, and looking up in it.
 */
#include "config.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "api.h"
#include "ops.h"
#include "route.h"
#include "twilio.h"
#include "vapi.h"

#define KIB ((size_t)1024)
#define MIB (KIB * 1024)

static const struct route routes[] = {
	{ "twilio", "POST", "/api/webhooks/twilio", ROUTE_BODY_FORM, 64 * KIB,
	    ROUTE_TWILIO, twilio_voice },
	{ "twilio-get", "GET", "/api/webhooks/twilio", ROUTE_BODY_NONE, 0,
	    ROUTE_TWILIO, twilio_voice },
	{ "twilio-status", "POST", "/api/webhooks/twilio/status",
	    ROUTE_BODY_FORM, 64 * KIB, ROUTE_TWILIO, twilio_status },
	{ "vapi", "POST", "/api/webhooks/vapi", ROUTE_BODY_ANY, 16 * MIB,
	    ROUTE_VAPI, vapi_webhook },
	{ "me", "GET", "/api/me", ROUTE_BODY_NONE, 0, ROUTE_TENANT, api_me },
	{ "calls", "GET", "/api/calls", ROUTE_BODY_NONE, 0, ROUTE_TENANT,
	    api_calls },
	{ "call", "GET", "/api/calls/{id}", ROUTE_BODY_NONE, 0, ROUTE_TENANT,
	    api_call },
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
			    "row %zu of the routes "
			    "is not whole",
			    i));
		/* Two counters of one name are no metrics at all. */
		for (size_t j = 0; j < i; j++)
			if (strcmp(routes[j].name, r->name) == 0)
				return (err_set(e, ERR_BUG,
				    "two routes are "
				    "named %s",
				    r->name));
	}
	return (ERR_OK);
}

/* Is it this path? An {id} takes one segment. */
static bool
path_is(struct str path, const char *pattern, struct str *id_r)
{
	struct str want = str_of(pattern);
	size_t fixed = str_find(want, '{');

	*id_r = STR_NONE;
	if (fixed == want.n)
		return (str_eq(path, want));
	if (!str_eq(str_first(path, fixed), str_first(want, fixed)))
		return (false);
	*id_r = str_skip(path, fixed);
	return (id_r->n > 0 && str_find(*id_r, '/') == id_r->n);
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
