DROP VIEW numbers, "Totals";
CREATE VIEW public.numbers AS SELECT 2 AS n, 'two' AS name;
CREATE MATERIALIZED VIEW "Totals" AS SELECT 1 AS n;
DROP MATERIALIZED VIEW letters;
DO $$ BEGIN CREATE VIEW letters AS SELECT 'a' AS l; END $$;
CREATE VIEW for_a_moment AS SELECT 1 AS n;
DROP VIEW for_a_moment;
