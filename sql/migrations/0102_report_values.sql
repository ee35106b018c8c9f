-- What messages tell of a call beyond the columns that it has: details, by the
-- names of the report's values. Of them caller_name is a column, to be searched
-- for, and missed follows from them and from the call's status. The index of
-- missed calls is made anew by the next migration.
alter table public.calls
    add details jsonb,
    add caller_name text,
    add missed boolean not null default false,
    alter details set statistics 0,
    alter caller_name set statistics 0;
drop index public.calls_missed;

-- How many of a day's calls were put through in vain: missed, whatever their
-- status says.
alter table public.call_days add in_vain integer not null default 0;
