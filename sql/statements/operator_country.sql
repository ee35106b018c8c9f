-- operator_country: the country whose dialling plan reads a clinic's numbers
-- role: operator
-- caller: cli_number_of
-- params: user_id text
-- columns: country text
-- Runs as callward_writer with that tenant set.
select callward.clinic_country({user_id}) as country;
