/*
 * The look at a JSON text before anything is built from it. Serves json.c.
 */
#ifndef CALLWARD_JSON_SCAN_H
#define CALLWARD_JSON_SCAN_H

#include <stddef.h>

#include "base/err.h"
#include "base/str.h"

/*
 * Is text one JSON value within the limits of json.h, names given twice aside?
 *
 * nodes_r  how many values it holds, itself included
 * ERR_INPUT, ERR_TOO_LARGE as json_parse; the rule and the byte are named.
 */
enum err_code json_scan(struct str text, size_t *nodes_r,
    struct err *e) MUST_CHECK;

#endif
