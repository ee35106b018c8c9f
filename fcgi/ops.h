/*
 * For the operator: is it alive, is it ready, what does it count.
 */
#ifndef CALLWARD_OPS_H
#define CALLWARD_OPS_H

#include "exchange.h"

exchange_handler ops_health;  /* 200 as long as the process answers */
exchange_handler ops_ready;   /* 200, or 503 while the database is away */
exchange_handler ops_metrics; /* Prometheus text */

#endif
