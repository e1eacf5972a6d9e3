ALTER TABLE orders ADD CONSTRAINT orders_code PRIMARY KEY USING INDEX orders_code;
-- expect 20: table "orders" has a primary key already, and Postgres refuses a second one
-- help: Take the first one away in the same statement:
-- help: ALTER TABLE orders DROP CONSTRAINT orders_pkey, ADD CONSTRAINT orders_code PRIMARY KEY USING INDEX orders_code;
ALTER TABLE shop."Items" DROP COLUMN IF EXISTS note, ADD COLUMN uid uuid PRIMARY KEY;
-- expect 54: table "shop.Items" has a primary key already, and Postgres refuses a second one
-- help: Take the first one away in the same statement:
-- help: ALTER TABLE shop."Items" DROP CONSTRAINT "Key", ADD COLUMN uid uuid PRIMARY KEY;
ALTER TABLE orders ADD PRIMARY KEY (id);
-- expect 20: table "orders" has a primary key already, and Postgres refuses a second one
