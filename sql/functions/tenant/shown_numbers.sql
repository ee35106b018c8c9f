create or replace function callward.shown_numbers(one uuid)
returns table (id uuid, created_at timestamptz, shown json)
language plpgsql stable
as $$
#variable_conflict use_column
declare
	line text := callward.tenant_line();
begin
	return query
	select n.id, n.created_at, json_build_object('id', n.id,
	    'phone_number', n.phone_number,
	    'phone_number_raw', n.phone_number_raw, 'label', n.label,
	    'assistant_id', n.assistant_id, 'assistant_name', a.name,
	    'fallback_number', n.fallback_number, 'match_rule', n.match_rule,
	    'status', n.status, 'verified_at', n.verified_at,
	    'assistant_phone_number', coalesce(n.assistant_phone_number, line),
	    'forwarding', callward.forwarding(
	        coalesce(n.assistant_phone_number, line)),
	    'verification', callward.tenant_verification(n.id),
	    'created_at', n.created_at, 'updated_at', n.updated_at)
	from public.phone_numbers n
	left join public.assistants a
	    on a.user_id = n.user_id and a.id = n.assistant_id
	where n.user_id = (select callward.current_user_id())
	    and n.status <> 'released'
	    and (one is null or n.id = one);
end $$;
