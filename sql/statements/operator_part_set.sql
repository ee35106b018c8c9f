-- operator_part_set: note that a part was applied; made: a line each
-- role: operator
-- caller: ledger_set_part
-- params: name text, sha256 text, made text?, place text?
-- columns: none
insert into callward.schema_parts as p (name, sha256, made, place)
values ({name}, {sha256}, coalesce(string_to_array({made}, E'\n'), '{}'),
    {place})
on conflict (name) do update set sha256 = excluded.sha256,
    made = excluded.made, place = excluded.place, applied_at = now();
