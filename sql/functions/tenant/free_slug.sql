-- A slug for a name that no other intent of the tenant has: letters lose their
-- accents, everything else becomes an underscore.
create or replace function callward.free_slug(name text) returns text
language plpgsql stable
as $$
#variable_conflict use_column
declare
	base text := trim('_' from regexp_replace(lower(translate(
	    free_slug.name,
	    'áàâäãåÁÀÂÄÃÅéèêëÉÈÊËíìîïÍÌÎÏóòôöõÓÒÔÖÕúùûüÚÙÛÜñÑçÇ',
	    'aaaaaaAAAAAAeeeeEEEEiiiiIIIIoooooOOOOOuuuuUUUUnNcC')),
	    '[^a-z0-9]+', '_', 'g'));
	wanted text;
	nth integer := 1;
begin
	if base !~ '^[a-z][a-z0-9_]' then
		base := trim('_' from 'intent_' || base);
	end if;
	wanted := trim('_' from left(base, 50));
	while exists (select from public.intents
	    where user_id = (select callward.current_user_id())
	        and slug = wanted) loop
		nth := nth + 1;
		wanted := left(base, 49 - length(nth::text)) || '_' || nth;
	end loop;
	return wanted;
end $$;
