/*
 * The dashboard's JSON: each answer is what one statement returned for the
 * tenant that the token named. The tenant comes from the token alone; nothing
 * in a body, a query or a header can name another. Someone else's id answers
 * exactly like an id that does not exist.
 * Source: doc/ownership.md; Clerk session tokens.
 */
#ifndef CALLWARD_API_H
#define CALLWARD_API_H

#include "exchange.h"

/* api_clinic.c */
exchange_handler api_config;
exchange_handler api_me;
exchange_handler api_me_change;
exchange_handler api_people;
exchange_handler api_person_change;
exchange_handler api_subscription;

/* api_calls.c: lists take limit, cursor and the filters of read_filters */
exchange_handler api_calls;
exchange_handler api_calls_csv;
exchange_handler api_call;	  /* /{id} */
exchange_handler api_call_change; /* /{id} */

/* api_analytics.c: ?since=&until=&tz= */
exchange_handler api_analytics;

#endif
