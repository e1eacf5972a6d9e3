CREATE TABLE orders (id bigint, user_id bigint);
CREATE INDEX orders_user_id_idx ON orders (user_id);
CREATE TABLE measurements (taken_at date NOT NULL, sensor int) PARTITION BY RANGE (taken_at);
CREATE INDEX measurements_sensor_idx ON measurements (sensor);
