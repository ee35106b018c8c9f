-- execute: callward_intake
create or replace function callward.route_problems()
returns table (name text, problem text, remedy text)
language sql stable
begin atomic
	select 'routes', n || ' routes are not what the numbers say',
	    'run callward migrate, which makes them anew'
	from callward.wrong_routes() n
	where n > 0;
end;
