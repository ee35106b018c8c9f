/*
 * Making UUIDs, and judging the shape of ids by alphabet and length alone.
 */
#include "config.h"

#include <stdint.h>

#include "base/clock.h"
#include "io/crypt.h"
#include "io/id.h"

#define UUID_BYTES 16

enum err_code
id_new(char id_r[ID_SIZE], struct err *e)
{
	static const char hex[] = "0123456789abcdef";
	unsigned char u[UUID_BYTES];
	uint64_t ms = (uint64_t)clock_wall_ms();
	enum err_code code;
	size_t i, n = 0;

	if ((code = crypt_random(u + 6, sizeof(u) - 6, e)) != ERR_OK)
		return (code);
	for (i = 0; i < 6; i++)
		u[i] = (unsigned char)(ms >> (40 - 8 * i));
	u[6] = (unsigned char)(0x70 | (u[6] & 0x0f)); /* version 7 */
	u[8] = (unsigned char)(0x80 | (u[8] & 0x3f)); /* variant */
	for (i = 0; i < sizeof(u); i++) {
		if (i == 4 || i == 6 || i == 8 || i == 10)
			id_r[n++] = '-';
		id_r[n++] = hex[u[i] >> 4];
		id_r[n++] = hex[u[i] & 15];
	}
	id_r[n] = '\0';
	return (ERR_OK);
}

static bool
is_digit(char c)
{
	return (c >= '0' && c <= '9');
}

static bool
is_hex(char c)
{
	return (
	    is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'));
}

static bool
is_word(char c)
{
	return (is_digit(c) || (c >= 'a' && c <= 'z') ||
	    (c >= 'A' && c <= 'Z') || c == '_' || c == '-');
}

bool
id_is_uuid(struct str s)
{
	size_t i;

	if (s.n != ID_SIZE - 1)
		return (false);
	for (i = 0; i < s.n; i++)
		if (i == 8 || i == 13 || i == 18 || i == 23 ? s.p[i] != '-' :
							      !is_hex(s.p[i]))
			return (false);
	return (true);
}

bool
id_time_ms(struct str s, int64_t *ms_r)
{
	int64_t ms = 0;

	if (!id_is_uuid(s) || s.p[14] != '7')
		return (false);
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] >= 'A' && s.p[i] <= 'F')
			return (false);
	for (size_t i = 0; i < 13; i++)
		if (i != 8)
			ms = ms << 4 |
			    (is_digit(s.p[i]) ? s.p[i] - '0' :
						s.p[i] - 'a' + 10);
	*ms_r = ms;
	return (true);
}

bool
id_is_user(struct str s)
{
	size_t i;

	for (i = 0; i < s.n; i++)
		if (!is_word(s.p[i]))
			return (false);
	return (s.n >= 1 && s.n <= 64);
}

bool
id_is_call_sid(struct str s)
{
	size_t i;

	if (s.n != 34 || !str_starts(s, "CA"))
		return (false);
	for (i = 2; i < s.n; i++)
		if (!is_hex(s.p[i]))
			return (false);
	return (true);
}

bool
id_is_vapi(struct str s)
{
	size_t i;

	for (i = 0; i < s.n; i++)
		if (!is_word(s.p[i]) && s.p[i] != '.')
			return (false);
	return (s.n >= 1 && s.n <= 64);
}
