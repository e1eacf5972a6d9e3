CREATE TABLE notes (id bigint PRIMARY KEY, body text);
CREATE INDEX notes_body_for_the_search_of_those_who_write_to_us_every_single_day ON notes (body);
-- expect 14: name "notes_body_for_the_search_of_those_who_write_to_us_every_single_day" has 67 bytes: Postgres cuts it to "notes_body_for_the_search_of_those_who_write_to_us_every_single"
-- help: Give it a name of at most 63 bytes.
COMMENT ON INDEX notes_body_for_the_search_of_those_who_write_to_us_every_single_day IS 'Told once, above';
ALTER TABLE notes ADD COLUMN "что люди пишут нам каждый день недели" text;
-- expect 30: name "что люди пишут нам каждый день недели" has 68 bytes: Postgres cuts it to "что люди пишут нам каждый день нед"
-- help: Give it a name of at most 63 bytes.
