CREATE TABLE orders (id smallserial PRIMARY KEY, pieces int2);
-- expect 25: column "id" is smallserial, which ends at 32767
-- help: Write: bigserial
-- expect 57: column "pieces" is int2, which ends at 32767
-- help: Write: bigint
ALTER TABLE orders ADD COLUMN size smallint;
-- expect 36: column "size" is smallint, which ends at 32767
-- help: Write: bigint
