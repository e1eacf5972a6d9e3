-- waits for the second lock with the first one
BEGIN;
CREATE TRIGGER tell AFTER INSERT ON orders FOR EACH ROW EXECUTE FUNCTION told();
-- expect 1: creating trigger "tell" blocks writes to "orders" until the transaction ends (SHARE ROW EXCLUSIVE lock)
CREATE TRIGGER tell AFTER INSERT ON items FOR EACH ROW EXECUTE FUNCTION told();
COMMIT;
BEGIN;
CREATE TRIGGER say AFTER INSERT ON orders FOR EACH ROW EXECUTE FUNCTION told();
-- expect 1: creating trigger "say" blocks writes to "orders" until the transaction ends (SHARE ROW EXCLUSIVE lock)
SELECT count(*) FROM orders;
COMMIT;
BEGIN;
CREATE TRIGGER write AFTER INSERT ON orders FOR EACH ROW EXECUTE FUNCTION told();
-- expect 1: creating trigger "write" blocks writes to "orders" until the transaction ends (SHARE ROW EXCLUSIVE lock)
DO $$ BEGIN EXECUTE 'SELECT 1'; END $$;
COMMIT;
