/*
 * What a clinic sets by itself: /api/phone-numbers, /api/assistants,
 * /api/working-hours, /api/intents and /api/assistant-tests. One row of a
 * table a resource; the path says which one is meant.
 */
#ifndef CALLWARD_API_RESOURCE_H
#define CALLWARD_API_RESOURCE_H

#include "exchange.h"

exchange_handler api_resource_list;   /* GET: {"data":[...]} */
exchange_handler api_resource_create; /* POST: 201 and the object */
exchange_handler api_resource_get;    /* GET /{id} */
exchange_handler api_resource_update; /* PATCH /{id}: 200 and the object */
exchange_handler api_resource_remove; /* DELETE /{id}: 204 */

/* PUT /api/working-hours: {"data":[...]} in place of all that there are. */
exchange_handler api_hours_replace;

#endif
