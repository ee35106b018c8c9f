#!/bin/bash
# In lighttpd a block counts where its condition was first written.
#
# Guess, before it was run: of two blocks that match and set the same thing the
# one that stands last in the file wins, whatever stands before both.
# Seen with lighttpd 1.4.69 (Debian 12, 1.4.69-1): "last wins" holds, until a
# third block with the condition of the last one stands above both, even where
# it sets something else. Then both blocks of that condition count as one, in
# the place of the first, and the one between them wins. So a block that an
# included file has put far above turns the order of two others around.
#
# Needs Debian 12 (apt-get, dpkg) and curl. Exits 0 as long as this is so.

set -eu
dir=$(mktemp -d)
pid=''
stop() {
	[ -z "$pid" ] || kill "$pid" 2>/dev/null || true
	rm -rf "$dir"
}
trap stop EXIT
cd "$dir"
chmod 755 .
apt-get download -qq lighttpd=1.4.69-1 >/dev/null 2>&1
dpkg -x lighttpd_*.deb root
port=29500
while (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; do
	port=$((port + 1))
done
asked() {	# BLOCK-ABOVE: where /a is sent
	cat >conf <<-CONF
	server.modules = ( "mod_redirect" )
	server.document-root = "$dir"
	server.bind = "127.0.0.1"
	server.port = $port
	$1
	\$HTTP["url"] =~ "^/" { url.redirect = ( "" => "/between" ) }
	\$HTTP["url"] == "/a" { url.redirect = ( "" => "/last" ) }
	CONF
	root/usr/sbin/lighttpd -D -m "$dir/root/usr/lib/lighttpd" -f conf \
	    2>/dev/null &
	pid=$!
	curl -s --retry 20 --retry-connrefused --retry-delay 1 -o /dev/null \
	    -w '%{redirect_url}' "http://127.0.0.1:$port/a" | sed 's#.*/##'
	kill "$pid"
	wait "$pid" || true
	pid=''
}
root/usr/sbin/lighttpd -v | head -n 1
alone=$(asked '')
# shellcheck disable=SC2016 # it is lighttpd's
above=$(asked '$HTTP["url"] == "/a" { url.redirect-code = 301 }')
echo "two blocks: $alone; with one of the same condition above: $above"
[ "$alone $above" = 'last between' ]
