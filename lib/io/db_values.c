/*
 * The values of a statement, bound one after another as text or bytes. Knows
 * no connection; a value that cannot be sent is remembered in "failed".
 */
#include "config.h"

#include <assert.h>
#include <string.h>

#include "base/clock.h"
#include "io/db.h"

void
db_values_init(struct db_values *v, struct arena *a)
{
	memset(v, 0, sizeof(*v));
	v->arena = a;
}

static struct db_value *
next_value(struct db_values *v)
{
	assert(v->n < DB_PARAMS_MAX);
	return (&v->v[v->n++]);
}

void
db_bind_null(struct db_values *v)
{
	next_value(v)->p = NULL;
}

void
db_bind_str(struct db_values *v, struct str s)
{
	struct db_value *value = next_value(v);

	if (s.p == NULL)
		return;
	if (str_has_nul(s))
		v->failed = ERR_INPUT;
	else if ((value->p = str_dup(v->arena, s)) == NULL)
		v->failed = ERR_TOO_LARGE;
}

void
db_bind_text(struct db_values *v, const char *text)
{
	next_value(v)->p = text == NULL || text[0] == '\0' ? NULL : text;
}

void
db_bind_int(struct db_values *v, int64_t n)
{
	struct buf b;
	struct str text;

	buf_init(&b, v->arena);
	buf_addf(&b, "%lld", (long long)n);
	if (buf_done(&b, &text, NULL) != ERR_OK)
		v->failed = ERR_TOO_LARGE;
	next_value(v)->p = text.p;
}

void
db_bind_bool(struct db_values *v, bool yes)
{
	next_value(v)->p = yes ? "t" : "f";
}

void
db_bind_bytes(struct db_values *v, struct str s)
{
	struct db_value *value = next_value(v);

	if (s.n > INT32_MAX) {
		v->failed = ERR_TOO_LARGE;
		return;
	}
	value->p = s.p;
	value->n = (int)s.n;
	value->binary = true;
}

void
db_bind_time(struct db_values *v, int64_t wall_ms)
{
	char text[CLOCK_RFC3339_SIZE];

	if (wall_ms == 0) {
		db_bind_null(v);
		return;
	}
	clock_format_rfc3339(wall_ms, text);
	db_bind_str(v, str_of(text));
}
