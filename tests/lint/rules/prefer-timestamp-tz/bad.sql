CREATE TABLE orders (id bigint, placed timestamp, paid timestamp(3) without time zone);
-- expect 40: column "placed" is timestamp, which depends on the time zone of who writes it
-- help: Write: timestamptz
-- expect 56: column "paid" is timestamp(3) without time zone, which depends on the time zone of who writes it
-- help: Write: timestamptz(3)
ALTER TABLE orders ADD COLUMN sent TIMESTAMP DEFAULT now();
-- expect 36: column "sent" is timestamp, which depends on the time zone of who writes it
-- help: Write: timestamptz
