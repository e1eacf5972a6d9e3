DROP SCHEMA shop CASCADE;
-- expect 1: dropping schema "shop" breaks every program that still uses something in it
-- help: First deploy the programs without it; then allow this rule, and say since when nobody uses it.
