-- verification_listen: the attempts whose tones a leg may have heard
-- role: intake
-- caller: verification_heard
-- params: call_sid text
-- columns: id uuid
select id from callward.verification_listen({call_sid}) as id;
