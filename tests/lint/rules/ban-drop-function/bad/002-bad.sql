DROP FUNCTION one, two(integer);
-- expect 15: dropping function "one" breaks every program that still calls it
-- help: First deploy the programs without it; then allow this rule, and say since when nobody uses it.
-- expect 20: dropping function "two" breaks every program that still calls it
-- help: First deploy the programs without it; then allow this rule, and say since when nobody uses it.
DROP PROCEDURE IF EXISTS public.tidy() CASCADE;
-- expect 1: dropping procedure "tidy" breaks every program that still calls it
-- help: First deploy the programs without it; then allow this rule, and say since when nobody uses it.
