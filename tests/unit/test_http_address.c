/*
 * http_address: which addresses lead to the internet and which to ourselves.
 */
#include "config.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/un.h>

#include "io/http_address.h"
#include "tap.h"

enum kind { PUBLIC, LOOPBACK, NEITHER };

static const struct {
	const char *text;
	enum kind want;
} addresses[] = {
	{ "8.8.8.8", PUBLIC },
	{ "1.0.0.1", PUBLIC },
	{ "100.63.255.255", PUBLIC },
	{ "100.128.0.0", PUBLIC },
	{ "172.15.255.255", PUBLIC },
	{ "172.32.0.0", PUBLIC },
	{ "192.167.255.255", PUBLIC },
	{ "198.17.255.255", PUBLIC },
	{ "198.20.0.0", PUBLIC },
	{ "223.255.255.255", PUBLIC },
	{ "2606:4700::1111", PUBLIC },
	{ "2a00:1450:4001::1", PUBLIC },
	{ "::ffff:8.8.8.8", PUBLIC },
	{ "64:ff9b::8.8.8.8", PUBLIC },
	{ "2002:808:808::1", PUBLIC },
	{ "127.0.0.1", LOOPBACK },
	{ "127.255.255.254", LOOPBACK },
	{ "::1", LOOPBACK },
	{ "0.0.0.0", NEITHER },
	{ "0.1.2.3", NEITHER },
	{ "10.0.0.1", NEITHER },
	{ "100.64.0.1", NEITHER },
	{ "100.127.255.255", NEITHER },
	{ "169.254.169.254", NEITHER },
	{ "172.16.0.1", NEITHER },
	{ "172.31.255.255", NEITHER },
	{ "192.0.0.8", NEITHER },
	{ "192.168.1.1", NEITHER },
	{ "198.18.0.1", NEITHER },
	{ "198.19.255.255", NEITHER },
	{ "224.0.0.1", NEITHER },
	{ "255.255.255.255", NEITHER },
	{ "::", NEITHER },
	{ "::2", NEITHER },
	{ "::ffff:10.0.0.1", NEITHER },
	{ "::ffff:127.0.0.1", NEITHER },
	{ "64:ff9b::169.254.169.254", NEITHER },
	{ "64:ff9b:1::8.8.8.8", NEITHER },
	{ "2002:7f00:1::1", NEITHER },
	{ "2001::1", NEITHER },
	{ "2001:db8::1", NEITHER },
	{ "3fff:f::1", NEITHER },
	{ "fc00::1", NEITHER },
	{ "fd12:3456::1", NEITHER },
	{ "fe80::1", NEITHER },
	{ "fec0::1", NEITHER },
	{ "ff02::1", NEITHER },
	{ "4000::1", NEITHER },
};

static bool
read_address(const char *text, struct sockaddr_storage *a_r)
{
	struct sockaddr_in6 *six = (struct sockaddr_in6 *)a_r;
	struct sockaddr_in *four = (struct sockaddr_in *)a_r;

	memset(a_r, 0, sizeof(*a_r));
	if (strchr(text, ':') == NULL) {
		four->sin_family = AF_INET;
		return (inet_pton(AF_INET, text, &four->sin_addr) == 1);
	}
	six->sin6_family = AF_INET6;
	return (inet_pton(AF_INET6, text, &six->sin6_addr) == 1);
}

int
main(void)
{
	const struct sockaddr_un local = { .sun_family = AF_UNIX };
	struct sockaddr_storage a;

	for (size_t i = 0; i < sizeof(addresses) / sizeof(addresses[0]); i++) {
		const char *text = addresses[i].text;
		const struct sockaddr *at = (const struct sockaddr *)&a;

		if (!read_address(text, &a)) {
			ok(false, "%s is no address", text);
			continue;
		}
		ok(http_address_public(at) == (addresses[i].want == PUBLIC),
		    "%s: public or not", text);
		ok(http_address_loopback(at) == (addresses[i].want == LOOPBACK),
		    "%s: loopback or not", text);
	}
	ok(!http_address_public((const struct sockaddr *)&local) &&
		!http_address_loopback((const struct sockaddr *)&local),
	    "what is no address of the internet is neither");
	return (done());
}
