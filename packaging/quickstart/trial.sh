# shellcheck shell=bash disable=SC2034,SC2154
# Part of ../../quickstart: the trial's folders, settings, database, page, and
# servers.

# The trial's folders ---------------------------------------------------------
#
# D holds settings and logs. The state (cluster, sockets, copies of programs)
# lies there too, unless user postgres or the web server's user cannot enter
# it, or its name is too long or too odd for a socket: then it lies in a
# folder of its own that D/state names and --stop removes.

choose_users() {
	me=$(id -un)
	pg_user=$me web_user=$me
	if [ "$EUID" = 0 ]; then
		pg_user=postgres web_user=www-data
	fi
}

can_enter() {	# USER FOLDER
	(state=/ as_user "$1" test -x "$2")
}

choose_state() {
	local old
	state=$dir
	if [ -e "$dir/state" ]; then
		old=$(<"$dir/state")
		if [ -d "$old" ] && [ -O "$old" ]; then
			state=$old
			return
		fi
		rm -f "$dir/state"
	fi
	[[ ${#dir} -gt 70 || $dir == *[!A-Za-z0-9._/+-]* ]] ||
	    ! can_enter "$pg_user" "$dir" || ! can_enter "$web_user" "$dir" ||
	    return 0
	state=$(mktemp -d /var/tmp/callward-XXXXXX)
	chmod 755 "$state"
	echo "$state" >"$dir/state"
	say "cluster and sockets are in $state (others cannot use $dir)"
}

# Settings --------------------------------------------------------------------

setting() {	# FILE NAME
	sed -n "s/^$2=//p" "$1"
}

# A value in D/callward.conf, or else a new one. The operator may have put
# real keys there: what stands is kept.
keep_or() {	# NAME COMMAND...
	local value='' name=$1
	shift
	[ ! -e "$dir/callward.conf" ] ||
	    value=$(setting "$dir/callward.conf" "$name")
	if [ -n "$value" ]; then echo "$value"; else "$@"; fi
}

password() {	# ROLE
	sed -n "s/^\*:\*:\*:$1://p" "$dir/pgpass"
}

write_passwords() {
	local role
	[ ! -e "$dir/pgpass" ] || return 0
	for role in callward_operator callward_intake callward_tenant; do
		echo "*:*:*:$role:$(openssl rand -hex 16)"
	done >"$dir/pgpass.new"
	chmod 600 "$dir/pgpass.new"
	mv "$dir/pgpass.new" "$dir/pgpass"
}

database_url() {	# ROLE
	echo "postgresql://$1:$(password "$1")@/callward?host=$state/run/pg"
}

new_token_key() {
	openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 \
	    2>/dev/null | openssl pkcs8 -topk8 -nocrypt -outform DER |
	    base64 -w0
}

# The key that proves the trial's tokens.
public_token_key() {
	setting "$dir/operator.conf" TOKEN_KEY | base64 -d |
	    openssl pkey -inform DER -pubout -outform DER | base64 -w0
}

new_account() { echo "AC$(openssl rand -hex 16):$(openssl rand -hex 16)"; }
new_metadata_key() { echo "k1:$(openssl rand -base64 32)"; }

# Names and values of D/callward.conf that quickstart sets; others that the
# operator added there stay.
own_settings() {
	local us=http://127.0.0.1:$port old api calls=https://api.twilio.com
	old=$(keep_or PUBLIC_URL echo "$us")
	api=$(keep_or VAPI_API_URL echo "$sim_url")
	[[ $old != http://127.0.0.1:* ]] || old=$us
	[[ $api != http://127.0.0.1:* ]] || api=$sim_url
	[ "$api" != "$sim_url" ] || calls=$sim_url
	calls=$(keep_or TWILIO_API_URL echo "$calls")
	[[ $calls != http://127.0.0.1:* ]] || calls=$sim_url
	echo "DATABASE_URL=$(database_url callward_intake)"
	echo "DATABASE_TENANT_URL=$(database_url callward_tenant)"
	echo "PUBLIC_URL=$old"
	echo "TWILIO_AUTH_TOKEN=$(keep_or TWILIO_AUTH_TOKEN new_account)"
	echo "TWILIO_API_URL=$calls"
	echo "VAPI_API_URL=$api"
	echo "VAPI_API_KEY=$(keep_or VAPI_API_KEY openssl rand -hex 16)"
	echo "VAPI_WEBHOOK_SECRET=$(keep_or VAPI_WEBHOOK_SECRET \
	    openssl rand -hex 16)"
	echo "METADATA_KEYS=$(keep_or METADATA_KEYS new_metadata_key)"
	echo "STATE_DIR=$state/kept"
	echo "CLERK_ISSUER=$(keep_or CLERK_ISSUER echo callward-trial)"
	echo "CLERK_JWT_KEY=$(keep_or CLERK_JWT_KEY public_token_key)"
}

write_settings() {
	local own=$dir/callward.conf conf=$dir/callward.conf.new names
	umask 077
	write_passwords
	[ -e "$dir/operator.conf" ] ||
	    echo "TOKEN_KEY=$(new_token_key)" >"$dir/operator.conf"
	own_settings >"$conf"
	names=$(sed 's/=.*//' "$conf" | paste -sd'|')
	[ ! -e "$own" ] || grep -vE "^($names)=" "$own" >>"$conf" || :
	mv "$conf" "$own"

	sed -i '/^DATABASE_OWNER_URL=/d' "$dir/operator.conf"
	echo "DATABASE_OWNER_URL=$(database_url callward_operator)" \
	    >>"$dir/operator.conf"

	cat >"$dir/sim.conf" <<-END
	SIM_CALLBACK_URL=http://127.0.0.1:$port/api/webhooks/vapi
	SIM_TWILIO_URL=http://127.0.0.1:$port/api/webhooks/twilio
	SIM_TWILIO_AUTH_TOKEN=$(setting "$own" TWILIO_AUTH_TOKEN)
	SIM_VAPI_API_KEY=$(setting "$own" VAPI_API_KEY)
	SIM_VAPI_SECRET=$(setting "$own" VAPI_WEBHOOK_SECRET)
	SIM_VAPI_URL=$sim_url
	END
	umask 022
	# What the programs read lies where their user can open it.
	mkdir -p "$state/etc" "$state/bin"
	install -d -m 700 -o "$web_user" "$state/kept"
	install -m 755 "$build/callward.fcgi" "$build/callward-sim" "$state/bin"
	install -m 400 -o "$web_user" "$own" "$dir/sim.conf" "$state/etc"
}

# Database --------------------------------------------------------------------

as_superuser() {	# psql by the cluster's own user, over peer
	(as_user "$pg_user" "$pg_bin/psql" -XqAt -v ON_ERROR_STOP=1 \
	    -h "$state/run/pg" -d postgres)
}

as_role() {	# ROLE; SQL on stdin
	PGPASSFILE=$dir/pgpass psql -XqAt -v ON_ERROR_STOP=1 \
	    -h "$state/run/pg" -U "$1" -d callward
}

make_cluster() {
	[ ! -e "$state/pg/callward-made" ] || return 0
	say "making a database cluster in $state/pg"
	rm -rf "$state/pg"
	install -d -m 700 -o "$pg_user" "$state/pg"
	(as_user "$pg_user" "$pg_bin/initdb" -D "$state/pg" --auth=peer \
	    --encoding=UTF8 --locale=C --no-instructions --no-sync) \
	    >"$dir/log/initdb.log" 2>&1 ||
	    fail "initdb failed; see $dir/log/initdb.log"
	printf 'local all %s peer\nlocal all all scram-sha-256\n' \
	    "$pg_user" >"$state/pg/pg_hba.conf"
	cat >>"$state/pg/postgresql.conf" <<-END
	listen_addresses = ''
	unix_socket_directories = '$state/run/pg'
	max_connections = 60
	END
}

start_database() {
	mkdir -p "$state/run"
	install -d -m 755 -o "$pg_user" "$state/run/pg"
	make_cluster
	start postgres "$pg_user" "$pg_bin/postgres" -D "$state/pg"
	wait_for "the database" "$pg_bin/pg_isready" -q -h "$state/run/pg"
	if [ ! -e "$state/pg/callward-made" ]; then
		as_superuser <<-END
		create role callward_operator login createrole
		    password '$(password callward_operator)';
		create database callward owner callward_operator;
		END
		: >"$state/pg/callward-made"
	fi
	"$build/callward" -c "$dir/operator.conf" migrate \
	    --dir "$src/sql" >>"$dir/log/migrate.log" ||
	    fail "callward migrate failed; see $dir/log/migrate.log"
	as_role callward_operator <<-END
	alter role callward_intake password '$(password callward_intake)';
	alter role callward_tenant password '$(password callward_tenant)';
	END
}

# Servers ---------------------------------------------------------------------

spawn() {	# NAME SOCKET COMMAND...
	local name=$1 socket=$2 as=()
	shift 2
	[ "$EUID" != 0 ] || as=(-u "$web_user" -g "$web_user"
	    -U "$web_user" -G "$web_user")
	start "$name" "$me" spawn-fcgi -n -s "$socket" -M 0660 "${as[@]}" \
	    -- "$@"
}

# The dashboard's page lies where the web server can read it.
copy_page() {
	[ -e "$build/web/vendor/LIST" ] || {
		say "the dashboard's page was not made; see $build/quickstart.log"
		return 0
	}
	rm -rf "$state/web"
	cp -R "$build/web" "$state/web"
	chmod -R a+rX "$state/web"
}

# nginx's settings are those of nginx/callward.conf with the trial's port,
# socket and log; the simulator gets a server of its own beside it.
write_nginx_conf() {
	local params
	mkdir -p "$state/nginx"
	params=$(grep fastcgi_param "$src/nginx/callward.conf")
	sed -e "s#listen 80;#listen 127.0.0.1:$port;#" \
	    -e "s#unix:[^\"]*#unix:$state/run/callward.sock#" \
	    -e 's#access_log [^ ]*#access_log /dev/stdout#' \
	    -e 's#error_log [^ ]*#error_log stderr#' \
	    -e "s#/usr/share/callward/web#$state/web#" \
	    "$src/nginx/callward.conf" >"$state/etc/callward-nginx.conf"
	cat >"$state/etc/nginx.conf" <<-END
	$([ "$EUID" != 0 ] || echo "user $web_user;")
	daemon off;
	worker_processes 2;
	pid $state/nginx/pid;
	error_log stderr;
	events { worker_connections 4096; }
	http {
		client_body_temp_path $state/nginx/body;
		fastcgi_temp_path $state/nginx/fastcgi;
		proxy_temp_path $state/nginx/proxy;
		uwsgi_temp_path $state/nginx/uwsgi;
		scgi_temp_path $state/nginx/scgi;
		include $state/etc/callward-nginx.conf;
		server {
			listen 127.0.0.1:$((port + 1));
			access_log off;
			client_max_body_size 17m;
			fastcgi_read_timeout 60s;
			$params
			location / {
				fastcgi_pass unix:$state/run/callward-sim.sock;
			}
		}
	}
	END
}

# The same of lighttpd/callward.conf. The pages that it shows while the
# responder is down lie where its user can read them, and the access log, which
# it opens as that user, beside them.
write_lighttpd_conf() {
	install -d -o "$web_user" "$state/lighttpd"
	install -m 644 "$src"/lighttpd/callward-{down.cgi,sentence.twiml} \
	    "$state/lighttpd"
	sed -e "s#/run/callward/callward.sock#$state/run/callward.sock#" \
	    -e "s#/usr/share/callward/lighttpd#$state/lighttpd#" \
	    -e "s#/usr/share/callward/web#$state/web#" \
	    -e "s#/var/log/lighttpd/callward.log#$state/lighttpd/access.log#" \
	    "$src/lighttpd/callward.conf" >"$state/etc/callward-lighttpd.conf"
	cat >"$state/etc/lighttpd.conf" <<-END
	$([ "$EUID" != 0 ] || printf 'server.%sname = "%s"\n' \
	    user "$web_user" group "$web_user")
	server.bind = "127.0.0.1"
	server.port = $port
	server.document-root = "$state/lighttpd"
	server.modules = ( "mod_access", "mod_indexfile" )
	include "$state/etc/callward-lighttpd.conf"
	server.modules += ( "mod_staticfile" )
	\$SERVER["socket"] == "127.0.0.1:$((port + 1))" {
		fastcgi.server = ( "/" => ((
			"socket" => "$state/run/callward-sim.sock",
			"check-local" => "disable",
			"read-timeout" => 60
		)) )
	}
	END
}

start_web() {
	copy_page
	if [ "$server" = lighttpd ]; then
		write_lighttpd_conf
		start lighttpd "$me" lighttpd -D -f "$state/etc/lighttpd.conf"
	else
		write_nginx_conf
		start nginx "$me" nginx -e stderr -p "$state/nginx" \
		    -c "$state/etc/nginx.conf"
	fi
}

start_servers() {
	spawn callward "$state/run/callward.sock" \
	    "$state/bin/callward.fcgi" -c "$state/etc/callward.conf"
	spawn callward-sim "$state/run/callward-sim.sock" \
	    "$state/bin/callward-sim" serve -c "$state/etc/sim.conf"
	start_web
	wait_for Callward curl -sf -m 2 "http://127.0.0.1:$port/readyz"
	wait_for "the simulator" curl -sf -m 2 "$sim_url/sim/plan"
}
