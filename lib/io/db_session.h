/*
 * A session: a connection that is ready for the statements of its role, and
 * how it is replaced when it has grown old. What a server has read once, such
 * as the rules of a time zone, it keeps for as long as a session lasts.
 *
 * A thread of the renewer's opens the new connection beside the old one and
 * looks at it as at any other; then whoever owns the session takes it, between
 * two flights, so that nobody waits for it. One session after the other: a
 * process never has more than one connection too many. One that cannot be
 * replaced goes on as it is.
 */
#ifndef CALLWARD_DB_SESSION_H
#define CALLWARD_DB_SESSION_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "io/db.h"
#include "base/err.h"

struct db_renewer;

/* What all sessions of one owner have in common. */
struct db_session_kind {
	const char *url;
	const char *app; /* application_name */
	enum statement_role role;
	bool prepared;
	bool checked; /* refuse a connection that fails this db_check: */
	enum statement check;
	/* under the renewer's lock */
	int64_t again_ms; /* after a renewal that failed, none before */
	bool told;	  /* and it was said */
};

struct db_session {
	struct db_session_kind *kind;
	struct db *db; /* NULL: not connected */
	struct db_renewer *renewer;
	void (*ready)(void *owner);
	void *owner;
	struct db *_Atomic fresh; /* that waits to be taken */
	/* under the renewer's lock */
	struct db_session *next;
	int64_t opened_ms; /* 0: nothing to renew */
	size_t number;	   /* among those of the process */
};

/*
 * max_age_ms  a session is replaced when it is about as old, a little sooner
 *             each, so that those opened together do not grow old together
 */
enum err_code db_renewer_start(int64_t max_age_ms,
    struct db_renewer **renewer_r, struct err *e) MUST_CHECK;
/* When no session has it any more; NULL is fine. */
void db_renewer_stop(struct db_renewer *);
/* How many sessions were replaced; 0 for NULL. */
uint64_t db_renewer_count(struct db_renewer *);

/*
 * renewer  NULL: it keeps its connection for as long as that lasts
 * ready    called by the renewer's thread, without its lock: the owner can
 *          take a new connection with db_session_renew
 */
void db_session_init(struct db_session *, struct db_session_kind *,
    struct db_renewer *, void (*ready)(void *owner), void *owner);
/* Close; waits until the renewer has let go of it. */
void db_session_deinit(struct db_session *);

/* Are the statements to be sent by their names? */
bool db_session_named(const struct db_session *);

/*
 * Connect anew, and make it ready: the check, then the statements. Where a
 * pooler does not keep these, without names.
 */
enum err_code db_session_connect(struct db_session *, int64_t deadline_ms,
    struct err *e) MUST_CHECK;
void db_session_drop(struct db_session *);

/* Does a new connection wait for db_session_renew? */
bool db_session_fresh(const struct db_session *);

/*
 * Take it, if there is one and it is still good, and close the old one; between
 * two flights only.
 */
void db_session_renew(struct db_session *);

#endif
