DROP SEQUENCE public.order_numbers;
-- expect 1: dropping sequence "order_numbers" breaks every program that still takes numbers from it
-- help: First deploy the programs without it; then allow this rule, and say since when nobody uses it.
