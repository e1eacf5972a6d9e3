-- one statement would drop first
ALTER TABLE items ADD COLUMN color text NOT NULL DEFAULT '';
ALTER TABLE items ALTER COLUMN color DROP DEFAULT;
ALTER TABLE orders ADD CONSTRAINT small CHECK (total < 9);
ALTER TABLE orders DROP CONSTRAINT small;
CREATE TABLE gone (id bigint);
ALTER TABLE gone ADD COLUMN note text;
ALTER TABLE gone ADD COLUMN place text;
DROP TABLE gone;
