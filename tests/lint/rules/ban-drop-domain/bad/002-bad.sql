DROP DOMAIN IF EXISTS email RESTRICT;
-- expect 1: dropping domain "email" breaks every program that still casts to it
-- help: First deploy the programs without it; then allow this rule, and say since when nobody uses it.
