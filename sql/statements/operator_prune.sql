-- operator_prune: forget answers, inbox lines, proofs and audit lines that
--   are older
-- role: operator
-- caller: prune_run
-- params: days integer, audit_days integer
-- columns: answers bigint, events bigint, proofs bigint, audit bigint
with answers as (
	delete from callward.call_answers
	where opened_at < now() - make_interval(days => $1::integer)
	returning 1
), events as (
	delete from callward.webhook_events
	where received_at < now() - make_interval(days => $1::integer)
	returning 1
), legs as (
	delete from callward.verification_legs
	where came_at < now() - make_interval(days => $1::integer)
), proofs as (
	delete from callward.verifications
	where started_at < now() - make_interval(days => $1::integer)
	returning 1
), audit as (
	delete from callward.audit_log
	where at < now() - make_interval(days => $2::integer)
	returning 1
)
select (select count(*) from answers), (select count(*) from events),
    (select count(*) from proofs), (select count(*) from audit);
