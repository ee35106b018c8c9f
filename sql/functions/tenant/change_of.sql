-- By how many per cent each figure changed; null where there was none.
create or replace function callward.change_of(now_ callward.figures,
	before callward.figures)
returns json
language plpgsql immutable
as $$
begin
	return (select json_object_agg(n.key, case when b.value::numeric <> 0
	    then round((n.value::numeric - b.value::numeric) * 100
	        / b.value::numeric, 1) end)
	from jsonb_each_text(to_jsonb(now_)) n
	join jsonb_each_text(to_jsonb(before)) b using (key));
end $$;
