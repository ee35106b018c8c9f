/*
 * SCRIPT_NAME to handler: one table. A row says the method, the path, what
 * the body may be and how large, who may, and who answers. The zero value of
 * "who may" stops the start, so that a forgotten column can't mean "open".
 */
#ifndef CALLWARD_ROUTE_H
#define CALLWARD_ROUTE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "exchange.h"
#include "fastcgi/request.h"
#include "base/str.h"

enum route_who {
	ROUTE_WHO_UNSET = 0,
	ROUTE_ANYONE,
	ROUTE_LOOPBACK,
	ROUTE_TWILIO,
	ROUTE_VAPI,
	ROUTE_DESK, /* of the clinic, its owner included */
	ROUTE_OWNER
};

enum route_body {
	ROUTE_BODY_NONE = 0,
	ROUTE_BODY_FORM, /* a form, or JSON that stands for one */
	ROUTE_BODY_JSON, /* application/json */
	ROUTE_BODY_ANY	 /* the handler looks at it */
};

struct route {
	const char *name; /* in logs and metrics */
	const char *method;
	const char *path; /* under the path of PUBLIC_URL; may hold one {id} */
	enum route_body body;
	size_t most_bytes;
	enum route_who who;
	exchange_handler *handler;
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
