DROP EXTENSION IF EXISTS hstore CASCADE;
-- expect 1: dropping extension "hstore" breaks every program that still uses its types and functions
-- help: First deploy the programs without it; then allow this rule, and say since when nobody uses it.
