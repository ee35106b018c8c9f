/*
 * Who sent it: proves a request against the row's "who may", before a handler
 * sees it. What a signature covers is taken from the bytes as received and
 * from the settings, never from what a header says about host or scheme.
 */
#ifndef CALLWARD_AUTH_H
#define CALLWARD_AUTH_H

#include "base/err.h"
#include "route.h"

/*
 * What can be proven without the body, so that nothing of an unproven body is
 * read: Vapi's secret, a clinic's token (fills x->login and who it is),
 * loopback. ERR_AUTH or ERR_DENIED, with x->refusal where the page can help;
 * ERR_TEMPORARY when it cannot be told now.
 */
enum err_code auth_prove_head(struct exchange *, enum route_who,
    struct err *e) MUST_CHECK;

/*
 * What needs the body: Twilio's signature (fills x->form; ERR_DENIED whatever
 * is wrong with it) and Vapi's HMAC (ERR_AUTH).
 */
enum err_code auth_prove_body(struct exchange *, enum route_who,
    struct err *e) MUST_CHECK;

#endif
