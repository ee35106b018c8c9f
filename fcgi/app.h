/*
 * What the whole process has one of: made by main.c at the start, read by
 * every request thread, freed at the exit. Nothing here changes in between
 * but what guards itself (lanes, pool, keys of tokens, http, memory, metrics,
 * spool, admission).
 */
#ifndef CALLWARD_APP_H
#define CALLWARD_APP_H

#include "admission.h"
#include "fastcgi/fcgx.h"
#include "io/db_lane.h"
#include "io/db_pool.h"
#include "tenancy/fallback.h"
#include "io/http.h"
#include "tenancy/keyring.h"
#include "metrics.h"
#include "io/settings.h"
#include "base/str.h"
#include "tenancy/token_keys.h"
#include "twilio/twilio_shared_key.h"
#include "twilio/twilio_signature.h"
#include "vapi/vapi_breaker.h"
#include "vapi/vapi_signature.h"

struct indexer;	 /* tenancy/indexer.h */
struct spooling; /* spooling.h */

struct app {
	struct settings settings;
	struct fcgx *fcgx;
	struct str origin;    /* of PUBLIC_URL: "https://host[:port]" */
	struct str base_path; /* of PUBLIC_URL: "" or "/path" */
	struct twilio_accounts accounts; /* none where shared keys do */
	struct twilio_shared_keys shared_keys;
	struct keyring keys;
	struct vapi_signature_rule vapi_rule; /* of VAPI_HMAC_SECRET */
	struct db_renewer *renewer;	      /* NULL: connections are kept */
	struct db_lanes *lanes;
	struct db_pool *pool;	       /* NULL: there is no dashboard */
	struct indexer *indexer;       /* NULL: likewise */
	struct token_keys *token_keys; /* NULL: likewise */
	struct token_rules token_rules;
	struct http *http;
	struct http *http_after; /* of work after an answer: a stop aborts it */
	struct vapi_breaker_rule breaker_rule; /* of VAPI_BREAKER */
	struct vapi_breaker *breaker;
	struct fallback_memory *fallbacks;
	struct metrics *metrics;
	struct spooling *spooling; /* NULL: there is no spool */
	struct admission *admission;
	struct write_proof *write_proof;
};

#endif
