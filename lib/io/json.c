/*
 * JSON over cJSON 1.7. What cJSON lets pass is refused before it reads, by
 * json_scan; what it leaves to chance, names given twice, by a walk after. It
 * never prints: its printer cuts whole numbers of more than 15 digits.
 * Source: RFC 8259; RFC 7493 (I-JSON) for names.
 */
#include "config.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>

#include "base/clock.h"
#include "io/json.h"
#include "io/json_cursor.h"
#include "io/json_raw.h"
#include "io/json_scan.h"

/* In cJSON's type, over the bits it uses: something was not added here. */
#define INCOMPLETE (1 << 20)

#define EXACT_INTEGER_MAX 9007199254740992.0 /* 2^53 */

static cJSON *
tree(struct json *j)
{
	return ((cJSON *)j);
}

static const cJSON *
view(const struct json *j)
{
	return ((const cJSON *)j);
}

static int
by_name(const void *a, const void *b)
{
	return (strcmp(*(const char *const *)a, *(const char *const *)b));
}

/* names has room for every name of the tree. */
static bool
has_name_twice(const cJSON *j, const char **names)
{
	const cJSON *child;
	size_t i, n = 0;

	if (cJSON_IsObject(j)) {
		for (child = j->child; child != NULL; child = child->next)
			names[n++] = child->string;
		qsort(names, n, sizeof(*names), by_name);
		for (i = 1; i < n; i++)
			if (strcmp(names[i - 1], names[i]) == 0)
				return (true);
	}
	for (child = j->child; child != NULL; child = child->next)
		if (child->child != NULL && has_name_twice(child, names))
			return (true);
	return (false);
}

static enum err_code
check_names(const cJSON *root, size_t nodes, struct err *e)
{
	const char **names;
	bool twice;

	if ((names = calloc(nodes, sizeof(*names))) == NULL)
		return (err_set(e, ERR_TOO_LARGE, "json: no memory"));
	twice = has_name_twice(root, names);
	free(names);
	if (twice)
		return (
		    err_set(e, ERR_INPUT, "json: an object has a name twice"));
	return (ERR_OK);
}

static void
release(void *p)
{
	cJSON_Delete(p);
}

enum err_code
json_parse(struct arena *a, struct str text, const struct json **root_r,
    struct err *e)
{
	const char *end = NULL;
	enum err_code code;
	cJSON *root;
	size_t nodes;

	if ((code = json_scan(text, &nodes, e)) != ERR_OK)
		return (code);
	root = cJSON_ParseWithLengthOpts(text.p, text.n, &end, false);
	if (root == NULL)
		return (err_set(e, ERR_TOO_LARGE, "json: no memory"));
	if ((code = arena_tie(a, release, root, e)) != ERR_OK)
		return (code);
	if ((code = check_names(root, nodes, e)) != ERR_OK)
		return (code);
	*root_r = (const struct json *)root;
	return (ERR_OK);
}

enum err_code
json_parse_lenient(struct arena *a, struct str text, const struct json **root_r,
    struct err *e)
{
	struct str raw, mended = STR_NONE;
	struct json_cursor c;
	enum err_code code;
	bool over = false;

	json_cursor_init(&c, text);
	if (json_cursor_value(&c, &raw) && json_cursor_at_end(&c) &&
	    (code = json_raw_tree(a, raw, SIZE_MAX, &mended, &over, e)) !=
		ERR_OK)
		return (code);
	return (json_parse(a, mended.p == NULL ? text : mended, root_r, e));
}

const struct json *
json_get(const struct json *object, const char *name)
{
	if (!json_is_object(object))
		return (NULL);
	return (
	    (const struct json *)cJSON_GetObjectItemCaseSensitive(view(object),
		name));
}

const struct json *
json_path(const struct json *j, const char *path)
{
	struct str rest = str_of(path), name;

	while (j != NULL && rest.p != NULL) {
		name = str_cut(&rest, '.');
		if (!json_is_object(j))
			return (NULL);
		j = json_first(j);
		while (j != NULL && !str_eq(json_name(j), name))
			j = json_next(j);
	}
	return (j);
}

bool
json_is_object(const struct json *j)
{
	return (cJSON_IsObject(view(j)));
}

bool
json_is_array(const struct json *j)
{
	return (cJSON_IsArray(view(j)));
}

bool
json_is_string(const struct json *j)
{
	return (cJSON_IsString(view(j)));
}

bool
json_is_number(const struct json *j)
{
	return (cJSON_IsNumber(view(j)));
}

bool
json_is_bool(const struct json *j)
{
	return (cJSON_IsBool(view(j)));
}

bool
json_is_null(const struct json *j)
{
	return (cJSON_IsNull(view(j)));
}

struct str
json_str(const struct json *j)
{
	return (json_is_string(j) ? str_of(view(j)->valuestring) : STR_NONE);
}

double
json_number(const struct json *j, double fallback)
{
	return (json_is_number(j) ? view(j)->valuedouble : fallback);
}

bool
json_bool(const struct json *j, bool fallback)
{
	return (json_is_bool(j) ? cJSON_IsTrue(view(j)) : fallback);
}

const struct json *
json_first(const struct json *j)
{
	return (j == NULL ? NULL : (const struct json *)view(j)->child);
}

const struct json *
json_next(const struct json *j)
{
	return (j == NULL ? NULL : (const struct json *)view(j)->next);
}

struct str
json_name(const struct json *member)
{
	return (member == NULL ? STR_NONE : str_of(view(member)->string));
}

/* The shortest of three spellings that reads back as the same number. */
static void
format_number(struct buf *b, double v)
{
	char text[40];
	int digits;

	if (v >= -EXACT_INTEGER_MAX && v <= EXACT_INTEGER_MAX &&
	    v == (double)(int64_t)v) {
		buf_addf(b, "%" PRId64, (int64_t)v);
		return;
	}
	for (digits = 15; digits <= 17; digits++) {
		(void)snprintf(text, sizeof(text), "%.*g", digits, v);
		if (strtod(text, NULL) == v)
			break;
	}
	buf_adds(b, text);
}

static bool format_value(struct buf *, const cJSON *);

static bool
format_members(struct buf *b, const cJSON *j, bool named)
{
	const cJSON *child;

	buf_addc(b, named ? '{' : '[');
	for (child = j->child; child != NULL; child = child->next) {
		if (child != j->child)
			buf_addc(b, ',');
		if (named) {
			json_quote(b, str_of(child->string));
			buf_addc(b, ':');
		}
		if (!format_value(b, child))
			return (false);
	}
	buf_addc(b, named ? '}' : ']');
	return (true);
}

/* False for a tree that was not built whole. */
static bool
format_value(struct buf *b, const cJSON *j)
{
	if ((j->type & INCOMPLETE) != 0)
		return (false);
	if (cJSON_IsObject(j) || cJSON_IsArray(j))
		return (format_members(b, j, cJSON_IsObject(j)));
	if (cJSON_IsString(j))
		json_quote(b, str_of(j->valuestring));
	else if (cJSON_IsNumber(j))
		format_number(b, j->valuedouble);
	else if (cJSON_IsBool(j))
		buf_adds(b, cJSON_IsTrue(j) ? "true" : "false");
	else
		buf_adds(b, "null");
	return (true);
}

enum err_code
json_format(struct arena *a, const struct json *j, struct str *text_r,
    struct err *e)
{
	struct buf b;

	if (j == NULL)
		return (
		    err_set(e, ERR_TOO_LARGE, "json: no memory to build it"));
	buf_init(&b, a);
	if (!format_value(&b, view(j)))
		return (
		    err_set(e, ERR_BUG, "json: a value could not be added"));
	return (buf_done(&b, text_r, e));
}

static struct json *
root_of(struct arena *a, cJSON *root)
{
	if (root == NULL || arena_tie(a, release, root, NULL) != ERR_OK)
		return (NULL);
	return ((struct json *)root);
}

struct json *
json_new_object(struct arena *a)
{
	return (root_of(a, cJSON_CreateObject()));
}

struct json *
json_new_array(struct arena *a)
{
	return (root_of(a, cJSON_CreateArray()));
}

/* Put item under parent, under a name or at the end of an array. */
static struct json *
add(struct json *parent, const char *name, cJSON *item)
{
	bool ok = parent != NULL && item != NULL;

	if (ok && name != NULL)
		ok = json_is_object(parent) &&
		    cJSON_AddItemToObject(tree(parent), name, item);
	else if (ok)
		ok = json_is_array(parent) &&
		    cJSON_AddItemToArray(tree(parent), item);
	if (ok)
		return ((struct json *)item);
	cJSON_Delete(item);
	if (parent != NULL)
		tree(parent)->type |= INCOMPLETE;
	return (NULL);
}

/* NULL for what JSON cannot say: no UTF-8, or a NUL inside. */
static cJSON *
string_of(struct str s)
{
	cJSON *item;
	char *copy;

	if (s.p == NULL)
		return (cJSON_CreateNull());
	if (str_has_nul(s) || !str_is_utf8(s) ||
	    (item = cJSON_CreateNull()) == NULL)
		return (NULL);
	if ((copy = cJSON_malloc(s.n + 1)) == NULL) {
		cJSON_Delete(item);
		return (NULL);
	}
	memcpy(copy, s.p, s.n);
	copy[s.n] = '\0';
	item->type = cJSON_String;
	item->valuestring = copy;
	return (item);
}

struct json *
json_add_object(struct json *object, const char *name)
{
	return (add(object, name, cJSON_CreateObject()));
}

struct json *
json_add_array(struct json *object, const char *name)
{
	return (add(object, name, cJSON_CreateArray()));
}

struct json *
json_push_object(struct json *array)
{
	return (add(array, NULL, cJSON_CreateObject()));
}

void
json_add_str(struct json *object, const char *name, struct str s)
{
	(void)add(object, name, string_of(s));
}

void
json_add_time(struct json *object, const char *name, int64_t wall_ms)
{
	char text[CLOCK_RFC3339_SIZE];

	clock_format_rfc3339(wall_ms, text);
	json_add_str(object, name, str_of(text));
}

void
json_add_number(struct json *object, const char *name, double v)
{
	(void)add(object, name, isfinite(v) ? cJSON_CreateNumber(v) : NULL);
}

void
json_add_bool(struct json *object, const char *name, bool v)
{
	(void)add(object, name, cJSON_CreateBool(v));
}

void
json_add_null(struct json *object, const char *name)
{
	(void)add(object, name, cJSON_CreateNull());
}

void
json_push_str(struct json *array, struct str s)
{
	(void)add(array, NULL, string_of(s));
}

void
json_add_copy(struct json *object, const char *name, const struct json *value)
{
	(void)add(object, name,
	    value == NULL ? cJSON_CreateNull() :
			    cJSON_Duplicate(view(value), true));
}

/* The escape that a byte must have, or NULL. */
static const char *
short_escape(char c)
{
	switch (c) {
	case '"':
		return ("\\\"");
	case '\\':
		return ("\\\\");
	case '\b':
		return ("\\b");
	case '\f':
		return ("\\f");
	case '\n':
		return ("\\n");
	case '\r':
		return ("\\r");
	case '\t':
		return ("\\t");
	default:
		return (NULL);
	}
}

void
json_quote(struct buf *b, struct str text)
{
	size_t plain = 0, n;
	const char *escape;
	struct str at;

	buf_addc(b, '"');
	for (;;) {
		/* Most of most texts: a byte that stays as it is. */
		plain += str_plain(str_skip(text, plain));
		if (plain >= text.n)
			break;
		at = str_skip(text, plain);
		n = str_utf8_length(at);
		escape = n == 0 ? "\xef\xbf\xbd" : short_escape(at.p[0]);
		if (escape == NULL && (unsigned char)at.p[0] >= 0x20) {
			plain += n;
			continue;
		}
		buf_add(b, str_first(text, plain));
		if (escape != NULL)
			buf_adds(b, escape);
		else
			buf_addf(b, "\\u%04x", (unsigned char)at.p[0]);
		text = str_skip(at, 1);
		plain = 0;
	}
	buf_add(b, text);
	buf_addc(b, '"');
}
