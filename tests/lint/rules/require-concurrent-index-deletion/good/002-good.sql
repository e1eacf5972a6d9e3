DROP INDEX CONCURRENTLY orders_user_id_idx;
DROP INDEX CONCURRENTLY IF EXISTS orders_id_idx;
-- PostgreSQL has no other way to drop that of a partitioned table
DROP INDEX measurements_sensor_idx;
DROP TABLE orders;
