-- Keep with the merged call what the report that does not stand, b, says
-- otherwise, unless c has it, or five of them.
create or replace function callward.add_revision(
	m callward.merge, c public.calls, b public.calls, at timestamptz)
returns callward.merge
language plpgsql
as $$
declare
	other constant jsonb := callward.differences(m.call, b);
begin
	if other = '{}' or exists (select
	    from jsonb_array_elements(c.revisions) r
	    where r -> 'values' = other) then
		return m;
	elsif jsonb_array_length(c.revisions) < 5 then
		m.call.revisions := c.revisions
		    || jsonb_build_object('at', at, 'values', other);
		m.reason := 'revision';
	else
		m.reason := 'revision_limit';
	end if;
	return m;
end $$;
