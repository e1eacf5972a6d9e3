ALTER TABLE orders ADD CONSTRAINT orders_user_fk FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE;
-- expect 20: adding foreign key "orders_user_fk" blocks writes to "orders" and "users" until all rows of "orders" are checked (SHARE ROW EXCLUSIVE lock)
-- help: Add it without checking the rows, and check them in a later migration, which blocks no writes:
-- help: ALTER TABLE orders ADD CONSTRAINT orders_user_fk FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE NOT VALID;
-- help: ALTER TABLE orders VALIDATE CONSTRAINT orders_user_fk;  -- in a later migration

ALTER TABLE ONLY public.orders
    ADD FOREIGN KEY (item_id, sku) REFERENCES app."Items" (id, sku) DEFERRABLE INITIALLY DEFERRED;
-- expect 5: adding foreign key "orders_item_id_sku_fkey" blocks writes to "orders" and "app.Items" until all rows of "orders" are checked (SHARE ROW EXCLUSIVE lock)
-- help: Add it without checking the rows, and check them in a later migration, which blocks no writes:
-- help: ALTER TABLE orders ADD CONSTRAINT orders_item_id_sku_fkey FOREIGN KEY (item_id, sku) REFERENCES app."Items" (id, sku) DEFERRABLE INITIALLY DEFERRED NOT VALID;
-- help: ALTER TABLE orders VALIDATE CONSTRAINT orders_item_id_sku_fkey;  -- in a later migration

ALTER TABLE users ADD FOREIGN KEY (referrer) REFERENCES users;
-- expect 19: adding foreign key "users_referrer_fkey" blocks writes to "users" until all rows of "users" are checked (SHARE ROW EXCLUSIVE lock)
-- help: Add it without checking the rows, and check them in a later migration, which blocks no writes:
-- help: ALTER TABLE users ADD CONSTRAINT users_referrer_fkey FOREIGN KEY (referrer) REFERENCES users NOT VALID;
-- help: ALTER TABLE users VALIDATE CONSTRAINT users_referrer_fkey;  -- in a later migration

-- each action has its own NOT VALID
ALTER TABLE orders
    ADD CONSTRAINT a FOREIGN KEY (user_id) REFERENCES users (id),
-- expect 5: adding foreign key "a" blocks writes to "orders" and "users" until all rows of "orders" are checked (SHARE ROW EXCLUSIVE lock)
-- help: Add it without checking the rows, and check them in a later migration, which blocks no writes:
-- help: ALTER TABLE orders ADD CONSTRAINT a FOREIGN KEY (user_id) REFERENCES users (id) NOT VALID;
-- help: ALTER TABLE orders VALIDATE CONSTRAINT a;  -- in a later migration
    ADD CONSTRAINT b FOREIGN KEY (user_id) REFERENCES users (id) NOT VALID;

ALTER TABLE orders ADD COLUMN owner_id bigint DEFAULT 1 REFERENCES users (id) ON DELETE SET NULL;
-- expect 20: adding column "owner_id" with a default and a foreign key blocks reads and writes of "orders" until all rows are checked (ACCESS EXCLUSIVE lock)
-- help: Add it without checking the rows, and check them in a later migration, which blocks no writes:
-- help: ALTER TABLE orders ADD COLUMN owner_id bigint DEFAULT 1;
-- help: ALTER TABLE orders ADD CONSTRAINT orders_owner_id_fkey FOREIGN KEY (owner_id) REFERENCES users (id) ON DELETE SET NULL NOT VALID;
-- help: ALTER TABLE orders VALIDATE CONSTRAINT orders_owner_id_fkey;  -- in a later migration

ALTER TABLE orders ADD COLUMN buyer_id bigint NOT NULL DEFAULT 1 CONSTRAINT buyer REFERENCES users;
-- expect 20: adding column "buyer_id" with a default and a foreign key blocks reads and writes of "orders" until all rows are checked (ACCESS EXCLUSIVE lock)
-- help: Add it without checking the rows, and check them in a later migration, which blocks no writes:
-- help: ALTER TABLE orders ADD COLUMN buyer_id bigint NOT NULL DEFAULT 1;
-- help: ALTER TABLE orders ADD CONSTRAINT buyer FOREIGN KEY (buyer_id) REFERENCES users NOT VALID;
-- help: ALTER TABLE orders VALIDATE CONSTRAINT buyer;  -- in a later migration

DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_constraint WHERE conname = 'orders_user_fkey') THEN
        ALTER TABLE orders ADD CONSTRAINT orders_user_fkey FOREIGN KEY (user_id) REFERENCES users (id);
-- expect 28: adding foreign key "orders_user_fkey" blocks writes to "orders" and "users" until all rows of "orders" are checked (SHARE ROW EXCLUSIVE lock)
-- help: Add it without checking the rows, and check them in a later migration, which blocks no writes:
-- help: ALTER TABLE orders ADD CONSTRAINT orders_user_fkey FOREIGN KEY (user_id) REFERENCES users (id) NOT VALID;
-- help: ALTER TABLE orders VALIDATE CONSTRAINT orders_user_fkey;  -- in a later migration
    END IF;
END
$$;
