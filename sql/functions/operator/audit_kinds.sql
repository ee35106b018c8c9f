-- Who asks: each kind with its claims, the tenant that they name, and the
-- tenant whose rows must not be touched. Without a role one is the front desk.
create or replace function callward.audit_kinds(a text, b text)
returns table (nth integer, kind text, me text, other text, claims text[])
language sql immutable
begin atomic
	select * from (values
	(1, 'own', a, b, array[json_build_object('sub', a,
	    'callward_role', 'owner')::text]),
	(2, 'desk', a, b, array[json_build_object('sub', a)::text,
	    json_build_object('sub', a, 'callward_role', 'Owner')::text]),
	(3, 'other', b, a, array[json_build_object('sub', b,
	    'callward_role', 'owner')::text]),
	(4, 'none', null, a, array['{}', '{"sub":null,"callward_role":"owner"}']),
	(5, 'empty', null, a, array['', '{"sub":"","callward_role":"owner"}']),
	(6, 'malformed', null, a, array[a, json_build_array(a)::text,
	    json_build_object('sub', array[a])::text,
	    json_build_object('sub', a || ' ')::text,
	    json_build_object('sub', a || ''' or true')::text,
	    json_build_object('sub', left(a, -1) || '%')::text]))
	as kinds (nth, kind, me, other, claims);
end;
