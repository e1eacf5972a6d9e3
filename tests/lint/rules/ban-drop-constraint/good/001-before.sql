CREATE TABLE orders (id bigint PRIMARY KEY, note text, CONSTRAINT has_note CHECK (note <> ''));
