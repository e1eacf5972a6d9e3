CREATE TABLE orders (id bigint, note text, CONSTRAINT has_note CHECK (note <> ''));
