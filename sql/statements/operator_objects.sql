-- operator_objects: the functions, triggers or policies (kind) that stand now,
--     of those that were made where some are named: a line each, with a digest
-- role: operator
-- caller: note_objects
-- params: kind text, made text?
-- columns: lines text
select string_agg(name || E'\t' || digest, E'\n' order by name) as lines
from callward.objects()
where kind = {kind} and ({made} is null
    or name = any (string_to_array({made}, E'\n')));
