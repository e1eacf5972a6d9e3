CREATE TABLE `orders` (`id` bigint PRIMARY KEY, `Placed` timestamptz, `user` text);
-- expect 14: names in backticks are MySQL's: Postgres refuses the statement
-- help: Write: orders, id, "Placed", "user"
SELECT count(*) FROM `orders`;
-- expect 22: names in backticks are MySQL's: Postgres refuses the statement
-- help: Write: orders
