/*
 * The part of Twilio's REST API that makes calls and tells of them. Each is
 * the handler of a row in serve.c.
 * Source: Twilio, the Call resource of API 2010-04-01; its error dictionary.
 *
 * A number that calls is taken for ours, whatever it is; loopback addresses
 * are taken for public ones. Parameters beyond those that are named in
 * rest.c are ignored, as Twilio ignores what it does not know.
 */
#ifndef CALLWARD_SIM_REST_H
#define CALLWARD_SIM_REST_H

#include "base/err.h"
#include "visit.h"

/* POST and GET /2010-04-01/Accounts/{}/Calls.json and Calls/{}.json */
enum err_code rest_create(struct visit *, struct err *e) MUST_CHECK;
enum err_code rest_get(struct visit *, struct err *e) MUST_CHECK;

/* ERR_AUTH, and the answer is filled, without the account's token. */
enum err_code rest_prove(struct visit *, struct err *e) MUST_CHECK;

#endif
