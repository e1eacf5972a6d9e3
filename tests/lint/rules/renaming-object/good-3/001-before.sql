CREATE VIEW one AS SELECT 1 AS n;
CREATE TYPE mood AS ENUM ('glad');
CREATE TABLE notes (id bigint CONSTRAINT positive CHECK (id > 0));
