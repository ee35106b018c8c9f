-- operator_claims: for this transaction, be a role with these claims, as they
-- are
-- role: operator
-- caller: try_copies
-- params: role text, claims text?
-- columns: role text, claims text
select set_config('role', {role}, true) as role,
    set_config('request.jwt.claims', coalesce({claims}, ''), true) as claims;
