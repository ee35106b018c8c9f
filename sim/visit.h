/*
 * One request to the simulator in the hands of its handler, and the answers
 * that several handlers give.
 */
#ifndef CALLWARD_SIM_VISIT_H
#define CALLWARD_SIM_VISIT_H

#include "arena.h"
#include "err.h"
#include "json.h"
#include "request.h"
#include "response.h"
#include "sim.h"
#include "str.h"
#include "twilio_form.h"

struct visit {
	struct sim *sim;
	struct arena *arena;
	const struct request *req;
	struct response *resp;
	struct str id;		  /* what the last "{}" of the route took */
	struct str account;	  /* and the first */
	struct twilio_form query; /* decoded */
};

/* The value of a query parameter; no value when it is not there once. */
struct str visit_query(const struct visit *, const char *name);

/* Answer 200, or another status, with a JSON tree. */
enum err_code visit_answer(struct visit *, int status, const struct json *,
    struct err *e) MUST_CHECK;

/* {"message":…,"error":…,"statusCode":…}, as Vapi's errors are. */
enum err_code visit_refuse(struct visit *, int status, struct str message,
    struct err *e) MUST_CHECK;

/* Read the request's body as JSON. */
enum err_code visit_json(const struct visit *, const struct json **json_r,
    struct err *e) MUST_CHECK;

#endif
