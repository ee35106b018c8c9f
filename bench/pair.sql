-- What one webhook asks of the database, for pgbench -M prepared as
-- callward_intake: the pair of functions alone, each its own transaction.
-- Variables: numbers, how many numbers there are; line, the line's digits.
-- The ids are made as the responder makes them: time first, then chance.
\set n random(0, :numbers - 1)
\set a random(0, 4611686018427387903)
\set b random(0, 4611686018427387903)

select verdict, answer, age_ms, user_id, call_id, assistant_id,
    phone_number_id, vapi_assistant_id, owner_rule, vapi_phone_number_id,
    fallback, line_fallback, dialled_recently, capped, greeting, language,
    clinic_name, after_hours_message, message_language,
    line_dialled_recently
from callward.open_call(
    (lpad(to_hex((extract(epoch from clock_timestamp()) * 1000)::bigint),
        12, '0') || '7' || right(lpad(to_hex(:a::bigint), 16, '0'), 3)
        || '8' || lpad(to_hex(:b::bigint), 15, '0'))::uuid,
    'CA' || lpad(to_hex(:a::bigint), 16, '0')
        || lpad(to_hex(:b::bigint), 16, '0'),
    '+1555' || lpad(:n::text, 7, '0'), '+' || :line::text,
    '+' || :line::text, null, null, 'TN-Validation-Passed-A', 0, 0)
\gset

select verdict, answer
from callward.bind_session(:user_id::text, :call_id::uuid,
    'CA' || lpad(to_hex(:a::bigint), 16, '0')
        || lpad(to_hex(:b::bigint), 16, '0'),
    lpad(to_hex(:b::bigint), 16, '0') || lpad(to_hex(:a::bigint), 16, '0'),
    '<?xml version="1.0" encoding="UTF-8"?><Response><Connect><Stream url="wss://phone-call-websocket.example.com/0123456789abcdef0123456789abcdef/transport"><Parameter name="callId" value="0123456789abcdef0123456789abcdef"/></Stream></Connect></Response>',
    '{"user_id":"user_bench_0000000","assistant_id":"00000000-0000-4000-8000-000000000000","phone_number_id":"00000000-0000-4000-8000-000000000000","caller_phone_number":"+15550000000","assistant_phone_number":"+15559999999","call_id":"00000000-0000-4000-8000-000000000000","seal":"v1.k1.0123456789abcdefghijklmnopqrstuvwxyzABCDEFG"}'::jsonb);
