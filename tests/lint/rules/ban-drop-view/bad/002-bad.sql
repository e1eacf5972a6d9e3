DROP VIEW IF EXISTS numbers CASCADE;
-- expect 1: dropping view "numbers" breaks every program that still reads it
-- help: First deploy the programs without it; then allow this rule, and say since when nobody uses it.
DROP MATERIALIZED VIEW shop.totals;
-- expect 1: dropping materialized view "shop.totals" breaks every program that still reads it
-- help: First deploy the programs without it; then allow this rule, and say since when nobody uses it.
CREATE VIEW totals AS SELECT 1 AS n;
