-- a DO may ask before
CREATE TABLE orders (id bigint PRIMARY KEY);
DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_constraint WHERE conrelid = 'orders'::regclass AND contype = 'p') THEN
        ALTER TABLE orders ADD PRIMARY KEY (id);
    END IF;
END
$$;
