CREATE TABLE orders (id bigint PRIMARY KEY, total money, parts money[]);
-- expect 51: column "total" is money, whose currency is the setting lc_monetary
-- help: Write: numeric
-- expect 64: column "parts" is money[], whose currency is the setting lc_monetary
-- help: Write: numeric[]
ALTER TABLE orders ADD COLUMN tip pg_catalog.money, ALTER COLUMN total TYPE MONEY;
-- expect 35: column "tip" is pg_catalog.money, whose currency is the setting lc_monetary
-- expect 77: column "total" is money, whose currency is the setting lc_monetary
