/*
 * One request to the simulator in the hands of its handler, and the answers
 * that several handlers give.
 */
#ifndef CALLWARD_SIM_VISIT_H
#define CALLWARD_SIM_VISIT_H

#include "base/arena.h"
#include "base/err.h"
#include "io/json.h"
#include "fastcgi/request.h"
#include "fastcgi/response.h"
#include "sim.h"
#include "base/str.h"
#include "io/form.h"

struct visit {
	struct sim *sim;
	struct arena *arena;
	const struct request *req;
	struct response *resp;
	struct str id;	    /* what the last "{}" of the route took */
	struct str account; /* and the first */
	struct form query;  /* decoded */
};

/* The value of a query parameter; no value when it is not there once. */
struct str visit_query(const struct visit *, const char *name);

/* Answer 200, or another status, with a JSON tree. */
enum err_code visit_answer(struct visit *, int status, const struct json *,
    struct err *e) MUST_CHECK;

/* {"message":…,"error":…,"statusCode":…}, as Vapi's errors are. */
enum err_code visit_refuse(struct visit *, int status, struct str message,
    struct err *e) MUST_CHECK;

/* The same, 400, with a list of sentences: messages is an array. */
enum err_code visit_refuse_all(struct visit *, const struct json *messages,
    struct err *e) MUST_CHECK;

/* Rules such as check_create. */
typedef enum err_code visit_rules(struct arena *, const struct json *body,
    struct json *messages, size_t *n_r, struct err *e);

/* Not valid_r: answered for good, a sentence for each rule that body breaks. */
enum err_code visit_check(struct visit *, const struct json *body,
    visit_rules *, bool *valid_r, struct err *e) MUST_CHECK;

/*
 * Fail as the plan wants what is made to fail: a status alone, or one of the
 * known failures that are not late.
 */
enum err_code visit_fail(struct visit *, const struct plan *,
    struct err *e) MUST_CHECK;

/* Read the request's body as JSON. */
enum err_code visit_json(const struct visit *, const struct json **json_r,
    struct err *e) MUST_CHECK;

#endif
