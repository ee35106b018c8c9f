/*
 * The reader of settings: a file, then the environment over it, each value by
 * the rule of its row (settings_table.c). Messages name the place and the
 * rule, never the value: it may be a secret, or a piece of one that got into
 * the wrong line.
 */
#include "config.h"

#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "io/settings.h"
#include "io/settings_table.h"

#define FILE_BYTES_MAX ((size_t)256 * 1024)
#define LINE_BYTES_MAX ((size_t)16 * 1024)
#define VALUE_FILE_BYTES_MAX ((size_t)64 * 1024)
#define PLACE_SIZE 56

/* Where each row's value came from; NULL: default. */
struct settings_source {
	const char *where[SETTINGS_ROWS_MAX];
};

/* One source at a time: the file, then the environment. */
struct load {
	struct arena *arena;
	struct settings *s;
	bool seen[SETTINGS_ROWS_MAX];
};

/* The row of NAME or of NAME_FILE. */
static const struct settings_row *
find_name(struct str name, bool *is_file_r)
{
	const struct str suffix = STR("_FILE");
	const struct settings_row *row = settings_row_find(name);

	*is_file_r = false;
	if (row != NULL || name.n <= suffix.n ||
	    !str_eq(str_skip(name, name.n - suffix.n), suffix))
		return (row);
	*is_file_r = true;
	return (settings_row_find(str_first(name, name.n - suffix.n)));
}

static enum err_code
no_memory(struct err *e)
{
	return (err_set(e, ERR_TOO_LARGE,
	    "settings need more memory than the ceiling"));
}

/* Directories are not looked at: a mode outlives where the file lies. */
static void
note_exposed(struct load *l, int fd, const char *name)
{
	struct settings *s = l->s;
	struct stat st;

	if (name != NULL && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) &&
	    (st.st_mode & (S_IROTH | S_IWOTH)) != 0 &&
	    s->n_exposed < SETTINGS_EXPOSED_MAX)
		s->exposed[s->n_exposed++] = name;
}

/*
 * All of a file; in text_r it ends in NUL. Without must_exist, a missing file
 * is no value. The path is put before the message by who calls; what exposed
 * names is noted where the file's mode lets others in.
 */
static enum err_code
read_file(struct load *l, const char *path, size_t max, bool must_exist,
    const char *exposed, struct str *text_r, struct err *e)
{
	enum err_code code = ERR_OK;
	FILE *f = fopen(path, "re");
	char *bytes = NULL;
	size_t n = 0;

	*text_r = STR_NONE;
	if (f == NULL && !must_exist && (errno == ENOENT || errno == ENOTDIR))
		return (ERR_OK);
	if (f == NULL)
		return (err_set(e, ERR_INPUT, "file: %s", strerror(errno)));
	note_exposed(l, fileno(f), exposed);
	if ((bytes = malloc(max + 1)) == NULL)
		code = no_memory(e);
	else
		n = fread(bytes, 1, max + 1, f);
	if (code == ERR_OK && ferror(f))
		code = err_set(e, ERR_INPUT, "file cannot be read");
	if (code == ERR_OK && n > max)
		code = err_set(e, ERR_INPUT, "file is over %zu bytes", max);
	if (code == ERR_OK) {
		*text_r = (struct str){ arena_strndup(l->arena, bytes, n), n };
		if (text_r->p == NULL)
			code = no_memory(e);
	}
	free(bytes);
	(void)fclose(f);
	return (code);
}

/* 127.0.0.0/8, [::1] or localhost. */
static bool
is_loopback(struct str host)
{
	struct in_addr v4;
	char text[INET_ADDRSTRLEN];

	if (str_is_nocase(host, "localhost") || str_is(host, "[::1]"))
		return (true);
	if (host.n >= sizeof(text))
		return (false);
	memcpy(text, host.p, host.n);
	text[host.n] = '\0';
	return (inet_pton(AF_INET, text, &v4) == 1 &&
	    ntohl(v4.s_addr) >> 24 == 127);
}

static bool
is_host(struct str host)
{
	struct str alphabet = STR("abcdefghijklmnopqrstuvwxyz0123456789-."
				  "ABCDEFGHIJKLMNOPQRSTUVWXYZ");
	size_t i;

	if (host.n > 2 && host.p[0] == '[' && host.p[host.n - 1] == ']') {
		host = str_first(str_skip(host, 1), host.n - 2);
		alphabet = STR("0123456789abcdefABCDEF:.");
	}
	for (i = 0; i < host.n; i++)
		if (str_find(alphabet, host.p[i]) == alphabet.n)
			return (false);
	return (host.n > 0);
}

/* "host[:port]" of an authority. */
static bool
split_port(struct str authority, struct str *host_r)
{
	size_t n = authority.n;
	int64_t port;

	while (n > 0 && authority.p[n - 1] >= '0' && authority.p[n - 1] <= '9')
		n--;
	*host_r = authority;
	if (n == 0 || authority.p[n - 1] != ':')
		return (true);
	*host_r = str_first(authority, n - 1);
	return (str_parse_int(str_skip(authority, n), 1, 65535, &port, NULL) ==
	    ERR_OK);
}

static enum err_code
check_url(struct str url, struct err *e)
{
	bool plain = str_starts(url, "http://");
	struct str rest, host;
	size_t i;

	if (!plain && !str_starts(url, "https://"))
		return (err_set(e, ERR_INPUT,
		    "must begin with https:// or http://"));
	for (i = 0; i < url.n; i++)
		if (url.p[i] <= 0x20 || url.p[i] >= 0x7f ||
		    strchr("?#\"<>\\", url.p[i]) != NULL)
			return (err_set(e, ERR_INPUT,
			    "must have no query, fragment, space, quote or foreign character"));
	rest = str_skip(url, strlen(plain ? "http://" : "https://"));
	if (!split_port(str_cut(&rest, '/'), &host) || !is_host(host))
		return (err_set(e, ERR_INPUT,
		    "must have a host, and a port only from 1 to 65535"));
	if (plain && !is_loopback(host))
		return (err_set(e, ERR_INPUT,
		    "must begin with https:// (http:// is for loopback only)"));
	return (ERR_OK);
}

static enum err_code
check_text(const struct settings_row *row, struct str v, struct err *e)
{
	size_t i;

	if (!str_is_utf8(v))
		return (err_set(e, ERR_INPUT, "must be UTF-8"));
	for (i = 0; i < v.n; i++)
		if (((unsigned char)v.p[i] < 0x20 && v.p[i] != '\t' &&
			!(row->kind == SETTINGS_KIND_LINES &&
			    v.p[i] == '\n')) ||
		    v.p[i] == 0x7f)
			return (err_set(e, ERR_INPUT,
			    "must have no control character"));
	if (v.n > 0 && (int64_t)v.n < row->min)
		return (err_set(e, ERR_INPUT,
		    "must have %" PRId64 " characters or more", row->min));
	if ((int64_t)v.n > row->max)
		return (err_set(e, ERR_INPUT,
		    "must have at most %" PRId64 " bytes", row->max));
	return (ERR_OK);
}

/* A text that is empty counts as not given: the default stands. */
static enum err_code
put_text(struct load *l, const struct settings_row *row, struct str v,
    struct err *e)
{
	enum err_code code;
	char *copy;

	if (v.n == 0)
		v = str_of(row->fallback);
	if ((code = check_text(row, v, e)) != ERR_OK)
		return (code);
	if (row->kind == SETTINGS_KIND_URL && v.n > 0) {
		if ((code = check_url(v, e)) != ERR_OK)
			return (code);
		while (v.p[v.n - 1] == '/')
			v.n--;
	}
	if ((copy = str_dup(l->arena, v)) == NULL)
		return (no_memory(e));
	memcpy((char *)l->s + row->offset, &copy, sizeof(copy));
	return (ERR_OK);
}

static enum err_code
put_value(struct load *l, const struct settings_row *row, struct str v,
    struct err *e)
{
	enum err_code code;
	int64_t number;
	bool yes;

	switch (row->kind) {
	case SETTINGS_KIND_INT:
		code = str_parse_int(v, row->min, row->max, &number, e);
		if (code == ERR_OK)
			memcpy((char *)l->s + row->offset, &number,
			    sizeof(number));
		return (code);
	case SETTINGS_KIND_BOOL:
		yes = str_is(v, "yes");
		if (!yes && !str_is(v, "no"))
			return (err_set(e, ERR_INPUT, "must be yes or no"));
		memcpy((char *)l->s + row->offset, &yes, sizeof(yes));
		return (ERR_OK);
	case SETTINGS_KIND_TEXT:
	case SETTINGS_KIND_LINES:
	case SETTINGS_KIND_URL:
		break;
	}
	return (put_text(l, row, v, e));
}

/*
 * The value of NAME_FILE=path, without its last newline. No message has the
 * path: somebody may have put the secret itself there.
 */
static enum err_code
read_value(struct load *l, const struct settings_row *row, struct str path,
    struct str *v_r, struct err *e)
{
	char *file = str_dup(l->arena, path), name[40];
	const char *exposed;
	enum err_code code;

	(void)snprintf(name, sizeof(name), "%s_FILE", row->name);
	if (file == NULL || (exposed = str_dup(l->arena, str_of(name))) == NULL)
		return (no_memory(e));
	code = read_file(l, file, VALUE_FILE_BYTES_MAX, true,
	    row->secret ? exposed : NULL, v_r, e);
	if (code != ERR_OK)
		return (code);
	if (v_r->n > 0 && v_r->p[v_r->n - 1] == '\n')
		v_r->n--;
	if (str_has_nul(*v_r))
		return (err_set(e, ERR_INPUT, "file holds a NUL byte"));
	return (ERR_OK);
}

/* Take NAME=v or NAME_FILE=v from one source; where names it. */
static enum err_code
apply(struct load *l, const struct settings_row *row, bool is_file,
    struct str v, const char *where, struct err *e)
{
	size_t i = (size_t)(row - settings_rows);
	enum err_code code = ERR_OK;

	if ((row->side & l->s->side) == 0)
		code = err_set(e, ERR_INPUT, "belongs in %s",
		    settings_file_of(row->side));
	else if (l->seen[i])
		code = err_set(e, ERR_INPUT, "is given twice");
	else if (is_file)
		code = read_value(l, row, v, &v, e);
	if (code == ERR_OK)
		code = put_value(l, row, v, e);
	if (code != ERR_OK) {
		err_prefix(e, "%s: %s%s", where, row->name,
		    is_file ? "_FILE" : "");
		return (code);
	}
	l->seen[i] = true;
	l->s->sources->where[i] = str_dup(l->arena, str_of(where));
	return (l->s->sources->where[i] == NULL ? no_memory(e) : ERR_OK);
}

/* Anything else might be a piece of a secret, and is not repeated. */
static bool
looks_like_name(struct str name)
{
	size_t i;

	for (i = 0; i < name.n; i++)
		if (!(name.p[i] >= 'A' && name.p[i] <= 'Z') &&
		    name.p[i] != '_' &&
		    !(i > 0 && name.p[i] >= '0' && name.p[i] <= '9'))
			return (false);
	return (name.n > 0 && name.n <= 40);
}

static enum err_code
apply_line(struct load *l, struct str line, const char *where, struct err *e)
{
	const struct settings_row *row;
	struct str name;
	bool is_file;

	if (line.n > LINE_BYTES_MAX)
		return (err_set(e, ERR_INPUT, "%s: line is over %zu bytes",
		    where, LINE_BYTES_MAX));
	if (str_has_nul(line))
		return (
		    err_set(e, ERR_INPUT, "%s: line holds a NUL byte", where));
	if (line.n > 0 && line.p[line.n - 1] == '\r')
		return (err_set(e, ERR_INPUT,
		    "%s: line ends in a carriage return", where));
	if (str_trim(line).n == 0 || line.p[0] == '#')
		return (ERR_OK);
	name = str_cut(&line, '=');
	if (!looks_like_name(name) || line.p == NULL)
		return (err_set(e, ERR_INPUT, "%s: not of the form NAME=value",
		    where));
	if ((row = find_name(name, &is_file)) == NULL)
		return (
		    err_set(e, ERR_INPUT, "%s: no setting has the name %.*s",
			where, (int)name.n, name.p));
	return (apply(l, row, is_file, line, where, e));
}

/* A path as messages name it: the end of a long one, so that a line fits. */
static void
place_of(const char *path, char place_r[PLACE_SIZE])
{
	size_t n = strlen(path);
	bool cut = n >= PLACE_SIZE;

	(void)snprintf(place_r, PLACE_SIZE, "%s%s", cut ? "..." : "",
	    cut ? path + n - (PLACE_SIZE - 4) : path);
}

static enum err_code
load_file(struct load *l, const char *path, bool must_exist, struct err *e)
{
	enum err_code code;
	char place[PLACE_SIZE], where[PLACE_SIZE + 20], *kept;
	struct str text;
	int number = 0;

	place_of(path, place);
	if ((kept = str_dup(l->arena, str_of(path))) == NULL)
		return (no_memory(e));
	code = read_file(l, kept, FILE_BYTES_MAX, must_exist, kept, &text, e);
	if (code != ERR_OK)
		err_prefix(e, "%s", place);
	if (code != ERR_OK || text.p == NULL)
		return (code);
	l->s->path = kept;
	memset(l->seen, 0, sizeof(l->seen));
	while (text.n > 0) {
		(void)snprintf(where, sizeof(where), "%s line %d", place,
		    ++number);
		code = apply_line(l, str_cut(&text, '\n'), where, e);
		if (code != ERR_OK)
			return (code);
	}
	return (ERR_OK);
}

/*
 * Names of another side are left alone here: one shell may start several
 * programs. The operator's secrets are the exception: whoever else is given
 * them has too much.
 */
static enum err_code
load_environment(struct load *l, char *const *env, struct err *e)
{
	const struct settings_row *row;
	struct str name, value;
	enum err_code code;
	bool is_file;

	memset(l->seen, 0, sizeof(l->seen));
	for (; env != NULL && *env != NULL; env++) {
		value = str_of(*env);
		name = str_cut(&value, '=');
		if (value.p == NULL ||
		    (row = find_name(name, &is_file)) == NULL ||
		    ((row->side & (l->s->side | SETTINGS_OPERATOR)) == 0))
			continue;
		code = apply(l, row, is_file, value, "environment", e);
		if (code != ERR_OK)
			return (code);
	}
	return (ERR_OK);
}

static const char *
environment_get(char *const *env, const char *name)
{
	struct str value, key;

	for (; env != NULL && *env != NULL; env++) {
		value = str_of(*env);
		key = str_cut(&value, '=');
		if (str_is(key, name) && value.n > 0)
			return (value.p);
	}
	return (NULL);
}

/* The file to read, or NULL for none. */
static const char *
choose_path(enum settings_side side, const char *path, char *const *env,
    bool *must_exist_r)
{
	const char *named = path;

	if (named == NULL && side == SETTINGS_RESPONDER)
		named = environment_get(env, "CALLWARD_CONF");
	if (named == NULL && side == SETTINGS_OPERATOR)
		named = environment_get(env, "CALLWARD_OPERATOR_CONF");
	*must_exist_r = named != NULL;
	if (named != NULL || side == SETTINGS_SIMULATOR)
		return (named);
	return (side == SETTINGS_OPERATOR ?
		SYSCONFDIR "/callward/operator.conf" :
		SYSCONFDIR "/callward/callward.conf");
}

/* Is another setting given that makes this one needless? */
static bool
is_replaced(const struct load *l, const struct settings_row *row)
{
	const struct settings_row *other =
	    row->unless == NULL ? NULL : settings_row_find(str_of(row->unless));

	return (other != NULL && settings_text_of(l->s, other)[0] != '\0');
}

/* Its name, and that of what may stand instead. */
static void
add_missing(struct buf *b, const struct settings_row *row)
{
	buf_addf(b, " %s", row->name);
	if (row->unless != NULL)
		buf_addf(b, " (or %s)", row->unless);
}

static enum err_code
check_required(const struct load *l, struct err *e)
{
	enum err_code code;
	struct str names;
	struct buf b;
	size_t i;

	buf_init(&b, l->arena);
	for (i = 0; i < settings_rows_count; i++)
		if (settings_rows[i].required &&
		    !is_replaced(l, &settings_rows[i]) &&
		    (settings_rows[i].side & l->s->side) != 0 &&
		    settings_text_of(l->s, &settings_rows[i])[0] == '\0')
			add_missing(&b, &settings_rows[i]);
	if ((code = buf_done(&b, &names, e)) != ERR_OK)
		return (code);
	if (names.n == 0)
		return (ERR_OK);
	return (err_set(e, ERR_INPUT, "settings are missing:%s", names.p));
}

enum err_code
settings_load(struct arena *a, enum settings_side side, const char *path,
    char *const *env, struct settings *s_r, struct err *e)
{
	struct load l = { .arena = a, .s = s_r };
	enum err_code code;
	bool must_exist;
	size_t i;

	*s_r = (struct settings){ .side = side, .path = "" };
	if ((s_r->sources = arena_alloc(a, sizeof(*s_r->sources))) == NULL)
		return (no_memory(e));
	for (i = 0; i < settings_rows_count; i++) {
		code = put_value(&l, &settings_rows[i],
		    str_of(settings_rows[i].fallback), e);
		assert(code == ERR_OK || code == ERR_TOO_LARGE);
		if (code != ERR_OK)
			return (code);
	}
	path = choose_path(side, path, env, &must_exist);
	if (path != NULL &&
	    (code = load_file(&l, path, must_exist, e)) != ERR_OK)
		return (code);
	if ((code = load_environment(&l, env, e)) != ERR_OK)
		return (code);
	return (check_required(&l, e));
}

const char *
settings_where(const struct settings *s, const char *name)
{
	const struct settings_row *row = settings_row_find(str_of(name));
	const char *where;

	where = row == NULL ? NULL : s->sources->where[row - settings_rows];
	return (where == NULL ? "default" : where);
}
