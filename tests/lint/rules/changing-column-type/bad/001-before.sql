SET TIME ZONE 'Europe/Berlin';
CREATE TYPE mood AS ENUM ('good', 'bad');
CREATE DOMAIN positive AS int CHECK (VALUE > 0);
CREATE TABLE orders (
    id int PRIMARY KEY, total numeric(10, 2), state varchar(20), note text, code char(5), feeling mood, quantity int,
    made_at timestamp, zip varchar(5) CHECK (zip <> ''), sku varchar(10), label text, nick varchar, size varchar, flags jsonb, tags varchar(10)[]
);
CREATE INDEX orders_sku_idx ON orders (sku) WHERE zip <> '';
CREATE INDEX orders_lower_idx ON orders (nick, lower(note));
CREATE INDEX orders_size_idx ON orders (id) WHERE size <> '';
CREATE INDEX orders_label_idx ON orders (label);
CREATE SCHEMA app;
CREATE TABLE app."Items" ("Sku" varchar(10), shop smallint);
