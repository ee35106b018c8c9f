/*
 * The dashboard's JSON: each answer is what one statement returned for the
 * tenant that the token named. The tenant comes from the token alone; nothing
 * in a body, a query or a header can name another. Someone else's id answers
 * exactly like an id that does not exist.
 * Source: doc/ownership.md; Clerk session tokens.
 */
#ifndef CALLWARD_API_H
#define CALLWARD_API_H

#include "route.h"

route_handler api_me;
route_handler api_calls; /* ?limit=&cursor=&status=&number=&since=&until=&q= */
route_handler api_call;	 /* /{id} */

#endif
