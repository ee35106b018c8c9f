-- A line of the audit for what a person changes. What webhooks write has no
-- person. For each row, or where many change at once, for each statement.
create or replace function callward.note_change() returns trigger
language plpgsql
as $$
declare
	actor text;
	action text := case tg_op when 'INSERT' then 'add'
	    when 'UPDATE' then 'change' else 'remove' end;
	subject text := tg_table_name;
	o jsonb;
	n jsonb;
begin
	if tg_level = 'STATEMENT' then
		subject := subject || ' ' || (select nullif(count(*), 0)
		    from changed);
		if subject is null then
			return null;
		end if;
	end if;
	actor := nullif(current_setting('request.jwt.claims', true), '')::jsonb
	    ->> 'callward_actor';
	if actor is null then
		return null;
	end if;
	if tg_level = 'ROW' then
		o := case when tg_op <> 'INSERT' then to_jsonb(old) end;
		n := case when tg_op <> 'DELETE' then to_jsonb(new) end;
		subject := concat_ws(' ', subject, coalesce(n, o) ->> 'id');
		if n ->> 'removed_at' is not null
		    or n ->> 'status' = 'released' then
			action := 'remove';
		end if;
	end if;
	if tg_table_name = 'calls' then
		action := 'change_call';
		subject := n ->> 'id' || (select string_agg(' ' || f, '')
		    from unnest(array['follow_up_state', 'follow_up_note',
		        'follow_up_by', 'tags', 'notes']) f
		    where n -> f is distinct from o -> f);
	end if;
	if subject is not null then
		insert into callward.audit_log (user_id, actor, action, subject)
		values (callward.current_user_id(), left(actor, 128), action,
		    left(subject, 128));
	end if;
	return null;
end $$;
