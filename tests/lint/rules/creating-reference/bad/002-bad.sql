CREATE TABLE carts (id bigint PRIMARY KEY, user_id bigint REFERENCES users (id) ON DELETE CASCADE);
-- expect 59: the foreign key from "carts" blocks writes to "users" until the transaction ends (SHARE ROW EXCLUSIVE lock)
-- help: Put it at the end of its migration or into one of its own, so that the lock is held for a moment only.

CREATE TABLE app.items (
    id bigint PRIMARY KEY,
    parent_id bigint REFERENCES app.items (id),
    shop_id bigint NOT NULL REFERENCES app."Shops",
-- expect 29: the foreign key from "app.items" blocks writes to "app.Shops" until the transaction ends (SHARE ROW EXCLUSIVE lock)
-- help: Put it at the end of its migration or into one of its own, so that the lock is held for a moment only.
    user_id bigint REFERENCES users (id),
-- expect 20: the foreign key from "app.items" blocks writes to "users" until the transaction ends (SHARE ROW EXCLUSIVE lock)
-- help: Put it at the end of its migration or into one of its own, so that the lock is held for a moment only.
    owner_id bigint REFERENCES public.users (id),
    order_id bigint,
    CONSTRAINT items_order_fk FOREIGN KEY (order_id) REFERENCES orders (id)
-- expect 5: the foreign key from "app.items" blocks writes to "orders" until the transaction ends (SHARE ROW EXCLUSIVE lock)
-- help: Put it at the end of its migration or into one of its own, so that the lock is held for a moment only.
);

-- checks no row
ALTER TABLE orders ADD COLUMN user_id bigint REFERENCES users (id);
-- expect 46: the foreign key from "orders" blocks writes to "users" until the transaction ends (SHARE ROW EXCLUSIVE lock)
-- help: Put it at the end of its migration or into one of its own, so that the lock is held for a moment only.

DO $$
BEGIN
    CREATE TABLE IF NOT EXISTS notes (user_id bigint REFERENCES users (id));
-- expect 54: the foreign key from "notes" blocks writes to "users" until the transaction ends (SHARE ROW EXCLUSIVE lock)
-- help: Put it at the end of its migration or into one of its own, so that the lock is held for a moment only.
END
$$;
UPDATE others SET note = '' WHERE id > 5;
