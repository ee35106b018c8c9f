-- Intents of an older project are known by their names from now on. A thousand
-- a batch.
--
-- of: takeover
do $$
declare
	i record;
	claims text;
	named bigint := 0;
begin
	alter table public.intents no force row level security;
	for i in select user_id, id, name from public.intents
	    where slug is null order by user_id, created_at, id limit 1000 loop
		claims := set_config('request.jwt.claims',
		    json_build_object('sub', i.user_id)::text, true);
		update public.intents set slug = callward.free_slug(i.name)
		where user_id = i.user_id and id = i.id;
		named := named + 1;
	end loop;
	claims := set_config('request.jwt.claims', '', true);
	alter table public.intents force row level security;
	if named > 0 then
		raise notice 'intents.slug made in % rows', named;
	end if;
	perform set_config('callward.backfill',
	    case when named < 1000 then '' else 'more' end, true);
end $$;
