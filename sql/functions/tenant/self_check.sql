-- execute: callward_intake
create or replace function callward.self_check(expected integer)
returns table (name text, problem text, remedy text)
language sql
begin atomic
	select * from callward.role_problems()
	union all select * from callward.policy_problems()
	union all select * from callward.setting_problems(expected)
	union all select * from callward.reading_problems()
	union all select * from callward.route_problems();
end;
