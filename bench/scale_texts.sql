-- What is said in the calls of bench/scale, and its words as a search takes
-- them: two thousand long calls, as many short ones.
create table callward.scale_texts as
select n, large, content, summary, array(select 'w' || w
    from unnest(callward.search_split(content || ' ' || summary)) w) as words
from (
	select n, large, 'Hello ' || string_agg('w' || substr(md5(floor(3000
	    * power(random(), 3))::text), 1, 6), ' ') as content,
	    case when large then 'The patient asks for an appointment'
	    else 'An appointment' end as summary
	from generate_series(0, 1999) n,
	    (values (true), (false)) sizes (large),
	    generate_series(1, case when large then 90 else 6 end)
	group by n, large
) texts;
create index on callward.scale_texts (n, large);
analyze callward.scale_texts;
