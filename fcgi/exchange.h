/*
 * One request on its way, and what every handler of one looks like. Filled by
 * responder.c from top to bottom; knows no route.
 */
#ifndef CALLWARD_EXCHANGE_H
#define CALLWARD_EXCHANGE_H

#include <stdint.h>

#include "admission.h"
#include "app.h"
#include "base/arena.h"
#include "base/err.h"
#include "io/form.h"
#include "fastcgi/request.h"
#include "fastcgi/response.h"
#include "base/str.h"

struct exchange;

/* Why a proven person is not let in; each has a code that the page reads. */
enum exchange_refusal {
	EXCHANGE_NOT_REFUSED = 0,
	EXCHANGE_NO_CHOICE,  /* an organization is to be chosen first */
	EXCHANGE_NO_CLINIC,  /* who belongs to none */
	EXCHANGE_OWNER_ONLY, /* the front desk may not */
};

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
	struct form form;   /* of a proven Twilio request */
	struct str path_id; /* what stands for {id} in the path */
	struct response resp;
	int64_t body_bytes;  /* for which memory is set aside */
	int64_t parks_bytes; /* for which there is none yet; 0: nothing waits */
	struct admission_place place;
	/* Monotonic: when the caller has to be answered; 0: nobody calls. */
	int64_t until_ms;
	exchange_after *after; /* NULL: nothing is left to do */
	void *after_ctx;       /* what it works on, in the arena */
	struct str login;      /* the id in the token that is a clinic's */
	/* Of the call, or of the login; until it is known, the login itself. */
	struct str tenant;
	bool entered;	  /* the database has said which tenant it is */
	bool standby;	  /* what was asked last cannot write */
	bool owner;	  /* of the tenant; else its front desk */
	bool acting;	  /* in the name of another: reading only */
	struct str actor; /* the person */
	struct str name;  /* theirs, if the token has one */
	enum exchange_refusal refusal;
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
typedef enum err_code exchange_handler(struct exchange *x, struct err *e);

#endif
