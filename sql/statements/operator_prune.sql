-- operator_prune: forget answers and inbox lines that are older
-- role: operator
-- caller: prune_run
-- params: days integer
-- columns: answers bigint, events bigint
with answers as (
	delete from callward.call_answers
	where opened_at < now() - make_interval(days => $1::integer)
	returning 1
), events as (
	delete from callward.webhook_events
	where received_at < now() - make_interval(days => $1::integer)
	returning 1
)
select (select count(*) from answers), (select count(*) from events);
