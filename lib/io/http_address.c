/*
 * Tables of prefixes. An IPv6 address that carries one of IPv4 is judged by
 * what it carries.
 */
#include "config.h"

#include <netinet/in.h>
#include <string.h>

#include "io/http_address.h"

struct prefix {
	unsigned char p[16];
	int bits;
};

/* clang-format off */
static const struct prefix not_public4[] = {
	{ { 0 }, 8 },
	{ { 10 }, 8 },
	{ { 100, 64 }, 10 },
	{ { 127 }, 8 },
	{ { 169, 254 }, 16 },
	{ { 172, 16 }, 12 },
	{ { 192, 0, 0 }, 24 },
	{ { 192, 0, 2 }, 24 },
	{ { 192, 88, 99 }, 24 },
	{ { 192, 168 }, 16 },
	{ { 198, 18 }, 15 },
	{ { 198, 51, 100 }, 24 },
	{ { 203, 0, 113 }, 24 },
	{ { 224 }, 3 },
};

/* Global unicast is 2000::/3; of that, what is not. */
static const struct prefix not_public6[] = {
	{ { 0x20, 0x01, 0x00 }, 23 },
	{ { 0x20, 0x01, 0x0d, 0xb8 }, 32 },
	{ { 0x3f, 0xff }, 20 },
};
static const struct prefix global6 = { { 0x20 }, 3 };
static const struct prefix mapped = {
	{ 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff }, 96 };
static const struct prefix nat64 = { { 0x00, 0x64, 0xff, 0x9b }, 96 };
static const struct prefix six_to_four = { { 0x20, 0x02 }, 16 };
static const unsigned char loopback6[16] = { [15] = 1 };
/* clang-format on */

static bool
is_in(const unsigned char *address, const struct prefix *prefix)
{
	int whole = prefix->bits / 8, rest = prefix->bits % 8;

	if (memcmp(address, prefix->p, (size_t)whole) != 0)
		return (false);
	return (rest == 0 ||
	    ((address[whole] ^ prefix->p[whole]) >> (8 - rest)) == 0);
}

static bool
is_in_any(const unsigned char *address, const struct prefix *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (is_in(address, &list[i]))
			return (true);
	return (false);
}

#define IN_ANY(address, list)                                                  \
	is_in_any((address), (list), sizeof(list) / sizeof((list)[0]))

/* The IPv4 address of this one, whatever carries it; NULL when there is none */
static const unsigned char *
find4(const struct sockaddr *a)
{
	const unsigned char *p;

	if (a->sa_family == AF_INET)
		return ((const unsigned char *)&((const struct sockaddr_in *)a)
			    ->sin_addr);
	if (a->sa_family != AF_INET6)
		return (NULL);
	p = ((const struct sockaddr_in6 *)a)->sin6_addr.s6_addr;
	if (is_in(p, &mapped) || is_in(p, &nat64))
		return (p + 12);
	return (is_in(p, &six_to_four) ? p + 2 : NULL);
}

bool
http_address_public(const struct sockaddr *a)
{
	const unsigned char *p = find4(a);

	if (p != NULL)
		return (!IN_ANY(p, not_public4));
	if (a->sa_family != AF_INET6)
		return (false);
	p = ((const struct sockaddr_in6 *)a)->sin6_addr.s6_addr;
	return (is_in(p, &global6) && !IN_ANY(p, not_public6));
}

bool
http_address_loopback(const struct sockaddr *a)
{
	const struct sockaddr_in6 *six = (const struct sockaddr_in6 *)a;

	if (a->sa_family == AF_INET)
		return (find4(a)[0] == 127);
	return (a->sa_family == AF_INET6 &&
	    memcmp(six->sin6_addr.s6_addr, loopback6, 16) == 0);
}
