# shellcheck shell=bash disable=SC2034,SC2154
# Part of ../../quickstart: packages and the build.

# Packages --------------------------------------------------------------------

postgres_bin() {
	local dir
	for dir in $(printf '%s\n' /usr/lib/postgresql/*/bin | sort -rV); do
		if [ -x "$dir/initdb" ] && [ "${dir//[!0-9]/}" -ge 15 ]; then
			echo "$dir"
			return
		fi
	done
}

# The version of Debian's package postgresql, also where no list of packages
# was fetched yet.
packaged_postgres() {
	case $(cat /etc/debian_version 2>/dev/null) in
	13*)	echo 17 ;;
	*/sid)	echo 18 ;;
	*)	echo 15 ;;
	esac
}

# The packages, of those that $1 (run or check) needs, that are not there.
missing_packages() {
	local need=(build-essential autoconf automake pkg-config
	    libfcgi-dev libpq-dev libcjson-dev libcurl4-openssl-dev
	    libssl-dev ca-certificates curl openssl spawn-fcgi) package version
	[ "$server" != nginx ] || command -v nginx >/dev/null ||
	    need+=(nginx-light)
	[ "$server" != lighttpd ] || need+=(lighttpd lighttpd-mod-deflate)
	[ -n "$(postgres_bin)" ] || need+=(postgresql)
	command -v node >/dev/null || need+=(nodejs)
	command -v npm >/dev/null || need+=(npm)
	if [ "$1" = check ]; then
		version=$(postgres_bin)
		version=${version//[!0-9]/}
		need+=("postgresql-${version:-$(packaged_postgres)}-pgtap" perl mandoc shellcheck
		    valgrind lighttpd lighttpd-mod-deflate libfcgi-bin strace
		    clang-format chromium fonts-dejavu-core
		    webkit2gtk-driver xvfb pgbouncer)
	fi
	for package in "${need[@]}"; do
		[ "$(dpkg-query -W -f='${db:Status-Status}' "$package" \
		    2>/dev/null)" = installed ] || echo "$package"
	done
}

apt() {
	as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq -y \
	    -o Dpkg::Use-Pty=0 --no-install-recommends "$@" >&2
}

# Debian starts a web server, a database and a pooler when it installs them.
# Ours are private, so nothing may start now, nor at the next boot if it is we who
# brought it, and no system cluster may be made.
guard=/usr/sbin/policy-rc.d
no_cluster=/etc/postgresql-common/createcluster.d/callward-quickstart.conf

install_packages() {
	local list service had=" "
	mapfile -t list < <(missing_packages "$1")
	[ ${#list[@]} -gt 0 ] || return 0
	command -v apt-get >/dev/null ||
	    fail "please install: ${list[*]} (or their like; this is no Debian)"
	say "installing ${list[*]}"
	for service in nginx lighttpd pgbouncer; do
		[ ! -e "/etc/init.d/$service" ] || had+="$service "
	done
	if [ ! -e $guard ]; then
		printf '#!/bin/sh\nexit 101\n' | as_root tee $guard >/dev/null
		as_root chmod 755 $guard
		guarded=yes
	fi
	if [ -z "$(postgres_bin)" ]; then
		as_root mkdir -p "${no_cluster%/*}"
		echo 'create_main_cluster = false' |
		    as_root tee $no_cluster >/dev/null
		without_cluster=yes
	fi
	apt install "${list[@]}" || { apt update && apt install "${list[@]}"; } ||
	    fail "the packages could not be installed"
	unguard
	for service in nginx lighttpd pgbouncer; do
		[[ $had != *" $service "* ]] || continue
		[ ! -e "/etc/init.d/$service" ] ||
		    as_root update-rc.d "$service" disable >&2 || :
	done
}

unguard() {
	[ -z "${guarded-}" ] || as_root rm -f $guard
	[ -z "${without_cluster-}" ] || as_root rm -f $no_cluster
	guarded='' without_cluster=''
}

# Build -----------------------------------------------------------------------

build_all() {	# MAKE-TARGET...
	local log=$build/quickstart.log
	mkdir -p "$build"
	: >"$log"
	if [ ! -x "$src/configure" ] ||
	    [ "$src/configure.ac" -nt "$src/configure" ]; then
		say "making configure"
		"$src/autogen.sh" >>"$log" 2>&1 || build_failed
	fi
	if [ ! -e "$build/config.status" ]; then
		say "configuring"
		(cd "$build" && "$src/configure") >>"$log" 2>&1 ||
		    build_failed
	fi
	say "building"
	make -C "$build" -j2 "$@" >>"$log" 2>&1 || build_failed
}

build_failed() {
	tail -n 40 "$log" >&2
	fail "the build failed; all of it is in $log"
}
