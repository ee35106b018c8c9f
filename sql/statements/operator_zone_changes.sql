-- operator_zone_changes: what a zone is ahead of UTC, in seconds, at a moment
-- and at each whole hour after it where it is another than an hour before
-- role: operator
-- caller: compare_zone
-- params: zone text, from bigint, hours bigint
-- columns: at bigint, ahead integer, own boolean
-- from, at: seconds since 1970. own: the server itself has this zone, so that
-- each of its sessions has the rules that the server began with.
select at, ahead, {zone} in (current_setting('TimeZone'),
    current_setting('log_timezone')) as own
from (
    select at, ahead, lag(ahead) over (order by at) as before
    from (
        select at, extract(epoch from (to_timestamp(at) at time zone {zone})
            - (to_timestamp(at) at time zone 'UTC'))::integer as ahead
        from generate_series({from}, {from} + {hours} * 3600,
            3600) at
    ) hours
) changes
where before is distinct from ahead
order by at;
