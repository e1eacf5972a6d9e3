CREATE TABLE notes (id bigint, body text);
ALTER TABLE notes ADD CONSTRAINT notes_key PRIMARY KEY (id), ADD UNIQUE (body);
ALTER TABLE notes ADD CONSTRAINT has_body CHECK (body <> 'UNIQUE') NOT VALID;
ALTER TABLE notes ADD FOREIGN KEY (id) REFERENCES notes (id) NOT VALID, ADD UNIQUE (id, body);
