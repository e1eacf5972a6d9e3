CREATE TABLE lines (id bigint);
ALTER TABLE lines ADD PRIMARY KEY (id);
CREATE UNIQUE INDEX ON lines (id);
CREATE INDEX ON orders (note);
ALTER TABLE orders DROP CONSTRAINT has_note, ADD CONSTRAINT has_note CHECK (note <> '' OR id > 0);
ALTER TABLE orders ADD COLUMN day date;
ALTER TABLE orders ADD COLUMN user_id bigint UNIQUE CHECK (user_id > 0), ADD COLUMN place text NOT NULL DEFAULT '';
