-- All that the list of calls is narrowed by stands in its filter, under the
-- names of the query: also what is searched for, and days.
alter type callward.call_filter
    add attribute number text,
    add attribute q text,
    add attribute tag text,
    add attribute intent text,
    add attribute "from" date,
    add attribute "to" date;
