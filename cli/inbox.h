/*
 * What the sub-commands of callward quarantine share (cli/quarantine.c): the
 * responder's settings, and one body as it arrived.
 */
#ifndef CALLWARD_INBOX_H
#define CALLWARD_INBOX_H

#include "cli.h"
#include "tenancy/keyring.h"

#define INBOX_ROLE "callward_owner" /* reads the inbox */
#define INBOX_REASON_MAX 200

/* The responder's settings and keys; wipe the keys. */
enum err_code inbox_load(struct cli *, const char *path,
    struct settings *settings_r, struct keyring *keys_r,
    struct err *e) MUST_CHECK;

/*
 * The body of a quarantined message, opened, in c->arena.
 * ERR_ABSENT: no such message, or no body was kept, or a key is missing;
 * ERR_INPUT, ERR_AUTH: it does not open.
 */
enum err_code inbox_body(struct cli *, const struct keyring *, const char *id,
    struct str *body_r, struct err *e) MUST_CHECK;

#endif
