# shellcheck shell=bash disable=SC2034,SC2154
# Part of ../../quickstart: starts, watches and stops programs.
#
# A pid file holds the pid and the time it started, so that a pid that was
# given to somebody else meanwhile is never stopped.

programs=(postgres callward callward-sim nginx lighttpd)

started_at() {	# PID
	local stat field
	{ read -r stat <"/proc/$1/stat"; } 2>/dev/null || return 1
	read -ra field <<<"${stat##*) }"	# from the third, the state, on
	[ "${field[0]}" != Z ] && echo "${field[19]}"
}

is_ours() {	# NAME; sets pid
	local at
	{ read -r pid at <"$dir/run/$1.pid"; } 2>/dev/null || return 1
	[ "$(started_at "$pid")" = "$at" ]
}

# Run a program as a user, in a folder that everybody can enter.
as_user() {	# USER COMMAND...
	local user=$1 prefix=()
	shift
	[ "$user" = "$me" ] || prefix=(setpriv "--reuid=$user"
	    "--regid=$(id -g "$user")" --init-groups)
	cd "$state" && exec "${prefix[@]}" "$@"
}

# Start a program as a user, its output to D/log. In a session of its own, so
# that Ctrl-C reaches this script alone, which stops things in their order.
start() {	# NAME USER COMMAND...
	local name=$1 user=$2
	shift 2
	(as_user "$user" setsid "$@") </dev/null >>"$dir/log/$name.log" 2>&1 &
	echo "$! $(started_at $!)" >"$dir/run/$name.pid"
	disown
}

end_one() {	# NAME SIGNAL SECONDS: false when it is there still
	local pid i
	for ((i = 0; i < $3 * 10; i++)); do
		is_ours "$1" || return 0
		[ $i != 0 ] || kill -s "$2" "$pid" 2>/dev/null || :
		sleep 0.1
	done
	! is_ours "$1"
}

stop_one() {	# NAME SIGNAL
	end_one "$1" "$2" 30 || end_one "$1" KILL 10 || :
	rm -f "$dir/run/$1.pid"
}

stop_all() {
	stop_one nginx TERM
	stop_one lighttpd TERM
	stop_one callward-sim TERM
	stop_one callward TERM
	stop_one postgres INT
}

died() {	# prints the first program that is not up any more
	local name pid
	for name in "${programs[@]}"; do
		if [ -e "$dir/run/$name.pid" ] && ! is_ours "$name"; then
			echo "$name"
			return
		fi
	done
	return 1
}

wait_for() {	# WHAT COMMAND...: up to a minute
	local what=$1 i name
	shift
	for ((i = 0; i < 600; i++)); do
		if "$@" >/dev/null 2>&1; then
			return
		fi
		if name=$(died); then
			tail -n 20 "$dir/log/$name.log" >&2
			fail "$name ended; see $dir/log/$name.log"
		fi
		sleep 0.1
	done
	fail "$what did not come up in a minute; see $dir/log"
}
