/*
 * Owns the reading of the folder sql/ and the rules for its names.
 */
#include "config.h"

#include <dirent.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/crypt.h"
#include "migration.h"

#define FILES_MAX 1000

static const char *const folders[] = { "functions/acting", "functions/intake",
	"functions/operator", "functions/resolver", "functions/tenant",
	"functions/writer" };

static enum err_code
read_text(struct arena *a, const char *path, struct str *text_r, struct err *e)
{
	char piece[8192];
	struct buf b;
	size_t n;
	enum err_code code;
	FILE *f;
	bool bad;

	if ((f = fopen(path, "re")) == NULL)
		return (
		    err_set(e, ERR_ABSENT, "%s: %s", path, strerror(errno)));
	buf_init(&b, a);
	while (b.n <= MIGRATION_BYTES_MAX &&
	    (n = fread(piece, 1, sizeof(piece), f)) > 0)
		buf_add(&b, (struct str){ piece, n });
	bad = ferror(f) != 0;
	(void)fclose(f);
	if (bad)
		return (err_set(e, ERR_ABSENT, "%s: cannot be read", path));
	if (b.n > MIGRATION_BYTES_MAX)
		return (err_set(e, ERR_INPUT, "%s: over %zu bytes", path,
		    MIGRATION_BYTES_MAX));
	if ((code = buf_done(&b, text_r, e)) != ERR_OK)
		return (code);
	if (str_has_nul(*text_r))
		return (err_set(e, ERR_INPUT, "%s: holds a NUL byte", path));
	return (ERR_OK);
}

static enum err_code
sha256(struct arena *a, struct str data, struct str *hex_r, struct err *e)
{
	struct crypt_digest digest;
	enum err_code code;

	if ((code = crypt_digest(CRYPT_SHA256, data, &digest, e)) != ERR_OK)
		return (code);
	return (crypt_hex(a, (struct str){ (const char *)digest.p, digest.n },
	    hex_r, e));
}

static enum err_code
read_file(struct arena *a, const char *dir, const char *path,
    struct sql_file *file_r, struct err *e)
{
	const char *base = strrchr(path, '/');
	struct str whole = STR_NONE;
	struct buf b;
	enum err_code code;

	base = base == NULL ? path : base + 1;
	buf_init(&b, a);
	buf_addf(&b, "%s/%s", dir, path);
	if ((code = buf_done(&b, &whole, e)) != ERR_OK ||
	    (code = read_text(a, whole.p, &file_r->text, e)) != ERR_OK ||
	    (code = sha256(a, file_r->text, &file_r->sha256, e)) != ERR_OK)
		return (code);
	file_r->path = str_dup(a, str_of(path));
	file_r->name = str_dup(a, str_first(str_of(base), strcspn(base, ".")));
	if (file_r->path == NULL || file_r->name == NULL)
		return (err_set(e, ERR_TOO_LARGE, "no memory"));
	return (ERR_OK);
}

static bool
is_sql(const char *name)
{
	size_t n = strlen(name);

	return (name[0] != '.' && n > 4 && strcmp(name + n - 4, ".sql") == 0);
}

static int
by_path(const void *a, const void *b)
{
	return (strcmp(((const struct sql_file *)a)->path,
	    ((const struct sql_file *)b)->path));
}

/* Add the files of a folder to those that are there already. */
static enum err_code
read_folder(struct arena *a, const char *dir, const char *folder,
    struct sql_files *files, struct err *e)
{
	enum err_code code = ERR_OK;
	struct str path = STR_NONE;
	struct dirent *entry;
	struct buf b;
	DIR *d;

	if (files->row == NULL &&
	    (files->row = arena_alloc(a, FILES_MAX * sizeof(*files->row))) ==
		NULL)
		return (err_set(e, ERR_TOO_LARGE, "no memory"));
	buf_init(&b, a);
	buf_addf(&b, "%s/%s", dir, folder);
	if ((code = buf_done(&b, &path, e)) != ERR_OK)
		return (code);
	if ((d = opendir(path.p)) == NULL)
		return (
		    err_set(e, ERR_ABSENT, "%s: %s", path.p, strerror(errno)));
	while (code == ERR_OK && (entry = readdir(d)) != NULL) {
		if (!is_sql(entry->d_name))
			continue;
		if (files->n == FILES_MAX) {
			code =
			    err_set(e, ERR_INPUT, "%s: too many files", path.p);
			break;
		}
		buf_init(&b, a);
		buf_addf(&b, "%s/%s", folder, entry->d_name);
		if ((code = buf_done(&b, &path, e)) == ERR_OK)
			code = read_file(a, dir, path.p,
			    &files->row[files->n++], e);
	}
	(void)closedir(d);
	qsort(files->row, files->n, sizeof(*files->row), by_path);
	return (code);
}

static enum err_code
digest_of(struct arena *a, struct sql_files *files, struct err *e)
{
	struct str all = STR_NONE;
	struct buf b;
	enum err_code code;

	buf_init(&b, a);
	for (size_t i = 0; i < files->n; i++) {
		buf_addf(&b, "%s\n", files->row[i].path);
		buf_add(&b, files->row[i].text);
	}
	if ((code = buf_done(&b, &all, e)) != ERR_OK)
		return (code);
	return (sha256(a, all, &files->sha256, e));
}

/* "0112_tables" is 112; 0 for a name that breaks the rule. */
static int
version_of(const struct sql_file *file)
{
	const char *base = strchr(file->path, '/') + 1;
	int64_t version;

	if (strspn(base, "0123456789") != 4 || base[4] != '_' ||
	    strcspn(base, ".") != strlen(base) - 4 ||
	    str_parse_int((struct str){ base, 4 }, MIGRATION_FIRST,
		MIGRATION_FIRST + MIGRATIONS_MAX - 1, &version, NULL) != ERR_OK)
		return (0);
	return ((int)version);
}

static enum err_code
check_numbers(const char *dir, const struct sql_files *files, struct err *e)
{
	int version, want = MIGRATION_FIRST;

	if (files->n == 0)
		return (err_set(e, ERR_INPUT,
		    "%s/migrations: no migration there", dir));
	for (size_t i = 0; i < files->n; i++, want++) {
		if ((version = version_of(&files->row[i])) == 0)
			return (err_set(e, ERR_INPUT,
			    "%s/%s: the name is not NNNN_name.sql with NNNN from %04d to %04d",
			    dir, files->row[i].path, MIGRATION_FIRST,
			    MIGRATION_FIRST + MIGRATIONS_MAX - 1));
		if (version < want)
			return (err_set(e, ERR_INPUT, "%s: both %s and %s", dir,
			    files->row[i - 1].path, files->row[i].path));
		if (version > want)
			return (err_set(e, ERR_INPUT,
			    "%s/migrations: %04d_*.sql is missing", dir, want));
	}
	return (ERR_OK);
}

enum err_code
sources_read(struct arena *a, const char *dir, struct sources *s, struct err *e)
{
	const struct {
		const char *path;
		struct sql_file *file;
	} single[] = {
		{ "roles.sql", &s->roles },
		{ "triggers.sql", &s->triggers },
		{ "access.sql", &s->access },
		{ "takeover/1_fit.sql", &s->fit },
		{ "takeover/2_aside.sql", &s->aside },
		{ "takeover/3_shape.sql", &s->shape },
		{ "takeover/ledger.tsv", &s->ledger },
	};
	enum err_code code;
	size_t i;

	memset(s, 0, sizeof(*s));
	if ((code = read_folder(a, dir, "migrations", &s->migrations, e)) !=
		ERR_OK ||
	    (code = check_numbers(dir, &s->migrations, e)) != ERR_OK)
		return (code);
	for (i = 0; i < sizeof(folders) / sizeof(folders[0]); i++)
		if ((code = read_folder(a, dir, folders[i], &s->functions,
			 e)) != ERR_OK)
			return (code);
	if ((code = digest_of(a, &s->functions, e)) != ERR_OK ||
	    (code = read_folder(a, dir, "backfill", &s->backfills, e)) !=
		ERR_OK)
		return (code);
	for (i = 0; i < sizeof(single) / sizeof(single[0]); i++)
		if ((code = read_file(a, dir, single[i].path, single[i].file,
			 e)) != ERR_OK)
			return (code);
	return (ERR_OK);
}

bool
sql_file_head(const struct sql_file *file, const char *key, struct str *place,
    struct str *value_r)
{
	struct str line;

	if (place->p == NULL)
		*place = file->text;
	while (str_starts(*place, "--")) {
		line = str_cut(place, '\n');
		line = str_trim(str_skip(line, 2));
		if (!str_starts(line, key) || line.p[strlen(key)] != ':')
			continue;
		*value_r = str_trim(str_skip(line, strlen(key) + 1));
		if (place->p == NULL)
			*place = STR("");
		return (true);
	}
	return (false);
}
