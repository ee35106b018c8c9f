-- prove_write: a commit that writes; it fails where none could
-- role: intake
-- caller: tenancy_prove_write
-- params: none
-- columns: proven boolean
select proven from callward.prove_write() as proven;
