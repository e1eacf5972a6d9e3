CREATE INDEX CONCURRENTLY orders_user_id_idx ON orders (user_id);
CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS orders_id_idx ON orders (id);
CREATE INDEX measurements_sensor_idx ON ONLY measurements (sensor);
CREATE INDEX CONCURRENTLY measurements_2025_sensor_idx ON measurements_2025 (sensor);
ALTER INDEX measurements_sensor_idx ATTACH PARTITION measurements_2025_sensor_idx;
