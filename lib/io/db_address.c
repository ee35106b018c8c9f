/*
 * The address of a database before libpq has it: libpq repeats what it cannot
 * read, and what it takes for a host or a port, and either may be a piece of a
 * password whose '@', '/' or ':' was not escaped.
 * Source: PostgreSQL, libpq, Connection Strings.
 */
#include "config.h"

#include <string.h>

#include "io/db_pq.h"

/* An '@' that ends no user's part. Behind a '?' it may be a value's. */
static bool
has_stray_at(const char *url)
{
	const char *rest = strstr(url, "://"), *end;

	if (strncmp(url, "postgres", 8) != 0 || rest == NULL)
		return (false);
	rest += 3;
	end = rest + strcspn(rest, "@/");
	if (*end == '@')
		rest = end + 1;
	end = rest + strcspn(rest, "@?");
	return (*end == '@');
}

/* A host or port that is one. */
static bool
is_plain(const PQconninfoOption *option)
{
	const char *v = option->val, *at;

	if (v == NULL)
		return (true);
	if (strcmp(option->keyword, "port") == 0)
		return (v[strspn(v, "0123456789,")] == '\0');
	if (strcmp(option->keyword, "host") != 0)
		return (true);
	/* In front of a name it is a socket without a file. */
	for (at = strchr(v, '@'); at != NULL; at = strchr(at + 1, '@'))
		if (at != v && at[-1] != ',')
			return (false);
	return (true);
}

/* A text without '=' that is no URI is a database's name. */
enum err_code
db_check_address(const char *url, struct err *e)
{
	PQconninfoOption *options = NULL;
	bool plain;

	if (strchr(url, '=') == NULL && strstr(url, "://") == NULL) {
		plain = strpbrk(url, "@:") == NULL;
	} else {
		plain = !has_stray_at(url) &&
		    (options = PQconninfoParse(url, NULL)) != NULL;
		for (size_t i = 0; plain && options[i].keyword != NULL; i++)
			plain = is_plain(&options[i]);
		PQconninfoFree(options);
	}
	return (plain ? ERR_OK : err_set(e, ERR_INPUT, "%s", DB_MALFORMED));
}
