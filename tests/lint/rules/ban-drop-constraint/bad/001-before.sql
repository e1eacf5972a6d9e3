CREATE TABLE orders (id bigint PRIMARY KEY, note text, CONSTRAINT "Has note" CHECK (note <> ''));
