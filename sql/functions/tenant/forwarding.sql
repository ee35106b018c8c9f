-- What to dial at a telephone so that its calls go to a line, and to end it.
-- GSM: 3GPP TS 22.030, the same with every operator. Landlines: what North
-- American carriers have in common, so only for a line there.
create or replace function callward.forwarding(line text) returns jsonb
language sql immutable
begin atomic
	select jsonb_build_object('to', line, 'codes', coalesce(
	    jsonb_agg(jsonb_build_object('network', network, 'when', "when",
	        'on', dial_on, 'off', dial_off) order by place), '[]'))
	from (values
	    (1, 'landline', 'always', '*72 ' || substr(line, 2), '*73'),
	    (2, 'landline', 'no_answer', '*92 ' || substr(line, 2), '*93'),
	    (3, 'landline', 'busy', '*90 ' || substr(line, 2), '*91'),
	    (4, 'gsm', 'always', '**21*' || line || '#', '##21#'),
	    (5, 'gsm', 'no_answer', '**61*' || line || '#', '##61#'),
	    (6, 'gsm', 'busy', '**67*' || line || '#', '##67#'))
	    as codes (place, network, "when", dial_on, dial_off)
	where dial_on is not null
	    and (network = 'gsm' or starts_with(line, '+1'));
end;
