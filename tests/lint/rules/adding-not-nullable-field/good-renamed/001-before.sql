CREATE TABLE orders (id bigint PRIMARY KEY, note text, "Place" text);
ALTER TABLE orders ADD CONSTRAINT known CHECK (note IS NOT NULL), ADD CONSTRAINT there CHECK ("Place" IS NOT NULL);
ALTER TABLE orders RENAME COLUMN note TO remark;
ALTER TABLE orders RENAME COLUMN "Place" TO place;
