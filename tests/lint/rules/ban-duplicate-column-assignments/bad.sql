CREATE TABLE notes (id bigint PRIMARY KEY, body text, "Body" text);
UPDATE notes SET body = 'a', "Body" = 'b', BODY = 'c';
-- expect 1: column "body" is assigned more than once: Postgres refuses the statement
-- help: Leave one of them.
INSERT INTO notes (id, body, id) VALUES (1, 'a', 2);
-- expect 1: column "id" is listed more than once: Postgres refuses the statement
-- help: Leave one of them.
CREATE TABLE words (id bigint, word text, id bigint);
-- expect 43: column "id" is defined more than once: Postgres refuses the statement
-- help: Leave one of them.
DO $$ BEGIN UPDATE notes SET (id, body) = (1, 'a'), body = 'b'; END $$;
-- expect 13: column "body" is assigned more than once: Postgres refuses the statement
-- help: Leave one of them.
