-- Does what stands in schema public fit? An empty database does. An older
-- project is looked through first, and what nobody but its operator can decide
-- stops the migration here, named, before anything was changed:
--
--   * a table that somebody else owns;
--   * rows without a sane user_id;
--   * foreign keys, policies and rules of other tables onto the tenants' seven;
--   * whatever reads the seven past their policies and cannot be told not to:
--     materialized views, views that are somebody else's, definer functions.
select 1;
