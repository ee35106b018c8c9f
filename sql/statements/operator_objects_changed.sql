-- operator_objects_changed: what callward migrate made, and is not as it was
-- role: operator
-- caller: check_objects
-- params: none
-- columns: problem text
select format('%s %s %s', n.kind, n.name, case when o.name is null
        then 'is missing' else 'was changed' end) as problem
from (
	select split_part(p.name, '/', 2) as kind,
	    split_part(line, E'\t', 1) as name,
	    split_part(line, E'\t', 2) as digest
	from callward.schema_parts p, unnest(p.made) line
	where p.name like 'noted/%'
) n
left join callward.objects() o on o.kind = n.kind and o.name = n.name
where o.digest is distinct from n.digest
order by 1;
