CREATE TABLE notes (id bigint PRIMARY KEY);
DO $$ BEGIN CREATE TABLE words (id bigint PRIMARY KEY); END $$;
