-- What a clinic may change of a call, as a tag that is another one when any of
-- it is. It stands in a header, between quotes: hexadecimal digits alone.
create or replace function callward.call_tag(
	state text, note text, who text, who_id text, tags text[],
	notes text)
returns text
language plpgsql immutable
as $$
begin
	return left(encode(sha256(convert_to(
	    jsonb_build_array(state, note, who, who_id, tags, notes)::text, 'UTF8')),
	    'hex'), 32);
end $$;
