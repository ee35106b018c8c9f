/*
 * Two halves: reading what libpq sends, and writing what a server answers.
 */
#include "config.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "fake_wire.h"

#define TRUTH 16 /* in pg_type */
#define TEXT 25

_Noreturn void
wire_die(const char *what)
{
	printf("Bail out! fake postgres: %s\n", what);
	exit(1);
}

/* Reading ----------------------------------------------------------------- */

static bool
read_bytes(int fd, void *p, size_t n)
{
	ssize_t got;

	for (size_t at = 0; at < n; at += (size_t)got)
		if ((got = recv(fd, (char *)p + at, n - at, 0)) <= 0)
			return (false);
	return (true);
}

uint32_t
wire_take(struct str *s, size_t bytes)
{
	uint32_t v = 0;

	assert(s->n >= bytes);
	for (size_t i = 0; i < bytes; i++)
		v = v << 8 | (unsigned char)s->p[i];
	*s = str_skip(*s, bytes);
	return (v);
}

static const char *
take_text(struct str *s)
{
	const char *text = s->p;

	*s = str_skip(*s, strlen(text) + 1);
	return (text);
}

bool
wire_read(int fd, struct arena *a, char *type, struct str *body)
{
	char head[4], *p;
	struct str s = { head, 4 };
	uint32_t n;

	if ((type != NULL && !read_bytes(fd, type, 1)) ||
	    !read_bytes(fd, head, 4))
		return (false);
	if ((n = wire_take(&s, 4)) < 4 || (p = arena_alloc(a, n)) == NULL)
		wire_die("a message of no size");
	*body = (struct str){ p, n - 4 };
	return (read_bytes(fd, p, n - 4));
}

static enum statement
found(int i)
{
	if (i == STATEMENTS)
		wire_die("a statement that was not compiled in");
	return ((enum statement)i);
}

static enum statement
statement_named(const char *name)
{
	int i = 0;

	while (i < STATEMENTS && strcmp(statements[i].prepared, name) != 0)
		i++;
	return (found(i));
}

static enum statement
statement_of(const char *text)
{
	int i = 0;

	while (i < STATEMENTS && strcmp(statements[i].text, text) != 0)
		i++;
	return (found(i));
}

static void
add_item(struct wire_flight *fl, char type)
{
	assert(fl->n < WIRE_ITEMS_MAX);
	fl->executes += type == 'E';
	fl->item[fl->n++] =
	    (struct wire_item){ type, fl->st, fl->on, fl->params, fl->claims };
}

static void
read_parse(struct wire_flight *fl, struct str body)
{
	const char *name = take_text(&body), *text = take_text(&body);

	/* By name first: two statements may have one text. */
	fl->st = name[0] != '\0' ? statement_named(name) : statement_of(text);
	if (name[0] == '\0')
		fl->unnamed = fl->st;
	else if (strcmp(text, statements[fl->st].text) != 0)
		wire_die("a statement under another's name");
	add_item(fl, 'P');
}

static void
write_param(struct buf *b, struct str value, bool null, bool binary)
{
	if (null)
		buf_addc(b, '~');
	else if (!binary)
		buf_add(b, value);
	else
		buf_adds(b, "\\x");
	for (size_t i = 0; !null && binary && i < value.n; i++)
		buf_addf(b, "%02x", (unsigned char)value.p[i]);
}

static void
read_bind(struct wire_flight *fl, struct str body)
{
	struct str formats, text, value, first = STR("");
	struct buf b;
	const char *name;
	uint32_t n, i, length;
	int proven;

	(void)take_text(&body); /* the portal */
	name = take_text(&body);
	fl->st = name[0] == '\0' ? fl->unnamed : statement_named(name);
	proven = statements[fl->st].proven;
	formats = str_skip(body, 2);
	body = str_skip(formats, 2 * (n = wire_take(&body, 2)));
	if (wire_take(&body, 2) != n ||
	    n != (uint32_t)(statements[fl->st].params + proven))
		wire_die("a Bind of another shape");
	buf_init(&b, fl->arena);
	for (i = 0; i < n; i++) {
		length = wire_take(&body, 4);
		value = str_first(body, length == UINT32_MAX ? 0 : length);
		if (i == 0 && length != UINT32_MAX)
			first = value;
		/* The last one of a proven statement is no value of it. */
		if (i + proven == n && proven)
			break;
		if (i > 0)
			buf_addc(&b, '|');
		write_param(&b, value, length == UINT32_MAX,
		    wire_take(&formats, 2) != 0);
		body = str_skip(body, value.n);
	}
	if (buf_done(&b, &text, NULL) != ERR_OK ||
	    (fl->on = str_dup(fl->arena, first)) == NULL)
		wire_die("no memory");
	fl->params = text.p;
	if (fl->st == STATEMENT_TENANT_SET)
		fl->claims = fl->on;
	fl->named = name[0] != '\0';
	add_item(fl, 'B');
}

bool
wire_read_flight(int fd, struct wire_flight *fl)
{
	struct str body;
	char type, what;

	arena_reset(fl->arena);
	fl->n = fl->executes = 0;
	fl->claims = NULL;
	while (wire_read(fd, fl->arena, &type, &body)) {
		switch (type) {
		case 'P':
			read_parse(fl, body);
			break;
		case 'B':
			read_bind(fl, body);
			break;
		case 'D':
			what = (char)wire_take(&body, 1);
			if (what == 'S' && body.p[0] != '\0')
				fl->st = statement_named(body.p);
			add_item(fl, what == 'S' ? 'd' : 'D');
			break;
		case 'E':
			add_item(fl, 'E');
			break;
		case 'S':
			return (true);
		case 'H':
			break;
		default:
			return (false);
		}
	}
	return (false);
}

/* Writing ----------------------------------------------------------------- */

void
wire_put(struct buf *b, uint32_t v, size_t bytes)
{
	while (bytes-- > 0)
		buf_addc(b, (char)(unsigned char)(v >> 8 * bytes & 0xff));
}

void
wire_put_text(struct buf *b, const char *text)
{
	buf_add(b, (struct str){ text, strlen(text) + 1 });
}

void
wire_put_message(struct buf *out, char type, const struct buf *body)
{
	buf_addc(out, type);
	wire_put(out, (uint32_t)(4 + (body == NULL ? 0 : body->n)), 4);
	if (body != NULL && body->n > 0)
		buf_add(out, (struct str){ body->p, body->n });
}

void
wire_put_error(struct buf *out, const char *severity, const char *state,
    const char *text)
{
	struct buf b;

	buf_init(&b, out->arena);
	buf_addc(&b, 'S');
	wire_put_text(&b, severity);
	buf_addc(&b, 'V');
	wire_put_text(&b, severity);
	buf_addc(&b, 'C');
	wire_put_text(&b, state);
	buf_addc(&b, 'M');
	wire_put_text(&b, text);
	buf_addc(&b, '\0');
	wire_put_message(out, 'E', &b);
}

void
wire_put_status(struct buf *out, const char *name, const char *value)
{
	struct buf b;

	buf_init(&b, out->arena);
	wire_put_text(&b, name);
	wire_put_text(&b, value);
	wire_put_message(out, 'S', &b);
}

void
wire_put_ready(struct buf *out)
{
	struct buf b;

	buf_init(&b, out->arena);
	buf_addc(&b, 'I');
	wire_put_message(out, 'Z', &b);
}

/* The name and type of one column. */
static void
put_column(struct buf *b, const char *name, unsigned type)
{
	wire_put_text(b, name);
	wire_put(b, 0, 4);
	wire_put(b, 0, 2);
	wire_put(b, type, 4);
	wire_put(b, UINT32_MAX, 2);
	wire_put(b, UINT32_MAX, 4);
	wire_put(b, 0, 2);
}

size_t
wire_put_columns(struct buf *out, const struct statement_row *row,
    const char *other)
{
	const size_t known = (size_t)row->columns;
	const size_t n =
	    known + (row->proven ? 2 : 0) + (strcmp(other, "more") == 0);
	struct buf b;

	if (n == 0) {
		wire_put_message(out, 'n', NULL);
		return (n);
	}
	buf_init(&b, out->arena);
	wire_put(&b, (uint32_t)n, 2);
	for (size_t i = 0; i < n; i++) {
		size_t at = i < 2 && strcmp(other, "swap") == 0 ? 1 - i : i;
		bool odd = i == 0 && strcmp(other, "type") == 0;

		if (i < known)
			put_column(&b, row->column[at].name,
			    odd ? TRUTH : row->column[at].type);
		else
			put_column(&b, "more", TEXT);
	}
	wire_put_message(out, 'T', &b);
	return (n);
}

void
wire_put_params(struct buf *out, const struct statement_row *row,
    const char *other)
{
	const size_t known = (size_t)row->params;
	const size_t n =
	    known + (row->proven ? 1 : 0) + (strcmp(other, "more") == 0);
	struct buf b;

	buf_init(&b, out->arena);
	wire_put(&b, (uint32_t)n, 2);
	for (size_t i = 0; i < n; i++)
		wire_put(&b,
		    (i < known ? row->param[i].type : TEXT) +
			(i == 0 && strcmp(other, "type") == 0),
		    4);
	wire_put_message(out, 't', &b);
}

void
wire_put_complete(struct buf *out)
{
	struct buf b;

	buf_init(&b, out->arena);
	wire_put_text(&b, "SELECT 1");
	wire_put_message(out, 'C', &b);
}

void
wire_put_row(struct buf *out, size_t n, const char *const *columns)
{
	struct buf b;

	buf_init(&b, out->arena);
	wire_put(&b, (uint32_t)n, 2);
	for (size_t i = 0; i < n; i++) {
		wire_put(&b,
		    columns[i] == NULL ? UINT32_MAX :
					 (uint32_t)strlen(columns[i]),
		    4);
		buf_adds(&b, columns[i] == NULL ? "" : columns[i]);
	}
	wire_put_message(out, 'D', &b);
}

bool
wire_send(int fd, const struct buf *out)
{
	struct str text;
	ssize_t sent;

	if (buf_done(&(struct buf){ out->arena, out->p, out->n, out->size,
			 out->failed },
		&text, NULL) != ERR_OK)
		wire_die("no memory");
	for (; text.n > 0; text = str_skip(text, (size_t)sent))
		if ((sent = send(fd, text.p, text.n, MSG_NOSIGNAL)) <= 0)
			return (false);
	return (true);
}

void
wire_stall(int fd)
{
	char byte[256];

	while (recv(fd, byte, sizeof(byte), 0) > 0)
		continue;
}
