/*
 * What POST /call and POST /chat take, checked as Vapi does: a whitelist of
 * names with their types and bounds.
 * Source: Vapi's OpenAPI description of 2026-08-20, schemas CreateCallDTO and
 * CreateChatDTO; the bypass flag is in Vapi's guides only.
 */
#ifndef CALLWARD_SIM_CHECK_H
#define CALLWARD_SIM_CHECK_H

#include <stddef.h>

#include "base/arena.h"
#include "base/err.h"
#include "io/json.h"

/*
 * Write one sentence for each rule that body breaks into messages, an array,
 * and their number into n_r.
 */
enum err_code check_create(struct arena *, const struct json *body,
    struct json *messages, size_t *n_r, struct err *e) MUST_CHECK;
enum err_code check_chat(struct arena *, const struct json *body,
    struct json *messages, size_t *n_r, struct err *e) MUST_CHECK;

#endif
