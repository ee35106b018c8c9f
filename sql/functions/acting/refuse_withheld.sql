-- No row comes to hold such a number, or to be in use with one. One that did
-- before (callward doctor names it) can still be given up.
create or replace function callward.refuse_withheld() returns trigger
language plpgsql
as $$
begin
	if new.phone_number is not null
	    and callward.is_withheld(new.phone_number) then
		raise exception 'this stands for a number that is withheld'
		    using errcode = 'check_violation';
	end if;
	return new;
end $$;
