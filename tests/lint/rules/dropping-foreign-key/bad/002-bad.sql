ALTER TABLE orders DROP CONSTRAINT orders_user_id_fkey;
-- expect 20: dropping foreign key "orders_user_id_fkey" blocks reads and writes of "users" as well, until the transaction ends (ACCESS EXCLUSIVE lock)
-- help: Put it at the end of its migration or into one of its own, so that both locks are held for a moment only.

ALTER TABLE IF EXISTS orders DROP COLUMN IF EXISTS buyer_id;
-- expect 30: dropping column "buyer_id" with its foreign key blocks reads and writes of "users" as well, until the transaction ends (ACCESS EXCLUSIVE lock)
-- help: Put it at the end of its migration or into one of its own, so that both locks are held for a moment only.

DROP TABLE IF EXISTS items CASCADE;
-- expect 1: dropping table "items" with its foreign key blocks reads and writes of "users" as well, until the transaction ends (ACCESS EXCLUSIVE lock)
-- help: Put it at the end of its migration or into one of its own, so that both locks are held for a moment only.
-- expect 1: dropping table "items" with its foreign key blocks reads and writes of "app.Shops" as well, until the transaction ends (ACCESS EXCLUSIVE lock)
-- help: Put it at the end of its migration or into one of its own, so that both locks are held for a moment only.

DO $$ BEGIN ALTER TABLE notes DROP CONSTRAINT IF EXISTS "Author"; END $$;
-- expect 31: dropping foreign key "Author" blocks reads and writes of "users" as well, until the transaction ends (ACCESS EXCLUSIVE lock)
-- help: Put it at the end of its migration or into one of its own, so that both locks are held for a moment only.
UPDATE others SET note = '' WHERE id > 5;
