-- A text of a table that people read. A number in groups (csv_number), which no
-- spreadsheet takes for a formula, needs no apostrophe.
--
-- inline: without settings, so that a query takes its body in
create or replace function callward.csv_cell(content text) returns text
language sql immutable parallel safe
return case when csv_cell.content ~ '^\+[0-9]+( [0-9]+)+$'
    then '"' || csv_cell.content || '"'
    else callward.csv_raw_cell(csv_cell.content) end;
