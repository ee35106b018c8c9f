-- operator_part_set: note that a part was applied; made: a line each
-- role: operator
-- caller: ledger_set_part
-- params: name text, sha256 text, made text, place text
-- columns: none
insert into callward.schema_parts as p (name, sha256, made, place)
values ($1::text, $2::text, coalesce(string_to_array($3::text, E'\n'), '{}'),
    $4::text)
on conflict (name) do update set sha256 = excluded.sha256,
    made = excluded.made, place = excluded.place, applied_at = now();
