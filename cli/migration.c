/*
 * Owns the reading of migration files and the rule for their names.
 */
#include "config.h"

#include <dirent.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "io/crypt.h"
#include "migration.h"

static bool
is_sql(const char *name)
{
	size_t n = strlen(name);

	return (name[0] != '.' && n > 4 && strcmp(name + n - 4, ".sql") == 0);
}

/* "0012_tables.sql" is 12; 0 for a name that breaks the rule. */
static int
version_of(const char *name)
{
	int64_t version;

	if (strspn(name, "0123456789") != 4 || name[4] != '_' ||
	    strcspn(name, ".") != strlen(name) - 4 ||
	    str_parse_int((struct str){ name, 4 }, 1, MIGRATIONS_MAX, &version,
		NULL) != ERR_OK)
		return (0);
	return ((int)version);
}

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
read_one(struct arena *a, const char *dir, const char *name,
    struct migrations *m, struct err *e)
{
	struct migration *row;
	struct crypt_digest digest;
	struct str path, text = STR_NONE;
	struct buf b;
	enum err_code code;
	int version = version_of(name);

	if (version == 0)
		return (err_set(e, ERR_INPUT,
		    "%s/%s: the name is not NNNN_name.sql with NNNN from 0001 to %04d",
		    dir, name, MIGRATIONS_MAX));
	row = &m->row[version - 1];
	if (row->version != 0)
		return (err_set(e, ERR_INPUT, "%s: both %s and %s", dir,
		    row->file, name));
	buf_init(&b, a);
	buf_addf(&b, "%s/%s", dir, name);
	if ((code = buf_done(&b, &path, e)) != ERR_OK ||
	    (code = read_text(a, path.p, &text, e)) != ERR_OK ||
	    (code = crypt_digest(CRYPT_SHA256, text, &digest, e)) != ERR_OK ||
	    (code = crypt_hex(a,
		 (struct str){ (const char *)digest.p, digest.n }, &row->sha256,
		 e)) != ERR_OK)
		return (code);
	if ((row->file = str_dup(a, str_of(name))) == NULL)
		return (err_set(e, ERR_TOO_LARGE, "no memory"));
	row->version = version;
	row->text = text.p;
	m->n++;
	return (ERR_OK);
}

enum err_code
migrations_read(struct arena *a, const char *dir, struct migrations *m_r,
    struct err *e)
{
	enum err_code code = ERR_OK;
	struct dirent *entry;
	size_t i;
	DIR *d;

	memset(m_r, 0, sizeof(*m_r));
	if ((d = opendir(dir)) == NULL)
		return (err_set(e, ERR_ABSENT, "%s: %s", dir, strerror(errno)));
	while (code == ERR_OK && (entry = readdir(d)) != NULL)
		if (is_sql(entry->d_name))
			code = read_one(a, dir, entry->d_name, m_r, e);
	(void)closedir(d);
	if (code != ERR_OK)
		return (code);
	if (m_r->n == 0)
		return (err_set(e, ERR_INPUT, "%s: no migration there", dir));
	for (i = 0; i < m_r->n; i++)
		if (m_r->row[i].version == 0)
			return (err_set(e, ERR_INPUT,
			    "%s: %04zu_*.sql is missing", dir, i + 1));
	return (ERR_OK);
}
