/*
 * What kind of network an address belongs to, so that a name that somebody
 * else chose leads to none of ours.
 * Source: IANA's registries of special-purpose addresses, IPv4 and IPv6.
 */
#ifndef CALLWARD_HTTP_ADDRESS_H
#define CALLWARD_HTTP_ADDRESS_H

#include <stdbool.h>
#include <sys/socket.h>

/* On the internet: not of this host, its networks, multicast or reserved. */
bool http_address_public(const struct sockaddr *);
bool http_address_loopback(const struct sockaddr *);

#endif
