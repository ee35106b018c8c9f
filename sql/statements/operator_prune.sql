-- operator_prune: forget answers, inbox lines, proofs and what the audit has of
--   readings that are older, and periods of numbers that ended 30 days ago;
--   changes stay
-- role: operator
-- caller: prune_run
-- params: days integer, audit_days integer
-- columns: answers bigint, events bigint, proofs bigint, routes bigint, audit bigint
with answers as (
	delete from callward.call_answers
	where opened_at < now() - make_interval(days => {days})
	returning 1
), events as (
	delete from callward.webhook_events
	where received_at < now() - make_interval(days => {days})
	returning 1
), legs as (
	delete from callward.verification_legs
	where came_at < now() - make_interval(days => {days})
), proofs as (
	delete from callward.verifications
	where started_at < now() - make_interval(days => {days})
	returning 1
), routes as (
	delete from callward.routes
	where active_until < now() - interval '30 days'
	returning 1
), audit as (
	delete from callward.audit_log
	where at < now() - make_interval(days => {audit_days})
	    and action not in ('change_call', 'add', 'change', 'remove',
	        'link_login', 'unlink_login')
	returning 1
)
select (select count(*) from answers) as answers,
    (select count(*) from events) as events,
    (select count(*) from proofs) as proofs,
    (select count(*) from routes) as routes,
    (select count(*) from audit) as audit;
