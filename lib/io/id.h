/*
 * Names of things: UUIDs that we make (version 7, so that new rows land
 * together) and the shapes of ids that come from outside.
 */
#ifndef CALLWARD_ID_H
#define CALLWARD_ID_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/str.h"

#define ID_SIZE 37	    /* 36 characters and NUL */
#define ID_CALL_SID_SIZE 35 /* of a CallSid, likewise */

/* A new UUID, lower case. Source: RFC 9562 section 5.7. */
enum err_code id_new(char id_r[ID_SIZE], struct err *e) MUST_CHECK;

/*
 * When it was made, by the wall clock; false where it is none of id_new's form
 * (version 7, lower case).
 */
bool id_time_ms(struct str, int64_t *ms_r);

/* 8-4-4-4-12 hex digits, either case. */
bool id_is_uuid(struct str);

/* ^[A-Za-z0-9_-]{1,64}$ */
bool id_is_user(struct str);

/* "CA" and 32 hex digits, as Twilio's CallSid. */
bool id_is_call_sid(struct str);

/* 1..64 of letters, digits, '_', '-', '.': an id that Vapi made. */
bool id_is_vapi(struct str);

#endif
