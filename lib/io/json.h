/*
 * JSON, strict on the way in. The only includer of cJSON, and the owner of
 * what cJSON leaves open: a text that two readers could read differently (a
 * name twice, bytes after the end, broken UTF-8, a NUL, "\u0000", a lone
 * surrogate, a number such as 01 or 1e999) is not JSON here. Names are
 * compared exactly, case included.
 */
#ifndef CALLWARD_JSON_H
#define CALLWARD_JSON_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"

#define JSON_DEPTH_MAX 64
#define JSON_NODES_MAX 200000

struct json; /* one value of a tree; lives until the arena's reset */

/*
 * Read one JSON text; white space around it is allowed.
 *
 * root_r  written only on ERR_OK
 * ERR_INPUT names the rule that broke and the byte offset, never the text;
 * ERR_TOO_LARGE past JSON_DEPTH_MAX, JSON_NODES_MAX or the arena.
 */
enum err_code json_parse(struct arena *, struct str text,
    const struct json **root_r, struct err *e) MUST_CHECK;

/*
 * Read the answer of a service that we asked. It holds much that is not ours,
 * so that one character or number in it must not cost all of it: what cannot
 * be is read as json_raw_tree writes it. Same errors.
 */
enum err_code json_parse_lenient(struct arena *, struct str text,
    const struct json **root_r, struct err *e) MUST_CHECK;

/* The readers take NULL for "absent" and answer so for it. */
const struct json *json_get(const struct json *object, const char *name);

/* "a.b.c" through objects; NULL where one is missing or no object. */
const struct json *json_path(const struct json *, const char *path);

bool json_is_object(const struct json *);
bool json_is_array(const struct json *);
bool json_is_string(const struct json *);
bool json_is_number(const struct json *);
bool json_is_bool(const struct json *);
bool json_is_null(const struct json *); /* a null that is there */

/* The bytes of a string; STR_NONE for anything else. */
struct str json_str(const struct json *);

/* The number; fallback for anything else. */
double json_number(const struct json *, double fallback);
bool json_bool(const struct json *, bool fallback);

/* Members of an object or items of an array, in their order. */
const struct json *json_first(const struct json *);
const struct json *json_next(const struct json *);
struct str json_name(const struct json *member);

/*
 * Write a tree back, compact. text_r ends in NUL and lives in the arena.
 */
enum err_code json_format(struct arena *, const struct json *,
    struct str *text_r, struct err *e) MUST_CHECK;

/*
 * Building. The writers add to a tree owned by the arena and remember a
 * failure, which json_format then reports; a NULL object is such a failure.
 * So is what JSON cannot say: text that is no UTF-8 or holds a NUL, a number
 * that is not finite. That is ERR_BUG: the caller has to look first.
 */
struct json *json_new_object(struct arena *);
struct json *json_new_array(struct arena *);
struct json *json_add_object(struct json *object, const char *name);
struct json *json_add_array(struct json *object, const char *name);
struct json *json_push_object(struct json *array);
/* STR_NONE is written as null. */
void json_add_str(struct json *object, const char *name, struct str);
/* RFC 3339, in UTC */
void json_add_time(struct json *object, const char *name, int64_t wall_ms);
void json_add_number(struct json *object, const char *name, double);
void json_add_bool(struct json *object, const char *name, bool);
void json_add_null(struct json *object, const char *name);
void json_push_str(struct json *array, struct str);
/* Copy a value of another tree (of the same arena or not); NULL is null. */
void json_add_copy(struct json *object, const char *name,
    const struct json *value);

/*
 * Append text as a JSON string, quotes included. A byte that is no UTF-8
 * becomes U+FFFD.
 */
void json_quote(struct buf *, struct str text);

#endif
