/*
 * The description of the API, for developers and their tools: the document
 * doc/openapi.json, compiled in, with the address that it is served at.
 * Source: OpenAPI Specification 3.1.0.
 */
#ifndef CALLWARD_API_OPENAPI_H
#define CALLWARD_API_OPENAPI_H

#include "exchange.h"

/* The document's lines, then NULL; made by api_openapi.awk. */
extern const char *const api_openapi_lines[];

/* GET /api/openapi.json, for anyone. */
exchange_handler api_openapi;

#endif
