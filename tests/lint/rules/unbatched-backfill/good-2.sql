CREATE TABLE items (id bigint, note text);
UPDATE items SET note = '' WHERE note IS NULL;
CREATE TEMP TABLE chosen (id bigint, note text);
UPDATE chosen SET note = '' WHERE note IS NULL;
-- not a table of ours
UPDATE pg_index SET indisready = true WHERE indrelid = 'items'::regclass;
