-- Commits a transaction that has an id of its own, and writes a temporary file,
-- which proves that the server takes writes, that its log reaches the disk and
-- that the disk has room. No row is written, so nothing grows and nobody waits.
--
-- set: work_mem = 64kB
create or replace function callward.prove_write() returns boolean
language plpgsql
as $$
declare
	claims text;
begin
	claims := set_config('request.jwt.claims', '', true);
	if current_setting('transaction_read_only')::boolean then
		raise read_only_sql_transaction
		    using message = 'the database is read-only';
	end if;
	perform pg_current_xact_id();
	-- More than work_mem holds.
	perform count(*) from generate_series(1, 20000);
	return true;
end $$;
