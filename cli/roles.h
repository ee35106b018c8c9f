/*
 * May the operator's login change Callward's roles? Knows that PostgreSQL 16
 * and newer ask for more than CREATEROLE; what is to be granted is told by the
 * statement.
 */
#ifndef CALLWARD_ROLES_H
#define CALLWARD_ROLES_H

#include "base/arena.h"
#include "io/db.h"
#include "base/err.h"
#include "base/str.h"

struct roles {
	struct str login;
	struct str missing; /* NULL: it may change all that are there */
	struct str remedy;  /* SQL for a superuser */
};

/* The texts live in the arena. */
enum err_code roles_read(struct db *, struct arena *, struct roles *roles_r,
    struct err *e) MUST_CHECK;

#endif
