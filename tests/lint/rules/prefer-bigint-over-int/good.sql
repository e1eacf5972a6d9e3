CREATE TABLE orders (id bigserial PRIMARY KEY, user_id bigint, pieces smallint, size numeric, days int4range);
ALTER TABLE orders ALTER COLUMN pieces TYPE int8;
