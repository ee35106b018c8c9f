-- Did nobody speak to this caller? By how the call ended; or since each of its
-- transfers failed. A transfer whose status is not known counts as connected.
--
-- execute: authenticated, callward_resolver, callward_writer
-- inline: without settings, so that a query takes its body in
create or replace function callward.missed_of(status text, details jsonb)
returns boolean
language sql immutable parallel safe
return callward.is_missed(missed_of.status)
    or callward.is_answered(missed_of.status)
	and coalesce(missed_of.details @? '$.transfers[*]'
	    and not missed_of.details @? '$.transfers[*] ? (!(@.status
	    == "no-answer" || @.status == "busy" || @.status == "failed"
	    || @.status == "voicemail" || @.status == "cancelled"))', false);
