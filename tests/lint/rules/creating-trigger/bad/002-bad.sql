CREATE TRIGGER tell AFTER INSERT ON orders FOR EACH ROW EXECUTE FUNCTION told();
-- expect 1: creating trigger "tell" blocks writes to "orders" until the transaction ends (SHARE ROW EXCLUSIVE lock)
-- help: Put it at the end of its migration or into one of its own, so that the lock is held for a moment only.
CREATE OR REPLACE TRIGGER "Tell" BEFORE UPDATE OF total ON public.orders FOR EACH ROW EXECUTE FUNCTION told();
-- expect 1: creating trigger "Tell" blocks writes to "orders" until the transaction ends (SHARE ROW EXCLUSIVE lock)
DO $$
BEGIN
    CREATE CONSTRAINT TRIGGER later AFTER DELETE ON orders DEFERRABLE FOR EACH ROW EXECUTE FUNCTION told();
-- expect 5: creating trigger "later" blocks writes to "orders" until the transaction ends (SHARE ROW EXCLUSIVE lock)
END
$$;
UPDATE others SET note = '' WHERE id > 5;
