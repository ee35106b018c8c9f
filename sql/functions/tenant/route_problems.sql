-- execute: callward_intake
create or replace function callward.route_problems()
returns table (name text, problem text, remedy text)
language sql stable
begin atomic
	select 'routes', n || ' routes do not match the numbers',
	    'run callward migrate, which rebuilds them'
	from callward.wrong_routes() n
	where n > 0;
end;
