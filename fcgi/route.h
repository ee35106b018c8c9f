/*
 * SCRIPT_NAME to handler: one table. A row says the method, the path, what
 * the body may be and how large, who may, and who answers. The zero value of
 * "who may" stops the start, so that a forgotten column can't mean "open".
 */
#ifndef CALLWARD_ROUTE_H
#define CALLWARD_ROUTE_H

#include <stdbool.h>
#include <stddef.h>

#include "admission.h"
#include "app.h"
#include "arena.h"
#include "err.h"
#include "request.h"
#include "response.h"
#include "str.h"
#include "twilio_form.h"

enum route_who {
	ROUTE_WHO_UNSET = 0,
	ROUTE_ANYONE,
	ROUTE_LOOPBACK,
	ROUTE_TWILIO,
	ROUTE_VAPI,
	ROUTE_TENANT
};

enum route_body {
	ROUTE_BODY_NONE = 0,
	ROUTE_BODY_FORM, /* a form, or JSON that stands for one */
	ROUTE_BODY_JSON, /* application/json */
	ROUTE_BODY_ANY	 /* the handler looks at it */
};

struct exchange;

/*
 * Work that goes on after the answer was written and its connection closed,
 * on the same thread and in the same arena. It logs its own failures. What asks
 * a provider does so of http_after, which a stop aborts, and has asked for the
 * thread before (admission_hold); anything else takes a second, or little more.
 */
typedef void exchange_after(struct exchange *x);

/* One request on its way: what was read, what was proven, what to answer. */
struct exchange {
	const struct app *app;
	struct arena *arena;
	struct request req;
	struct twilio_form form; /* of a proven Twilio request */
	struct str path_id;	 /* what stands for {id} in the path */
	struct response resp;
	struct admission_place place;
	exchange_after *after; /* NULL: nothing is left to do */
	void *after_ctx;       /* what it works on, in the arena */
	struct str tenant;     /* who asks, or whose call it is */
	struct str actor; /* who acts as the tenant; STR_NONE: the tenant */
	/* for the log line */
	struct str call;
	struct str caller; /* shown as its last four digits */
	const char *outcome;
	struct err trouble; /* of ours, answered all the same */
	int64_t db_ms;
	int64_t vapi_ms;
};

/*
 * Answers a proven request: fills x->resp on ERR_OK; any other code is
 * answered as its problem.
 */
typedef enum err_code route_handler(struct exchange *x, struct err *e);

struct route {
	const char *name; /* in logs and metrics */
	const char *method;
	const char *path; /* under the path of PUBLIC_URL; may hold one {id} */
	enum route_body body;
	size_t most_bytes;
	enum route_who who;
	route_handler *handler;
};

/* Rows are whole, names are unique; ERR_BUG says which not. For the start. */
enum err_code route_check(struct err *e) MUST_CHECK;

#define ROUTE_ALLOW_SIZE 80

/*
 * The row of a request. ERR_ABSENT: no such path; ERR_INPUT: the path takes
 * other methods, and allow_r lists them ("GET, POST"); else allow_r is "".
 *
 * base  the path of PUBLIC_URL
 * id_r  what stands for {id}; one segment, not empty
 */
enum err_code route_find(struct str base, const struct request *,
    const struct route **route_r, struct str *id_r,
    char allow_r[ROUTE_ALLOW_SIZE], struct err *e) MUST_CHECK;

/* A row's place in the table, and the name at a place ("none" past it). */
size_t route_index(const struct route *);
const char *route_name(size_t index);

#endif
