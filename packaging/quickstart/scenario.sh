# shellcheck shell=bash disable=SC2034,SC2154
# Part of ../../quickstart: two clinics on one line, and what each sees.

# The trial's cast. Vapi's ids are made up: the simulator takes any.
line=+15559999999
line_vapi_id=6b1f0c52-6a3f-4a55-9d1e-1d0d5c1b9a01
number_a=+15551111111
number_b=+15552222222
number_unknown=+15554444444
assistant_a=2f4f7d0e-93f5-4c0c-8f0a-2f8b6f1c0a0a
assistant_b=81c9f5b6-0f3b-4f52-b1a4-6f1f4a3c0b0b

callward() { "$build/callward" -c "$dir/operator.conf" "$@"; }

add_clinic() {	# USER NUMBER VAPI_ASSISTANT
	local assistant
	assistant=$(callward assistant add --user "$1" --name 'Front desk' \
	    --vapi-id "$3")
	callward number add --user "$1" --number "$2" \
	    --assistant "$assistant" --vapi-id "$3" >/dev/null
}

register() {
	{
		callward line add "$line" --vapi-id "$line_vapi_id" >/dev/null
		add_clinic user_a "$number_a" "$assistant_a"
		add_clinic user_b "$number_b" "$assistant_b"
	} 2>>"$dir/log/migrate.log" ||
	    fail "the trial's clinics could not be added; see $dir/log"
}

# On the first run the clinics get a past, for their dashboards to show.
give_history() {
	[ ! -e "$state/pg/history-made" ] || return 0
	{
		echo '\connect callward'
		cat "$src/packaging/quickstart/history.sql"
	} | as_superuser 2>>"$dir/log/migrate.log" ||
	    fail "the trial's history could not be made; see $dir/log"
	: >"$state/pg/history-made"
}

# The dashboard's address for each clinic, with a token that opens it.
tell_links() {
	local clinic
	[ "$(setting "$dir/callward.conf" CLERK_ISSUER)" = callward-trial ] ||
	    return 0
	for clinic in A B; do
		echo "$clinic http://127.0.0.1:$port/#token=$(callward token \
		    --user "user_${clinic,}")"
	done
}

call() {	# FROM CALLSID [OPTION...]
	local from=$1 sid=$2
	shift 2
	"$build/callward-sim" call -c "$dir/sim.conf" --from "$from" \
	    --to "$line" --call-sid "$sid" "$@" >&2 ||
	    say "quickstart: the call from $from was not answered"
}

new_sid() { echo "CA$(openssl rand -hex 16)"; }

count_as() {	# USER CONDITION: rows of calls that this tenant sees
	as_role callward_tenant <<-END
	begin;
	set local request.jwt.claims = '{"sub":"$1"}';
	select count(*) from public.calls where $2;
	commit;
	END
}

count_events() {	# CONDITION
	as_role callward_operator <<<"select count(*)
	    from callward.webhook_events where provider = 'twilio' and $1"
}

reports_in() {
	local report="report_at is not null and twilio_call_sid"
	[ "$(count_as user_a "$report = '$sid_a'")" = 1 ] &&
	    [ "$(count_as user_b "$report = '$sid_b'")" = 1 ]
}

tell() {	# WORDS COUNT WANTED
	echo "$1 $2"
	[ "$2" = "$3" ] || same=no
}

play() {
	local sid_a sid_b sid_unknown ours across i same=yes
	sid_a=$(new_sid) sid_b=$(new_sid) sid_unknown=$(new_sid)
	ours="twilio_call_sid in ('$sid_a', '$sid_b', '$sid_unknown')"
	say "calling: clinic A, clinic B, a stranger, clinic A's call again"
	call "$number_a" "$sid_a"
	call "$number_b" "$sid_b"
	call "$number_unknown" "$sid_unknown"
	call "$number_a" "$sid_a" --no-stream
	for ((i = 0; i < 600; i++)); do
		! reports_in || break
		sleep 0.1
	done
	[ $i -lt 600 ] ||
	    { say "quickstart: no report came in a minute"; same=no; }
	across=$(($(count_as user_a "$ours and twilio_call_sid <> '$sid_a'") +
	    $(count_as user_b "$ours and twilio_call_sid <> '$sid_b'")))
	tell 'A sees' "$(count_as user_a "$ours")" 1
	tell 'B sees' "$(count_as user_b "$ours")" 1
	tell 'rejected' "$(count_events "$ours and verdict = 'rejected'")" 1
	tell 'read across' $across 0
	tell 'duplicates dropped' \
	    "$(count_events "$ours and verdict = 'duplicate'")" 1
	[ $same = yes ]
}
