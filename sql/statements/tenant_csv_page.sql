-- tenant_csv_page: some rows of an export, and where the next ones begin
-- role: tenant
-- caller: api_calls_csv
-- params: most integer, after_at timestamptz?, after_id uuid?, filters jsonb,
--   actor text?
-- columns: rows text, last_at text, last_id uuid, done boolean
-- A page ends behind the row with which its long cells are over 1 MiB, or where
-- the list ends the work of one: it may be empty, and not the last.
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
	and cardinality(l.ids) < {most} as done
from listed l, (
	select coalesce(string_agg(concat_ws(',', c.id,
	        to_char(c.created_at at time zone 'UTC',
	            'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
	        callward.csv_cell(c.status),
	        callward.csv_cell(c.caller_phone_number),
	        callward.csv_cell(c.assistant_phone_number),
	        coalesce(c.duration_seconds::text, ''),
	        callward.csv_cell(c.ended_reason), c.after_hours,
	        callward.csv_cell(c.intent),
	        callward.csv_cell(c.success_evaluation),
	        callward.csv_cell(c.summary),
	        callward.csv_cell(c.follow_up_state),
	        callward.csv_cell(array_to_string(c.tags, '; ')),
	        callward.csv_cell(c.notes), coalesce(c.cost_usd::text, ''),
	        c.is_test) || E'\r\n', ''
	        order by c.created_at desc, c.id desc), '') as rows,
	    (array_agg(to_char(c.created_at at time zone 'UTC',
	        'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
	        order by c.created_at, c.id))[1] as last_at,
	    (array_agg(c.id order by c.created_at, c.id))[1] as last_id,
	    count(*) < coalesce(max(c.found), 0) as is_cut
	from (
		select c.id, c.created_at, c.status, c.caller_phone_number,
		    c.assistant_phone_number, c.duration_seconds,
		    c.ended_reason, c.after_hours, c.intent,
		    c.success_evaluation, c.summary,
		    c.follow_up_state, c.tags, c.notes, c.cost_usd, c.is_test,
		    count(*) over () as found,
		    sum(coalesce(octet_length(c.summary), 0)
		        + coalesce(octet_length(c.notes), 0)
		        + coalesce(octet_length(c.success_evaluation), 0)
		        + coalesce(octet_length(c.ended_reason), 0)
		        + octet_length(array_to_string(c.tags, '; ')))
		        over (order by c.created_at desc, c.id desc
		            rows between unbounded preceding
		            and 1 preceding) as before
		from listed l
		cross join unnest(l.ids) as i (id)
		join public.calls c on c.id = i.id
		    and c.user_id = (select callward.current_user_id())
	) c
	where coalesce(c.before, 0) <= 1048576
) page
where case when {actor} is null then true
    else callward.tenant_audit(action => 'export_calls', subject => null,
	actor => {actor}) end;
