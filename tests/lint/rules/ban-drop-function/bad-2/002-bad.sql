DROP FUNCTION touch() CASCADE;
-- expect 1: dropping trigger function "touch" takes its triggers along
-- help: First deploy the programs without it; then allow this rule, and say since when nobody uses it.
