/*
 * Recordings: a tone that is made while it is read, behind links that live
 * for a short time, as the links to a store of files do.
 */
#ifndef CALLWARD_SIM_RECORDING_H
#define CALLWARD_SIM_RECORDING_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "sim.h"
#include "base/str.h"
#include "visit.h"

/* The address alone, which opens to nobody. */
enum err_code recording_url(const struct sim *, struct arena *, const char *id,
    bool stereo, struct str *url_r, struct err *e) MUST_CHECK;

/* A link that opens it for ttl_ms from now. */
enum err_code recording_link(const struct sim *, struct arena *, const char *id,
    bool stereo, int64_t ttl_ms, struct str *url_r, struct err *e) MUST_CHECK;

/* GET /recordings/{}: ID.wav or ID-stereo.wav, with Range. */
enum err_code recording_get(struct visit *, struct err *e) MUST_CHECK;

#endif
