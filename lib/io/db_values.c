/*
 * The values of a statement, as text or bytes, each at the place that its name
 * has among the statement's parameters. Knows no connection; a value that
 * cannot be sent is remembered in "failed".
 */
#include "config.h"

#include <assert.h>
#include <string.h>

#include "io/db.h"

#define TEXT_TYPE 25 /* PostgreSQL's number; its binary form is its bytes */
#define LONG_BYTES ((size_t)4096)

static const struct statement_row *
row_of(const struct db_values *v)
{
	return (&statements[v->statement]);
}

void
db_values_init(struct db_values *v, struct arena *a, enum statement st)
{
	memset(v, 0, sizeof(*v));
	v->statement = st;
	v->arena = a;
	assert(row_of(v)->params <= DB_PARAMS_MAX);
}

static void
set_text(struct db_values *v, struct db_value *value, struct str s)
{
	if (s.p == NULL)
		return;
	if (str_has_nul(s))
		v->failed = ERR_INPUT;
	else if (s.n > INT32_MAX || (value->p = str_dup(v->arena, s)) == NULL)
		v->failed = ERR_TOO_LARGE;
	value->n = (int)s.n;
}

static void
set_bytes(struct db_values *v, struct db_value *value, struct str s)
{
	if (s.n > INT32_MAX) {
		v->failed = ERR_TOO_LARGE;
		return;
	}
	value->p = s.p;
	value->n = (int)s.n;
	value->binary = true;
}

/* A long text is sent by its length: it is not copied to add a NUL. */
static void
set_given(struct db_values *v, struct db_value *value,
    const struct statement_param *param, struct str s)
{
	if (param->type == TEXT_TYPE && s.n >= LONG_BYTES && !str_has_nul(s))
		set_bytes(v, value, s);
	else
		set_text(v, value, s);
}

static void
set_number(struct db_values *v, struct db_value *value, int64_t n)
{
	struct buf b;
	struct str text;

	buf_init(&b, v->arena);
	buf_addf(&b, "%lld", (long long)n);
	if (buf_done(&b, &text, NULL) != ERR_OK)
		v->failed = ERR_TOO_LARGE;
	value->p = text.p;
	value->n = (int)text.n;
}

static void
take(struct db_values *v, struct db_value *value,
    const struct statement_param *param, const void *member)
{
	const struct db_number *number;
	const struct db_truth *truth;

	switch (param->kind) {
	case DB_KIND_TEXT:
		set_given(v, value, param, *(const struct str *)member);
		break;
	case DB_KIND_BYTES:
		set_bytes(v, value, *(const struct str *)member);
		break;
	case DB_KIND_NUMBER:
		number = member;
		if (number->given)
			set_number(v, value, number->n);
		break;
	case DB_KIND_TRUTH:
		truth = member;
		if (truth->given)
			*value = (struct db_value){ truth->yes ? "t" : "f", 1,
				false };
		break;
	}
}

void
db_values_take(struct db_values *v, const void *params)
{
	const struct statement_row *row = row_of(v);

	for (int i = 0; i < row->params; i++)
		take(v, &v->v[i], &row->param[i],
		    (const char *)params + row->param[i].at);
}

/* The value of that name and kind; NULL when there is none. */
static struct db_value *
named(struct db_values *v, const char *name, enum db_kind kind)
{
	const struct statement_row *row = row_of(v);

	for (int i = 0; i < row->params; i++)
		if (row->param[i].kind == kind &&
		    strcmp(row->param[i].name, name) == 0)
			return (&v->v[i]);
	v->failed = ERR_BUG;
	return (NULL);
}

void
db_give(struct db_values *v, const char *name, struct str s)
{
	struct db_value *value = named(v, name, DB_KIND_TEXT);

	if (value != NULL)
		set_text(v, value, s);
}

void
db_give_number(struct db_values *v, const char *name, int64_t n)
{
	struct db_value *value = named(v, name, DB_KIND_NUMBER);

	if (value != NULL)
		set_number(v, value, n);
}

enum err_code
db_values_check(const struct db_values *v, struct err *e)
{
	const struct statement_row *row = row_of(v);

	if (v->failed == ERR_BUG)
		return (err_set(e, ERR_BUG,
		    "%s: a parameter that it does not have", row->name));
	if (v->failed != ERR_OK)
		return (err_set(e, v->failed,
		    "%s: a value holds a NUL byte or is too large", row->name));
	for (int i = 0; i < row->params; i++)
		if (v->v[i].p == NULL && !row->param[i].nullable)
			return (err_set(e, ERR_BUG, "%s: %s is missing",
			    row->name, row->param[i].name));
	return (ERR_OK);
}

struct str
db_text(const char *text)
{
	return (text == NULL || text[0] == '\0' ? STR_NONE : str_of(text));
}

struct str
db_time(int64_t wall_ms, char text[CLOCK_RFC3339_SIZE])
{
	if (wall_ms == 0)
		return (STR_NONE);
	clock_format_rfc3339(wall_ms, text);
	return (str_of(text));
}
