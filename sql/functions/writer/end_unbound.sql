-- Answer a call without an assistant. That ends the call if it is this
-- attempt's own (is_own), or a reason is given. The row of sessions that is
-- added keeps a session from being bound later; if one is there already, its
-- answer counts.
-- Within the tenant's claims.
create or replace function callward.end_unbound(
	call_id uuid, call_sid text, answer text, is_own boolean,
	ended_reason text)
returns callward.settlement
language plpgsql
as $$
#variable_conflict use_column
declare
	me constant text := callward.current_user_id();
	there callward.sessions;
begin
	insert into callward.sessions (user_id, call_id, answer)
	select user_id, id, end_unbound.answer from public.calls
	where user_id = me and id = end_unbound.call_id
	on conflict do nothing;
	if not found then
		select * into there from callward.sessions
		where user_id = me and call_id = end_unbound.call_id;
	end if;
	if there.answer is not null then
		update callward.call_answers
		set answer = there.answer, dialled = false
		where call_sid = end_unbound.call_sid;
		return ('repeat'::text, there.answer);
	end if;
	if there.vapi_call_id is null
	    and (is_own or ended_reason is not null) then
		update public.calls
		set status = case end_unbound.ended_reason
		        when 'callward-forwarded' then 'forwarding'
		        when 'callward-after-hours' then 'no-answer'
		        when 'callward-over-plan' then 'no-answer'
		        else 'failed' end,
		    ended_reason = coalesce(end_unbound.ended_reason,
		        'callward-failed'),
		    ended_at = case when end_unbound.ended_reason
		        is distinct from 'callward-forwarded' then now() end,
		    updated_at = now()
		where user_id = me and id = end_unbound.call_id
		    and vapi_call_id is null
		    and status in ('initiated', 'ringing', 'in-progress',
		        'forwarding');
	end if;
	return ('settled'::text, answer);
end $$;
