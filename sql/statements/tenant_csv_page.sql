-- tenant_csv_page: some rows of an export, and where the next ones begin
-- role: tenant
-- caller: api_calls_csv
-- params: most integer, after_at timestamptz?, after_id uuid?, filters jsonb,
--   actor text?, words jsonb?
-- columns: rows text, last_at text, last_id uuid, done boolean, zone text
-- words: what a table for people has in the place of our names; null: the
-- columns for programs. A page ends with the row that takes its long cells over
-- 1 MiB, or where the work of one page of the list ends: so a page may be empty
-- without being the last.
with listed as materialized (
	select ids, reached_at, reached_id
	from callward.list_calls(most => {most}, after_at => {after_at},
	    after_id => {after_id}, f => callward.asked_filter({filters}))
)
select page.rows,
    case when page.is_cut or l.reached_at is null then page.last_at
	else to_char(l.reached_at at time zone 'UTC',
	    'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') end as last_at,
    case when page.is_cut or l.reached_at is null then page.last_id
	else l.reached_id end as last_id,
    not page.is_cut and l.reached_at is null
	and cardinality(l.ids) < {most} as done,
    z.zone
from listed l
cross join (select callward.clinic_zone(callward.current_user_id()) as zone) z
cross join lateral (
	select coalesce(string_agg(case when {words} is null
	    then concat_ws(',', c.id,
	        to_char(c.created_at at time zone 'UTC',
	            'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
	        callward.csv_raw_cell(c.status),
	        callward.csv_raw_cell(c.caller_phone_number),
	        callward.csv_raw_cell(c.assistant_phone_number),
	        coalesce(c.duration_seconds::text, ''),
	        callward.csv_raw_cell(c.ended_reason), c.after_hours,
	        callward.csv_raw_cell(c.intent),
	        callward.csv_raw_cell(c.success_evaluation),
	        callward.csv_raw_cell(c.summary),
	        callward.csv_raw_cell(c.follow_up_state),
	        callward.csv_raw_cell(array_to_string(c.tags, '; ')),
	        callward.csv_raw_cell(c.notes), coalesce(c.cost_usd::text, ''),
	        c.is_test)
	    else concat_ws(',',
	        to_char(c.created_at at time zone z.zone,
	            'YYYY-MM-DD HH24:MI:SS'),
	        callward.csv_cell(coalesce({words} ->> ('status.' || c.status),
	            c.status)),
	        callward.csv_cell(coalesce(case
	            when callward.is_withheld(c.caller_phone_number)
	            then {words} ->> 'call.withheld' end,
	            callward.csv_number(c.caller_phone_number))),
	        callward.csv_cell(c.caller_name),
	        callward.csv_cell(callward.csv_number(c.phone_number)),
	        callward.csv_cell(c.label),
	        coalesce(c.duration_seconds::text, ''),
	        callward.csv_cell({words} ->> case when c.after_hours then 'yes'
	            else 'no' end),
	        callward.csv_cell(c.intent_name),
	        callward.csv_cell(c.success_evaluation),
	        callward.csv_cell(c.summary),
	        callward.csv_cell(coalesce(
	            {words} ->> ('follow_up.' || c.follow_up_state),
	            c.follow_up_state)),
	        callward.csv_cell(c.follow_up_note),
	        callward.csv_cell(c.follow_up_by),
	        callward.csv_cell(array_to_string(c.tags, '; ')),
	        callward.csv_cell(c.notes), coalesce(c.cost_usd::text, ''),
	        callward.csv_cell({words} ->> case when c.is_test then 'yes'
	            else 'no' end),
	        callward.csv_cell(c.ended_reason), c.id) end || E'\r\n', ''
	        order by c.created_at desc, c.id desc), '') as rows,
	    (array_agg(to_char(c.created_at at time zone 'UTC',
	        'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
	        order by c.created_at, c.id))[1] as last_at,
	    (array_agg(c.id order by c.created_at, c.id))[1] as last_id,
	    count(*) < coalesce(max(c.found), 0) as is_cut
	from (
		select c.id, c.created_at, c.status, c.caller_phone_number,
		    c.caller_name, c.assistant_phone_number, c.duration_seconds,
		    c.ended_reason, c.after_hours, c.intent,
		    c.success_evaluation, c.summary,
		    c.follow_up_state, c.follow_up_note, c.follow_up_by,
		    c.tags, c.notes, c.cost_usd, c.is_test, n.phone_number,
		    n.label, coalesce(i.name, c.intent) as intent_name,
		    count(*) over () as found,
		    sum(coalesce(octet_length(c.summary), 0)
		        + coalesce(octet_length(c.notes), 0)
		        + coalesce(octet_length(c.follow_up_note), 0)
		        + coalesce(octet_length(c.success_evaluation), 0)
		        + coalesce(octet_length(c.ended_reason), 0)
		        + octet_length(array_to_string(c.tags, '; ')))
		        over (order by c.created_at desc, c.id desc
		            rows between unbounded preceding
		            and 1 preceding) as before
		from listed l
		cross join unnest(l.ids) as found (id)
		join public.calls c on c.id = found.id
		    and c.user_id = (select callward.current_user_id())
		left join public.phone_numbers n on n.user_id = c.user_id
		    and n.id = c.phone_number_id
		left join public.intents i on i.user_id = c.user_id
		    and i.slug = c.intent
	) c
	where coalesce(c.before, 0) <= 1048576
) page
where case when {actor} is null then true
    else callward.tenant_audit(action => 'export_calls', subject => null,
	actor => {actor}) end;
