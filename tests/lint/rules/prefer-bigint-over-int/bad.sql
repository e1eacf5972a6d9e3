CREATE TABLE orders (id serial PRIMARY KEY, user_id INTEGER, pieces int[], "Size" int4);
-- expect 25: column "id" is serial, which ends at 2147483647
-- help: Write: bigserial
-- expect 53: column "user_id" is integer, which ends at 2147483647
-- help: Write: bigint
-- expect 69: column "pieces" is int[], which ends at 2147483647
-- help: Write: bigint[]
-- expect 83: column "Size" is int4, which ends at 2147483647
-- help: Write: bigint
ALTER TABLE orders ADD COLUMN day int, ALTER COLUMN user_id TYPE pg_catalog.int4;
-- expect 35: column "day" is int, which ends at 2147483647
-- help: Write: bigint
-- expect 66: column "user_id" is pg_catalog.int4, which ends at 2147483647
-- help: Write: bigint
