BEGIN;
ALTER TYPE shop_mood ADD VALUE 'bored';
INSERT INTO guests VALUES (1, 'bored');
-- expect 1: value "bored" of enum "shop_mood" is used in the transaction that adds it: Postgres refuses it (SQLSTATE 55P04)
-- help: Write COMMIT; after ALTER TYPE, or put what uses the value into the next migration.
COMMIT;
