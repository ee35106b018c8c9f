/*
 * `callward-sim serve`: FastCGI requests on threads, each routed by one
 * table. Blocks until a signal asks for the stop.
 */
#ifndef CALLWARD_SIM_SERVE_H
#define CALLWARD_SIM_SERVE_H

#include <stddef.h>

#include "base/err.h"
#include "io/settings.h"

/*
 * listen   "unix:PATH" or "HOST:PORT"; NULL: fd 0
 * threads  requests that can be in hand at once
 */
enum err_code serve_run(const struct settings *, const char *listen,
    size_t threads, struct err *e) MUST_CHECK;

#endif
